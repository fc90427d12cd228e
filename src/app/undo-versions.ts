/** The files of the tree that is being built, and what they say. */
import { createHash } from "node:crypto";
import { LastgoodError } from "../errors.ts";
import { type Manifest, readManifest } from "../core/manifest/read-manifest.ts";
import {
  type BlobId,
  blobId,
  type CommitId,
  type FileChange,
  type FileEntry,
  type FileState,
} from "../core/model/git.ts";
import type { UndoVersion } from "../core/undo/types.ts";
import type { FileWrite } from "../core/model/git.ts";
import type { Repository } from "../ports/repository.ts";
import { linkManifest } from "./link-manifest.ts";

/** What is larger can only go back whole. Far above what anybody writes by hand, far below what would fill memory. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Reads each version of a file once. Knows the texts that are made on the way: they are in no repository yet. */
export class VersionReader {
  readonly #repository: Pick<Repository, "blobs">;
  readonly #bytes = new Map<BlobId, Promise<Uint8Array | undefined>>();
  readonly #made = new Map<BlobId, Uint8Array>();
  readonly #manifests = new Map<string, Promise<Manifest>>();

  constructor(repository: Pick<Repository, "blobs">) {
    this.#repository = repository;
  }

  /** A file as the undo takes it; undefined where there is none. */
  async version(file: FileEntry | undefined): Promise<UndoVersion | undefined> {
    if (file === undefined) return undefined;
    const { mode, id } = file;
    return { mode, id, manifest: await this.manifest(file) };
  }

  manifest(file: FileEntry): Promise<Manifest> {
    const key = keyOf(file);
    const known = this.#manifests.get(key);
    if (known !== undefined) return known;
    const manifest = file.mode.startsWith("100") ? this.#read(file) : Promise.resolve(linkManifest(file));
    this.#manifests.set(key, manifest);
    return manifest;
  }

  /** Undefined for what is larger than anything that is looked into. */
  bytes(id: BlobId): Promise<Uint8Array | undefined> {
    const made = this.#made.get(id);
    if (made !== undefined) return Promise.resolve(made);
    const known = this.#bytes.get(id);
    if (known !== undefined) return known;
    const bytes = this.#fetch(id);
    this.#bytes.set(id, bytes);
    return bytes;
  }

  /** Takes a result of the undo in; answers what stands at its path now. `like`: any id of the repository. */
  take(version: UndoVersion, like: CommitId): FileState {
    if (version.id !== undefined) return { mode: version.mode, id: version.id };
    const { text } = version.manifest;
    if (text === undefined) throw new Error("a new version without a text");
    const bytes = new TextEncoder().encode(text);
    const id = blobIdOf(bytes, like);
    this.#made.set(id, bytes);
    this.#manifests.set(keyOf({ ...version, id, path: version.manifest.path }), Promise.resolve(version.manifest));
    return { mode: version.mode, id };
  }

  /** How a state is written into a commit. */
  write(path: string, state: FileState): FileWrite {
    const bytes = this.#made.get(state.id);
    return bytes === undefined ? { path, mode: state.mode, blob: state.id } : { path, mode: state.mode, bytes };
  }

  async #read({ path, id }: FileEntry): Promise<Manifest> {
    const bytes = await this.bytes(id);
    if (bytes !== undefined) return readManifest(path, bytes);
    const left = { code: "LimitBlob", message: "it is larger than 8 MB", place: { file: path } } as const;
    return { path, components: [{ kind: "opaque", path, left }] };
  }

  async #fetch(id: BlobId): Promise<Uint8Array | undefined> {
    try {
      return (await this.#repository.blobs([id], MAX_BYTES))[0];
    } catch (error) {
      if (error instanceof LastgoodError && error.code === "LimitBlob") return undefined;
      throw error;
    }
  }
}

function keyOf({ mode, id, path }: FileEntry): string {
  return `${mode} ${id} ${path}`;
}

/** The id that git gives these bytes (gitformat: `blob <size>\0<bytes>`), in the repository that `like` comes from. */
function blobIdOf(bytes: Uint8Array, like: CommitId): BlobId {
  const hash = createHash(like.length === 64 ? "sha256" : "sha1");
  return blobId(hash.update(`blob ${bytes.length}\0`).update(bytes).digest("hex"));
}

export function sameState(a: FileState | undefined, b: FileState | undefined): boolean {
  return a?.mode === b?.mode && a?.id === b?.id;
}

/** The base, and what was undone on top of it so far. */
export class GrowingTree {
  readonly #changed = new Map<string, Pick<FileChange, "before" | "after">>();

  /** What stands at a path; `base`: what stands there in the base. */
  at(path: string, base: FileState | undefined): FileState | undefined {
    const changed = this.#changed.get(path);
    return changed === undefined ? base : changed.after;
  }

  /** `now`: what stood at the path until now. */
  put(path: string, now: FileState | undefined, next: FileState | undefined): void {
    const known = this.#changed.get(path);
    const before = known === undefined ? now : known.before;
    this.#changed.set(path, {
      ...(before === undefined ? {} : { before }),
      ...(next === undefined ? {} : { after: next }),
    });
  }

  /** What differs from the base, by path. */
  changes(): readonly FileChange[] {
    return [...this.#changed]
      .map(([path, states]) => ({ path, ...states }))
      .filter(({ before, after }) => !sameState(before, after))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }
}
