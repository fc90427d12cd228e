/** What runs: every image with the tag that was asked for and the digest that was pulled. */
import { canonicalRepository, parseImageReference, renderImageReference } from "./manifest/image-reference.ts";
import { isList, isObject, type JsonValue, listAt, stringAt, valueAt } from "./model/json.ts";

/** More is no release inventory, and would not fit a ledger line. */
const MOST_IMAGES = 200;
const MOST_CHARACTERS = 30_000;

/**
 * The images of live Pods, `registry/repo:tag@digest`, sorted, each once. A tag that stands for two digests at once is there twice.
 * Pods that are being deleted, have ended, or whose node is lost do not count. Without a digest where the kubelet has not said one: a
 * bare `sha256:…` in `imageID` is an id on that node and names nothing in a registry.
 */
export function inventoryOf(pods: readonly JsonValue[]): readonly string[] {
  const images = new Set(pods.filter(isRunning).flatMap(imagesOf));
  const sorted = [...images].sort();
  // `repo:tag` says nothing more when `repo:tag@digest` is there too.
  const whole = sorted.filter((image) => image.includes("@") || !sorted.some((other) => other.startsWith(`${image}@`)));
  let characters = 0;
  return whole.slice(0, MOST_IMAGES).filter((image) => (characters += image.length) <= MOST_CHARACTERS);
}

function isRunning(pod: JsonValue): boolean {
  return valueAt(pod, "metadata", "deletionTimestamp") === undefined && stringAt(pod, "status", "phase") === "Running";
}

function imagesOf(pod: JsonValue): readonly string[] {
  return podImages(pod).map(({ image }) => image);
}

/** An image of a live Pod. */
export interface PodImage {
  /** `registry/repo:tag@digest`, as in the inventory. */
  readonly image: string;
  /** The node has it. */
  readonly isPulled: boolean;
  /** Why the container does not run yet: `ImagePullBackOff`. Untrusted. */
  readonly waits?: string;
}

/** Of its init containers and its containers. */
export function podImages(pod: JsonValue): readonly PodImage[] {
  return CONTAINERS.flatMap(({ spec, status }) => {
    const statuses = new Map(listAt(pod, "status", status).map((entry) => [stringAt(entry, "name") ?? "", entry]));
    const containers = valueAt(pod, "spec", spec);
    if (!isList(containers)) return [];
    return containers.flatMap((container): readonly PodImage[] => {
      const asked = stringAt(container, "image");
      if (!isObject(container) || asked === undefined) return [];
      const own = statuses.get(stringAt(container, "name") ?? "");
      const imageId = stringAt(own, "imageID") ?? "";
      const waits = stringAt(own, "state", "waiting", "reason");
      const said = { isPulled: imageId !== "", ...(waits === undefined ? {} : { waits }) };
      return imageOf(asked, imageId).map((image) => ({ image, ...said }));
    });
  });
}

const CONTAINERS = [
  { spec: "initContainers", status: "initContainerStatuses" },
  { spec: "containers", status: "containerStatuses" },
] as const;

/** `imageID` is `docker-pullable://repo@sha256:…`, `repo@sha256:…`, or an id of the node's own (kubernetes.io, ContainerStatus). */
function imageOf(asked: string, imageId: string): readonly string[] {
  const wanted = parseImageReference(asked);
  if (wanted === undefined) return [];
  const pulled = parseImageReference(imageId.replace(/^[a-z-]+:\/\//, ""));
  const digest = wanted.digest ?? digestOf(pulled, wanted);
  return [renderImageReference({ ...wanted, ...(digest === undefined ? {} : { digest }) })];
}

function digestOf(
  pulled: ReturnType<typeof parseImageReference>,
  wanted: NonNullable<ReturnType<typeof parseImageReference>>,
): string | undefined {
  return pulled !== undefined && canonicalRepository(pulled) === canonicalRepository(wanted)
    ? pulled.digest
    : undefined;
}
