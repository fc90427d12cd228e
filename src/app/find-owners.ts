/** Files that do not change themselves, but say who owns fields of those that do: an autoscaler, a Rollout. */
import type { BlobId, CommitId, FileEntry } from "../core/model/git.ts";
import { folderOf } from "../core/target/path.ts";
import { isManifestPath } from "../core/target/scope.ts";
import { LastgoodError } from "../errors.ts";
import type { Repository } from "../ports/repository.ts";

const OWNERS = /HorizontalPodAutoscaler|ScaledObject|workloadRef/;

/** Those of the files that may own fields, the named `paths` left out. Reads every manifest among them. */
export async function findOwners(
  files: readonly FileEntry[],
  paths: ReadonlySet<string>,
  repository: Pick<Repository, "blobs">,
): Promise<readonly FileEntry[]> {
  const others = files.filter(({ path, mode }) => !paths.has(path) && mode.startsWith("100") && isManifestPath(path));
  const texts = await Promise.all(others.map(async ({ id }) => readText(id, repository)));
  return others.filter((_, i) => OWNERS.test(texts[i] ?? ""));
}

/** Owners that stand in the folders of the `paths`, for what is not a whole target: a workload, a change. */
export async function findOwnersBeside(
  paths: ReadonlySet<string>,
  base: CommitId,
  repository: Pick<Repository, "files" | "blobs">,
): Promise<readonly FileEntry[]> {
  const folders = [...new Set([...paths].map(folderOf))];
  const scope = folders.map((path) => ({ kind: "folder", path, recurse: false, files: "manifests" }) as const);
  return findOwners(await repository.files(base, scope), paths, repository);
}

/** The text of a blob; undefined when it is too big to be anybody's owner. */
async function readText(id: BlobId, repository: Pick<Repository, "blobs">): Promise<string | undefined> {
  try {
    const [bytes] = await repository.blobs([id]);
    return new TextDecoder("latin1").decode(bytes);
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "LimitBlob") return undefined;
    throw error;
  }
}
