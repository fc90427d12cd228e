/**
 * `npm run bench:watch [OBJECTS]`: what it costs to poll and to follow two thousand Applications, as objects and as what the engine makes of
 * them. The API server is another process: CPU and memory are those of lastgood alone. On a machine that has other work to do the wall
 * clock tells nothing, and CPU does.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openKubernetesCluster } from "../../src/adapters/cluster/kubernetes/kubernetes-cluster.ts";
import { createArgoEngine } from "../../src/adapters/engine/argocd/argo-engine.ts";
import type { JsonObject } from "../../src/core/model/json.ts";
import type { Cluster, FollowOptions } from "../../src/ports/cluster.ts";
import { createSystemClock } from "../../src/faces/system-clock.ts";
import { ENGINE_CRDS } from "../support/kubernetes/engine-crds.ts";
import { kindsOfCrd } from "../support/kubernetes/kube-kinds.ts";
import { kubeconfigFor } from "../support/kubernetes/kubeconfig.ts";
import { putObjects } from "../support/kubernetes/put-objects.ts";
import { startKubernetes } from "../support/kubernetes/start-kubernetes.ts";
import { silentLog } from "../support/silent-log.ts";

const APPLICATIONS = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };

/** About what Argo CD writes for an application of thirty objects with ten syncs behind it: 17 KB. */
function application(index: number): JsonObject {
  const name = `application-${index}`;
  const revision = index.toString(16).padStart(40, "0");
  const source = { repoURL: "https://git.example.com/acme/gitops.git", path: `apps/${name}`, targetRevision: "main" };
  return {
    ...APPLICATIONS,
    metadata: {
      name,
      namespace: "argocd",
      uid: `00000000-0000-4000-8000-${index.toString().padStart(12, "0")}`,
      managedFields: [{ manager: "argocd-controller", fieldsV1: { "f:status": "x".repeat(4000) } }],
    },
    spec: { project: "default", source, destination: { namespace: name, server: "https://kubernetes.default.svc" } },
    status: {
      sync: { status: "Synced", revision, comparedTo: { source } },
      health: { status: "Healthy" },
      history: Array.from({ length: 10 }, (_, id) => ({ id, revision, source, deployedAt: "2026-01-01T00:00:00Z" })),
      resources: Array.from({ length: 30 }, (_, at) => ({
        group: "apps",
        version: "v1",
        kind: "Deployment",
        namespace: name,
        name: `${name}-${at}`,
        status: "Synced",
        health: { status: "Healthy" },
      })),
      operationState: { phase: "Succeeded", syncResult: { revision, source }, finishedAt: "2026-01-01T00:00:00Z" },
    },
  };
}

/** Windows that concern every Application, one of them open now and then: their blockers have to be looked at again as time passes. */
const PROJECT = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name: "default", namespace: "argocd" },
  spec: {
    syncWindows: [
      { kind: "deny", schedule: "0 18 * * 1-5", duration: "12h", timeZone: "Europe/Berlin", applications: ["*"] },
      { kind: "allow", schedule: "*/10 * * * *", duration: "1h", namespaces: ["application-*"] },
    ],
  },
};

/** The other process: serves `count` Applications; at each message it changes all of them. */
async function serve(count: number): Promise<void> {
  const server = await startKubernetes();
  for (const crd of ENGINE_CRDS) server.install(crd);
  const [kind] = kindsOfCrd(ENGINE_CRDS[0]);
  if (kind === undefined) throw new Error("no kind");
  const store = (): void => {
    for (let index = 0; index < count; index += 1) {
      const object = application(index);
      server.store.put(kind, { ...object, metadata: object["metadata"] as JsonObject });
    }
  };
  store();
  putObjects(server, PROJECT);
  process.on("message", store);
  process.on("disconnect", () => process.exit());
  process.send?.(server.url);
}

/** What an engine adapter keeps of an Application. */
function trim({ apiVersion, kind, metadata, spec, status }: JsonObject): JsonObject {
  const { resources: _, ...kept } = status as JsonObject;
  return { apiVersion, kind, metadata, spec, status: kept } as JsonObject;
}

interface Measured {
  readonly ms: number;
  readonly cpuMs: number;
}

async function measure(run: () => Promise<unknown>): Promise<Measured> {
  const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(startCpu);
  return { ms: performance.now() - startMs, cpuMs: (user + system) / 1000 };
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heapMiB(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function print(what: string, measured: Measured | undefined, note = ""): void {
  const cost =
    measured === undefined
      ? ""
      : `${measured.ms.toFixed(0).padStart(8)} ms ${measured.cpuMs.toFixed(0).padStart(8)} ms`;
  process.stdout.write(`${`${what.padEnd(46)} ${cost.padEnd(24)} ${note}`.trimEnd()}\n`);
}

/** The first line: of what, and how busy the machine is. */
function printHead(count: number): void {
  const sizeKiB = JSON.stringify(application(0)).length / 1024;
  const [load = 0] = loadavg();
  const title = `${count} Applications of ${sizeKiB.toFixed(0)} KiB`;
  const machine = `${availableParallelism()} cores, load ${load.toFixed(1)}, Node ${process.version}`;
  process.stdout.write(`${title.padEnd(46)} ${"wall".padStart(11)} ${"CPU".padStart(11)}   ${machine}\n`);
}

/** What was asked for: a poll of all of them in two seconds. */
const POLL_MS = 2000;

/** All of them at once, cold and again, from the cluster to what runs and how it is. */
async function benchPoll(what: string, poll: () => Promise<unknown>): Promise<void> {
  const cold = await measure(poll);
  const warm = await measure(poll);
  const isIn = (measured: Measured): string => (measured.cpuMs < POLL_MS ? "under" : "OVER");
  print(`poll: ${what}, cold`, cold, `CPU ${isIn(cold)} ${POLL_MS} ms`);
  print(`poll: ${what}, again`, warm, `CPU ${isIn(warm)} ${POLL_MS} ms`);
}

interface Follow {
  readonly name: string;
  readonly count: number;
  readonly cluster: Cluster;
  readonly options: Pick<FollowOptions, "trim">;
  /** The heap before anything is followed. */
  readonly emptyMiB: number;
  readonly change: () => void;
}

async function benchFollow({ name, count, cluster, options, emptyMiB, change }: Follow): Promise<void> {
  const controller = new AbortController();
  let left = count;
  let done: () => void = () => undefined;
  const told = async (): Promise<void> => {
    left = count;
    await new Promise<void>((resolve) => (done = resolve));
  };
  const followed = cluster.follow(APPLICATIONS, {
    ...options,
    signal: controller.signal,
    onChange(changes) {
      left -= changes.length;
      if (left <= 0) done();
    },
  });
  print(`watch, ${name}: first list`, await measure(told));
  const changing = measure(told);
  change();
  const burst = await changing;
  print(`watch, ${name}: all of them change`, burst, `${((1000 * burst.cpuMs) / count).toFixed(0)} µs CPU each`);
  print(`watch, ${name}: two quiet seconds`, await measure(async () => wait(2000)));
  const residentMiB = process.memoryUsage().rss / 2 ** 20;
  print(
    `watch, ${name}: kept`,
    undefined,
    `${(heapMiB() - emptyMiB).toFixed(0)} MiB heap, ${residentMiB.toFixed(0)} MiB resident`,
  );
  controller.abort();
  await followed.done;
}

type BenchEngine = Pick<Follow, "count" | "cluster" | "emptyMiB" | "change">;

/** All states once, from nothing; all of them again after every Application has changed; and a look at them while nothing happens. */
async function benchEngine({ count, cluster, emptyMiB, change }: BenchEngine): Promise<void> {
  const engine = createArgoEngine({ cluster, clock: createSystemClock(), log: silentLog(), name: "argocd" });
  await benchPoll("all states of the engine", async () => engine.read());
  const controller = new AbortController();
  let left = count;
  let done: () => void = () => undefined;
  const told = async (): Promise<void> => {
    left = count;
    await new Promise<void>((resolve) => (done = resolve));
  };
  const first = told();
  const followed = engine.follow({
    signal: controller.signal,
    onChange(keys) {
      left -= keys.length;
      if (left <= 0) done();
    },
  });
  print("watch, engine: first list", await measure(async () => first));
  const changing = measure(told);
  change();
  const burst = await changing;
  print("watch, engine: all of them change", burst, `${((1000 * burst.cpuMs) / count).toFixed(0)} µs CPU each`);
  await wait(6000);
  print("watch, engine: one look, windows evaluated anew", await measure(async () => Promise.resolve(followed.view())));
  print("watch, engine: the same look again", await measure(async () => Promise.resolve(followed.view())));
  const residentMiB = process.memoryUsage().rss / 2 ** 20;
  print(
    "watch, engine: kept",
    undefined,
    `${(heapMiB() - emptyMiB).toFixed(0)} MiB heap, ${residentMiB.toFixed(0)} MiB resident`,
  );
  controller.abort();
  await followed.done;
}

/** Prints what the list, the memory, a burst of changes and a poll of all of them cost. */
async function benchWatch(count: number): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url), ["--serve", String(count)]);
  const [url] = (await once(server, "message")) as [string];
  const folder = mkdtempSync(join(tmpdir(), "lastgood-bench-"));
  const kubeconfig = join(folder, "config");
  writeFileSync(kubeconfig, kubeconfigFor(url, { token: "bench" }));
  try {
    const cluster = await openKubernetesCluster({ kubeconfig, env: {}, clock: createSystemClock() });
    await cluster.list({ ...APPLICATIONS, namespace: "none" });
    printHead(count);
    await benchPoll("all objects", async () => cluster.list(APPLICATIONS));
    const emptyMiB = heapMiB();
    await benchFollow({
      name: "trimmed",
      count,
      cluster,
      options: { trim },
      emptyMiB,
      change: () => server.send("change"),
    });
    await benchEngine({ count, cluster, emptyMiB, change: () => server.send("change") });
    await benchFollow({ name: "whole", count, cluster, options: {}, emptyMiB, change: () => server.send("change") });
    print("peak of everything", undefined, `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB resident`);
  } finally {
    server.disconnect();
    rmSync(folder, { recursive: true });
  }
}

const [first, second] = process.argv.slice(2);
await (first === "--serve" ? serve(Number(second)) : benchWatch(Number(first ?? 2000)));
