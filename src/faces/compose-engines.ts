/** The other half of compose.ts: the only file that knows clusters, engines and health sources. Nothing is loaded before it is needed. */
import { resolve } from "node:path";
import type { KindJudge } from "../adapters/engine/kind-judge.ts";
import type { EngineConfig, HealthConfig } from "../config/config.ts";
import { readCertificates, readSecretFile } from "../config/read-secret-file.ts";
import { readingOf } from "../core/health/reading.ts";
import { namedHealth } from "../core/model/health-config.ts";
import { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Cluster } from "../ports/cluster.ts";
import type { Engine } from "../ports/engine.ts";
import type { HealthSource } from "../ports/health.ts";
import type { Log } from "../ports/log.ts";
import { GUESSED_ENGINES } from "./engine-names.ts";
import type { Surroundings } from "./surroundings.ts";

export interface OpenEngines {
  /** Empty: Argo CD and Flux are looked for in the cluster at hand. */
  readonly engines: readonly EngineConfig[];
  /** `--kubeconfig`. */
  readonly kubeconfig?: string;
  /** `--context`: instead of what engines say themselves. */
  readonly context?: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenedEngine {
  readonly engine: Engine;
  /** `engines[].discover.selector`. */
  readonly selector?: string;
  /** `engines[].health`: it can say of kinds how they are that the GitOps engine itself has no opinion of. */
  readonly judgesKinds?: true;
  /** Nobody has configured it: it is no fault when there is none. */
  readonly guessed?: true;
  /** Where it was guessed: the present context of the kubeconfig, to name it to other commands. */
  readonly context?: string;
}

/** What the cluster of a pod is called: no context. */
const IN_CLUSTER = "in-cluster";

/**
 * Opens the engines; nothing is sent yet. One whose cluster is not configured here says so when it is read. Throws `EngineConfig` when that
 * is so for all of them.
 */
export async function openEngines(
  request: OpenEngines,
  surroundings: Pick<Surroundings, "env" | "cwd">,
): Promise<readonly OpenedEngine[]> {
  const isGuess = request.engines.length === 0;
  const clusters = new Map<string | undefined, Promise<Cluster>>();
  const clusterOf = (context: string | undefined): Promise<Cluster> => {
    const known = clusters.get(context) ?? openCluster(request, surroundings, context);
    clusters.set(context, known);
    return known;
  };
  const opened = await Promise.all(
    (isGuess ? GUESSED_ENGINES : request.engines).map(async (config) => {
      const { discover, health = [] } = config;
      const facts = {
        ...(discover === undefined ? {} : { selector: discover.selector }),
        ...(health.length === 0 ? {} : { judgesKinds: true as const }),
        ...(isGuess ? { guessed: true as const } : {}),
      };
      try {
        const cluster = await clusterOf(request.context ?? config.context);
        const context = isGuess && cluster.name !== IN_CLUSTER ? { context: cluster.name } : {};
        return { ...facts, ...context, engine: await createEngine(config, cluster, request), failure: undefined };
      } catch (error) {
        if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
        return { ...facts, engine: failingEngine(config, error), failure: error };
      }
    }),
  );
  const [first] = opened;
  if (first?.failure !== undefined && opened.every(({ failure }) => failure !== undefined)) throw first.failure;
  return opened.map(({ failure: _failure, ...rest }) => rest);
}

/** A cluster of the kubeconfig; nothing is sent yet. Throws `EngineConfig`. */
export async function openCluster(
  { kubeconfig, clock }: Pick<OpenEngines, "kubeconfig" | "clock">,
  { env, cwd }: Pick<Surroundings, "env" | "cwd">,
  context: string | undefined,
): Promise<Cluster> {
  const { openKubernetesCluster } = await import("../adapters/cluster/kubernetes/kubernetes-cluster.ts");
  return openKubernetesCluster({
    env,
    clock,
    ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(cwd, kubeconfig) }),
    ...(context === undefined ? {} : { context }),
  });
}

/** The engine of a configuration on a cluster; nothing is sent yet. */
export async function createEngine(
  { name, type, namespace, discover, health }: EngineConfig,
  cluster: Cluster,
  { clock, log }: Pick<OpenEngines, "clock" | "log">,
): Promise<Engine> {
  const judge = await judgeOf(health);
  const options = {
    cluster,
    name,
    clock,
    log,
    ...(namespace === undefined ? {} : { namespace }),
    ...(judge === undefined ? {} : { judge }),
  };
  const { createWorkloadsEngine } = await import("../adapters/engine/workloads/workloads-engine.ts");
  if (type === "workloads") {
    // All workloads of a cluster are too many: the selector says which are meant.
    return createWorkloadsEngine({ ...options, ...(discover === undefined ? {} : { selector: discover.selector }) });
  }
  const engine =
    type === "argocd"
      ? (await import("../adapters/engine/argocd/argo-engine.ts")).createArgoEngine(options)
      : (await import("../adapters/engine/flux/flux-engine.ts")).createFluxEngine(options);
  const { withRollbacks } = await import("../adapters/engine/with-rollbacks.ts");
  const workloads = createWorkloadsEngine({ cluster, name: `workloads of ${name}`, clock, log });
  return withRollbacks(engine, { cluster, clock, workloads });
}

/** Few configure kinds of their own: the others need not wait for CEL to be loaded. */
async function judgeOf(kinds: EngineConfig["health"] = []): Promise<KindJudge | undefined> {
  if (kinds.length === 0) return undefined;
  const { computeWith } = await import("../core/kstatus/custom-table.ts");
  return { compute: computeWith(kinds), kinds };
}

/** An engine that was never reached, and says why. */
function failingEngine({ name, type }: EngineConfig, failure: LastgoodError): Engine {
  const fail = async (): Promise<never> => Promise.reject(failure);
  return {
    name,
    type,
    read: fail,
    explain: fail,
    pods: fail,
    askToLook: fail,
    follow: ({ signal }) => ({
      view: () => ({ states: new Map(), heardAtMs: undefined, failure }),
      done: new Promise((ended) => {
        if (signal.aborted) ended();
        signal.addEventListener("abort", () => ended(), { once: true });
      }),
    }),
  };
}

/**
 * What can be asked how a target is, beside its engines. Where a file of theirs cannot be read (a daemon's token, on a person's machine),
 * they say so when they are asked: the rest is seen all the same.
 */
export async function openHealth(health: readonly HealthConfig[], clock: Clock): Promise<readonly HealthSource[]> {
  const others = namedHealth(health).filter(({ config }) => config.kind !== "engine");
  if (others.length === 0) return [];
  const { openHealthSources } = await import("../adapters/health/open-health.ts");
  try {
    return await openHealthSources({ health }, { clock, readSecretFile, readCertificates });
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    const reading = readingOf("Unknown", `cannot be asked: ${error.message}`);
    return others.map(({ name }) => ({ name, intervalMs: UNREADABLE_MS, read: async () => reading }));
  }
}

const UNREADABLE_MS = 30_000;
