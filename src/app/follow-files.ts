/** Where the files of a change are now: in place, moved since, or gone. */
import type { CommitId, FileChange, FileEntry, FileState } from "../core/model/git.ts";
import { componentKey } from "../core/model/component.ts";
import {
  type FileTraits,
  folderMove,
  folderOf,
  MAX_COMPARED,
  type MovedFile,
  pairAlike,
  pairSame,
} from "../core/moves.ts";
import type { Repository } from "../ports/repository.ts";
import { type GrowingTree, sameState, type VersionReader } from "./undo-versions.ts";

/** One file of the change at the three moments; its path may differ between them. */
export interface FollowedFile {
  readonly good?: FileEntry;
  readonly bad?: FileEntry;
  readonly now?: FileEntry;
}

export interface FollowRequest {
  readonly repository: Repository;
  readonly reader: VersionReader;
  readonly tree: GrowingTree;
  /** What the bad commit did. */
  readonly changes: readonly FileChange[];
  /** What came between the bad commit and the base. */
  readonly later: readonly FileChange[];
  readonly base: CommitId;
}

/** The files of the change. One that the change has renamed and that was edited since is one file, not a removal and an addition. */
export async function followFiles(request: FollowRequest): Promise<readonly FollowedFile[]> {
  const here = request.changes.map((change) => placed(change, request));
  const lost = here.filter(({ bad, now }) => bad !== undefined && now === undefined);
  const homeless = here.filter(({ good, bad, now }) => good !== undefined && bad === undefined && now === undefined);
  const moves = lost.length + homeless.length === 0 ? NO_MOVES : await laterMoves(lost, request);
  const found = joinPutBack(
    here,
    here.map((file) => moved(file, moves, request)),
  );
  const rehomed = await Promise.all(found.map(async (file) => inMovedFolder(file, moves, request)));
  return joinRenames(rehomed, request.reader);
}

type Moves = ReadonlyMap<string, string>;

const NO_MOVES: Moves = new Map();

function placed({ path, before, after }: FileChange, { tree, later }: FollowRequest): FollowedFile {
  const since = later.find((change) => change.path === path);
  const now = tree.at(path, since === undefined ? after : since.after);
  return sides({ good: entry(path, before), bad: entry(path, after), now: entry(path, now) });
}

function entry(path: string, state: FileState | undefined): FileEntry | undefined {
  return state === undefined ? undefined : { path, mode: state.mode, id: state.id };
}

function sides(file: { readonly [side in keyof FollowedFile]: FileEntry | undefined }): FollowedFile {
  return {
    ...(file.good === undefined ? {} : { good: file.good }),
    ...(file.bad === undefined ? {} : { bad: file.bad }),
    ...(file.now === undefined ? {} : { now: file.now }),
  };
}

/** Files that later work has moved: those with the same bytes anywhere, and the lost ones also by what they say. */
async function laterMoves(lost: readonly FollowedFile[], request: FollowRequest): Promise<Moves> {
  const { later, tree, reader } = request;
  const present = (change: FileChange): FileState | undefined => tree.at(change.path, change.after);
  const gone = later.flatMap((change) =>
    change.before !== undefined && present(change) === undefined ? [{ path: change.path, state: change.before }] : [],
  );
  const come = later.flatMap((change) => {
    const state = change.before === undefined ? present(change) : undefined;
    return state === undefined ? [] : [{ path: change.path, state }];
  });
  const same = pairSame(gone, come);
  const taken = new Set(same.values());
  const open = lost.flatMap(({ bad }) => (bad === undefined || same.has(bad.path) ? [] : [fileOf(bad)]));
  if (open.length === 0) return same;
  const free = nearest(
    come.filter(({ path }) => !taken.has(path)),
    open,
  );
  const alike = pairAlike(await traits(open.slice(0, MAX_COMPARED), reader), await traits(free, reader));
  return new Map([...same, ...alike]);
}

function fileOf({ path, mode, id }: FileEntry): MovedFile {
  return { path, state: { mode, id } };
}

/** Those with the name or the extension of one that is looked for; at most as many as are compared. */
function nearest(files: readonly MovedFile[], wanted: readonly MovedFile[]): readonly MovedFile[] {
  const names = new Set(wanted.map(({ path }) => nameOf(path)));
  const extensions = new Set(wanted.map(({ path }) => extensionOf(path)));
  const rank = ({ path }: MovedFile): number => (names.has(nameOf(path)) ? 0 : 1);
  return files
    .filter(({ path }) => extensions.has(extensionOf(path)))
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, MAX_COMPARED);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function extensionOf(path: string): string {
  const name = nameOf(path);
  return name.slice(Math.max(0, name.lastIndexOf(".")));
}

async function traits(
  files: readonly MovedFile[],
  reader: VersionReader,
): Promise<readonly (MovedFile & FileTraits)[]> {
  return Promise.all(
    files.map(async (file) => {
      const { text, components } = await reader.manifest({ path: file.path, ...file.state });
      const identities = components.flatMap((component) =>
        component.kind === "object" ? [componentKey(component)] : [],
      );
      return { ...file, identities, ...(text === undefined ? {} : { text }) };
    }),
  );
}

/** A file that later work has moved, as if it had always been where it is now. */
function moved(file: FollowedFile, moves: Moves, { later, tree }: FollowRequest): FollowedFile {
  const { good, bad } = file;
  const path = bad === undefined || file.now !== undefined ? undefined : moves.get(bad.path);
  if (path === undefined || bad === undefined) return file;
  const state = tree.at(path, later.find((change) => change.path === path)?.after);
  if (state === undefined) return file;
  return { ...(good === undefined ? {} : { good: { ...good, path } }), bad: { ...bad, path }, now: { path, ...state } };
}

/** A file that the change renamed, and that later work has renamed back: one file, not an addition that lies there now. */
function joinPutBack(here: readonly FollowedFile[], files: readonly FollowedFile[]): readonly FollowedFile[] {
  const origins = new Map(
    files.flatMap((file) =>
      file.good !== undefined && file.bad === undefined && file.now !== undefined
        ? [[file.now.path, file] as const]
        : [],
    ),
  );
  const joined = new Set<FollowedFile>();
  const found = files.map((file, at) => {
    const origin = file.good === undefined && file.now !== undefined ? origins.get(file.now.path) : undefined;
    if (origin?.good === undefined) return file;
    joined.add(origin);
    const bad = here[at]?.bad ?? file.bad;
    return { ...file, good: origin.good, ...(bad === undefined ? {} : { bad }) };
  });
  return found.filter((file) => !joined.has(file));
}

/** A file that the change removed comes back where its folder is now, when later work has moved the folder as a whole. */
async function inMovedFolder(
  file: FollowedFile,
  moves: Moves,
  { repository, base, tree }: FollowRequest,
): Promise<FollowedFile> {
  const { good, bad, now } = file;
  if (good === undefined || bad !== undefined || now !== undefined || moves.size === 0) return file;
  const folder = folderOf(good.path);
  const target = folderMove(folder, moves);
  if (target === undefined) return file;
  const path = [target, nameOf(good.path)].filter((part) => part !== "").join("/");
  const rule = { kind: "folder", path: folder, recurse: true, files: "all" } as const;
  const [left, taken] = await Promise.all([
    repository.files(base, [rule]),
    repository.files(base, [{ kind: "file", path }]),
  ]);
  const free = taken.length === 0 && tree.at(path, undefined) === undefined;
  return left.length === 0 && free ? { good: { ...good, path } } : file;
}

/** A file that the change renamed, and that later work edited under its new name. */
async function joinRenames(files: readonly FollowedFile[], reader: VersionReader): Promise<readonly FollowedFile[]> {
  const edited = files.filter(({ good, bad, now }) => good === undefined && now !== undefined && !sameState(bad, now));
  const removed = files.filter(({ good, bad, now }) => good !== undefined && bad === undefined && now === undefined);
  if (edited.length === 0 || removed.length === 0) return files;
  const from = edited.flatMap(({ bad }) => (bad === undefined ? [] : [fileOf(bad)]));
  const to = removed.flatMap(({ good }) => (good === undefined ? [] : [fileOf(good)]));
  const same = pairSame(from, to);
  const taken = new Set(same.values());
  const alike = pairAlike(
    await traits(from.filter(({ path }) => !same.has(path)).slice(0, MAX_COMPARED), reader),
    await traits(
      nearest(
        to.filter(({ path }) => !taken.has(path)),
        from,
      ),
      reader,
    ),
  );
  const pairs = new Map([...same, ...alike]);
  const joined = new Set(pairs.values());
  return files
    .filter((file) => !(removed.includes(file) && joined.has(file.good?.path ?? "")))
    .map((file) => {
      const origin = edited.includes(file) ? pairs.get(file.bad?.path ?? "") : undefined;
      const good = removed.find((other) => other.good?.path === origin)?.good;
      return origin === undefined || good === undefined ? file : { ...file, good };
    });
}
