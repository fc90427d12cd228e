/** One cluster and the engines in it: reached, understood, allowed, and able to deliver a revert. */
import { failed, ok, skipped, type Finding } from "../../core/doctor/finding.ts";
import {
  judgeControllers,
  judgeStates,
  type ControllerFacts,
  type WatchedObject,
} from "../../core/doctor/judge-engine.ts";
import { compareVersions } from "../../core/doctor/judge-git.ts";
import { judgeAutomations, type ImageAutomation, type TargetPaths } from "../../core/doctor/judge-images.ts";
import { judgeRights, rightsToAsk } from "../../core/doctor/rights.ts";
import type { EngineType } from "../../core/engine/engine-state.ts";
import { listAt, stringAt, valueAt, type JsonValue } from "../../core/model/json.ts";
import { LastgoodError } from "../../errors.ts";
import type { Cluster, ClusterVersions, KindQuery, LiveObject } from "../../ports/cluster.ts";
import type { Engine } from "../../ports/engine.ts";
import type { Check } from "./run-checks.ts";

/** An engine as it is configured. */
export interface ConfiguredEngine {
  readonly name: string;
  readonly type: EngineType;
  /** Nobody has configured it: that it is not there is no fault. */
  readonly guessed: boolean;
  readonly namespace?: string;
  /** Opened once; throws `EngineConfig`. */
  readonly open: () => Promise<Engine>;
  readonly watched: readonly WatchedObject[];
}

export interface ClusterCheckWorld {
  /** Throws `EngineConfig` when there is no such context. */
  readonly open: () => Promise<Cluster>;
  /** Asked once, for the clock too. */
  readonly versions: () => Promise<ClusterVersions>;
  readonly engines: readonly ConfiguredEngine[];
  readonly targets: readonly TargetPaths[];
  /** `kubectl --context prod`, for remedies. */
  readonly kubectl: readonly string[];
}

const UNSEEN = "Nothing of this cluster is seen: no health, no revision that runs, no delivery.";

export function clusterChecks(world: ClusterCheckWorld): readonly Check[] {
  /** That it cannot be reached is said once. */
  const reached =
    (name: string, look: (cluster: Cluster, signal: AbortSignal) => Promise<readonly Finding[]>): Check["run"] =>
    async (signal) => {
      const there = await world.versions().catch(() => undefined);
      return there === undefined ? [skipped(name, "the cluster cannot be reached")] : look(await world.open(), signal);
    };
  return [
    {
      name: "Cluster",
      doing: "asking the cluster for its version",
      meaning: UNSEEN,
      run: async () => checkVersion(world),
    },
    {
      name: "Rights",
      doing: "asking the cluster what we may do",
      timeoutMs: 60_000,
      run: reached("Rights", async (cluster, signal) => checkRights(cluster, world, signal)),
    },
    ...world.engines.flatMap((engine) => [
      {
        name: "EngineVersion",
        doing: `looking for the programs of ${engine.name}`,
        timeoutMs: 60_000,
        run: reached("EngineVersion", async (cluster, signal) =>
          checkControllers(cluster, { engine, signal, ...world }),
        ),
      },
      {
        name: "Delivery",
        doing: `reading what ${engine.name} deploys`,
        timeoutMs: 60_000,
        meaning: UNSEEN,
        run: reached("Delivery", async (_, signal) => checkStates(engine, signal)),
      },
    ]),
    {
      name: "ImageAutomation",
      doing: "looking for image automation",
      timeoutMs: 60_000,
      run: reached("ImageAutomation", async (cluster, signal) => checkAutomations(cluster, { signal, ...world })),
    },
  ];
}

/** The oldest with autoscaling/v2 (kubernetes.io, "Kubernetes 1.23"). */
const OLDEST_KUBERNETES = "1.23";

async function checkVersion({ versions, open }: ClusterCheckWorld): Promise<readonly Finding[]> {
  const { kubernetes } = await versions();
  const { name } = await open();
  // A build of one's own has no version of its own: v0.0.0.
  const isTold = /^v?[1-9]/.test(kubernetes);
  if (!isTold || compareVersions(kubernetes, OLDEST_KUBERNETES) >= 0)
    return [ok("Cluster", `${name} answers: Kubernetes ${kubernetes}`)];
  return [
    failed("Cluster", `${name} is Kubernetes ${kubernetes}, older than ${OLDEST_KUBERNETES}`, {
      meaning: "Autoscalers are not seen: replicas that they own may be put back.",
      remedy: ["Upgrade the cluster."],
    }),
  ];
}

/** The kinds of engines that may be missing, in any of the versions that lastgood reads. */
const KINDS: Readonly<
  Record<
    EngineType,
    readonly { readonly resource: string; readonly kind: string; readonly versions: readonly string[] }[]
  >
> = {
  argocd: [
    { resource: "applications", kind: "Application", versions: ["argoproj.io/v1alpha1"] },
    { resource: "appprojects", kind: "AppProject", versions: ["argoproj.io/v1alpha1"] },
    { resource: "applicationsets", kind: "ApplicationSet", versions: ["argoproj.io/v1alpha1"] },
  ],
  flux: [
    { resource: "kustomizations", kind: "Kustomization", versions: ["kustomize.toolkit.fluxcd.io/v1"] },
    {
      resource: "helmreleases",
      kind: "HelmRelease",
      versions: ["helm.toolkit.fluxcd.io/v2", "helm.toolkit.fluxcd.io/v2beta2"],
    },
    ...["GitRepository", "OCIRepository", "Bucket", "HelmRepository", "HelmChart"].map((kind) => ({
      resource: kind.endsWith("y") ? `${kind.slice(0, -1).toLowerCase()}ies` : `${kind.toLowerCase()}s`,
      kind,
      versions: ["source.toolkit.fluxcd.io/v1", "source.toolkit.fluxcd.io/v1beta2"],
    })),
  ],
  workloads: [],
};

async function checkRights(
  cluster: Cluster,
  { engines, kubectl }: ClusterCheckWorld,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (cluster.canI === undefined) return [skipped("Rights", "this cluster cannot be asked")];
  const types = [...new Set(engines.map(({ type }) => type))];
  const absent = new Set<string>();
  const missing: Finding[] = [];
  for (const type of types) {
    const kinds = KINDS[type];
    const there = await Promise.all(kinds.map(async (each) => hasKind(cluster, each, signal)));
    const gone = kinds.filter((_, index) => there[index] === false);
    for (const { versions, resource } of gone) absent.add(`${(versions[0] ?? "").split("/")[0]}/${resource}`);
    const isMeant = engines.some((engine) => engine.type === type && !engine.guessed);
    if (isMeant && kinds.length > 0 && gone.length === kinds.length) missing.push(notInstalled(type, cluster.name));
  }
  const namespaces = new Set(engines.map(({ namespace }) => namespace));
  const [namespace] = namespaces.size === 1 ? namespaces : [];
  const asked = rightsToAsk({ types, absent, ...(namespace === undefined ? {} : { namespace }) });
  const allowed = await cluster.canI(
    asked.map(({ right }) => right),
    signal,
  );
  return [...missing, ...judgeRights(asked, allowed, kubectl)];
}

function notInstalled(type: EngineType, cluster: string): Finding {
  const name = type === "argocd" ? "Argo CD" : "Flux";
  return failed("EngineMissing", `${name} is not installed in ${cluster}: it has none of its kinds`, {
    meaning: "Nothing is synced there by it.",
    remedy: ["engines[].context and engines[].type in lastgood.yaml: is it another cluster, or another engine?"],
  });
}

/** Asks for no object at all: only whether the kind is served. What may not be listed is there. */
async function hasKind(
  cluster: Cluster,
  { kind, versions }: { readonly kind: string; readonly versions: readonly string[] },
  signal: AbortSignal,
): Promise<boolean> {
  for (const apiVersion of versions) {
    try {
      await cluster.list({ apiVersion, kind, fields: "metadata.name=lastgood-doctor" }, signal);
      return true;
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      if (error.code === "EngineForbidden") return true;
      if (error.code !== "EngineKind") throw error;
    }
  }
  return false;
}

const PART_OF: Readonly<Record<EngineType, string | undefined>> = {
  argocd: "app.kubernetes.io/part-of=argocd",
  flux: "app.kubernetes.io/part-of=flux",
  workloads: undefined,
};

interface Looking extends ClusterCheckWorld {
  readonly signal: AbortSignal;
}

/** The engine's Deployments and StatefulSets; Argo Rollouts and Flagger beside it, where they are. */
async function checkControllers(
  cluster: Cluster,
  { engine: { type, name, namespace, guessed }, signal, kubectl }: Looking & { readonly engine: ConfiguredEngine },
): Promise<readonly Finding[]> {
  const labels = PART_OF[type];
  if (labels === undefined) return [];
  const scope = namespace === undefined ? {} : { namespace };
  const kinds = type === "argocd" ? ["Deployment", "StatefulSet"] : ["Deployment"];
  const lists = await Promise.all(
    kinds.map(async (kind) => listIfAllowed(cluster, { apiVersion: "apps/v1", kind, labels, ...scope }, signal)),
  );
  const found = lists.flatMap((list) => list ?? []);
  if (lists.includes(undefined)) return [skipped("EngineVersion", `the programs of ${name} may not be listed`)];
  const controllers = found.map(controllerOf);
  if (controllers.length === 0 && guessed) return [];
  if (controllers.length === 0)
    return [skipped("EngineVersion", `${name} runs elsewhere, or without its usual labels`)];
  return judgeControllers(type, controllers, kubectl);
}

function controllerOf({ id, value }: LiveObject): ControllerFacts {
  const count = (...keys: readonly string[]): number => {
    const number = valueAt(value, ...keys);
    return typeof number === "number" ? number : 0;
  };
  const version = stringAt(value, "metadata", "labels", "app.kubernetes.io/version") ?? imageTag(value);
  return {
    name: id.name,
    namespace: id.namespace ?? "",
    wanted: valueAt(value, "spec", "replicas") === undefined ? 1 : count("spec", "replicas"),
    ready: count("status", "readyReplicas"),
    ...(version === undefined ? {} : { version }),
  };
}

/** `v3.1.0` of `quay.io/argoproj/argocd:v3.1.0@sha256:…`. */
function imageTag(value: JsonValue): string | undefined {
  const [container] = listAt(value, "spec", "template", "spec", "containers");
  return /:(v?\d[\w.+-]{0,40})(?:@|$)/.exec(stringAt(container, "image") ?? "")?.[1];
}

async function checkStates(engine: ConfiguredEngine, signal: AbortSignal): Promise<readonly Finding[]> {
  const opened = await engine.open();
  const { states, failure } = await opened.read(signal);
  if (failure?.code === "EngineKind" && engine.guessed) return [];
  if (failure !== undefined) throw failure;
  return judgeStates(engine.name, [...states.values()], engine.watched);
}

/** Newest first; a cluster serves some of them (fluxcd.io, "image.toolkit.fluxcd.io"). */
const AUTOMATIONS = ["v1", "v1beta2", "v1beta1"].map((version) => `image.toolkit.fluxcd.io/${version}`);

async function checkAutomations(
  cluster: Cluster,
  { engines, targets, kubectl, signal }: Looking,
): Promise<readonly Finding[]> {
  const flux = await firstServed(cluster, AUTOMATIONS, "ImageUpdateAutomation", signal);
  const updaters = await firstServed(cluster, ["argocd-image-updater.argoproj.io/v1alpha1"], "ImageUpdater", signal);
  const argo = engines.filter(({ type }) => type === "argocd");
  const applications = await Promise.all(
    argo.map(async ({ namespace }) => {
      const query = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };
      return listIfAllowed(cluster, namespace === undefined ? query : { ...query, namespace }, signal);
    }),
  );
  const automations = [
    ...flux
      .filter(({ value }) => valueAt(value, "spec", "suspend") !== true)
      .map((each) => automationOf("ImageUpdateAutomation", each)),
    ...updaters.map((each) => automationOf("ImageUpdater", each)),
    ...applications
      .flatMap((list) => list ?? [])
      .filter(isUpdated)
      .map((each) => automationOf("Application", each)),
  ];
  const findings = judgeAutomations(automations, targets, kubectl);
  return findings.length > 0 ? findings : [ok("ImageAutomation", "no image automation writes to targets")];
}

function automationOf(kind: ImageAutomation["kind"], { id, value }: LiveObject): ImageAutomation {
  const path = kind === "ImageUpdateAutomation" ? (stringAt(value, "spec", "update", "path") ?? "") : undefined;
  return {
    kind,
    name: id.name,
    namespace: id.namespace ?? "",
    ...(path === undefined
      ? {}
      : {
          path: path
            .replace(/^(?:\.?\/)+/, "")
            .replace(/\/+$/, "")
            .replace(/^\.$/, ""),
        }),
  };
}

/** argocd-image-updater.readthedocs.io, "Application configuration". What it does not write to git it writes into the Application, over git. */
function isUpdated({ value }: LiveObject): boolean {
  return stringAt(value, "metadata", "annotations", "argocd-image-updater.argoproj.io/image-list") !== undefined;
}

async function firstServed(
  cluster: Cluster,
  versions: readonly string[],
  kind: string,
  signal: AbortSignal,
): Promise<readonly LiveObject[]> {
  for (const apiVersion of versions) {
    const list = await listIfAllowed(cluster, { apiVersion, kind }, signal);
    if (list !== undefined) return list;
  }
  return [];
}

/** Undefined: there is no such kind, or it may not be listed. */
async function listIfAllowed(
  cluster: Cluster,
  query: KindQuery,
  signal: AbortSignal,
): Promise<readonly LiveObject[] | undefined> {
  try {
    return await cluster.list(query, signal);
  } catch (error) {
    const unseen =
      error instanceof LastgoodError && ["EngineKind", "EngineForbidden", "EngineNotFound"].includes(error.code);
    if (unseen) return undefined;
    throw error;
  }
}
