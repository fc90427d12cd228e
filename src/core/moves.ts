/** Which files are the same under another name: by content, by the objects in them, by likeness. As `git diff -M`, with objects. */
import type { FileState } from "./model/git.ts";

/** One side of a possible move. Contents are asked for only where ids do not decide. */
export interface MovedFile {
  readonly path: string;
  readonly state: FileState;
}

/** What is known of a file's content: its text, and the identities of the Kubernetes objects in it. */
export interface FileTraits {
  /** Missing for what is no text. */
  readonly text?: string;
  readonly identities: readonly string[];
}

/** Below this likeness two files are not the same file: git's own default for -M. */
const LIKE = 0.5;

/** Texts and objects of at most so many files per side are compared: the work is their product. */
export const MAX_COMPARED = 100;

/** Where files went: path → path, each target once. Same bytes only; the same base name first, then the most common folders. */
export function pairSame(gone: readonly MovedFile[], come: readonly MovedFile[]): ReadonlyMap<string, string> {
  const byId = new Map<string, string[]>();
  for (const { path, state } of come) {
    const key = keyOf(state);
    byId.set(key, [...(byId.get(key) ?? []), path]);
  }
  const pairs = new Map<string, string>();
  for (const { path, state } of gone) {
    const candidates = byId.get(keyOf(state)) ?? [];
    const best = candidates.toSorted((a, b) => kinship(path, b) - kinship(path, a))[0];
    // Several files of one content and none of them related: nobody can tell.
    if (best === undefined || (candidates.length > 1 && kinship(path, best) === 0)) continue;
    pairs.set(path, best);
    byId.set(
      keyOf(state),
      candidates.filter((candidate) => candidate !== best),
    );
  }
  return pairs;
}

/** As `pairSame`, for files that were changed too: the same objects in them, else texts that are alike. */
export function pairAlike(
  gone: readonly (MovedFile & FileTraits)[],
  come: readonly (MovedFile & FileTraits)[],
): ReadonlyMap<string, string> {
  const scores = gone.slice(0, MAX_COMPARED).flatMap((from) => {
    const lines = from.text === undefined ? undefined : lineWeights(from.text);
    return come.slice(0, MAX_COMPARED).flatMap((to) => {
      const score = scoreOf(from, to, lines);
      return score < LIKE ? [] : [{ from: from.path, to: to.path, score }];
    });
  });
  const pairs = new Map<string, string>();
  const taken = new Set<string>();
  for (const { from, to } of scores.toSorted((a, b) => b.score - a.score)) {
    if (pairs.has(from) || taken.has(to)) continue;
    pairs.set(from, to);
    taken.add(to);
  }
  return pairs;
}

/**
 * Where a folder went as a whole: all of its files are gone from it, and those that moved went to one and the same folder.
 * `moves`: as found. Undefined when it did not, or when nobody can tell.
 */
export function folderMove(folder: string, moves: ReadonlyMap<string, string>): string | undefined {
  const inside = [...moves].filter(([from]) => folderOf(from) === folder);
  const targets = new Set(inside.map(([, to]) => folderOf(to)));
  const [target] = targets;
  return targets.size === 1 && target !== folder ? target : undefined;
}

/** `a/b` of `a/b/c.yaml`; "" at the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function keyOf({ mode, id }: FileState): string {
  return `${mode.slice(0, 3)} ${id}`;
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** How much two paths have in common: the base name counts most. */
function kinship(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  const same = left.slice(0, -1).filter((part) => right.slice(0, -1).includes(part)).length;
  return (baseOf(a) === baseOf(b) ? 100 : 0) + same;
}

function scoreOf(
  from: MovedFile & FileTraits,
  to: MovedFile & FileTraits,
  lines: ReadonlyMap<string, number> | undefined,
): number {
  if (from.state.mode.slice(0, 3) !== to.state.mode.slice(0, 3)) return 0;
  const like = lines === undefined || to.text === undefined ? 0 : likeness(lines, lineWeights(to.text));
  const sameObjects =
    from.identities.length > 0 &&
    from.identities.length === to.identities.length &&
    from.identities.every((identity) => to.identities.includes(identity));
  const objects = sameObjects ? LIKE : 0;
  return Math.max(like, objects + like / 2) + (baseOf(from.path) === baseOf(to.path) ? 0.01 : 0);
}

/** Characters per distinct line. */
function lineWeights(text: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const line of text.split("\n")) weights.set(line, (weights.get(line) ?? 0) + line.length + 1);
  return weights;
}

/** What of the one is found in the other, against the larger of the two: git's measure (diffcore-rename). */
function likeness(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let [common, left, right] = [0, 0, 0];
  for (const [line, weight] of a) {
    left += weight;
    common += Math.min(weight, b.get(line) ?? 0);
  }
  for (const weight of b.values()) right += weight;
  return Math.max(left, right) === 0 ? 0 : common / Math.max(left, right);
}
