import { describe, expect, it } from "vitest";
import { LastgoodError } from "../../../src/errors.ts";
import { ago } from "../../support/ago.ts";
import { gitdir } from "../../support/gitdir.ts";
import { type CliOptions, type CliRun, runCli } from "../../support/run-cli.ts";
import { DATABASE, DATABASE_HEALTH, databaseCrd } from "../../support/kubernetes/database-crd.ts";
import { begin, clone } from "../../support/story.ts";
import { decide } from "../../../src/core/decision/decide.ts";
import { decisionRecord } from "../../../src/core/decision/decision-record.ts";
import { FACTS } from "../../core/decision/facts.ts";
import { plantRecords } from "../../support/plant-records.ts";
import { TOKENS } from "../../support/github-world.ts";
import { plainRows, statusWorld, type StatusWorld } from "./status-world.ts";
import { deployment, TERMINAL } from "./world.ts";

const CONFIG = `apiVersion: lastgood.dev/v1alpha1
kind: Config
forge: { type: none }
engines:
  - { name: prod, type: argocd, context: test }
  - { name: edge, type: flux, context: test }
targets:
  - name: payments/api
    environment: prod
    paths: [apps/payments/api]
    health: [{ engine: { name: prod, object: api } }]
policies:
  default:
    bad: { for: 3m, samples: 4 }
`;

const HOUR = 3_600_000;
const TIMED_OUT = "Deployment api exceeded its progress deadline";
const RESOURCES = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  namespace: "payments",
  name: "api",
  status: "Synced",
};

/** api fails since 40 minutes, web and shop are well. */
async function outage(config: string | undefined = CONFIG): Promise<StatusWorld> {
  const world = await statusWorld(config);
  const { application, kustomization, good, bad } = world;
  await application({
    name: "api",
    revision: bad,
    health: "Degraded",
    message: TIMED_OUT,
    status: { resources: [RESOURCES] },
  });
  await application({ name: "web", revision: good });
  await kustomization({ name: "shop", revision: good });
  return world;
}

/** Without ids, ages, and the place of the configuration. */
function shown(text: string, { good, bad }: StatusWorld): string {
  return text
    .replaceAll(good.slice(0, 7), "GOODREV")
    .replaceAll(bad.slice(0, 7), "BAD-REV")
    .replaceAll(/\/\S*\/lastgood\.yaml/g, "lastgood.yaml")
    .replaceAll(/\b\d+d ago/g, "DAYS ago");
}

describe("lastgood status", () => {
  it("shows every target in one line on a terminal, what fails first", async () => {
    const world = await outage();
    const { stdout, stderr, exit } = await world.run(["status"], TERMINAL);
    expect(shown(stdout, world)).toMatchInlineSnapshot(`
      "TARGET            ENV   STATUS     SYNC     LIVE     LAST GOOD       FOR  REVERT
      payments/api      prod  ✗ Failed   Synced   BAD-REV  GOODREV (weak)  40m  -
      flux-system/shop  -     ✔ Current  Unknown  GOODREV  GOODREV         40m  -
      web               -     ✔ Current  Synced   GOODREV  GOODREV         40m  -
      "
    `);
    expect(stderr).toContain("3 targets: 1 Failed, 2 Current\n");
    expect(stderr).toContain("Next: lastgood status payments/api --config ");
    expect(exit).toBe(0);
  });

  it("writes words, whole ids and seconds to a pipe", async () => {
    const world = await outage();
    const { stdout, stderr } = await world.run(["status"]);
    expect(plainRows(stdout, world)).toEqual([
      "payments/api\tprod\tFailed\tSynced\tBAD\tGOOD\tAGE\t-",
      "flux-system/shop\t-\tCurrent\tUnknown\tGOOD\tGOOD\tAGE\t-",
      "web\t-\tCurrent\tSynced\tGOOD\tGOOD\tAGE\t-",
    ]);
    expect(stderr).not.toContain("targets:");
  });

  it("tells of one target why, since when, who, what was good, by which rule, and what to do", async () => {
    const world = await outage();
    await world.failingPods();
    const { stdout, stderr, exit } = await world.run(["status", "payments/api"], { ...TERMINAL, columns: 160 });
    expect(shown(stdout, world)).toMatchInlineSnapshot(`
      "payments/api (prod): ✗ Failed for 40m
        ✗ Degraded: Deployment api exceeded its progress deadline  (prod api)
          ✗ Deployment payments/api: ProgressDeadlineExceeded: it timed out
            ◎ ReplicaSet payments/api-7f: LessLabelled: labelled: 0/1
              ✗ Pod payments/api-7f-x: CrashLoopBackOff: container api: back-off 5m0s restarting failed container=api
        live       BAD-REV, Synced
        suspect    BAD-REV feat(api): bump image to 1.8.0 (#482) · renovate[bot] · DAYS ago · image 1.7.4→1.8.0
        last good  GOODREV: synced, says prod (engine-sync, weak, 26h ago)
        verdict    bad needs 4 samples over 3m  policies.default.bad, lastgood.yaml:14
        drill      never drilled
      "
    `);
    expect(stderr).toContain("Next: lastgood plan payments/api --config ");
    expect(exit).toBe(0);
  });

  it("tells of one target what the daemon has decided last, why, and what would make it act", async () => {
    const world = await outage();
    const frozen = { ...FACTS, freezes: [{ name: "0 16 * * FRI for 64h", mode: "observe" as const }] };
    const records = [FACTS, frozen].map((facts, index) =>
      decisionRecord(decide(facts), facts, { id: `dec-${index}`, by: "lastgood", hash: () => `hash-${index}` }),
    );
    await plantRecords(
      world.repo.path,
      records.map((record) => ({ ...record, target: "payments/api" })),
    );
    const { stdout } = await world.run(["status", "payments/api"], { ...TERMINAL, columns: 160 });
    expect(stdout).toContain("  decision   holds, Frozen: ");
    expect(stdout).toMatch(/✗ .*0 16 \* \* FRI for 64h/);
    expect(stdout).toContain("would have opened a pull request that takes ");
    const { status } = JSON.parse((await world.run(["status", "payments/api", "--json"])).stdout) as {
      readonly status: { readonly decision: object };
    };
    expect(status.decision).toMatchObject({ hash: "hash-1", headline: "holds, Frozen", at: records[1]?.at });
  });

  it.each(["api", "application/api", "application/argocd/api", "./apps/payments/api", "payments/api (prod)"])(
    "finds a target by %s",
    async (query) => {
      const world = await outage();
      expect((await world.run(["status", query, "-o", "name"])).stdout).toBe("payments/api\n");
    },
  );

  it("says what is near when there is no such target", async () => {
    const world = await outage();
    const { exit, stderr } = await world.run(["status", "payments/apo"]);
    expect(exit).toBe(2);
    expect(stderr).toContain("Did you mean payments/api");
  });

  it("is a document for programs, all of it and one target", async () => {
    const world = await outage();
    const list = JSON.parse((await world.run(["status", "--json"])).stdout) as {
      readonly kind: string;
      readonly status: { readonly engines: readonly object[]; readonly targets: readonly object[] };
    };
    expect(list.kind).toBe("StatusList");
    expect(list.status.engines).toMatchObject([
      { name: "prod", type: "argocd" },
      { name: "edge", type: "flux" },
    ]);
    expect(list.status.targets[0]).toMatchObject({
      name: "payments/api",
      environment: "prod",
      from: "config",
      status: "Failed",
      reason: "Degraded",
      message: TIMED_OUT,
      sync: "Synced",
      live: { revision: world.bad },
      lastGood: { revision: world.good, weak: true, evidence: [{ kind: "engine-sync" }] },
      suspects: [{ revision: world.bad, author: "renovate[bot]", pullRequest: 482 }],
      verdict: { verdict: "undecided", reason: "Suspicious" },
      objects: [{ engine: "prod", object: "application/argocd/api" }],
    });
    const one = JSON.parse((await world.run(["status", "web", "-o", "json"])).stdout) as object;
    expect(one).toMatchObject({
      kind: "Status",
      metadata: { target: "web" },
      status: { status: "Current", reasons: [] },
    });
  });

  it("narrows to a status, and to a namespace of the engines", async () => {
    const world = await outage();
    const names = async (...args: readonly string[]): Promise<string> =>
      (await world.run(["status", "-o", "name", ...args])).stdout;
    expect(await names("--only", "failed")).toBe("payments/api\n");
    expect(await names("--only", "Failed,Current")).toBe("payments/api\nflux-system/shop\nweb\n");
    expect(await names("-n", "flux-system")).toBe("flux-system/shop\n");
    const { exit, stderr } = await world.run(["status", "--only", "broken"]);
    expect([exit, stderr]).toEqual([2, expect.stringContaining('--only: "broken" is no status')]);
  });

  it("says where targets are when the namespace has none, and no word that is no status but the wrong one", async () => {
    const world = await outage();
    const { exit, stdout, stderr } = await world.run(["status", "-n", "payments"]);
    expect([exit, stdout]).toEqual([0, ""]);
    expect(stderr).toBe(
      "No target in payments, where engines would keep its Application, Kustomization or HelmRelease: 3 targets are in argocd, flux-system.\n",
    );
    expect((await world.run(["status", "--only", "Failed,Bad"])).stderr).toContain('--only: "Bad" is no status');
  });

  it("names what fails below a target that its engine calls in progress, and what to do; the cluster that was guessed is named", async () => {
    const world = await outage("");
    await world.application({
      name: "api",
      revision: world.bad,
      health: "Progressing",
      status: { resources: [RESOURCES] },
    });
    await world.failingPods();
    const options = { cwd: world.repo.path, env: { KUBECONFIG: world.kubeconfig } };
    const { stdout, stderr } = await runCli(["status", "api"], options);
    expect(stdout).toContain("CrashLoopBackOff");
    expect(stderr).toContain("Next: lastgood plan api --context test\n");
    const next = await runCli(["plan", "api", "--context", "test"], options);
    expect([next.exit, next.stdout]).toEqual([
      0,
      expect.stringContaining("last known good (good: synced, says argocd)"),
    ]);
  });

  it("hides what a program says of its secrets, and nothing of what it says of a reason", async () => {
    const world = await outage();
    const message = "API_KEY=abc123 failed to fetch anonymous token: unexpected status --db-password=hunter2";
    await world.application({ name: "api", revision: world.bad, health: "Degraded", message });
    for (const args of [["payments/api"], ["payments/api", "-o", "json"], ["-o", "json"], ["-o", "wide"]]) {
      const { stdout } = await world.run(["status", ...args]);
      expect(stdout).toContain("API_KEY=•••• failed to fetch anonymous token: unexpected status --db-password=••••");
      expect(stdout).not.toMatch(/abc123|hunter2/);
    }
  });

  it("looks for Argo CD and Flux in the cluster at hand where nothing is configured", async () => {
    const world = await outage("");
    const bare = {
      ...world,
      run: (args: readonly string[]) => runCli(args, { cwd: world.repo.path, env: { KUBECONFIG: world.kubeconfig } }),
    };
    expect((await bare.run(["status", "-o", "name"])).stdout).toBe("api\nflux-system/shop\nweb\n");
    world.server.uninstall("kustomize.toolkit.fluxcd.io");
    const { stdout, stderr, exit } = await bare.run(["status", "-o", "name"]);
    expect([stdout, stderr, exit]).toEqual(["api\nweb\n", "", 0]);
  });

  it("shows without a configuration all that is deployed from here, but for what is taken out and what is deployed from elsewhere", async () => {
    const world = await statusWorld();
    const { application, kustomization, good, bad } = world;
    world.repo.git(["rm", "-r", "-q", "argocd"]);
    world.repo.git(["commit", "-q", "-m", "move Applications to another repository"]);
    await application({ name: "api", revision: bad, health: "Degraded" });
    await application({ name: "web", revision: good, annotations: { "lastgood.dev/enabled": "false" } });
    await kustomization({ name: "shop", revision: good, annotations: {} });
    const elsewhere = { repoURL: "https://git.example.com/acme/other.git", path: "apps/web", targetRevision: "main" };
    await application({ name: "other", revision: good, spec: { source: elsewhere } });
    const { stdout, stderr, exit } = await world.run(["status"]);
    expect(plainRows(stdout, world)).toEqual([
      expect.stringMatching(/^api\t-\tFailed\tSynced\tBAD\tGOOD/),
      expect.stringMatching(/^flux-system\/shop\t-\tCurrent\tUnknown\tGOOD/),
    ]);
    expect([stderr, exit]).toEqual(["Next: lastgood status api\n", 0]);
    world.repo.git(["remote", "set-url", "origin", "git@git.example.com:acme/gitops"]);
    expect((await world.run(["status", "-o", "name"])).stdout).toBe("api\nflux-system/shop\n");
    expect((await world.run(["status", "api"])).stdout).toContain("known from the cluster only");
  });

  it("does not take what a configuration with targets leaves out", async () => {
    const world = await statusWorld(CONFIG);
    world.repo.git(["rm", "-r", "-q", "argocd"]);
    world.repo.git(["commit", "-q", "-m", "move Applications to another repository"]);
    await world.application({ name: "web", revision: world.good });
    await world.kustomization({ name: "shop", revision: world.good, annotations: {} });
    expect((await world.run(["status", "-o", "name"])).stdout).toBe("payments/api\n");
  });

  it("says why there is no target, and where one would come from", async () => {
    const none =
      "apiVersion: lastgood.dev/v1alpha1\nkind: Config\nengines: [{ name: prod, type: argocd, context: test }]\n";
    const world = await statusWorld(none);
    world.repo.git(["rm", "-r", "-q", "argocd"]);
    world.repo.git(["commit", "-q", "-m", "move Applications to another repository"]);
    const nothing = await world.run(["status"]);
    expect([nothing.exit, nothing.stderr]).toEqual([
      0,
      expect.stringMatching(/^No target: \S+\/lastgood\.yaml has none, and prod deploys nothing\.\n$/),
    ]);
    await world.application({ name: "web", revision: world.good });
    const { exit, stderr } = await world.run(["status"]);
    expect([exit, stderr]).toEqual([
      0,
      expect.stringMatching(
        /and of 1 object of prod none is chosen \(engines\[\]\.discover\.selector, .* made from its repositories\.\n$/,
      ),
    ]);
  });

  it("says what to configure where there is no cluster at all", async () => {
    const repo = gitdir([{ files: { "apps/api/deployment.yaml": deployment("1") } }], { worktree: true });
    const { exit, stderr, stdout } = await runCli(["status"], { cwd: repo.path });
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(
      "there is no engine to look at: none is configured, and no cluster is at hand  EngineConfig",
    );
    expect(stderr).toContain("{ name: prod, type: argocd, context: CONTEXT }");
  });

  it("says what is wrong with the kubeconfig and the context that somebody has named", async () => {
    const world = await outage("");
    const run = async (...args: readonly string[]): Promise<CliRun> =>
      runCli(["status", ...args], { cwd: world.repo.path, env: { KUBECONFIG: world.kubeconfig } });
    expect((await run("--kubeconfig", "/nowhere")).stderr).toMatch(
      /^error: cannot read the kubeconfig \/nowhere: ENOENT /,
    );
    const { exit, stderr } = await run("--context", "nowhere");
    expect([exit, stderr]).toEqual([
      2,
      "error: there is no context nowhere  EngineConfig\n  Name one with --context: test.\n",
    ]);
  });

  it("says once that the cluster at hand cannot be reached, and fails", async () => {
    const world = await outage("");
    await world.server.close();
    const env = { KUBECONFIG: world.kubeconfig };
    const { exit, stdout, stderr } = await runCli(["status", "--only", "Failed"], { cwd: world.repo.path, env });
    expect([exit, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^warning: the cluster test cannot be reached: .*\n {2}Is the context the right one .*\n$/);
  });

  it("takes another kubeconfig, and another context, from flags", async () => {
    const world = await outage();
    const args = ["status", "-o", "name", "--kubeconfig", world.kubeconfig];
    const env = { KUBECONFIG: undefined };
    expect((await world.run(args, { env })).stdout).toContain("payments/api\n");
    const { exit, stderr } = await world.run([...args, "--context", "nowhere"], { env });
    expect([exit, stderr]).toEqual([2, expect.stringContaining("there is no context nowhere")]);
  });
});

describe("lastgood status of what is neither well nor failing", () => {
  it("shows what is on its way as InProgress, without a suspect", async () => {
    const world = await statusWorld(CONFIG);
    await world.application({ name: "api", revision: world.bad, health: "Progressing" });
    const { stdout } = await world.run(["status", "payments/api"], TERMINAL);
    expect(stdout).toContain("◎ InProgress for 40m");
  });

  it("holds where it is suspended, and says until when and why, escaped", async () => {
    const world = await statusWorld(CONFIG);
    const annotations = {
      "lastgood.dev/suspend": "2099-01-01T00:00:00Z",
      "lastgood.dev/suspend-reason": "load test \u001b[31m\u202e",
    };
    await world.application({ name: "api", revision: world.bad, health: "Degraded", annotations });
    expect((await world.run(["status"])).stdout).toContain("- held: Suspended");
    const { stdout } = await world.run(["status", "payments/api"]);
    expect(stdout).toContain('suspended  until 2099-01-01T00:00:00Z "load test \\x1b[31m\\u202e"');
  });

  it("names what keeps a revert from arriving, with the command that frees it", async () => {
    const world = await statusWorld(CONFIG);
    await world.application({ name: "api", revision: world.bad, health: "Degraded", spec: { syncPolicy: {} } });
    expect((await world.run(["status"])).stdout).toContain("- blocked: AutoSyncOff");
    const { stdout } = await world.run(["status", "payments/api"]);
    expect(stdout).toContain("blocked    AutoSyncOff: ");
    expect(stdout).toMatch(/frees it: argocd app \S+ /);
  });

  it("takes what the cluster has set back by itself for failed: git still wants it", async () => {
    const world = await statusWorld(CONFIG);
    const source = {
      repoURL: "https://git.example.com/acme/gitops.git",
      path: "apps/payments/api",
      targetRevision: "main",
    };
    const deployed = (id: number, revision: string, hours: number): object => ({
      id,
      revision,
      deployedAt: ago(hours * HOUR),
      source,
      initiatedBy: { username: "dana" },
    });
    const { good, bad } = world;
    await world.application({
      name: "api",
      revision: good,
      status: {
        sync: { status: "OutOfSync", revision: bad },
        history: [deployed(1, good, 30), deployed(2, bad, 3), deployed(3, good, 1)],
      },
    });
    const { stdout } = await world.run(["status"]);
    expect(plainRows(stdout, world)[0]).toMatch(/^payments\/api\tprod\tFailed\tOutOfSync\tGOOD\t/);
  });

  it("shows a target whose object the engine lacks as NotFound, and one that is suspended in Flux", async () => {
    const world = await statusWorld(CONFIG);
    await world.application({ name: "web", revision: world.good });
    await world.kustomization({ name: "shop", revision: world.good, suspend: true });
    const lines = plainRows((await world.run(["status"])).stdout, world);
    expect(lines[0]).toMatch(/^payments\/api\tprod\tNotFound\t/);
    expect(lines.find((line) => line.startsWith("flux-system/shop"))).toMatch(/\tUnknown\t.*blocked: Suspended$/);
  });

  it("says of what no engine knows what is on record, and walks no history for it", async () => {
    const world = await outage();
    await world.run(["mark", "good", "payments/api", world.good, "--reason", "quiet for a week", "--yes"]);
    world.server.faults.add({ path: /argoproj/, times: 50, does: { kind: "answer", status: 403 } });
    const document = JSON.parse((await world.run(["status", "-o", "json"])).stdout) as {
      readonly status: {
        readonly targets: readonly { readonly name: string; readonly lastGood?: object; readonly suspects: object[] }[];
      };
    };
    const api = document.status.targets.find(({ name }) => name === "payments/api");
    expect(api).toMatchObject({ status: "Unknown", lastGood: { revision: world.good }, suspects: [] });
  });

  it("goes on with one engine when another cannot be asked, says why, and ends with that failure", async () => {
    const world = await outage();
    world.server.faults.add({ path: /argoproj/, times: 99, does: { kind: "answer", status: 403 } });
    const { stdout, stderr, exit } = await world.run(["status"]);
    expect(plainRows(stdout, world)).toEqual([
      expect.stringMatching(/^payments\/api\tprod\tUnknown\tUnknown\t-\t/),
      expect.stringMatching(/^api\t|^web\t-\tUnknown\tUnknown\t-\t/),
      expect.stringMatching(/^flux-system\/shop\t-\tCurrent\t/),
    ]);
    expect(stderr).toContain("warning: prod: ");
    expect(exit).toBe(new LastgoodError("EngineForbidden", "").exit);
  });
});

describe("lastgood status with kinds that the configuration judges", () => {
  const rule = `{ ${Object.entries(DATABASE_HEALTH)
    .map(([key, value]) => `${key}: "${value}"`)
    .join(", ")} }`;
  const judging = CONFIG.replaceAll("context: test }", `context: test, health: [${rule}] }`);

  async function withDatabase(phase: string): Promise<StatusWorld> {
    const world = await statusWorld(judging);
    world.server.install(databaseCrd());
    await world.apply({ ...DATABASE, metadata: { name: "orders", namespace: "payments" }, status: { phase } });
    return world;
  }

  const resources = [
    { group: "data.lastgood.test", version: "v1", kind: "Database", namespace: "payments", name: "orders" },
  ];

  it("tells that one fails, below what Argo CD says", async () => {
    const world = await withDatabase("Broken");
    await world.application({ name: "api", revision: world.bad, health: "Degraded", status: { resources } });
    const { stdout } = await world.run(["status", "payments/api"]);
    expect(stdout).toContain("Database payments/orders: FailedExpression: the expression failed is true");
    expect(stdout).not.toContain("well all the same");
  });

  it("leaves the verdict to the engine where that calls the target well, and says so", async () => {
    const world = await withDatabase("Broken");
    await world.application({ name: "api", revision: world.good, status: { resources } });
    const { stdout, stderr } = await world.run(["status", "payments/api"]);
    expect(stdout).toMatch(/^payments\/api \(prod\): \+ Current for /);
    expect(stdout).toContain("Database payments/orders: FailedExpression");
    expect(stdout).toContain("note       Application api is well all the same, says its engine: that is what decides");
    expect(stderr).not.toContain("Next:");
    const { status } = JSON.parse((await world.run(["status", "payments/api", "-o", "json"])).stdout);
    expect(status.notes).toContain("Application api is well all the same, says its engine: that is what decides");
    await world.apply({
      ...DATABASE,
      metadata: { name: "orders", namespace: "payments" },
      status: { phase: "Running" },
    });
    expect((await world.run(["status", "payments/api"])).stdout).not.toMatch(/Database|all the same/);
  });

  it("reads what a Kustomization applies, too, and says when it may not", async () => {
    const world = await withDatabase("Broken");
    const entries = [{ id: "payments_orders_data.lastgood.test_Database", v: "v1" }];
    await world.kustomization({ name: "shop", revision: world.good, inventory: { entries } });
    const lines = async (): Promise<string> => (await world.run(["status", "flux-system/shop"])).stdout;
    expect(await lines()).toContain("Database payments/orders: FailedExpression");
    world.server.faults.add({ path: /databases/, times: 9, does: { kind: "answer", status: 403 } });
    expect(await lines()).toContain("Database payments/orders: NotReadable");
  });
});

describe("lastgood status -w", () => {
  it("writes a line for each change to a pipe", async () => {
    const world = await outage();
    const stop = new AbortController();
    let changed = false;
    const { stdout, exit } = await world.run(["status", "-w"], {
      signal: stop.signal,
      onStdout: (text) => {
        if (!changed && text.includes("payments/api\tprod\tFailed")) {
          changed = true;
          void world.application({ name: "api", revision: world.good, sinceMs: 0 });
        }
        if (text.includes("payments/api\tprod\tCurrent")) stop.abort();
      },
    });
    const lines = plainRows(stdout, world).map((line) => line.split("\t").slice(1, 6).join(" "));
    expect(lines).toEqual([
      "payments/api prod Failed Synced BAD",
      "flux-system/shop - Current Unknown GOOD",
      "web - Current Synced GOOD",
      "payments/api prod Current Synced GOOD",
    ]);
    expect(exit).toBe(130);
  });

  it("draws the table anew in place on a terminal", async () => {
    const world = await outage();
    const stop = new AbortController();
    let changed = false;
    const { stdout } = await world.run(["status", "-w"], {
      ...TERMINAL,
      env: { ...TERMINAL.env, TERM: "xterm" },
      signal: stop.signal,
      onStdout: (text) => {
        if (!changed && text.includes("Failed")) {
          changed = true;
          void world.application({ name: "api", revision: world.good, sinceMs: 0 });
        }
        if (text.includes("payments/api      prod  ✔ Current")) stop.abort();
      },
    });
    expect(stdout).toContain("\u001b[4A\u001b[J");
    expect(stdout.split("\u001b[J").at(-1)?.trimEnd().split("\n")).toHaveLength(4);
  });

  it("shows no more than the terminal has rows: what fails stays in sight", async () => {
    const world = await outage();
    const stop = new AbortController();
    const { stdout } = await world.run(["status", "-w"], {
      ...TERMINAL,
      rows: 4,
      env: { ...TERMINAL.env, TERM: "xterm" },
      signal: stop.signal,
      onStdout: () => stop.abort(),
    });
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toEqual([expect.stringContaining("TARGET"), expect.stringContaining("payments/api"), "and 2 more"]);
  });

  it("says below the table that an engine does not answer by now, and a line where there is no table", async () => {
    const world = await outage();
    const watch = async (options: CliOptions): Promise<CliRun> => {
      const stop = new AbortController();
      const onStdout = (text: string): void => {
        if (/shop/.test(text)) stop.abort();
      };
      return world.run(["status", "-w"], { ...options, signal: stop.signal, onStdout });
    };
    world.server.faults.add({ path: /argoproj/, times: 50, does: { kind: "answer", status: 403 } });
    const drawn = await watch({ ...TERMINAL, env: { ...TERMINAL.env, TERM: "xterm" } });
    expect(drawn.stdout).toContain("\n! prod: cannot read the kinds of argoproj.io/v1alpha1: HTTP 403\n");
    expect((await watch({})).stderr).toMatch(/^warning: prod: cannot read the kinds of argoproj\.io/);
  });

  it("watches a single target where one is named, and refuses one that is not there", async () => {
    const world = await outage();
    const stop = new AbortController();
    const { stdout } = await world.run(["status", "-w", "payments/api"], {
      signal: stop.signal,
      onStdout: (text) => {
        if (text.includes("payments/api")) stop.abort();
      },
    });
    expect(plainRows(stdout, world)).toHaveLength(1);
    const { exit, stderr } = await world.run(["status", "-w", "payments/apo"]);
    expect(stderr).toContain("Did you mean payments/api?");
    expect(exit).toBe(2);
  });

  it("ends when its reader has gone", async () => {
    const world = await outage();
    const { exit } = await world.run(["status", "-w"], { closedStdout: true });
    expect(exit).toBe(0);
  });
});

describe("lastgood with an engine that is configured", () => {
  it("goes back to what the engine has on record as deployed, and never to what fails now", async () => {
    const world = await outage();
    const { stdout } = await world.run(["plan", "payments/api"]);
    expect(stdout).toContain(`back to ${world.good.slice(0, 7)}, last known good`);
    const { stdout: history } = await world.run(["history", "payments/api"]);
    const cells = plainRows(history, world).map((line) => line.split("\t"));
    expect(cells.map((line) => [line[1], line[4]])).toEqual([
      ["BAD", "unproven"],
      ["GOOD", "good (weak)"],
    ]);
  });

  it("plans without it when it cannot be asked, and says so", async () => {
    const world = await outage();
    world.server.faults.add({ path: /argoproj/, times: 99, does: { kind: "answer", status: 403 } });
    const { stderr, exit } = await world.run(["plan", "payments/api"]);
    expect(exit).toBe(3);
    expect(stderr).toContain("what prod has on record is left out as evidence: ");
  });

  it("touches no cluster that nobody has named", async () => {
    const world = await outage();
    const before = world.server.seen.length;
    await runCli(["plan", "./apps/payments/api"], { cwd: world.repo.path, env: { KUBECONFIG: world.kubeconfig } });
    expect(world.server.seen).toHaveLength(before);
  });
});

describe("lastgood status beside a forge", () => {
  it("shows the pull request that takes it back, and sends people there", async () => {
    const path = "apps/payments/api/deployment.yaml";
    const story = await begin([{ files: { [path]: deployment("1.7.4") } }, { files: { [path]: deployment("1.8.0") } }]);
    const folder = await clone(story.url, "mina");
    const world = await statusWorld(CONFIG.replace("forge: { type: none }\n", ""));
    const tip = await story.tip();
    const source = { repoURL: story.url, path: "apps/payments/api", targetRevision: "main" };
    await world.application({ name: "api", revision: tip, health: "Degraded", spec: { source } });
    const options = { cwd: folder, env: { GH_TOKEN: TOKENS.mina } };
    const revert = await world.run(["revert", "payments/api", "--to", "HEAD~1", "-y"], options);
    expect(revert.exit).toBe(0);
    expect((await world.run(["status"], options)).stdout).toMatch(/\t#\d+ awaiting review\n$/);
    const { stderr } = await world.run(["status", "payments/api"], options);
    expect(stderr).toMatch(/Next: http\S+\/pull\/\d+ {4}merging it takes it back/);
    const alone = await world.run(["status"], { cwd: folder });
    expect(alone.stdout).toMatch(/\t-\n$/);
  });
});
