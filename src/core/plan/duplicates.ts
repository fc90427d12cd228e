/**
 * One object in two files of a plain folder: an engine applies both, the last one wins, and no revert can know which. Kustomize's
 * patches and overlays repeat identities by nature, so this is asked only where an engine reads a folder file by file.
 */
import { formatPlace, LastgoodError } from "../../errors.ts";
import { type Component, componentName, identityKey } from "../model/component.ts";
import type { Target, TargetSource } from "../model/target.ts";
import { relativeTo } from "../target/path.ts";
import type { PlannedComponent, Snapshot } from "./types.ts";

type ObjectComponent = Extract<Component, { kind: "object" }>;

/** Throws `ManifestDuplicate`, with both places, when a planned object stands twice in a source of the target, now or then. */
export function requireSingle(
  target: Target,
  planned: readonly PlannedComponent[],
  snapshots: readonly Snapshot[],
): void {
  const sources = target.sources.filter(({ tool }) => tool === "directory");
  if (sources.length === 0) return;
  const keys = new Set(
    planned.flatMap(({ component }) => (component.kind === "object" ? identityKey(component.id) : [])),
  );
  for (const snapshot of snapshots) {
    const seen = new Map<string, ObjectComponent>();
    for (const component of objectsOf(snapshot, sources)) {
      const key = identityKey(component.id);
      const first = seen.get(key);
      if (keys.has(key) && first !== undefined) throw duplicate(first, component);
      seen.set(key, component);
    }
  }
}

function objectsOf(snapshot: Snapshot, sources: readonly TargetSource[]): readonly ObjectComponent[] {
  return [...snapshot.values()]
    .filter(({ path }) => sources.some((source) => isRead(source, path)))
    .flatMap(({ manifest }) => manifest.components.filter((component) => component.kind === "object"));
}

/** Without `recurse`, an engine reads only what lies in the folder itself. */
function isRead({ path: folder, recurse }: TargetSource, path: string): boolean {
  const rest = relativeTo(folder, path);
  return path === folder || (rest !== undefined && (recurse === true || !rest.includes("/")));
}

function duplicate(first: ObjectComponent, second: ObjectComponent): LastgoodError {
  const places = `${formatPlace(first.place)} and at ${formatPlace(second.place)}`;
  return new LastgoodError("ManifestDuplicate", `${componentName(first)} stands twice, at ${places}`, {
    hint: "Remove one of them: the engine applies both, and the last one wins.",
    place: second.place,
  });
}
