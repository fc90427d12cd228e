/** What stands on a branch of ours, seen from the revert that is to stand there. */
import { escapeText } from "../core/model/escape.ts";
import { type CommitId, type FileChange, type Revision, type RevisionChange, trailersOf } from "../core/model/git.ts";
import type { Scope } from "../core/model/target.ts";
import type { Repository } from "../ports/repository.ts";
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
  { plan }: DeliveryJob,
  { repository }: Pick<DeliveryWorld, "repository">,
): Promise<BranchState> {
  const planned = plan.files.map(({ path }) => path);
  const query = { tip, base: plan.base, target: plan.target.name, paths: planned };
  const { own, paths, job, foreign, rewritten } = await inspectBranch(query, repository);
  if (foreign !== undefined) return { kind: "foreign", by: foreign, did: "pushed" };

  const scope: Scope = [...paths].map((path) => ({ kind: "file", path }));
  const changes = await repository.refs.diff(tip, commit, scope);
  // A branch that is part of the base holds no revert, whatever stands there.
  if (changes.length === 0 && own > 0) return { kind: "same", job };
  if (rewritten !== undefined) return { kind: "foreign", by: rewritten, did: "rewrote" };
  return { kind: "other", changes };
}

export interface BranchQuery {
  readonly tip: CommitId;
  /** A commit of the branch that it is to be merged into. */
  readonly base: CommitId;
  /** Whose revert it is: the name. */
  readonly target: string;
  /** Those of the plan, where there is one. */
  readonly paths: readonly string[];
}

/** Whose commits stand on a branch of ours. */
export interface InspectedBranch {
  /** How many are ours. */
  readonly own: number;
  /** What ours change, and what was asked for. */
  readonly paths: ReadonlySet<string>;
  /** That of our newest commit. */
  readonly job: string | undefined;
  /** The newest of a person, or a merge of the base into it that changes what ours do. */
  readonly foreign: Revision | undefined;
  /** Ours once, then amended or rebased. */
  readonly rewritten: Revision | undefined;
}

/** Tells our commits from those of people, by what they say and how they were made. */
export async function inspectBranch(query: BranchQuery, repository: Repository): Promise<InspectedBranch> {
  const { tip, base, paths: planned } = query;
  const commits: JudgedCommit[] = [];
  for await (const change of repository.history({ from: tip, until: base, limit: MAX_COMMITS + 1 })) {
    commits.push(await judge(change, query, repository));
  }
  const own = commits.filter(({ kind }) => kind === "ours" || kind === "rewritten");
  const paths = new Set([...own.flatMap(pathsOf), ...planned]);
  const foreign =
    commits.find(({ kind }) => kind === "foreign") ??
    commits.find((one) => one.kind === "update" && pathsOf(one).some((path) => paths.has(path))) ??
    commits[MAX_COMMITS];
  const [newest] = own;
  return {
    own: own.length,
    paths,
    job: newest === undefined ? undefined : jobOf(newest.change.revision),
    foreign: foreign?.change.revision,
    rewritten: commits.find(({ kind }) => kind === "rewritten")?.change.revision,
  };
}

/** The job that a commit of ours belongs to. */
export function jobOf({ message }: Revision): string | undefined {
  const value = trailersOf(message).find(({ key }) => key === "lastgood-job")?.value;
  return value !== undefined && /^[0-9A-Za-z]{1,40}$/.test(value) ? value : undefined;
}

interface JudgedCommit {
  readonly change: RevisionChange;
  /** `update`: the base was merged into the branch. `rewritten`: ours once, then amended or rebased. */
  readonly kind: "ours" | "rewritten" | "update" | "foreign";
}

async function judge(change: RevisionChange, query: BranchQuery, repository: Repository): Promise<JudgedCommit> {
  const { parents, authoredAtMs, committedAtMs } = change.revision;
  if (isRevertOf(query.target, change.revision) && parents.length === 1) {
    // Both dates are written alike, by a forge within a second; amending and rebasing keep the author's and set the committer's.
    return { change, kind: Math.abs(authoredAtMs - committedAtMs) <= 1000 ? "ours" : "rewritten" };
  }
  const [, merged, ...more] = parents;
  const isOnBase = async (commit: CommitId): Promise<boolean> =>
    (await repository.refs.distance(commit, query.base)) !== undefined;
  const isUpdate = merged !== undefined && more.length === 0 && (await isOnBase(merged));
  return { change, kind: isUpdate ? "update" : "foreign" };
}

/** Does a commit say of itself that it reverts this target? Whoever can push can write that. */
export function isRevertOf(target: string, { message }: Revision): boolean {
  const name = escapeText(target);
  return trailersOf(message).some(({ key, value }) => key === "lastgood-target" && value === name);
}

function pathsOf({ change }: JudgedCommit): readonly string[] {
  return change.changes.map(({ path }) => path);
}
