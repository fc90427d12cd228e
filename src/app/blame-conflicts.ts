/** Who gave the places in conflict their present value. */
import { type Component, componentName } from "../core/model/component.ts";
import type { CommitId, Revision } from "../core/model/git.ts";
import { touchesOf } from "../core/plan/attribute.ts";
import type { Step } from "../core/plan/types.ts";
import type { FieldConflict } from "../core/undo/types.ts";
import type { Repository } from "../ports/repository.ts";
import type { FollowedFile } from "./follow-files.ts";
import { ManifestReader } from "./read-steps.ts";

/** A conflict, and the commit since the undone one that gave the place its present value, as far as it was looked for. */
export interface OwnedConflict extends FieldConflict {
  readonly setBy?: Revision;
}

/** Later commits that are looked into, newest first; beyond them nobody is named. */
const MAX_COMMITS = 50;

interface Since {
  readonly repository: Repository;
  /** The undone commit. */
  readonly revision: Revision;
  readonly base: CommitId;
  readonly followed: readonly FollowedFile[];
}

/** Each conflict with the newest commit after the undone one that changed its field, else one that touched its file. */
export async function blameConflicts(
  conflicts: readonly FieldConflict[],
  since: Since,
): Promise<readonly OwnedConflict[]> {
  if (conflicts.length === 0) return [];
  const paths = new Set(conflicts.flatMap(({ path }) => namesOf(path, since.followed)));
  const scope = [...paths].map((path) => ({ kind: "file" as const, path }));
  const reader = new ManifestReader(since.repository);
  const steps: Step[] = [];
  const query = { from: since.base, until: since.revision.id, scope, limit: MAX_COMMITS };
  for await (const change of since.repository.history(query)) steps.push(...(await reader.steps(change, () => true)));
  const touches = new Map<string, readonly Touch[]>();
  return conflicts.map((conflict) => {
    const key = `${conflict.path}\0${conflict.component ?? ""}`;
    const names = namesOf(conflict.path, since.followed);
    const own =
      touches.get(key) ??
      touchesAt(
        conflict,
        steps.filter((step) => names.includes(step.path)),
      );
    touches.set(key, own);
    const setBy = (own.find(({ meets }) => meets(conflict.display)) ?? own[0])?.revision;
    return setBy === undefined ? conflict : { ...conflict, setBy };
  });
}

/** A file under all its names. */
function namesOf(path: string, followed: readonly FollowedFile[]): readonly string[] {
  const file = followed.find(({ good, bad, now }) => [good?.path, bad?.path, now?.path].includes(path));
  return [...new Set([path, ...[file?.good, file?.bad, file?.now].flatMap((side) => side?.path ?? [])])];
}

/** A commit that touched the file of a conflict. */
interface Touch {
  readonly revision: Revision;
  /** Did it change this field, an item that holds it, or a field in it? */
  readonly meets: (display: string) => boolean;
}

/** The commits that touched the component of a conflict, newest first; without one, those that touched its file. */
function touchesAt({ component: name }: FieldConflict, steps: readonly Step[]): readonly Touch[] {
  const component = steps
    .flatMap(({ before, after }) => [...(after?.components ?? []), ...(before?.components ?? [])])
    .find((candidate) => candidate.kind !== "opaque" && componentName(candidate) === name);
  const touches = component === undefined ? [] : touchesOf(everywhere(component, steps), steps);
  if (touches.length === 0) return steps.slice(0, 1).map(({ revision }) => ({ revision, meets: () => false }));
  return touches.map(({ revision, fields }) => ({ revision, meets: fields === "all" ? () => true : meetsOne(fields) }));
}

/** As many conflicts as fields may be asked about: each is looked up, not compared with every field. */
function meetsOne(fields: readonly string[]): (display: string) => boolean {
  const exact = new Set(fields);
  const above = new Set(fields.flatMap(holdersOf));
  return (display) =>
    exact.has(display) || above.has(display) || holdersOf(display).some((holder) => exact.has(holder));
}

/** `a`, `a[b]` of `a[b].c`. */
function holdersOf(display: string): readonly string[] {
  return [...display.matchAll(/[.[]/g)].map(({ index }) => display.slice(0, index)).filter((holder) => holder !== "");
}

/** The component as if it stood in every file of the steps: a file that was moved has several names. */
function everywhere(component: Component, steps: readonly Step[]): readonly Component[] {
  return [component, ...[...new Set(steps.map(({ path }) => path))].map((path) => ({ ...component, path }))];
}
