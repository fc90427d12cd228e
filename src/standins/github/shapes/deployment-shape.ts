import type { RepositoryCall } from "../call.ts";
import { iso } from "../state.ts";
import type { Deployment, DeploymentStatus } from "../state.ts";
import { apiOf } from "./repository-shape.ts";
import { nodeId, userShape } from "./user-shape.ts";
import type { Schemas } from "./user-shape.ts";

export function deploymentShape({ site, repository }: RepositoryCall, deployment: Deployment): Schemas["deployment"] {
  const { id, sha, ref, task, environment, description, creator, createdAtMs, statuses } = deployment;
  const url = `${apiOf(site, repository)}/deployments/${id}`;
  return {
    id,
    node_id: nodeId("Deployment", id),
    url,
    sha,
    ref,
    task,
    payload: typeof deployment.payload === "string" ? deployment.payload : { ...deployment.payload },
    environment,
    original_environment: environment,
    description,
    creator: userShape(site, creator),
    created_at: iso(createdAtMs),
    updated_at: iso(statuses.at(-1)?.atMs ?? createdAtMs),
    statuses_url: `${url}/statuses`,
    repository_url: apiOf(site, repository),
    transient_environment: deployment.transient,
    production_environment: deployment.production,
  };
}

export function deploymentStatusShape(
  { site, repository }: RepositoryCall,
  { id: deployment, environment }: Deployment,
  status: DeploymentStatus,
): Schemas["deployment-status"] {
  const url = `${apiOf(site, repository)}/deployments/${deployment}`;
  return {
    id: status.id,
    node_id: nodeId("DeploymentStatus", status.id),
    url: `${url}/statuses/${status.id}`,
    state: status.state,
    creator: userShape(site, status.creator),
    description: status.description,
    environment,
    target_url: status.targetUrl,
    log_url: status.targetUrl,
    environment_url: "",
    created_at: iso(status.atMs),
    updated_at: iso(status.atMs),
    deployment_url: url,
    repository_url: apiOf(site, repository),
  };
}
