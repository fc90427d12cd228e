import type { BlobId } from "../core/model/git.ts";
import type { Repository } from "../ports/repository.ts";

/** Reading a file below this takes some milliseconds, or a tenth of a second where a tree has to be made of it. */
const LARGE_BYTES = 128 * 1024;

/** Thrown where a large file is about to be looked into: no failure, another place is better for that. */
export class LargeFile extends Error {
  readonly id: BlobId;

  constructor(id: BlobId) {
    super("a large file");
    this.id = id;
  }
}

/** The repository, giving small files only. Throws `LargeFile` for others. */
export function onlySmall(repository: Repository): Repository {
  return {
    ...repository,
    async blobs(ids, maxBytes) {
      const contents = await repository.blobs(ids, maxBytes);
      const large = ids.find((_, at) => (contents[at]?.length ?? 0) > LARGE_BYTES);
      if (large !== undefined) throw new LargeFile(large);
      return contents;
    },
  };
}
