/** Deployments and their statuses (docs.github.com/rest/deployments). Nothing is deployed. */
import { userOf } from "../call.ts";
import type { RepositoryCall } from "../call.ts";
import { findCommit } from "../git/refs.ts";
import { countBetween } from "../git/history.ts";
import { countCharacters } from "../input.ts";
import { listed } from "../paging.ts";
import { created, invalid, NO_CONTENT, notFound, ok, refusal } from "../reply.ts";
import type { Reply } from "../reply.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { deploymentShape, deploymentStatusShape } from "../shapes/deployment-shape.ts";
import { DEPLOYMENT_STATES } from "../state.ts";
import type { Deployment, DeploymentStatus, Repository } from "../state.ts";

function deploymentOf({ repository, params }: RepositoryCall): Deployment {
  const deployment = repository.deployments.find(({ id }) => id === Number(params["id"]));
  if (deployment === undefined) throw notFound();
  return deployment;
}

async function createDeployment(call: RepositoryCall): Promise<Reply> {
  const { repository, input, world } = call;
  const ref = input.text("ref");
  const sha = await findCommit(repository, ref);
  if (sha === undefined) throw refusal(422, `No ref found for: ${ref}`);
  await demandUpToDate(call, ref, sha);
  demandContexts(call, ref, sha);
  const environment = input.optionalText("environment") ?? "production";
  const deployment: Deployment = {
    id: world.nextId(),
    sha,
    ref,
    task: input.optionalText("task") ?? "deploy",
    payload: payloadOf(call),
    environment,
    description: input.optionalText("description") ?? null,
    transient: input.flag("transient_environment") ?? false,
    production: input.flag("production_environment") ?? environment === "production",
    creator: userOf(call),
    createdAtMs: world.now(),
    statuses: [],
  };
  repository.deployments.push(deployment);
  return created(deploymentShape(call, deployment));
}

function payloadOf({ input }: RepositoryCall): Deployment["payload"] {
  const value = input.fields["payload"];
  return typeof value === "string" ? value : (input.object("payload")?.fields ?? {});
}

/** `auto_merge` (the default) merges the default branch into a branch that lacks some of it; this server refuses instead. */
async function demandUpToDate({ repository, input }: RepositoryCall, ref: string, sha: string): Promise<void> {
  if (input.flag("auto_merge") === false) return;
  const tip = await findCommit(repository, repository.defaultBranch);
  const { behind } = tip === undefined ? { behind: 0 } : await countBetween(repository, tip, sha);
  if (behind > 0) throw refusal(409, `Conflict merging ${repository.defaultBranch} into ${ref}.`);
}

/** Without `required_contexts: []` every status of the commit must be green. */
function demandContexts({ repository, input }: RepositoryCall, ref: string, sha: string): void {
  const statuses = repository.statuses.filter((status) => status.sha === sha);
  const latest = new Map(statuses.map((status) => [status.context, status.state]));
  const required = "required_contexts" in input.fields ? input.texts("required_contexts") : [...latest.keys()];
  if (required.every((context) => latest.get(context) === "success")) return;
  throw refusal(409, `Conflict: Commit status checks failed for ${ref}.`);
}

function listDeployments(call: RepositoryCall): Reply {
  const query = call.url.searchParams;
  const found = call.repository.deployments.filter((deployment) =>
    (["sha", "ref", "task", "environment"] as const).every((field) => {
      const wanted = query.get(field);
      return wanted === null || wanted === "none" || wanted === deployment[field];
    }),
  );
  return listed(call, found.toReversed(), (deployment) => deploymentShape(call, deployment));
}

function createStatus(call: RepositoryCall): Reply {
  const { input, world, repository } = call;
  const deployment = deploymentOf(call);
  const text = input.text("state");
  const state = DEPLOYMENT_STATES.find((known) => known === text);
  if (state === undefined) throw invalid("DeploymentStatus", { field: "state", code: "custom", message: "is invalid" });
  const description = input.optionalText("description") ?? "";
  if (countCharacters(description) > 140)
    throw invalid("DeploymentStatus", {
      field: "description",
      code: "custom",
      message: "description is too long (maximum is 140 characters)",
    });
  const targetUrl = input.optionalText("log_url") ?? input.optionalText("target_url") ?? "";
  const said = { creator: userOf(call), atMs: world.now() };
  const status: DeploymentStatus = { id: world.nextId(), state, description, targetUrl, ...said };
  if (state === "success" && input.flag("auto_inactive") !== false)
    retire(repository, deployment, () => world.nextId(), said);
  deployment.statuses.push(status);
  return created(deploymentStatusShape(call, deployment, status));
}

/** A success makes earlier ones of the environment inactive: those that succeeded, and are neither transient nor production. */
function retire(
  repository: Repository,
  newest: Deployment,
  nextId: () => number,
  said: Pick<DeploymentStatus, "creator" | "atMs">,
): void {
  for (const earlier of repository.deployments) {
    const outlived = earlier.id < newest.id && earlier.environment === newest.environment;
    if (!outlived || earlier.transient || earlier.production || earlier.statuses.at(-1)?.state !== "success") continue;
    earlier.statuses.push({ id: nextId(), state: "inactive", description: "", targetUrl: "", ...said });
  }
}

function deleteDeployment(call: RepositoryCall): Reply {
  const { repository } = call;
  const deployment = deploymentOf(call);
  const active = !["inactive", "error", "failure"].includes(deployment.statuses.at(-1)?.state ?? "pending");
  if (active && repository.deployments.length > 1)
    throw refusal(
      422,
      "We cannot delete an active deployment unless it is the only deployment in a given environment.",
    );
  repository.deployments.splice(repository.deployments.indexOf(deployment), 1);
  return NO_CONTENT;
}

export const DEPLOYMENT_ROUTES: readonly Route[] = [
  inRepository("POST /deployments", ["deployments", "write"], createDeployment),
  inRepository("GET /deployments", ["deployments", "read"], async (call) => listDeployments(call)),
  inRepository("GET /deployments/:id", ["deployments", "read"], async (call) =>
    ok(deploymentShape(call, deploymentOf(call))),
  ),
  inRepository("DELETE /deployments/:id", ["deployments", "write"], async (call) => deleteDeployment(call)),
  inRepository("POST /deployments/:id/statuses", ["deployments", "write"], async (call) => createStatus(call)),
  inRepository("GET /deployments/:id/statuses", ["deployments", "read"], async (call) => {
    const deployment = deploymentOf(call);
    return listed(call, deployment.statuses.toReversed(), (status) => deploymentStatusShape(call, deployment, status));
  }),
];
