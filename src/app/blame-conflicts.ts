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
  return conflicts.map((conflict) => {
    const names = namesOf(conflict.path, since.followed);
    const setBy = setterOf(
      conflict,
      steps.filter((step) => names.includes(step.path)),
    );
    return setBy === undefined ? conflict : { ...conflict, setBy };
  });
}

/** A file under all its names. */
function namesOf(path: string, followed: readonly FollowedFile[]): readonly string[] {
  const file = followed.find(({ good, bad, now }) => [good?.path, bad?.path, now?.path].includes(path));
  return [...new Set([path, ...[file?.good, file?.bad, file?.now].flatMap((side) => side?.path ?? [])])];
}

function setterOf(conflict: FieldConflict, steps: readonly Step[]): Revision | undefined {
  const component = steps
    .flatMap(({ before, after }) => [...(after?.components ?? []), ...(before?.components ?? [])])
    .find((candidate) => candidate.kind !== "opaque" && componentName(candidate) === conflict.component);
  const touches = component === undefined ? [] : touchesOf(everywhere(component, steps), steps);
  const field = touches.find(({ fields }) => fields === "all" || fields.some((name) => meets(name, conflict.display)));
  return (field ?? touches[0])?.revision ?? steps[0]?.revision;
}

/** The component as if it stood in every file of the steps: a file that was moved has several names. */
function everywhere(component: Component, steps: readonly Step[]): readonly Component[] {
  return [component, ...[...new Set(steps.map(({ path }) => path))].map((path) => ({ ...component, path }))];
}

/** A change of a whole item meets its fields, and the change of a field its item. */
function meets(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long.startsWith(short) && /^[.[]/.test(long.slice(short.length));
}
