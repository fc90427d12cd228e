import { demand } from "../access.ts";
import { userOf } from "../call.ts";
import { NO_CONTENT, created, invalid, notFound, ok, refusal } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import { countCharacters } from "../input.ts";
import { addLabels, openIssue } from "../issues.ts";
import { listed } from "../paging.ts";
import { syncPulls } from "../pull-requests.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { commentShape, issueShape } from "../shapes/issue-shape.ts";
import { roleOf } from "../roles.ts";
import type { Comment, Issue, User } from "../state.ts";
import { assigneesOf } from "../timeline.ts";

const COMMENT_LIMIT = 65_536;

/** Where issues are switched off there still are pull requests. */
function demandIssues({ repository }: RepositoryCall): void {
  if (!repository.hasIssues) throw refusal(410, "Issues has been disabled in this repository.");
}

function issueOf({ repository, params, token, method }: RepositoryCall): Issue {
  const issue = repository.issues.get(Number(params["number"]));
  if (issue === undefined) throw notFound();
  // `pull_requests` is enough for pull requests only.
  if (issue.pull === undefined) demand(token, repository, ["issues", method === "GET" ? "read" : "write"]);
  return issue;
}

async function listIssues(call: RepositoryCall) {
  await syncPulls(call.world, call.repository);
  const query = call.url.searchParams;
  const state = query.get("state") ?? "open";
  const labels = (query.get("labels") ?? "").split(",").filter((name) => name !== "");
  const creator = query.get("creator")?.toLowerCase();
  const issues = [...call.repository.issues.values()].filter(
    (issue) =>
      (state === "all" || issue.state === state) &&
      (creator === undefined || issue.user.login.toLowerCase() === creator) &&
      labels.every((name) => issue.labels.has(name.toLowerCase())),
  );
  const sign = query.get("direction") === "asc" ? 1 : -1;
  const sorted = issues.toSorted((a, b) => sign * (a.number - b.number));
  return listed(call, sorted, (issue) => issueShape(call, issue));
}

async function createIssue(call: RepositoryCall) {
  const { input, repository, world } = call;
  demandIssues(call);
  const title = input.text("title");
  if (countCharacters(title) > 256)
    throw invalid("Issue", {
      code: "custom",
      field: "title",
      message: "title is too long (maximum is 256 characters)",
    });
  const body = input.optionalText("body") ?? null;
  if (countCharacters(body ?? "") > COMMENT_LIMIT)
    throw invalid("Issue", {
      code: "custom",
      field: "body",
      message: `body is too long (maximum is ${COMMENT_LIMIT} characters)`,
    });
  const assignees = findAssignees(call, input.texts("assignees"));
  const issue = openIssue(call, { title, body });
  for (const user of assignees) assigneesOf(world, issue).add(user);
  addLabels(world, repository, { issue, names: input.texts("labels") });
  return created(issueShape(call, issue));
}

/** Unlike where they are added later, one who may not be assigned fails the request. */
function findAssignees({ world, repository }: RepositoryCall, logins: readonly string[]): readonly User[] {
  return logins.map((login) => {
    const user = world.users.get(login.toLowerCase());
    if (user !== undefined && roleOf(world, repository, user) !== "none") return user;
    throw invalid("Issue", { value: login, field: "assignees", code: "invalid" });
  });
}

async function updateIssue(call: RepositoryCall) {
  const { input, world, repository } = call;
  const issue = issueOf(call);
  const state = input.optionalText("state");
  if (state === "closed" && issue.state === "open") {
    issue.state = "closed";
    issue.closedAtMs = world.now();
    issue.closedBy = userOf(call);
  } else if (state === "open" && issue.pull === undefined) {
    issue.state = "open"; // pull requests are reopened where their branch is looked at: PATCH pulls/N
    issue.closedAtMs = undefined;
    issue.closedBy = undefined;
  }
  issue.title = input.optionalText("title") ?? issue.title;
  if ("body" in input.fields) issue.body = input.optionalText("body") ?? null;
  issue.updatedAtMs = world.now();
  if ("labels" in input.fields) {
    issue.labels.clear();
    addLabels(world, repository, { issue, names: input.texts("labels") });
  }
  return ok(issueShape(call, issue));
}

function commentBody(call: RepositoryCall): string {
  const body = call.input.text("body");
  const message = `body is too long (maximum is ${COMMENT_LIMIT} characters)`;
  if (countCharacters(body) > COMMENT_LIMIT) throw invalid("IssueComment", { code: "custom", field: "body", message });
  return body;
}

async function createComment(call: RepositoryCall) {
  const { world } = call;
  const issue = issueOf(call);
  const at = world.now();
  const body = commentBody(call);
  const comment: Comment = { id: world.nextId(), user: userOf(call), body, createdAtMs: at, updatedAtMs: at };
  issue.comments.push(comment);
  issue.updatedAtMs = at;
  return created(commentShape(call, issue, comment));
}

/** The comment named by the path's id, with its issue. */
function commentOf({ repository, params }: RepositoryCall): { readonly issue: Issue; readonly comment: Comment } {
  for (const issue of repository.issues.values()) {
    const comment = issue.comments.find((each) => each.id === Number(params["id"]));
    if (comment !== undefined) return { issue, comment };
  }
  throw notFound();
}

async function updateComment(call: RepositoryCall) {
  const { issue, comment } = commentOf(call);
  comment.body = commentBody(call);
  comment.updatedAtMs = call.world.now();
  return ok(commentShape(call, issue, comment));
}

export const ISSUE_ROUTES: readonly Route[] = [
  inRepository("GET /issues", ["issues", "read"], listIssues),
  inRepository("POST /issues", ["issues", "write"], createIssue),
  inRepository("GET /issues/:number", ["issues", "read", "pull_requests"], async (call) => {
    await syncPulls(call.world, call.repository);
    return ok(issueShape(call, issueOf(call)));
  }),
  inRepository("PATCH /issues/:number", ["issues", "write"], updateIssue),
  inRepository("GET /issues/:number/comments", ["issues", "read", "pull_requests"], async (call) => {
    const issue = issueOf(call);
    return listed(call, issue.comments, (comment) => commentShape(call, issue, comment));
  }),
  inRepository("POST /issues/:number/comments", ["issues", "write", "pull_requests"], createComment),
  inRepository("GET /issues/comments/:id", ["issues", "read", "pull_requests"], async (call) => {
    const { issue, comment } = commentOf(call);
    return ok(commentShape(call, issue, comment));
  }),
  inRepository("PATCH /issues/comments/:id", ["issues", "write", "pull_requests"], updateComment),
  inRepository("DELETE /issues/comments/:id", ["issues", "write", "pull_requests"], async (call) => {
    const { issue, comment } = commentOf(call);
    issue.comments.splice(issue.comments.indexOf(comment), 1);
    return NO_CONTENT;
  }),
];
