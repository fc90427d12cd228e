/** Which differences people see as one change, and what they call it: the ground of `fieldChanges` and `selectFields`. */
import type { FieldChange, Segment } from "../model/field.ts";
import { isObject, type JsonValue, toJson } from "../model/json.ts";
import { matchOf } from "./align.ts";
import type { Difference, KeyedDifference } from "./compare.ts";
import { type DiffContext, qualifiedKind } from "./diff-context.ts";
import { formatPath } from "./display.ts";
import { facetOf } from "./facet.ts";
import { podSpecPath } from "./merge-keys.ts";
import { below } from "./pointer.ts";

/** A place on the way through the tree of differences. */
export interface Place {
  readonly path: readonly Segment[];
  /** The path that is shown: without `value` for the value of an environment variable. */
  readonly shown: readonly Segment[];
  /** Pointers into the two values. */
  readonly before: string;
  readonly after: string;
  readonly context: DiffContext;
}

/** The whole value. */
export function rootPlace(context: DiffContext): Place {
  return { path: [], shown: [], before: "", after: "", context };
}

/** The place of one child of a difference. */
export function childPlace(place: Place, difference: Exclude<Difference, { kind: "leaf" }>, step: string): Place {
  const segment = segmentOf(difference, step);
  const indices =
    difference.kind === "keyed"
      ? { before: difference.idsBefore.get(step) ?? 0, after: difference.idsAfter.get(step) ?? 0 }
      : { before: step, after: step };
  return {
    path: [...place.path, segment],
    shown: isVariable(place, difference, step) ? place.shown : [...place.shown, segment],
    before: below(place.before, indices.before),
    after: below(place.after, indices.after),
    context: place.context,
  };
}

/** The change, when the difference is one; undefined when the changes are its children (and `moveAt`). */
export function changeAt(difference: Difference, place: Place): FieldChange | undefined {
  if (!isWhole(difference)) return undefined;
  const { before, after } = difference;
  const common = describe(place);
  if (before === undefined)
    return { op: "add", ...common, pointer: place.after, ...(after === undefined ? {} : { to: after }) };
  if (after === undefined) return { op: "remove", ...common, pointer: place.before, from: before };
  return { op: "replace", ...common, pointer: place.before, from: before, to: after };
}

/** The change of order of a list; undefined when the items that stay keep theirs. */
export function moveAt(difference: KeyedDifference, place: Place): FieldChange | undefined {
  if (!difference.reordered) return undefined;
  const { idsBefore, idsAfter } = difference;
  const names = (ids: Iterable<string>, others: ReadonlyMap<string, number>): readonly string[] =>
    [...ids].filter((id) => others.has(id)).map((id) => itemSegment(difference, id).id);
  const from = names(idsBefore.keys(), idsAfter);
  const to = names(idsAfter.keys(), idsBefore);
  return { op: "move", ...describe(place), pointer: place.before, from, to };
}

/**
 * Lists whose alignment would depend on what is selected are taken whole; so is an environment variable that goes from
 * `value` to `valueFrom`: one without the other is no valid object.
 */
function isWhole(difference: Difference): boolean {
  switch (difference.kind) {
    case "leaf":
      return true;
    case "keyed":
    case "indexed":
      return !difference.steady;
    case "object":
      return difference.children.has("value") && difference.children.has("valueFrom");
  }
}

function describe(place: Place): Pick<FieldChange, "path" | "display" | "facet"> {
  const { path, shown, context } = place;
  return { path, display: formatPath(withoutNoise(shown, context)), facet: facetOf(path, context) };
}

/** Is this the value of an item that has only a name and a value? Then the item's name says it all. */
function isVariable({ path }: Place, difference: Difference, step: string): boolean {
  const item = path.at(-1);
  if (difference.kind !== "object" || step !== "value" || item === undefined || !("match" in item)) return false;
  const child = difference.children.get(step);
  const replaced = child?.kind === "leaf" && child.before !== undefined && child.after !== undefined;
  return (
    replaced &&
    Object.keys(difference.before).every((key) => key === "value" || (key === "name" && "name" in item.match))
  );
}

/** `containers[api].image` for a workload's `spec.template.spec.containers[api].image`. */
function withoutNoise(path: readonly Segment[], context: DiffContext): readonly Segment[] {
  const pod = podSpecPath(context);
  const isHelmRelease = qualifiedKind(context) === "HelmRelease.helm.toolkit.fluxcd.io";
  if (pod === undefined && !isHelmRelease) return path;
  if (pod !== undefined && startsWith(path, pod) && !isAmbiguous(path[pod.length])) return path.slice(pod.length);
  return startsWith(path, ["spec"]) ? path.slice(1) : path;
}

/** A Job has a deadline of its own, besides that of its pods. */
function isAmbiguous(segment: Segment | undefined): boolean {
  return segment !== undefined && "key" in segment && segment.key === "activeDeadlineSeconds";
}

function startsWith(path: readonly Segment[], keys: readonly string[]): boolean {
  return (
    path.length > keys.length &&
    keys.every((key, at) => {
      const segment = path[at];
      return segment !== undefined && "key" in segment && segment.key === key;
    })
  );
}

function segmentOf(difference: Exclude<Difference, { kind: "leaf" }>, step: string): Segment {
  switch (difference.kind) {
    case "object":
      return { key: step };
    case "indexed":
      return { index: Number(step) };
    case "keyed":
      return itemSegment(difference, step);
  }
}

function itemSegment(difference: KeyedDifference, id: string): Extract<Segment, { id: string }> {
  const { before, after, idsBefore, idsAfter, keys } = difference;
  const item: JsonValue = before[idsBefore.get(id) ?? -1] ?? after[idsAfter.get(id) ?? -1] ?? null;
  if (keys === undefined || !isObject(item)) return { id: scalarText(item), item };
  const match = matchOf(item, keys);
  return { id: Object.values(match).map(scalarText).join("/"), match };
}

function scalarText(value: JsonValue): string {
  return typeof value === "string" ? value : toJson(value);
}
