import { userOf } from "../call.ts";
import { created, invalid, ok, refusal } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import { listed } from "../paging.ts";
import { getPull, syncPulls } from "../pull-requests.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { lineCommentShape, reviewShape } from "../shapes/issue-shape.ts";
import { pullShape } from "../shapes/pull-shape.ts";
import { fullName } from "../state.ts";
import type { LineComment, PullIssue, Review, ReviewState, User } from "../state.ts";

const EVENTS: Readonly<Record<string, ReviewState>> = {
  APPROVE: "APPROVED",
  REQUEST_CHANGES: "CHANGES_REQUESTED",
  COMMENT: "COMMENTED",
};

async function lookAtPull(call: RepositoryCall): Promise<PullIssue> {
  const issue = getPull(call.repository, call.params["number"] ?? "");
  await syncPulls(call.world, call.repository);
  return issue;
}

async function createReview(call: RepositoryCall) {
  const { input, world } = call;
  const issue = await lookAtPull(call);
  const user = userOf(call);
  const event = input.optionalText("event");
  const state = event === undefined ? "PENDING" : EVENTS[event];
  if (state === undefined)
    throw refusal(422, "Validation Failed", [
      `Variable $event of type PullRequestReviewEvent was provided invalid value`,
    ]);
  const own = user.id === issue.user.id;
  if (own && state === "APPROVED")
    throw refusal(422, "Unprocessable Entity", ["Can not approve your own pull request"]);
  if (own && state === "CHANGES_REQUESTED")
    throw refusal(422, "Unprocessable Entity", ["Can not request changes on your own pull request"]);
  const body = input.optionalText("body") ?? "";
  if (body === "" && (state === "COMMENTED" || state === "CHANGES_REQUESTED"))
    throw refusal(422, "Unprocessable Entity", ["Could not comment pull request review: Body is too short"]);
  const commit = input.optionalText("commit_id") ?? issue.pull.head;
  const review: Review = { id: world.nextId(), user, body, commit, state, submittedAtMs: world.now() };
  issue.pull.reviews.push(review);
  const asked = issue.pull.reviewers.indexOf(user);
  if (asked !== -1) issue.pull.reviewers.splice(asked, 1); // a review answers the request
  issue.updatedAtMs = world.now();
  return ok(reviewShape(call, issue, review));
}

/** The users of a reviewers request. One that may not be asked fails all of it. */
function readReviewers({ input, world, repository }: RepositoryCall, issue: PullIssue): readonly User[] {
  const users = input.texts("reviewers").map((login) => world.users.get(login.toLowerCase()));
  if (users.some((user) => user?.id === issue.user.id))
    throw refusal(422, "Review cannot be requested from pull request author.");
  const known = users.filter((user) => user?.collaborator === true);
  if (known.length < users.length || input.texts("team_reviewers").length > 0) {
    const message = `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${fullName(repository)} repository.`;
    throw refusal(422, message);
  }
  return known.filter((user) => user !== undefined);
}

async function createLineComment(call: RepositoryCall) {
  const { input, world } = call;
  const issue = await lookAtPull(call);
  const commit = input.text("commit_id");
  if (commit !== issue.pull.head) throw invalid("PullRequestReviewComment", { field: "commit_id", code: "invalid" });
  const comment: LineComment = {
    id: world.nextId(),
    user: userOf(call),
    body: input.text("body"),
    path: input.text("path"),
    line: input.integer("line"),
    commit,
    createdAtMs: world.now(),
    updatedAtMs: world.now(),
  };
  issue.pull.lineComments.push(comment);
  return created(lineCommentShape(call, issue, comment));
}

const REVIEWERS = "/pulls/:number/requested_reviewers";

export const REVIEW_ROUTES: readonly Route[] = [
  inRepository("GET /pulls/:number/reviews", ["pull_requests", "read"], async (call) => {
    const issue = await lookAtPull(call);
    return listed(call, issue.pull.reviews, (review) => reviewShape(call, issue, review));
  }),
  inRepository("POST /pulls/:number/reviews", ["pull_requests", "write"], createReview),
  inRepository("GET /pulls/:number/comments", ["pull_requests", "read"], async (call) => {
    const issue = await lookAtPull(call);
    return listed(call, issue.pull.lineComments, (comment) => lineCommentShape(call, issue, comment));
  }),
  inRepository("POST /pulls/:number/comments", ["pull_requests", "write"], createLineComment),
  inRepository(`POST ${REVIEWERS}`, ["pull_requests", "write"], async (call) => {
    const issue = await lookAtPull(call);
    for (const user of readReviewers(call, issue))
      if (!issue.pull.reviewers.includes(user)) issue.pull.reviewers.push(user);
    return created(pullShape(call, issue));
  }),
  inRepository(`DELETE ${REVIEWERS}`, ["pull_requests", "write"], async (call) => {
    const issue = await lookAtPull(call);
    const gone = new Set(readReviewers(call, issue));
    const kept = issue.pull.reviewers.filter((user) => !gone.has(user));
    issue.pull.reviewers.splice(0, Infinity, ...kept);
    return ok(pullShape(call, issue));
  }),
];
