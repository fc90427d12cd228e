import { created, notFound, ok } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import { pageOf } from "../paging.ts";
import { syncPulls } from "../pull-requests.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { roleOf } from "../roles.ts";
import { issueShape } from "../shapes/issue-shape.ts";
import { timelineShape } from "../shapes/timeline-shape.ts";
import type { Issue, User } from "../state.ts";
import { assigneesOf, observeRepository } from "../timeline.ts";

function issueOf({ repository, params }: RepositoryCall): Issue {
  const issue = repository.issues.get(Number(params["number"]));
  if (issue === undefined) throw notFound();
  return issue;
}

/** At most ten; those who may not are passed over in silence (docs.github.com/rest/issues/assignees). */
function changeAssignees(call: RepositoryCall, change: (assignees: Set<User>, user: User) => void): object {
  const issue = issueOf(call);
  const assignees = assigneesOf(call.world, issue);
  for (const login of call.input.texts("assignees").slice(0, 10)) {
    const user = call.world.users.get(login.toLowerCase());
    if (user !== undefined && roleOf(call.world, call.repository, user) !== "none") change(assignees, user);
  }
  return issueShape(call, issue);
}

export const TIMELINE_ROUTES: readonly Route[] = [
  inRepository("GET /issues/:number/timeline", ["issues", "read"], async (call) => {
    await syncPulls(call.world, call.repository);
    observeRepository(call.world, call.repository, undefined);
    const page = pageOf(call, await timelineShape(call, issueOf(call)));
    return { status: 200, headers: page.headers, body: page.items };
  }),
  inRepository("POST /issues/:number/assignees", ["issues", "write"], async (call) =>
    created(changeAssignees(call, (assignees, user) => assignees.add(user))),
  ),
  inRepository("DELETE /issues/:number/assignees", ["issues", "write"], async (call) =>
    ok(changeAssignees(call, (assignees, user) => assignees.delete(user))),
  ),
];
