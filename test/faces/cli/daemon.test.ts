import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { API_CONFIG } from "../../support/api-config.ts";
import { temporaryFolder } from "../../support/gitdir.ts";
import { type KubeWorld, kubeWorld } from "../../support/kubernetes/kube-world.ts";
import { liveApplication } from "../../support/live-application.ts";
import { runCli } from "../../support/run-cli.ts";
import { type BrokenApi, brokenApi } from "./broken-api.ts";

interface DaemonWorld extends BrokenApi {
  readonly kube: KubeWorld;
}

/** `api` was marked good by a person, and a release has broken it. `server`: more of the configuration's end. */
async function outage(mode: string, server = ""): Promise<DaemonWorld> {
  const kube = await kubeWorld();
  const config = configText(mode) + server;
  const api = await brokenApi({ config, token: "app", kubeconfig: kube.kubeconfig });
  await kube.apply(liveApplication({ url: api.story.url, revision: api.bad, health: "Degraded" }));
  writeFileSync(join(api.folder, "api-token"), "an-api-token-of-the-test\n", { mode: 0o600 });
  writeFileSync(join(api.folder, "hook-token"), "a-hook-token-of-the-test\n", { mode: 0o600 });
  const marked = await api.run(["mark", "good", "api", api.good, "--reason", "it was"]);
  if (marked.exit !== 0) throw new Error(marked.stderr);
  return { ...api, kube };
}

function configText(mode: string): string {
  return `${API_CONFIG}policies:
  default:
    mode: ${mode}
    bad: { for: 1s, samples: 1 }
server:
  listen: "127.0.0.1:0"
  metrics: "127.0.0.1:0"
  probes: "127.0.0.1:0"
  api: { tokenFile: api-token }
  webhooks: { signals: { secretFile: hook-token } }
`;
}

function withoutTargets(mode: string): string {
  return configText(mode).replace(/targets:\n(?: .*\n)+/, "");
}

/** Of the server, which the configuration ends with. */
const LEASE = "  lease: { namespace: ops }\n";

describe("lastgood daemon", () => {
  it("says that it needs a configuration", async () => {
    const { exit, stderr } = await runCli(["daemon", "--once"], { cwd: temporaryFolder("empty") });
    expect([exit, stderr]).toEqual([2, expect.stringContaining("the daemon needs a configuration")]);
  });

  it("refuses a mode that there is not", async () => {
    const { exit, stderr } = await runCli(["daemon", "--mode", "yolo"], { cwd: temporaryFolder("empty") });
    expect([exit, stderr]).toEqual([2, expect.stringContaining("--mode yolo is no mode")]);
  });

  it("says once that it has nothing to watch", async () => {
    const kube = await kubeWorld();
    const api = await brokenApi({ config: withoutTargets("propose"), token: "app", kubeconfig: kube.kubeconfig });
    const { exit, stderr } = await api.run(["daemon", "--once"]);
    expect(exit).toBe(0);
    expect(stderr.match(/"level":"warn","msg":"no target: [^"]* has none, and prod deploys nothing"/g)).toHaveLength(1);
  });

  it("looks once, proposes the revert, and ends; run again, it finds what it did", async () => {
    const { story, run } = await outage("propose");
    const first = await run(["daemon", "--once"]);
    expect([first.exit, first.stdout]).toEqual([0, ""]);
    const lines = first.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly msg: string; readonly target?: string });
    expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(["started", "propose", "ended"]));
    expect(await story.pullRequests()).toMatchObject([{ number: 1, state: "open" }]);
    expect((await run(["daemon", "--once"])).exit).toBe(0);
    expect(await story.pullRequests()).toHaveLength(1);
    const jobs = await run(["jobs", "-o", "json"]);
    expect(jobs.stdout).toContain('"pullRequest": 1');
  });

  it("looks once also at what only the engine knows", async () => {
    const kube = await kubeWorld();
    const discover = 'discover: { selector: "team=payments" }';
    const config = withoutTargets("propose").replace("context: test", `context: test, ${discover}`);
    const api = await brokenApi({ config, token: "app", kubeconfig: kube.kubeconfig });
    const live = liveApplication({ url: api.story.url, revision: api.bad, health: "Degraded" });
    await kube.apply({ ...live, metadata: { ...live.metadata, labels: { team: "payments" } } });
    const { exit, stderr } = await api.run(["daemon", "--once"]);
    expect([exit, stderr]).toEqual([0, expect.stringContaining("api: held, NoCheckpoint")]);
  });

  it("is held to a lower mode by --mode, never to a higher one", async () => {
    const { story, run } = await outage("propose");
    expect((await run(["daemon", "--once", "--mode", "observe"])).exit).toBe(0);
    expect(await story.pullRequests()).toEqual([]);
    expect((await run(["daemon", "--once", "--mode", "merge"])).exit).toBe(0);
    expect(await story.pullRequests()).toMatchObject([{ state: "open", merged: false }]);
  });

  it("takes the Lease that replicas share, looks once, and gives it up", async () => {
    const { kube, story, run } = await outage("propose", LEASE);
    const { exit, stderr } = await run(["daemon", "--once"]);
    expect([exit, stderr]).toEqual([0, expect.stringContaining('"msg":"leading","lease":"ops/lastgood in test"')]);
    expect(await story.pullRequests()).toHaveLength(1);
    const answer = await fetch(`${kube.server.url}/apis/coordination.k8s.io/v1/namespaces/ops/leases/lastgood`);
    expect(await answer.json()).toMatchObject({ spec: { holderIdentity: "", leaseTransitions: 0 } });
  });

  it("only looks while it cannot have the Lease", async () => {
    const { kube, story, run } = await outage("propose", LEASE);
    kube.server.faults.add({ path: /\/leases/, times: 100, does: { kind: "answer", status: 403 } });
    const { exit, stderr } = await run(["daemon", "--once"]);
    expect([exit, stderr]).toEqual([0, expect.stringContaining('"msg":"standing by"')]);
    expect(stderr).toContain("the lease ops/lastgood in test cannot be kept");
    expect(await story.pullRequests()).toEqual([]);
    expect((await run(["jobs", "-o", "json"])).stdout).toContain('"items": []');
  });

  it("serves probes, metrics, webhooks and the API until it is told to stop, then ends with 0", async () => {
    const { run } = await outage("observe");
    const stop = new AbortController();
    const places = new Map<string, string>();
    const running = run(["daemon"], { signal: stop.signal, onStderr: (text) => readPlaces(text, places) });
    try {
      const at = async (path: string): Promise<string> => {
        await comesTrue(() => places.has(path));
        return `http://${places.get(path) ?? ""}`;
      };
      const probes = await at("/healthz");
      await comesTrue(async () => (await fetch(`${probes}/readyz`)).ok);
      const metrics = await (await fetch(`${await at("/metrics")}/metrics`)).text();
      expect(metrics).toContain('lastgood_target_status{target="api",environment="prod",status="Failed"} 1');

      for (const line of [
        /^lastgood_git_operations_total\{operation="fetch",result="done"\} [1-9]/m,
        /^lastgood_git_operation_duration_seconds_count\{operation="fetch"\} [1-9]/m,
        /^lastgood_reconcile_duration_seconds_count\{engine="prod"\} \d/m,
        /^lastgood_target_checkpoint_timestamp_seconds\{target="api",environment="prod"\} [1-9]/m,
      ]) {
        await comesTrue(async () => line.test(await (await fetch(`${await at("/metrics")}/metrics`)).text()));
      }

      const hooks = await at("/webhooks/github");
      const targets = `${hooks}/api/v1/targets`;
      expect((await fetch(targets)).status).toBe(401);
      const answer = await fetch(targets, { headers: { authorization: "Bearer an-api-token-of-the-test" } });
      expect(await answer.json()).toMatchObject({ kind: "StatusList", status: { targets: [{ name: "api" }] } });

      const signal = async (token: string): Promise<number> => {
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        const body = JSON.stringify({ status: "failed", source: "smoke tests" });
        return (await fetch(`${hooks}/api/v1/targets/api/signals`, { method: "POST", headers, body })).status;
      };
      expect(await signal("a-hook-token-of-the-test")).toBe(202);
      expect(await signal("somebody-else-of-the-test")).toBe(401);
    } finally {
      stop.abort();
    }
    const { exit, stderr } = await running;
    expect(exit).toBe(0);
    expect(stderr).not.toContain("a-hook-token-of-the-test");
    expect(stderr).toContain('"msg":"ended"');
  });
});

/** Where it listens, by the first path that is served there. */
function readPlaces(text: string, places: Map<string, string>): void {
  for (const line of text.split("\n").filter((one) => one.includes('"listening"'))) {
    const { path, address } = JSON.parse(line) as { readonly path: string; readonly address: string };
    places.set(path, address);
  }
}

const PATIENCE_MS = 60_000;

async function comesTrue(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`it does not come true: ${holds.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
