/** What keeps a commit in git from arriving through Flux. */
import { conditionIs, describe, findCondition, flagAt, objectsAt } from "../kstatus/fields.ts";
import { escapeText, shorten } from "../model/escape.ts";
import { stringAt, valueAt, type JsonValue } from "../model/json.ts";
import { shellLine } from "../model/shell.ts";
import type { Blocker, BlockerReason } from "./engine-state.ts";
import { isReady } from "./flux-inventory.ts";
import { hashOf, type FluxSource } from "./flux-source.ts";
import { fluxName, referenceIn, type FluxName, type FluxObject, type FluxWorld } from "./flux-world.ts";

/** As `flux resume` calls the kinds. */
const FLUX_WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["Kustomization", ["kustomization"]],
  ["HelmRelease", ["helmrelease"]],
  ["GitRepository", ["source", "git"]],
  ["OCIRepository", ["source", "oci"]],
  ["Bucket", ["source", "bucket"]],
  ["HelmRepository", ["source", "helm"]],
  ["HelmChart", ["source", "chart"]],
]);

export function blocker(
  reason: BlockerReason,
  message: string,
  more: Pick<Blocker, "command" | "untilMs"> = {},
): Blocker {
  return { reason, message: escapeText(shorten(message, 1000)), ...more };
}

export function suspendedBlocker(name: FluxName, object: FluxObject | undefined): readonly Blocker[] {
  if (object === undefined || !flagAt(object.value, "spec", "suspend")) return [];
  const words = FLUX_WORDS.get(name.kind);
  const command = words && shellLine(["flux", "resume", ...words, name.name, "--namespace", name.namespace]);
  return [blocker("Suspended", `${fluxName(name)} is suspended`, command === undefined ? {} : { command })];
}

/** A source that is suspended, missing, cannot be fetched, or follows what no commit on a branch moves. */
export function sourceBlockers(source: FluxSource, world: FluxWorld): readonly Blocker[] {
  const { object, follows = "what never moves", fixed } = source;
  const name = fluxName(source);
  if (object === undefined) {
    return world.knows(source.kind) ? [blocker("Source", `there is no ${name}`)] : [];
  }
  const fault =
    conditionIs(object.value, "Stalled", "True") ??
    conditionIs(object.value, "FetchFailed", "True") ??
    conditionIs(object.value, "Ready", "False");
  const behind = `${name} follows ${follows}: a commit on a branch does not move it`;
  return [
    ...suspendedBlocker(source, object),
    ...(fault === undefined ? [] : [blocker("Source", `${name} cannot be fetched: ${describe(fault)}`)]),
    ...(fixed ? [blocker("FixedRevision", behind)] : []),
  ];
}

/** What it waits for, as `spec.dependsOn` names it. */
export function dependenciesOf(object: FluxObject): readonly FluxName[] {
  return objectsAt(object.value, "spec", "dependsOn").flatMap((entry) => dependency(object, entry) ?? []);
}

function dependency(object: FluxObject, entry: JsonValue): FluxName | undefined {
  const name = referenceIn(object, entry, object.id.kind);
  return name && { ...name, kind: object.id.kind };
}

/**
 * Dependencies that are not ready or, of a Kustomization with the same source, not at its revision. One with a `readyExpr` is judged by
 * that alone: of it only the controller can tell, and does so in its condition.
 */
export function dependencyBlockers(object: FluxObject, world: FluxWorld, source?: FluxSource): readonly Blocker[] {
  const found = objectsAt(object.value, "spec", "dependsOn").flatMap((entry) => {
    const name = dependency(object, entry);
    if (name === undefined || stringAt(entry, "readyExpr") !== undefined) return [];
    const why = whyNotReady(name, world, source);
    return why === undefined ? [] : [blocker("Dependency", `it waits for ${fluxName(name)}, which ${why}`)];
  });
  const ready = conditionIs(object.value, "Ready", "False");
  if (found.length > 0 || ready?.reason !== "DependencyNotReady") return found;
  return [blocker("Dependency", `it waits for what it depends on: ${ready.message}`)];
}

function whyNotReady(name: FluxName, world: FluxWorld, source: FluxSource | undefined): string | undefined {
  const object = world.find(name);
  if (object === undefined) return "is not there";
  if (!isReady(object.value)) {
    const ready = findCondition(object.value, "Ready");
    return `is not ready${ready === undefined || ready.status === "True" ? "" : ` (${describe(ready)})`}`;
  }
  const reference = referenceIn(object, valueAt(object.value, "spec", "sourceRef"));
  if (source?.artifact === undefined || reference === undefined || fluxName(reference) !== fluxName(source)) {
    return undefined;
  }
  const applied = stringAt(object.value, "status", "lastAppliedRevision");
  return hashOf(applied) === hashOf(source.artifact) ? undefined : `has not applied ${source.artifact} yet`;
}
