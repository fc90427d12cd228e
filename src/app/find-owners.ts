/**
 * Files that do not change themselves, but matter for those that do: who owns fields of them (an autoscaler, a Rollout), what brings traffic to
 * their pods, and what people have written into them for lastgood.
 */
import type { BlobId, CommitId, FileEntry } from "../core/model/git.ts";
import { CARRIER_KINDS } from "../core/strategy/traffic.ts";
import { folderOf } from "../core/target/path.ts";
import { isManifestPath } from "../core/target/scope.ts";
import { LastgoodError } from "../errors.ts";
import type { Repository } from "../ports/repository.ts";

const OWNERS = /HorizontalPodAutoscaler|ScaledObject|workloadRef/;
const TRAFFIC = kindPattern([...CARRIER_KINDS, "Canary"]);
const WORKLOADS = kindPattern(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout"]);
const DECLARING = /lastgood\.dev\//;

/** `kind: Service`, `"kind":"Service"`. */
function kindPattern(kinds: readonly string[]): RegExp {
  return new RegExp(`kind["']?\\s*:\\s*["']?(?:${kinds.join("|")})\\b`);
}

/** What stands beside the files that change; a file may be in several lists. */
export interface Neighbours {
  readonly owners: readonly FileEntry[];
  /** What carries traffic, and what it may be carried to. Of a large target only the nearest. */
  readonly traffic: readonly FileEntry[];
  /** Those with `lastgood.dev/` annotations, it seems. */
  readonly declaring: readonly FileEntry[];
}

/** So many files are read for where traffic goes, none of them larger: it is looked for in all, and parsed in few. */
const MOST_TRAFFIC = 64;
const LARGEST_TRAFFIC = 65_536;
/** So many are read for what they ask of lastgood: who writes more says the same in all of them. */
const MOST_DECLARING = 256;

/** Those of the files that matter, the named `paths` left out. Looks through every manifest among them, and parses none. */
export async function findNeighbours(
  files: readonly FileEntry[],
  paths: ReadonlySet<string>,
  repository: Pick<Repository, "blobs">,
): Promise<Neighbours> {
  const others = files.filter(({ path, mode }) => !paths.has(path) && mode.startsWith("100") && isManifestPath(path));
  const texts = await Promise.all(others.map(async ({ id }) => readText(id, repository)));
  const holding = (pattern: RegExp): readonly FileEntry[] => others.filter((_, i) => pattern.test(texts[i] ?? ""));
  const small = new Set(others.filter((_, i) => (texts[i] ?? "").length <= LARGEST_TRAFFIC));
  const traffic = nearest([...new Set([...holding(TRAFFIC), ...holding(WORKLOADS)])], paths);
  return {
    owners: holding(OWNERS),
    traffic: traffic.filter((file) => small.has(file)).slice(0, MOST_TRAFFIC),
    declaring: nearest(holding(DECLARING), paths).slice(0, MOST_DECLARING),
  };
}

/** Those in the folders of the paths first. */
function nearest(files: readonly FileEntry[], paths: ReadonlySet<string>): readonly FileEntry[] {
  const folders = new Set([...paths].map(folderOf));
  return files.toSorted((a, b) => Number(folders.has(folderOf(b.path))) - Number(folders.has(folderOf(a.path))));
}

/** Owners that stand in the folders of the `paths`, for what is not a whole target: a workload, a change. */
export async function findOwnersBeside(
  paths: ReadonlySet<string>,
  base: CommitId,
  repository: Pick<Repository, "files" | "blobs">,
): Promise<readonly FileEntry[]> {
  const folders = [...new Set([...paths].map(folderOf))];
  const scope = folders.map((path) => ({ kind: "folder", path, recurse: false, files: "manifests" }) as const);
  return (await findNeighbours(await repository.files(base, scope), paths, repository)).owners;
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
