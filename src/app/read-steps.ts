import { LastgoodError } from "../errors.ts";
import type { Manifest } from "../core/manifest/read-manifest.ts";
import type { FileEntry, RevisionChange } from "../core/model/git.ts";
import type { Snapshot, Step, TargetFile } from "../core/plan/types.ts";
import type { Repository } from "../ports/repository.ts";
import { keptManifest, readKept } from "./kept-manifests.ts";
import { linkManifest } from "./link-manifest.ts";

/** Reads each version of a file once. */
export class ManifestReader {
  readonly #repository: Repository;
  readonly #read = new Map<string, Promise<Manifest>>();
  readonly #readNew: (file: FileEntry) => Promise<Manifest>;

  /** `readNew`: another reader, which may have read some already. */
  constructor(repository: Repository, readNew?: (file: FileEntry) => Promise<Manifest>) {
    this.#repository = repository;
    this.#readNew = readNew ?? ((file) => this.#readFile(file));
  }

  read(file: FileEntry): Promise<Manifest> {
    const key = `${file.mode} ${file.id} ${file.path}`;
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const manifest = this.#readNew(file);
    this.#read.set(key, manifest);
    return manifest;
  }

  /** The given files, read, by path. */
  async snapshot(files: readonly FileEntry[]): Promise<Snapshot> {
    const entries = files.map(async (file): Promise<readonly [string, TargetFile]> => [
      file.path,
      { path: file.path, state: { mode: file.mode, id: file.id }, manifest: await this.read(file) },
    ]);
    return new Map(await Promise.all(entries));
  }

  /** What one revision did to the given paths, before and after. */
  steps({ revision, changes }: RevisionChange, isWanted: (path: string) => boolean): Promise<readonly Step[]> {
    const wanted = changes.filter(({ path }) => isWanted(path));
    return Promise.all(
      wanted.map(async ({ path, before, after }): Promise<Step> => {
        const [old, now] = await Promise.all([
          before === undefined ? undefined : this.read({ path, ...before }),
          after === undefined ? undefined : this.read({ path, ...after }),
        ]);
        return {
          revision,
          path,
          ...(old === undefined ? {} : { before: old }),
          ...(now === undefined ? {} : { after: now }),
        };
      }),
    );
  }

  async #readFile(file: FileEntry): Promise<Manifest> {
    const { mode, path, id } = file;
    if (!mode.startsWith("100")) return linkManifest(file);
    const known = keptManifest(file);
    if (known !== undefined) return known;
    try {
      const [bytes] = await this.#repository.blobs([id]);
      return readKept(file, bytes ?? new Uint8Array());
    } catch (error) {
      if (error instanceof LastgoodError && error.code === "LimitBlob") return hugeManifest(path);
      throw error;
    }
  }
}

/** Whatever its size, a file goes back by the id of its blob: it need not be read for that. */
function hugeManifest(path: string): Manifest {
  const left = { code: "LimitBlob", message: "it is larger than 2 MB", place: { file: path } } as const;
  return { path, components: [{ kind: "opaque", path, left }] };
}
