/** Which parts of a change were put back since, and by which commit: by what the files held on the way, and by what messages say. */
import { componentName } from "../core/model/component.ts";
import {
  type CommitId,
  type FileChange,
  type FileEntry,
  pullRequestOf,
  type Revision,
  type RevisionChange,
} from "../core/model/git.ts";
import { changeTitleOf, saidReverts } from "../core/model/said-reverts.ts";
import type { PutBack } from "../core/plan/types.ts";
import type { UndoVersion } from "../core/undo/types.ts";
import { undoChange } from "../core/undo/undo-change.ts";
import type { Repository } from "../ports/repository.ts";
import type { FollowedFile } from "./follow-files.ts";
import type { VersionReader } from "./undo-versions.ts";

export interface Since {
  readonly repository: Repository;
  readonly reader: VersionReader;
  /** The commit that is to be undone. */
  readonly revision: Revision;
  readonly base: CommitId;
  /** What it did, under the names of then. */
  readonly changed: readonly FileChange[];
  readonly followed: readonly FollowedFile[];
}

/** A place of the change. */
export type UndonePlace = Pick<PutBack, "path" | "component" | "display">;

/** The commit that put a place back; undefined where the change was never undone there, or has come again since. */
export type WhoUndid = (place: UndonePlace) => Revision | undefined;

/** Commits that are looked through for who touched the files. */
const MAX_COMMITS = 5000;
/** Versions of one file that are read: those right after the change, the newest, and those that tell something. */
const MAX_VERSIONS = 80;
/** Characters of one file's versions that are read, and places looked at in them: what is huge is looked at less often. */
const MAX_CHARACTERS = 4_000_000;
const MAX_LOOKS = 40_000;

/** Follows each place through the commits since. `places`: those that are asked about. */
export async function findUndone(places: readonly UndonePlace[], since: Since): Promise<WhoUndid> {
  const wanted = new Set(places.map(({ path }) => path));
  const files = since.followed.filter((file) => wanted.has(pathOf(file)));
  if (files.length === 0) return () => undefined;
  const scope = [...new Set(files.flatMap((file) => namesOf(file, since)))].map((path) => ({
    kind: "file" as const,
    path,
  }));
  const changes: RevisionChange[] = [];
  const query = { from: since.base, until: since.revision.id, scope, limit: MAX_COMMITS };
  for await (const change of since.repository.history(query)) changes.push(change);
  changes.reverse();
  const roles = rolesOf(since.revision, changes);
  const found = new Map<string, Revision>();
  for (const file of files) {
    const own = places.filter(({ path }) => path === pathOf(file));
    for (const [key, by] of await followPlaces(own, file, { ...since, changes, roles })) found.set(key, by);
  }
  return (place) => found.get(keyOf(place));
}

type Role = "revert" | "reapply";

/** Which of the later commits say that they revert the change, or take such a revert back. Oldest first. */
function rolesOf(bad: Revision, changes: readonly RevisionChange[]): ReadonlyMap<CommitId, Role> {
  const roles = new Map<CommitId, Role>();
  const known: { readonly revision: Revision; readonly next: Role }[] = [{ revision: bad, next: "revert" }];
  for (const { revision } of changes) {
    const says = saidReverts(revision);
    if (says === undefined) continue;
    const named = known.findLast((one) =>
      says.ids.length > 0
        ? says.ids.some((id) => one.revision.id.startsWith(id))
        : (says.number !== undefined && says.number === pullRequestOf(one.revision)) ||
          says.titles.includes(changeTitleOf(one.revision)),
    );
    if (named === undefined) continue;
    roles.set(revision.id, named.next);
    known.push({ revision, next: named.next === "revert" ? "reapply" : "revert" });
  }
  return roles;
}

interface Walk extends Since {
  readonly changes: readonly RevisionChange[];
  readonly roles: ReadonlyMap<CommitId, Role>;
}

/** Place → the commit that put it back and left it so. What later work made of it then is no part of the change any more. */
async function followPlaces(
  places: readonly UndonePlace[],
  file: FollowedFile,
  walk: Walk,
): Promise<ReadonlyMap<string, Revision>> {
  const path = pathOf(file);
  const at = (entry: FileEntry | undefined): FileEntry | undefined =>
    entry === undefined ? undefined : { ...entry, path };
  const [good, bad] = await Promise.all([walk.reader.version(at(file.good)), walk.reader.version(at(file.bad))]);
  const found = new Map<string, Revision>();
  const largest = Math.max(1, ...[good, bad].map((version) => version?.manifest.text?.length ?? 0));
  const limit = Math.max(2, Math.min(MAX_VERSIONS, MAX_CHARACTERS / largest, MAX_LOOKS / places.length));
  const isTelling = ({ revision, entry }: FileStep): boolean =>
    walk.roles.has(revision.id) || (entry !== undefined && entry.id === file.good?.id);
  const steps = chosen(stepsOf(file, walk), { limit, isTelling });
  for (const { revision, entry } of steps) {
    const state = stateAt({ good, bad, now: await walk.reader.version(at(entry)) });
    const role = walk.roles.get(revision.id);
    for (const place of places) {
      const key = keyOf(place);
      const is = state(place);
      if (is === "back" || (is === "other" && role === "revert")) {
        if (!found.has(key)) found.set(key, revision);
      } else if (is === "bad" || role === "reapply") found.delete(key);
    }
  }
  return found;
}

interface FileStep {
  readonly revision: Revision;
  /** Missing: the file is gone. */
  readonly entry?: FileEntry;
}

/** The file after each commit that touched it, under whatever name it had, oldest first. */
function stepsOf(file: FollowedFile, walk: Walk): readonly FileStep[] {
  const { changes } = walk;
  const names = new Set(namesOf(file, walk));
  return changes.flatMap(({ revision, changes: all }) => {
    const own = all.filter(({ path }) => names.has(path));
    const [last] = own.flatMap(({ path, after }) => (after === undefined ? [] : [{ path, ...after }]));
    if (own.length === 0) return [];
    return [{ revision, ...(last === undefined ? {} : { entry: last }) }];
  });
}

interface Choice {
  readonly limit: number;
  /** Looked at in any case: says that it reverts, or is the file from before again. */
  readonly isTelling: (step: FileStep) => boolean;
}

/** About `limit`, in order. A change is reverted soon, mostly; what counts in the end are the newest. */
function chosen(steps: readonly FileStep[], { limit, isTelling }: Choice): readonly FileStep[] {
  if (steps.length <= limit) return steps;
  const half = Math.floor(limit / 2);
  return steps.filter((step, at) => at < half || at >= steps.length - half || isTelling(step));
}

type PlaceState = "back" | "bad" | "other";

interface Versions {
  readonly good: UndoVersion | undefined;
  readonly bad: UndoVersion | undefined;
  readonly now: UndoVersion | undefined;
}

/** What an undo would find at a place then: the value from before, that of the change, or another one. */
function stateAt({ good, bad, now }: Versions): (place: UndonePlace) => PlaceState {
  const { files, components, conflicts, already } = undoChange([
    {
      ...(good === undefined ? {} : { good }),
      ...(bad === undefined ? {} : { bad }),
      ...(now === undefined ? {} : { now }),
    },
  ]);
  if (files.length === 0 && conflicts.length === 0) return () => "back";
  const [back, other] = [indexOf(already), indexOf(conflicts)];
  const open = indexOf(
    components.flatMap(({ component, fields }) => {
      const place = { path: conflicts[0]?.path ?? files[0]?.path ?? "", component: componentName(component) };
      return fields.length === 0 ? [{ ...place, display: "." }] : fields.map(({ display }) => ({ ...place, display }));
    }),
  );
  // An object that has another name now, or is gone: that is no undoing of a field in it.
  const present = objectsOf(now);
  const gone = new Set([...objectsOf(good)].filter((name) => !present.has(name)));
  return (place) => {
    if (isWhole(place)) return conflicts.length > 0 ? "other" : "bad";
    if (other.meets(place)) return "other";
    if (back.holds(place)) return "back";
    if (gone.has(place.component ?? "")) return "other";
    // Beside many conflicts nothing is worked out: then it may be anything.
    return files.length > 0 && components.length > 0 && !open.meets(place) ? "back" : "bad";
  };
}

function objectsOf(version: UndoVersion | undefined): ReadonlySet<string> {
  const components = version?.manifest.components ?? [];
  return new Set(components.flatMap((one) => (one.kind === "object" ? [componentName(one)] : [])));
}

interface PlaceIndex {
  /** Is the place, or what it lies in, one of them? */
  readonly holds: (place: UndonePlace) => boolean;
  /** Or does one of them lie in it? */
  readonly meets: (place: UndonePlace) => boolean;
}

/** As many places as fields may be asked about: each is looked up. */
function indexOf(places: readonly UndonePlace[]): PlaceIndex {
  const exact = new Set(places.map(keyOf));
  const above = new Set(places.flatMap(holdersOf));
  const whole = places.some(isWhole);
  const holds = (place: UndonePlace): boolean =>
    whole || exact.has(keyOf(place)) || holdersOf(place).some((holder) => exact.has(holder));
  return { holds, meets: (place) => holds(place) || above.has(keyOf(place)) };
}

/** A file as a whole, or lines of a text. */
function isWhole({ component, display = "file" }: UndonePlace): boolean {
  return display === "file" || (component === undefined && /^line \d/.test(display));
}

function keyOf({ path, component = "", display = "file" }: UndonePlace): string {
  return `${path}\0${component}\0${display}`;
}

/** The keys of `a`, `a[b]` for `a[b].c`; of everything in a component `.`, too. */
function holdersOf({ display, ...place }: UndonePlace): readonly string[] {
  const ends = [...(display ?? "").matchAll(/[.[]/g)].map(({ index }) => (display ?? "").slice(0, index));
  return [".", ...ends].filter((holder) => holder !== "").map((holder) => keyOf({ ...place, display: holder }));
}

/** Where the undo says that a file is. */
function pathOf({ good, bad, now }: FollowedFile): string {
  return (now ?? bad ?? good)?.path ?? "";
}

/** A file under all its names: where it was moved since, it had another one when it was changed. */
function namesOf({ good, bad, now }: FollowedFile, { changed }: Since): readonly string[] {
  const then = changed.filter(({ after }) => after !== undefined && after.id === bad?.id).map(({ path }) => path);
  return [...new Set([...[good, bad, now].flatMap((side) => side?.path ?? []), ...then])];
}
