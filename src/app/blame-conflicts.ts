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
/** Characters of versions that are read: of what is huge, fewer. */
const MAX_CHARACTERS = 4_000_000;

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
  const blame = new Blame(conflicts, since.followed);
  const query = { from: since.base, until: since.revision.id, scope, limit: MAX_COMMITS };
  let read = 0;
  for await (const change of since.repository.history(query)) {
    const steps = await reader.steps(change, () => true);
    blame.take(steps);
    read += steps.reduce((sum, { before }) => sum + (before?.text?.length ?? 0), 0);
    if (blame.isSettled() || read > MAX_CHARACTERS) break;
  }
  return conflicts.map((conflict) => {
    const setBy = blame.of(conflict);
    return setBy === undefined ? conflict : { ...conflict, setBy };
  });
}

/** Goes back through the commits, newest first, until each place has one that changed it. */
class Blame {
  /** Places by the component that they are in. */
  readonly #groups = new Map<string, readonly FieldConflict[]>();
  readonly #names = new Map<string, readonly string[]>();
  readonly #exact = new Map<FieldConflict, Revision>();
  /** The newest commit that touched the component, and the newest that touched its file. */
  readonly #nearest = new Map<string, { readonly component?: Revision; readonly file?: Revision }>();

  constructor(conflicts: readonly FieldConflict[], followed: readonly FollowedFile[]) {
    const groups = new Map<string, FieldConflict[]>();
    for (const conflict of conflicts) {
      const group = groups.get(groupOf(conflict));
      if (group === undefined) groups.set(groupOf(conflict), [conflict]);
      else group.push(conflict);
    }
    for (const [key, [first, ...rest]] of groups) {
      if (first === undefined) continue;
      this.#groups.set(key, [first, ...rest]);
      this.#names.set(key, namesOf(first.path, followed));
    }
  }

  /** What one commit did. */
  take(steps: readonly Step[]): void {
    for (const [key, open] of this.#groups) {
      const names = this.#names.get(key) ?? [];
      const own = steps.filter((step) => names.includes(step.path));
      const [first] = open;
      if (own.length === 0 || first === undefined) continue;
      const [touch] = touchesAt(first, own);
      const { component = touch?.revision, file = own[0]?.revision } = this.#nearest.get(key) ?? {};
      this.#nearest.set(key, {
        ...(component === undefined ? {} : { component }),
        ...(file === undefined ? {} : { file }),
      });
      if (touch === undefined) continue;
      const left = open.filter((conflict) => {
        if (touch.meets(conflict.display)) this.#exact.set(conflict, touch.revision);
        return !this.#exact.has(conflict);
      });
      if (left.length > 0) this.#groups.set(key, left);
      else this.#groups.delete(key);
    }
  }

  isSettled(): boolean {
    return this.#groups.size === 0;
  }

  of(conflict: FieldConflict): Revision | undefined {
    const nearest = this.#nearest.get(groupOf(conflict));
    return this.#exact.get(conflict) ?? nearest?.component ?? nearest?.file;
  }
}

function groupOf({ path, component }: FieldConflict): string {
  return `${path}\0${component ?? ""}`;
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

/** What the steps did to the component of a conflict, newest first; nothing where none of them touched it. */
function touchesAt({ component: name }: FieldConflict, steps: readonly Step[]): readonly Touch[] {
  const component = steps
    .flatMap(({ before, after }) => [...(after?.components ?? []), ...(before?.components ?? [])])
    .find((candidate) => candidate.kind !== "opaque" && componentName(candidate) === name);
  const touches = component === undefined ? [] : touchesOf(everywhere(component, steps), steps);
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
