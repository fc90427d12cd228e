/** What stands on a branch of ours, seen from the revert that is to stand there. */
import { escapeText } from "../core/model/escape.ts";
import { type CommitId, type FileChange, type Revision, type RevisionChange, trailersOf } from "../core/model/git.ts";
import type { Scope } from "../core/model/target.ts";
import type { DeliveryJob, DeliveryWorld } from "./delivery.ts";

export type BranchState =
  /** It holds the revert already; `job` made it. */
  | { readonly kind: "same"; readonly job: string | undefined }
  /** It holds another revert of ours; `changes` lead from there to the one wanted. */
  | { readonly kind: "other"; readonly changes: readonly FileChange[] }
  /** A person has worked on it. */
  | { readonly kind: "foreign"; readonly by: Revision; readonly did: "pushed" | "rewrote" };

interface Sides {
  /** The branch as it is. */
  readonly tip: CommitId;
  /** The revert, made on the plan's base. */
  readonly commit: CommitId;
}

/** Nothing of ours has more commits than that on one branch. */
const MAX_COMMITS = 50;

/**
 * Compares by content, never by commit id: the branch may stand on an older base, and two runs never make the same commit.
 * Only the paths that one of both changes count; what else the base has got meanwhile does not.
 */
export async function compareBranch(
  { tip, commit }: Sides,
  job: DeliveryJob,
  world: DeliveryWorld,
): Promise<BranchState> {
  const { repository } = world;
  const commits: JudgedCommit[] = [];
  for await (const change of repository.history({ from: tip, until: job.plan.base, limit: MAX_COMMITS + 1 })) {
    commits.push(await judge(change, job, world));
  }
  const own = commits.filter(({ kind }) => kind === "ours" || kind === "rewritten");
  const paths = new Set([...own.flatMap(pathsOf), ...job.plan.files.map(({ path }) => path)]);
  const foreign =
    commits.find(({ kind }) => kind === "foreign") ??
    commits.find((one) => one.kind === "update" && pathsOf(one).some((path) => paths.has(path))) ??
    commits[MAX_COMMITS];
  if (foreign !== undefined) return { kind: "foreign", by: foreign.change.revision, did: "pushed" };

  const scope: Scope = [...paths].map((path) => ({ kind: "file", path }));
  const changes = await repository.refs.diff(tip, commit, scope);
  // A branch that is part of the base holds no revert, whatever stands there.
  const [newest] = own;
  if (changes.length === 0 && newest !== undefined) return { kind: "same", job: jobOf(newest.change.revision) };
  const rewritten = commits.find(({ kind }) => kind === "rewritten");
  if (rewritten !== undefined) return { kind: "foreign", by: rewritten.change.revision, did: "rewrote" };
  return { kind: "other", changes };
}

/** The job that a commit of ours belongs to. */
function jobOf({ message }: Revision): string | undefined {
  const value = trailersOf(message).find(({ key }) => key === "lastgood-job")?.value;
  return value !== undefined && /^[0-9A-Za-z]{1,40}$/.test(value) ? value : undefined;
}

interface JudgedCommit {
  readonly change: RevisionChange;
  /** `update`: the base was merged into the branch. `rewritten`: ours once, then amended or rebased. */
  readonly kind: "ours" | "rewritten" | "update" | "foreign";
}

async function judge(change: RevisionChange, job: DeliveryJob, world: DeliveryWorld): Promise<JudgedCommit> {
  const { message, parents, authoredAtMs, committedAtMs } = change.revision;
  const name = escapeText(job.plan.target.name);
  const signed = trailersOf(message).some(({ key, value }) => key === "lastgood-target" && value === name);
  if (signed && parents.length === 1) {
    // Both dates are written alike, by a forge within a second; amending and rebasing keep the author's and set the committer's.
    return { change, kind: Math.abs(authoredAtMs - committedAtMs) <= 1000 ? "ours" : "rewritten" };
  }
  const [, merged, ...more] = parents;
  const isUpdate = merged !== undefined && more.length === 0 && (await isOnBase(merged, job, world));
  return { change, kind: isUpdate ? "update" : "foreign" };
}

async function isOnBase(commit: CommitId, { plan }: DeliveryJob, { repository }: DeliveryWorld): Promise<boolean> {
  return (await repository.refs.distance(commit, plan.base)) !== undefined;
}

function pathsOf({ change }: JudgedCommit): readonly string[] {
  return change.changes.map(({ path }) => path);
}
