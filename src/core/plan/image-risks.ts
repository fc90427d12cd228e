/** Can what comes back still be pulled? Registries clean up what nothing runs, and a revert is only as good as its image. */
import { type ImageReference, parseImageReference } from "../manifest/image-reference.ts";
import type { ImageUse } from "../manifest/image-use.ts";
import { imagesOf } from "../manifest/images.ts";
import { type Component, componentName } from "../model/component.ts";
import { toJson } from "../model/json.ts";
import { formatDuration, fromIso } from "../model/time.ts";
import type { LedgerRecord } from "../record.ts";
import { NOTHING_SEEN, type SeenImages } from "../seen-images.ts";
import { foreign, isMutable } from "./risks.ts";
import type { AttributedField, Plan, PlannedComponent, Risk } from "./types.ts";

/** What ran within this time was not cleaned up since, as far as anybody may guess. */
const RECENT_MS = 30 * 86_400_000;
/** More are counted. */
const MOST_SAID = 5;

/** An image that the plan brings back. */
export interface ReturningImage {
  /** `Deployment/api` */
  readonly component: string;
  /** As the manifest writes it. */
  readonly text: string;
  readonly reference: ImageReference;
}

/** Images that the target names after the revert and not before, each once per component. Of a tag that moves, `MutableTag` says enough. */
export function returningImages({ components }: Pick<Plan, "components">): readonly ReturningImage[] {
  const found = new Map<string, ReturningImage>();
  for (const planned of components) {
    const component = componentName(planned.component);
    for (const { text, reference } of usesBack(planned)) {
      if (!isMutable(reference)) found.set(`${component} ${text}`, { component, text, reference });
    }
  }
  return [...found.values()];
}

type Use = Pick<ReturningImage, "text" | "reference">;

function usesBack({ component, partner, change, fields }: PlannedComponent): readonly Use[] {
  if (change === "remove") return [];
  // Where fields are compared, the component is the present one; what is taken whole is the wanted one.
  const isCompared = fields.length > 0;
  const [now, then] = isCompared ? [component, partner] : [partner, component];
  const known = new Set(usesOf(now).map((use) => (use.kind === "image" ? use.text : "")));
  return usesOf(then).flatMap((use): readonly Use[] => {
    if (use.kind !== "image" || use.reference === undefined || known.has(use.text)) return [];
    const { text, reference } = use;
    const comes = !isCompared || fields.some((field) => brings(field, { text, reference }));
    return comes ? [{ text, reference }] : [];
  });
}

function usesOf(side: Component | undefined): readonly ImageUse[] {
  return side === undefined ? [] : imagesOf(side);
}

/** Images go back together: a selection names them all. Others come with what holds them, a container. */
function brings({ facet, to }: AttributedField, { text }: Use): boolean {
  return facet === "image" || (typeof to === "object" && toJson(to).includes(text));
}

export interface ImageFacts {
  /** Missing: no cluster could be asked. */
  readonly seen?: SeenImages;
  /** What the ledger holds, of any target. */
  readonly records: readonly LedgerRecord[];
  readonly nowMs: number;
}

/**
 * One risk for each returning image that nothing shows to be there still. Where nobody can tell, nothing is said: that a cluster was not
 * asked, or is another one, is no reason for doubt. It never holds a revert.
 */
export function imageRisks(plan: Pick<Plan, "components" | "undone">, facts: ImageFacts): readonly Risk[] {
  const doubts = returningImages(plan).flatMap((image): readonly string[] => {
    const doubt = doubtOf(image.reference, plan, facts);
    const name = foreign(image.text);
    return doubt === undefined
      ? []
      : [
          `${image.component}: nothing shows that ${name} can still be pulled: ${doubt}, and registries clean up old tags`,
        ];
  });
  const more = doubts.length - MOST_SAID;
  const rest = `and ${more} more ${more === 1 ? "image" : "images"} of which nothing shows that they can still be pulled`;
  return [...doubts.slice(0, MOST_SAID), ...(more > 0 ? [rest] : [])].map((message) => ({
    code: "ImageNotSeen",
    message,
    blocks: false,
  }));
}

function doubtOf(
  wanted: ImageReference,
  { undone }: Pick<Plan, "undone">,
  { seen = NOTHING_SEEN, records, nowMs }: ImageFacts,
): string | undefined {
  // A ledger names thousands.
  const part = wanted.digest ?? wanted.tag ?? "";
  const is = (image: string): boolean => image.includes(part) && isSame(wanted, parseImageReference(image));
  if (seen.pulled.some(is)) return undefined;
  const refused = seen.refused.find(({ image }) => is(image));
  if (refused !== undefined) return `a pod waits for it (${refused.why})`;
  const times = seen.kept.filter(({ image }) => is(image)).map(({ untilMs = nowMs }) => untilMs);
  const recorded = records.flatMap((record) =>
    record.type === "checkpoint" && record.verdict === "good" && record.images?.some(is) === true
      ? (fromIso(record.at) ?? [])
      : [],
  );
  // What was on record as good, git went on to want until the first of these came.
  const wantedUntil = recorded.length === 0 ? [] : undone.slice(-1).map(({ revision }) => revision.committedAtMs);
  const known = [...times, ...recorded, ...wantedUntil];
  if (known.length > 0) {
    const ageMs = nowMs - Math.max(...known);
    return ageMs <= RECENT_MS ? undefined : `it was last known to run ${formatDuration(ageMs)} ago`;
  }
  const isTold = seen.told.some((image) => isOfRepository(wanted, parseImageReference(image)));
  return isTold ? "no pod and no revision that the cluster keeps has it" : undefined;
}

/** By digest where git names one, else by tag. */
function isSame(wanted: ImageReference, seen: ImageReference | undefined): boolean {
  if (seen === undefined) return false;
  if (wanted.digest !== undefined) return wanted.digest === seen.digest;
  return wanted.tag === seen.tag && isOfRepository(wanted, seen);
}

/** Values of charts often lack the registry, and mirrors put names of their own before it: what ends alike is alike. */
function isOfRepository({ repository: wanted }: ImageReference, seen: ImageReference | undefined): boolean {
  if (seen === undefined) return false;
  const { repository } = seen;
  return repository === wanted || repository.endsWith(`/${wanted}`) || wanted.endsWith(`/${repository}`);
}
