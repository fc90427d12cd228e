import type { CommitId, FileEntry } from "../core/model/git.ts";
import type { Target } from "../core/model/target.ts";
import { othersThan, outsidePaths, withoutTwins, withSharers } from "../core/plan/outside-folder.ts";
import type { Plan } from "../core/plan/types.ts";
import { createScopeIndex } from "../core/target/scope-index.ts";
import { LastgoodError } from "../errors.ts";
import type { Repository } from "../ports/repository.ts";
import { findScope } from "./find-scope.ts";
import { inLanes } from "./in-lanes.ts";

export interface NameSharers {
  readonly repository: Pick<Repository, "files" | "blobs">;
  /** All targets of the repository at a commit. Asked once, and only where it matters. */
  readonly targetsAt: (commit: CommitId) => Promise<readonly Target[]>;
}

/** So many targets are looked into at once: their reads come in batches. */
const LANES = 16;

/**
 * The same plan; where it changes files outside of its target's folder, the risk names who else uses them, sorted. Reads nothing for any other
 * plan. Where that cannot be read, the risk stays as it is.
 */
export async function nameSharers(plan: Plan, world: NameSharers): Promise<Plan> {
  const paths = outsidePaths(plan);
  if (paths.length === 0) return plan;
  try {
    const sharers = await findSharers(paths, plan, world);
    return sharers.length === 0 ? plan : withSharers(plan, sharers);
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return plan;
  }
}

async function findSharers(
  paths: readonly string[],
  { target, base }: Plan,
  { repository, targetsAt }: NameSharers,
): Promise<readonly string[]> {
  const others = othersThan(target, await targetsAt(base));
  if (others.length === 0) return [];
  const listed = listOnce(repository, await repository.files(base));
  const index = createScopeIndex();
  await inLanes([...others.entries()], LANES, async ([at, other]) => {
    const scope = await scopeOf(other, base, listed);
    if (scope !== undefined) index.set(String(at), scope);
  });
  const touched = index.touchedBy(paths);
  const found = others.filter((_, at) => touched.has(String(at)));
  return [...new Set(withoutTwins(found).map(({ name }) => name))].toSorted();
}

/** Undefined: it is made of more than anybody can tell. */
async function scopeOf(target: Target, commit: CommitId, repository: NameSharers["repository"]) {
  try {
    return (await findScope({ repository, commit, target })).scope;
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "LimitFiles") return undefined;
    throw error;
  }
}

/** Scopes are found in one listing; which files they hold in the end is of no interest. */
function listOnce({ blobs }: NameSharers["repository"], all: readonly FileEntry[]): NameSharers["repository"] {
  return { blobs, files: async (_, scope) => (scope === undefined ? all : []) };
}
