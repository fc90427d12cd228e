import { changedFiles, countCommits, findMergeability, mergeableState } from "../pull-requests.ts";
import type { RepositoryCall } from "../call.ts";
import { iso } from "../state.ts";
import type { PullIssue } from "../state.ts";
import { labelShape, labelsOf } from "./issue-shape.ts";
import { apiOf, repositoryShape, webOf } from "./repository-shape.ts";
import { nodeId, userShape } from "./user-shape.ts";
import type { Schemas } from "./user-shape.ts";

/** What a shape needs of a request; webhooks have none. */
export type Shown = Pick<RepositoryCall, "site" | "repository" | "token">;

function linksOf({ site, repository }: Shown, { number, pull }: PullIssue) {
  const api = apiOf(site, repository);
  const web = `${webOf(site, repository)}/pull/${number}`;
  const self = `${api}/pulls/${number}`;
  const issue = `${api}/issues/${number}`;
  const to = {
    html: web,
    issue,
    self,
    comments: `${issue}/comments`,
    commits: `${self}/commits`,
    review_comments: `${self}/comments`,
    review_comment: `${api}/pulls/comments{/number}`,
    statuses: `${api}/statuses/${pull.head}`,
  };
  return {
    url: self,
    html_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    issue_url: issue,
    commits_url: to.commits,
    review_comments_url: to.review_comments,
    review_comment_url: to.review_comment,
    comments_url: to.comments,
    statuses_url: to.statuses,
    _links: {
      html: { href: to.html },
      issue: { href: to.issue },
      self: { href: to.self },
      comments: { href: to.comments },
      commits: { href: to.commits },
      review_comments: { href: to.review_comments },
      review_comment: { href: to.review_comment },
      statuses: { href: to.statuses },
    },
  };
}

function teamShape({ site, repository }: Shown, slug: string): Schemas["team"] {
  const url = `${site.api}/orgs/${repository.owner.login}/teams/${slug}`;
  return {
    id: 0,
    node_id: nodeId("Team", slug),
    name: slug,
    slug,
    description: null,
    privacy: "closed",
    permission: "push",
    type: "organization",
    url,
    html_url: `${site.web}/orgs/${repository.owner.login}/teams/${slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    parent: null,
  };
}

function autoMergeShape({ site }: Shown, { autoMerge }: PullIssue["pull"]): Schemas["auto-merge"] {
  if (autoMerge === undefined) return null;
  return {
    enabled_by: userShape(site, autoMerge.by),
    merge_method: autoMerge.method,
    commit_title: autoMerge.title ?? "",
    commit_message: autoMerge.message ?? "",
  };
}

/** What lists and details have in common. */
function commonShape(call: Shown, issue: PullIssue) {
  const { site, repository } = call;
  const { pull } = issue;
  const owner = userShape(site, repository.owner);
  const repo = repositoryShape(site, repository, call.token);
  const end = (ref: string, sha: string) => ({ label: `${owner.login}:${ref}`, ref, sha, user: owner, repo });
  return {
    ...linksOf(call, issue),
    id: pull.id,
    node_id: nodeId("PullRequest", pull.id),
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    body: issue.body,
    user: userShape(site, issue.user),
    labels: labelsOf(repository, issue).map((label) => ({
      ...labelShape(site, repository, label),
      description: label.description ?? "",
    })),
    milestone: null,
    created_at: iso(issue.createdAtMs),
    updated_at: iso(issue.updatedAtMs),
    closed_at: issue.closedAtMs === undefined ? null : iso(issue.closedAtMs),
    merged_at: pull.merged === undefined ? null : iso(pull.merged.atMs),
    // Until the merge it is the test merge (docs.github.com/rest/pulls).
    merge_commit_sha: pull.merged?.commit ?? pull.mergeability?.result?.testMerge ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: pull.reviewers.map((user) => userShape(site, user)),
    requested_teams: [...pull.teams].map((slug) => teamShape(call, slug)),
    head: end(pull.branch, pull.head),
    base: end(pull.base, pull.baseSha),
    author_association: "CONTRIBUTOR" as const,
    auto_merge: autoMergeShape(call, pull),
    draft: pull.draft,
  };
}

/** As in lists: without mergeability and counts. */
export function pullShape(call: Shown, issue: PullIssue): Schemas["pull-request-simple"] {
  return commonShape(call, issue);
}

/** One pull request. Asking for it is what starts GitHub's mergeability job. */
export async function fullPullShape(call: RepositoryCall, issue: PullIssue): Promise<Schemas["pull-request"]> {
  const { repository, world, site } = call;
  const { pull } = issue;
  const mergeability = issue.state === "open" ? await findMergeability(world, repository, issue) : undefined;
  const state = await mergeableState(repository, issue, mergeability);
  const files = await changedFiles(repository, issue);
  const sum = (count: (file: (typeof files)[number]) => number): number =>
    files.reduce((total, file) => total + count(file), 0);
  return {
    ...commonShape(call, issue),
    merged: pull.merged !== undefined,
    merged_by: pull.merged === undefined ? null : userShape(site, pull.merged.by),
    mergeable: mergeability === undefined ? null : mergeability.tree !== undefined,
    mergeable_state: state,
    comments: issue.comments.length,
    review_comments: pull.lineComments.length,
    maintainer_can_modify: false,
    commits: await countCommits(repository, issue),
    additions: sum((file) => file.additions),
    deletions: sum((file) => file.deletions),
    changed_files: files.length,
  };
}
