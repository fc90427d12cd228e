import type { RepositoryCall, Site } from "../call.ts";
import { iso } from "../state.ts";
import type { Comment, Issue, Label, LineComment, PullIssue, Repository, Review } from "../state.ts";
import { assigneesOf } from "../timeline.ts";
import { apiOf, webOf } from "./repository-shape.ts";
import { nodeId, userShape } from "./user-shape.ts";
import type { Schemas } from "./user-shape.ts";

export function labelShape(site: Site, repository: Repository, label: Label): Schemas["label"] {
  return {
    id: label.id,
    node_id: nodeId("Label", label.id),
    url: `${apiOf(site, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  };
}

export function labelsOf(repository: Repository, issue: Issue): readonly Label[] {
  return [...issue.labels].flatMap((name) => repository.labels.get(name) ?? []);
}

export function issueShape({ site, repository, world }: RepositoryCall, issue: Issue): Schemas["issue"] {
  const assignees = [...assigneesOf(world, issue)].map((user) => userShape(site, user));
  const api = apiOf(site, repository);
  const url = `${api}/issues/${issue.number}`;
  const pullWeb = `${webOf(site, repository)}/pull/${issue.number}`;
  return {
    id: issue.id,
    node_id: nodeId("Issue", issue.id),
    number: issue.number,
    url,
    repository_url: api,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: issue.pull === undefined ? `${webOf(site, repository)}/issues/${issue.number}` : pullWeb,
    state: issue.state,
    title: issue.title,
    body: issue.body,
    user: userShape(site, issue.user),
    labels: labelsOf(repository, issue).map((label) => labelShape(site, repository, label)),
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    locked: false,
    comments: issue.comments.length,
    author_association: "CONTRIBUTOR",
    created_at: iso(issue.createdAtMs),
    updated_at: iso(issue.updatedAtMs),
    closed_at: issue.closedAtMs === undefined ? null : iso(issue.closedAtMs),
    closed_by: issue.closedBy === undefined ? null : userShape(site, issue.closedBy),
    ...(issue.pull === undefined
      ? {}
      : {
          pull_request: {
            url: `${api}/pulls/${issue.number}`,
            html_url: pullWeb,
            diff_url: `${pullWeb}.diff`,
            patch_url: `${pullWeb}.patch`,
          },
        }),
  };
}

export function commentShape(
  { site, repository }: RepositoryCall,
  issue: Issue,
  comment: Comment,
): Schemas["issue-comment"] {
  const api = apiOf(site, repository);
  const page = issue.pull === undefined ? "issues" : "pull";
  return {
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    url: `${api}/issues/comments/${comment.id}`,
    html_url: `${webOf(site, repository)}/${page}/${issue.number}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${issue.number}`,
    user: userShape(site, comment.user),
    body: comment.body,
    author_association: "CONTRIBUTOR",
    created_at: iso(comment.createdAtMs),
    updated_at: iso(comment.updatedAtMs),
  };
}

export function reviewShape(
  { site, repository }: RepositoryCall,
  issue: PullIssue,
  review: Review,
): Schemas["pull-request-review"] {
  const html = `${webOf(site, repository)}/pull/${issue.number}#pullrequestreview-${review.id}`;
  const pull = `${apiOf(site, repository)}/pulls/${issue.number}`;
  return {
    id: review.id,
    node_id: nodeId("PullRequestReview", review.id),
    user: userShape(site, review.user),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    _links: { html: { href: html }, pull_request: { href: pull } },
    commit_id: review.commit,
    author_association: "CONTRIBUTOR",
    submitted_at: iso(review.submittedAtMs),
  };
}

export function lineCommentShape(
  { site, repository }: RepositoryCall,
  issue: PullIssue,
  comment: LineComment,
): Schemas["pull-request-review-comment"] {
  const api = apiOf(site, repository);
  const url = `${api}/pulls/comments/${comment.id}`;
  const html = `${webOf(site, repository)}/pull/${issue.number}#discussion_r${comment.id}`;
  const pull = `${api}/pulls/${issue.number}`;
  return {
    id: comment.id,
    node_id: nodeId("PullRequestReviewComment", comment.id),
    url,
    html_url: html,
    pull_request_url: pull,
    pull_request_review_id: null,
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pull } },
    diff_hunk: "",
    path: comment.path,
    ...(comment.line === undefined ? {} : { line: comment.line }),
    commit_id: comment.commit,
    original_commit_id: comment.commit,
    user: userShape(site, comment.user),
    body: comment.body,
    author_association: "CONTRIBUTOR",
    created_at: iso(comment.createdAtMs),
    updated_at: iso(comment.updatedAtMs),
  };
}
