/** What a cluster shows of images: those that its nodes have pulled, and those that the revisions it keeps of a workload name. */
import { podImages } from "./inventory.ts";
import { annotationOf, countAt, objectsAt, timeAt } from "./kstatus/fields.ts";
import { type JsonObject, type JsonValue, stringAt, valueAt } from "./model/json.ts";

/** Images as manifests write them, with the digest where one is known: untrusted. */
export interface SeenImages {
  /** Of live pods. */
  readonly pulled: readonly string[];
  /** Pods wait for these in vain. `why`: a word of the kubelet's. */
  readonly refused: readonly { readonly image: string; readonly why: string }[];
  /** Of the revisions that are kept. `untilMs`: it ran until about then, or later, by the cluster's clock; missing: until now. */
  readonly kept: readonly { readonly image: string; readonly untilMs?: number }[];
  /** What workloads name, of which all that is kept was read: that another version of these is not to be seen says something. */
  readonly told: readonly string[];
}

export const NOTHING_SEEN: SeenImages = { pulled: [], refused: [], kept: [], told: [] };

/** What several clusters, or engines, show together. */
export function uniteSeen(all: readonly SeenImages[]): SeenImages {
  return {
    pulled: all.flatMap(({ pulled }) => pulled),
    refused: all.flatMap(({ refused }) => refused),
    kept: all.flatMap(({ kept }) => kept),
    told: all.flatMap(({ told }) => told),
  };
}

/** A live Deployment, StatefulSet, DaemonSet or Rollout with what is below it. */
export interface PastWorkload {
  readonly value: JsonObject;
  /** Its ReplicaSets or ControllerRevisions. Missing: they may not be read. */
  readonly revisions?: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
}

/** The kubelet's words for an image that does not come. */
const REFUSED = /^(?:ErrImagePull|ImagePullBackOff|RegistryUnavailable)$/;

export function seenImages(workloads: readonly PastWorkload[]): SeenImages {
  const live = workloads.flatMap(({ pods }) => pods).flatMap(podImages);
  const past = workloads.map((workload) => ({ workload, kept: keptImages(workload.revisions ?? []) }));
  return {
    pulled: live.filter(({ isPulled }) => isPulled).map(({ image }) => image),
    kept: past.flatMap(({ kept }) => kept),
    refused: live.flatMap(({ image, isPulled, waits = "" }) =>
      !isPulled && REFUSED.test(waits) ? [{ image, why: waits }] : [],
    ),
    told: past
      .filter(({ workload }) => workload.revisions !== undefined)
      .flatMap(({ workload, kept }) => [...templateImages(workload.value), ...kept.map(({ image }) => image)]),
  };
}

/** A revision ran until the next one came; the newest one runs. */
function keptImages(revisions: readonly JsonObject[]): SeenImages["kept"] {
  const sorted = revisions.toSorted((a, b) => numberOf(a) - numberOf(b));
  return sorted.flatMap((revision, index) => {
    const next = sorted[index + 1];
    const runs = next === undefined || (countAt(revision, "spec", "replicas") ?? 0) > 0;
    const times = [revision, ...(next === undefined ? [] : [next])].map((each) => madeAtMs(each) ?? Infinity);
    const untilMs = Math.max(...times);
    const until = runs || untilMs === Infinity ? {} : { untilMs };
    return templateImages(revision).map((image) => ({ image, ...until }));
  });
}

function madeAtMs(object: JsonObject): number | undefined {
  return timeAt(object, "metadata", "creationTimestamp");
}

/** What counts the revisions of a workload: of ReplicaSets an annotation of the Deployment's or the Rollout's controller. */
function numberOf(revision: JsonObject): number {
  const said =
    annotationOf(revision, "deployment.kubernetes.io/revision") ??
    annotationOf(revision, "rollout.argoproj.io/revision");
  return countAt(revision, "revision") ?? (said !== undefined && /^\d{1,15}$/.test(said) ? Number(said) : 0);
}

/** A ControllerRevision of the built-in kinds holds the template as a patch: `data.spec.template` (k8s.io/kubernetes, `getPatch`). */
function templateImages(object: JsonObject): readonly string[] {
  const template: JsonValue | undefined =
    valueAt(object, "spec", "template", "spec") ?? valueAt(object, "data", "spec", "template", "spec");
  return ["initContainers", "containers"].flatMap((key) =>
    objectsAt(template, key).flatMap((container) => stringAt(container, "image") ?? []),
  );
}
