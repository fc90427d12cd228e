/** Clusters, engines and health sources for `lastgood doctor`: nothing is opened before a check asks for it. */
import { clusterChecks, type ConfiguredEngine } from "../../app/doctor/check-cluster.ts";
import { leaseCheck } from "../../app/doctor/check-lease.ts";
import type { TimeSource } from "../../app/doctor/check-clock.ts";
import type { HealthCheckTarget } from "../../app/doctor/check-health.ts";
import type { Section } from "../../app/doctor/run-checks.ts";
import type { Config, EngineConfig, LeaseConfig } from "../../config/config.ts";
import { skipped } from "../../core/doctor/finding.ts";
import type { TargetPaths } from "../../core/doctor/judge-images.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { createEngine, openCluster, openHealth } from "../compose-engines.ts";
import type { Surroundings } from "../surroundings.ts";

export interface DoctorClusters {
  readonly config: Config | undefined;
  /** `--kubeconfig`. */
  readonly kubeconfig?: string;
  /** `--context`: instead of what engines say themselves. */
  readonly context?: string;
  /** Concrete ones, without wildcards. */
  readonly targets: readonly TargetPaths[];
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * A section for each cluster that engines of the configuration, or the Lease of replicas, are in; without any, of the one that was named on
 * the command line.
 */
export function clusterSections(
  request: DoctorClusters,
  surroundings: Pick<Surroundings, "env" | "cwd">,
): readonly { readonly section: Section; readonly times: readonly TimeSource[] }[] {
  const { config, context, kubeconfig } = request;
  const configured = config?.engines ?? [];
  const isNamed = context !== undefined || kubeconfig !== undefined;
  const engines = configured.length > 0 ? configured : isNamed ? GUESSED : [];
  const lease = config?.server.lease;
  const leases = lease === undefined ? [] : [lease];
  const contexts = new Set([...engines, ...leases].map((one) => context ?? one.context));
  if (contexts.size === 0) return [{ section: NO_CLUSTER, times: [] }];
  return [...contexts].map((each) => {
    const isHere = (one: { readonly context?: string }): boolean => (context ?? one.context) === each;
    const here = { engines: engines.filter(isHere), lease: leases.find(isHere), at: each };
    return sectionOf({ ...request, ...here, guessed: configured.length === 0 }, surroundings);
  });
}

/** Not the present context: `doctor` asks nobody that it was not told to ask. */
const NO_CLUSTER: Section = {
  title: "Cluster",
  checks: [
    {
      name: "Engines",
      doing: "looking for engines",
      run: async () => [
        skipped("Engines", "no engine is configured, and no cluster named: --context NAME looks into one"),
      ],
    },
  ],
};

const GUESSED: readonly EngineConfig[] = [
  { name: "argocd", type: "argocd" },
  { name: "flux", type: "flux" },
];

interface Part extends DoctorClusters {
  readonly engines: readonly EngineConfig[];
  /** The context; undefined: the current one, or the pod's own. */
  readonly at: string | undefined;
  readonly guessed: boolean;
  /** That replicas share there. */
  readonly lease: LeaseConfig | undefined;
}

function sectionOf(
  part: Part,
  surroundings: Pick<Surroundings, "env" | "cwd">,
): { readonly section: Section; readonly times: readonly TimeSource[] } {
  const { config, engines, at, targets, guessed, kubeconfig, lease } = part;
  const open = once(async () => openCluster(part, surroundings, at));
  const versions = once(async () => {
    const cluster = await open();
    return (await cluster.versions?.()) ?? { kubernetes: "of unknown version" };
  });
  const named: readonly ConfiguredEngine[] = engines.map((engine) => ({
    name: engine.name,
    type: engine.type,
    guessed,
    watched: watchedBy(engine.name, config),
    open: once(async () => createEngine(engine, await open(), part)),
    ...(engine.namespace === undefined ? {} : { namespace: engine.namespace }),
  }));
  const kubectl = [
    "kubectl",
    ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]),
    ...(at === undefined ? [] : ["--context", at]),
  ];
  const time: TimeSource = async () => {
    const { aheadMs } = await versions();
    return aheadMs === undefined ? undefined : { from: `the cluster ${(await open()).name}`, aheadMs };
  };
  const names = [...(guessed ? [] : engines.map(({ name }) => name)), ...(lease === undefined ? [] : ["the Lease"])];
  const title = `Cluster ${at ?? "at hand"}${names.length === 0 ? "" : ` (${names.join(", ")})`}`;
  const reached = { open, versions, kubectl };
  return {
    section: {
      title,
      checks: [
        ...(engines.length === 0 ? [] : clusterChecks({ ...reached, engines: named, targets })),
        ...(lease === undefined ? [] : [leaseCheck({ ...reached, lease })]),
      ],
    },
    times: [time],
  };
}

/** What a wildcard names is known only with its folders: left out. */
function watchedBy(engine: string, config: Config | undefined): ConfiguredEngine["watched"] {
  return (config?.targets ?? []).flatMap(({ name, wildcard, health }) =>
    wildcard
      ? []
      : health.flatMap((source) =>
          source.kind === "engine" && source.name === engine ? [{ target: name, object: source.object }] : [],
        ),
  );
}

/** Every target that is asked about by HTTP; wildcards only once their folders are known: left out. */
export function healthTargets(config: Config, clock: Clock): readonly HealthCheckTarget[] {
  return config.targets
    .filter(({ wildcard, health }) => !wildcard && health.some(({ kind }) => kind !== "engine"))
    .map(({ name, health }) => ({
      target: name,
      open: async () => openHealth(health, clock),
    }));
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return async () => {
    asked ??= ask();
    return asked;
  };
}
