import { LastgoodError } from "../errors.ts";
import type { FileEntry } from "../core/model/git.ts";
import type { JsonObject, JsonValue } from "../core/model/json.ts";
import { readManifest } from "../core/manifest/read-manifest.ts";
import type { FileContent } from "../core/target/closure.ts";
import { isRegular } from "../core/target/tree.ts";
import type { Repository } from "../ports/repository.ts";

/** Manifests that people and generators write are far below; what is above is not looked into. */
const MAX_BYTES = 1024 * 1024;

/** Blobs asked for at once: memory stays small in a repository of any size. */
const BATCH = 500;

/** The bytes of files, batch by batch. Symlinks, gitlinks and files above 1 MiB are left out. */
export async function* readFiles(
  repository: Pick<Repository, "blobs">,
  files: readonly FileEntry[],
): AsyncGenerator<{ readonly file: FileEntry; readonly bytes: Uint8Array }> {
  const regular = files.filter(isRegular);
  for (let start = 0; start < regular.length; start += BATCH) {
    yield* await readBatch(repository, regular.slice(start, start + BATCH));
  }
}

type Read = readonly { readonly file: FileEntry; readonly bytes: Uint8Array }[];

/** One file that is too large fails the whole call: halve the batch until it stands alone. */
async function readBatch(repository: Pick<Repository, "blobs">, files: readonly FileEntry[]): Promise<Read> {
  if (files.length === 0) return [];
  try {
    const contents = await repository.blobs(
      files.map((file) => file.id),
      MAX_BYTES,
    );
    return files.flatMap((file, index) => {
      const bytes = contents[index];
      return bytes === undefined ? [] : [{ file, bytes }];
    });
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "LimitBlob") throw error;
    if (files.length === 1) return [];
    const half = Math.ceil(files.length / 2);
    const left = await readBatch(repository, files.slice(0, half));
    return [...left, ...(await readBatch(repository, files.slice(half)))];
  }
}

/** Does the file hold any of the texts? A search of bytes, far cheaper than parsing. */
export function holdsAny(bytes: Uint8Array, texts: readonly string[]): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return texts.some((text) => buffer.includes(text));
}

/** All that a file says, whatever its documents are; undefined when it cannot be read as YAML or JSON. */
export function readContent(path: string, bytes: Uint8Array): FileContent | undefined {
  const { components } = readManifest(path, bytes);
  if (components.length > 0 && components.every((component) => component.kind === "opaque")) return undefined;
  const objects = components.flatMap((component): readonly JsonObject[] =>
    component.kind === "object" ? [component.value] : [],
  );
  const others = components.flatMap((component): readonly JsonValue[] =>
    component.kind === "file" ? component.documents : [],
  );
  return { documents: [...others, ...objects], objects };
}
