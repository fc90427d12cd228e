import { isAncestor, readCommit, readDiff, readLog } from "../git/history.ts";
import type { Commit } from "../git/history.ts";
import { NO_OBJECT } from "../git/refs.ts";
import type { Signature } from "../git/objects.ts";
import { iso } from "../state.ts";
import type { PullIssue, User } from "../state.ts";
import { pullShape } from "./pull-shape.ts";
import type { Shown } from "./pull-shape.ts";
import { repositoryShape, webOf } from "./repository-shape.ts";
import { userShape } from "./user-shape.ts";

/** A branch that moved; `from` is missing when it was made, `to` when it was deleted. */
export interface BranchMove {
  readonly branch: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** GitHub lists at most this many commits. */
const MOST_COMMITS = 2048;

/** The payload of `push`. A new branch lists no commits (GitHub: those that no other branch has). */
export async function pushPayload(call: Shown, { branch, from, to }: BranchMove, by: User): Promise<PushPayload> {
  const { repository, site } = call;
  const grown = from !== undefined && to !== undefined;
  const added = grown ? await readLog(repository, `${from}..${to}`, { reverse: true }) : [];
  const commits = await Promise.all(added.slice(-MOST_COMMITS).map((commit) => pushedCommit(call, commit)));
  return {
    ref: `refs/heads/${branch}`,
    before: from ?? NO_OBJECT,
    after: to ?? NO_OBJECT,
    created: from === undefined,
    deleted: to === undefined,
    forced: grown && !(await isAncestor(repository, from, to)),
    base_ref: null,
    compare: `${webOf(site, repository)}/compare/${from?.slice(0, 12) ?? ""}...${to?.slice(0, 12) ?? ""}`,
    commits,
    head_commit: to === undefined ? null : await pushedCommit(call, await readCommit(repository, to)),
    repository: repositoryShape(site, repository),
    pusher: { name: by.login, email: `${by.login}@users.noreply.github.com` },
    sender: userShape(site, by),
  };
}

type PushPayload = Readonly<Record<string, unknown>>;

const person = ({ name, email }: Signature) => ({ name, email });

async function pushedCommit({ site, repository }: Shown, commit: Commit): Promise<PushPayload> {
  const [parent] = commit.parents;
  const files = await readDiff(repository, parent, commit.sha);
  const paths = (statuses: readonly string[]): readonly string[] =>
    files.flatMap(({ path, status }) => (statuses.includes(status) ? [path] : []));
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: iso(commit.committer.atMs),
    url: `${webOf(site, repository)}/commit/${commit.sha}`,
    author: person(commit.author),
    committer: person(commit.committer),
    added: paths(["added", "renamed", "copied"]),
    removed: paths(["removed"]),
    modified: paths(["modified", "changed"]),
  };
}

/** The payload of `pull_request`. */
export function pullRequestPayload(
  call: Shown,
  { issue, action, by }: { readonly issue: PullIssue; readonly action: string; readonly by: User },
): Readonly<Record<string, unknown>> {
  const { site, repository } = call;
  const { merged } = issue.pull;
  const details = { merged: merged !== undefined, merged_by: merged === undefined ? null : userShape(site, merged.by) };
  return {
    action,
    number: issue.number,
    pull_request: { ...pullShape(call, issue), ...details },
    repository: repositoryShape(site, repository),
    sender: userShape(site, merged?.by ?? by),
  };
}
