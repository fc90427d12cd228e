import { NO_CONTENT, created, invalid, notFound, ok } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import { addLabels, createLabel } from "../issues.ts";
import { listed } from "../paging.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { labelShape, labelsOf } from "../shapes/issue-shape.ts";
import type { Issue } from "../state.ts";

function issueOf({ repository, params }: RepositoryCall): Issue {
  const issue = repository.issues.get(Number(params["number"]));
  if (issue === undefined) throw notFound();
  return issue;
}

async function create(call: RepositoryCall) {
  const { input, repository, world, site } = call;
  const name = input.text("name");
  if (repository.labels.has(name.toLowerCase())) throw invalid("Label", { code: "already_exists", field: "name" });
  const color = input.optionalText("color") ?? "ededed";
  if (!/^[0-9a-f]{6}$/i.test(color)) throw invalid("Label", { code: "invalid", field: "color" });
  const label = createLabel(world, repository, { name, color, description: input.optionalText("description") ?? null });
  return created(labelShape(site, repository, label));
}

async function shown(call: RepositoryCall, issue: Issue) {
  const { repository, site } = call;
  return ok(labelsOf(repository, issue).map((label) => labelShape(site, repository, label)));
}

export const LABEL_ROUTES: readonly Route[] = [
  inRepository("GET /labels", ["issues", "read", "pull_requests"], async (call) =>
    listed(call, [...call.repository.labels.values()], (label) => labelShape(call.site, call.repository, label)),
  ),
  inRepository("POST /labels", ["issues", "write", "pull_requests"], create),
  inRepository("GET /labels/:name", ["issues", "read", "pull_requests"], async (call) => {
    const label = call.repository.labels.get((call.params["name"] ?? "").toLowerCase());
    if (label === undefined) throw notFound();
    return ok(labelShape(call.site, call.repository, label));
  }),
  inRepository("DELETE /labels/:name", ["issues", "write", "pull_requests"], async ({ repository, params }) => {
    const name = (params["name"] ?? "").toLowerCase();
    if (!repository.labels.delete(name)) throw notFound();
    for (const issue of repository.issues.values()) issue.labels.delete(name);
    return NO_CONTENT;
  }),
  inRepository("GET /issues/:number/labels", ["issues", "read", "pull_requests"], (call) => shown(call, issueOf(call))),
  inRepository("POST /issues/:number/labels", ["issues", "write", "pull_requests"], async (call) => {
    const issue = issueOf(call);
    addLabels(call.world, call.repository, { issue, names: call.input.texts("labels") });
    return await shown(call, issue);
  }),
  inRepository("DELETE /issues/:number/labels/:name", ["issues", "write", "pull_requests"], async (call) => {
    const issue = issueOf(call);
    if (!issue.labels.delete((call.params["name"] ?? "").toLowerCase())) throw notFound("Label does not exist");
    issue.updatedAtMs = call.world.now();
    return await shown(call, issue);
  }),
];
