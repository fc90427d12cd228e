import type { RepositoryCall, Site } from "../call.ts";
import { iso } from "../state.ts";
import type { App, CheckRun, Status } from "../state.ts";
import { apiOf, repositoryShape, webOf } from "./repository-shape.ts";
import { nodeId, userShape } from "./user-shape.ts";
import type { Schemas } from "./user-shape.ts";

function simpleStatusShape({ site, repository }: RepositoryCall, status: Status): Schemas["simple-commit-status"] {
  return {
    id: status.id,
    node_id: nodeId("StatusContext", status.id),
    url: `${apiOf(site, repository)}/statuses/${status.sha}`,
    avatar_url: userShape(site, status.creator).avatar_url,
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    created_at: iso(status.atMs),
    updated_at: iso(status.atMs),
  };
}

export function statusShape(call: RepositoryCall, status: Status): Schemas["status"] {
  return { ...simpleStatusShape(call, status), creator: userShape(call.site, status.creator) };
}

/** The newest status of each context and their sum; nothing there is `pending` (docs.github.com/rest/commits/statuses). */
export function combinedStatusShape(call: RepositoryCall, sha: string): Schemas["combined-commit-status"] {
  const { site, repository } = call;
  const latest = new Map<string, Status>();
  for (const status of repository.statuses) if (status.sha === sha) latest.set(status.context, status);
  const states = [...latest.values()].map((status) => status.state);
  const red = states.some((state) => state === "error" || state === "failure");
  const green = states.length > 0 && states.every((state) => state === "success");
  const commit = `${apiOf(site, repository)}/commits/${sha}`;
  return {
    state: red ? "failure" : green ? "success" : "pending",
    statuses: [...latest.values()].map((status) => simpleStatusShape(call, status)),
    sha,
    total_count: latest.size,
    repository: repositoryShape(site, repository, call.token),
    commit_url: commit,
    url: `${commit}/status`,
  };
}

function appShape(site: Site, app: App, owner: Schemas["simple-user"]): Schemas["nullable-integration"] {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId("App", app.id),
    owner,
    name: app.slug,
    description: null,
    external_url: site.web,
    html_url: `${site.web}/apps/${app.slug}`,
    created_at: iso(0),
    updated_at: iso(0),
    permissions: {},
    events: [],
  };
}

export function checkRunShape({ site, repository }: RepositoryCall, run: CheckRun): Schemas["check-run"] {
  const url = `${apiOf(site, repository)}/check-runs/${run.id}`;
  return {
    id: run.id,
    head_sha: run.sha,
    node_id: nodeId("CheckRun", run.id),
    external_id: run.externalId,
    url,
    html_url: `${webOf(site, repository)}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: iso(run.startedAtMs),
    completed_at: run.completedAtMs === undefined ? null : iso(run.completedAtMs),
    output: { ...run.output, annotations_count: 0, annotations_url: `${url}/annotations` },
    name: run.name,
    check_suite: { id: run.app.id },
    app: appShape(site, run.app, userShape(site, repository.owner)),
    pull_requests: [],
  };
}
