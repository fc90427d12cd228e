/**
 * `npm run bench:fleet [TARGETS]`: the whole daemon, as it is shipped, watching ten thousand Applications that are well: its memory, and the
 * share of one core that it takes, every ten seconds (Linux: proc(5)). The API server and git's are another process.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gitdir } from "../support/gitdir.ts";
import { serveGit } from "../support/git-http-server.ts";
import { ENGINE_CRDS } from "../support/kubernetes/engine-crds.ts";
import { kubeconfigFor } from "../support/kubernetes/kubeconfig.ts";
import { putObjects } from "../support/kubernetes/put-objects.ts";
import { startKubernetes } from "../support/kubernetes/start-kubernetes.ts";
import { liveApplication } from "../support/live-application.ts";
import { deployment } from "../support/manifests.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
/** What the Dockerfile sets for the daemon. */
const AS_IN_THE_IMAGE = ["--max-semi-space-size=2"];
const ROUNDS = 12;
const EVERY_MS = 10_000;

interface Served {
  readonly git: string;
  readonly kube: string;
}

/** The other process. */
async function serve(count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `app-${index}`);
  const files = Object.fromEntries(names.map((name) => [`apps/${name}/deployment.yaml`, deployment(`${name}:1.0.0`)]));
  const repository = gitdir([{ files, message: "all of them" }]);
  const git = await serveGit(repository);
  const kube = await startKubernetes();
  for (const crd of ENGINE_CRDS) kube.install(crd);
  const facts = {
    url: git.url,
    revision: repository.commits[0] ?? "",
    health: "Healthy",
    since: "2026-01-01T00:00:00Z",
  };
  for (const name of names) {
    putObjects(kube, liveApplication({ ...facts, name, annotations: { "lastgood.dev/enabled": "true" } }));
  }
  process.on("disconnect", () => process.exit());
  process.send?.({ git: git.url, kube: kube.url } satisfies Served);
}

/** CPU seconds and MiB of a process (proc(5)). */
function usageOf(pid: number): { readonly cpu: number; readonly rss: number; readonly peak: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mib = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024;
  return { cpu: (Number(stat[11]) + Number(stat[12])) / 100, rss: mib("VmRSS"), peak: mib("VmHWM") };
}

async function watch(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lastgood-fleet-"));
  const server = fork(fileURLToPath(import.meta.url), ["serve", String(count)], { execArgv: process.execArgv });
  let daemon: ChildProcess | undefined;
  try {
    const [served] = (await once(server, "message")) as [Served];
    mkdirSync(join(folder, "cache"));
    writeFileSync(join(folder, "kubeconfig"), kubeconfigFor(served.kube, { token: "x" }));
    writeFileSync(
      join(folder, "lastgood.yaml"),
      `apiVersion: lastgood.dev/v1alpha1
kind: Config
forge: { type: none }
engines: [{ name: prod, type: argocd, context: test }]
server: { listen: "127.0.0.1:0", metrics: "127.0.0.1:0", probes: "127.0.0.1:0" }
`,
    );
    const env = {
      PATH: process.env["PATH"],
      HOME: folder,
      XDG_CACHE_HOME: join(folder, "cache"),
      KUBECONFIG: join(folder, "kubeconfig"),
      LASTGOOD_REPO: served.git,
    };
    daemon = spawn(process.execPath, [...AS_IN_THE_IMAGE, MAIN, "daemon"], { cwd: folder, env });
    let metrics = "";
    if (daemon.stderr === null || daemon.pid === undefined) throw new Error("the daemon did not start");
    createInterface({ input: daemon.stderr }).on("line", (line) => {
      const { level, msg, path, address } = JSON.parse(line) as Readonly<Record<string, string>>;
      if (path === "/metrics") metrics = `http://${address}/metrics`;
      if (level !== "info") process.stdout.write(`${msg}\n`);
    });
    let before = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      await wait(EVERY_MS);
      const { cpu, rss, peak } = usageOf(daemon.pid);
      const told = await (await fetch(metrics)).text();
      const looks = /^lastgood_reconcile_duration_seconds_count\S* (\d+)$/m.exec(told)?.[1] ?? "0";
      const targets = told.match(/^lastgood_target_info\{/gm)?.length ?? 0;
      const share = `${(((cpu - before) / EVERY_MS) * 100_000).toFixed(0)} %`;
      before = cpu;
      process.stdout.write(
        `${String((round * EVERY_MS) / 1000).padStart(4)} s  ${targets} targets, ${looks.padStart(6)} looks  ` +
          `${share.padStart(6)} of a core  ${rss.toFixed(0).padStart(5)} MiB, at most ${peak.toFixed(0)}\n`,
      );
    }
    daemon.kill();
    await once(daemon, "close");
  } finally {
    daemon?.kill("SIGKILL");
    server.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first = "10000", second = ""] = process.argv.slice(2);
await (first === "serve" ? serve(Number(second)) : watch(Number(first)));
