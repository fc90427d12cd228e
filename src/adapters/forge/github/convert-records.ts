/** GitHub's deployments, statuses and check runs → ours. An entry that cannot be read is left out. */
import type { CheckResult, Deployment } from "../../../core/model/forge-fact.ts";
import { type CommitId, isFullId } from "../../../core/model/git.ts";
import { isList, listAt, property, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";
import { fromIso } from "../../../core/model/time.ts";

/** A deployment as GitHub lists it: how it went, its statuses say. */
export interface ListedDeployment {
  readonly id: number;
  readonly commit: CommitId;
  readonly environment: string;
  readonly by: string;
  readonly atMs: number;
  /** What lastgood wrote into the payload, when it is a record of ours. */
  readonly key: string | undefined;
}

/** From `GET deployments`. */
export function convertDeployments(data: JsonValue): readonly ListedDeployment[] {
  return (isList(data) ? data : []).flatMap((each) => convertDeployment(each) ?? []);
}

/** From `POST deployments`, too. */
export function convertDeployment(data: JsonValue): ListedDeployment | undefined {
  const [id, commit, environment] = [valueAt(data, "id"), stringAt(data, "sha"), stringAt(data, "environment")];
  const atMs = fromIso(stringAt(data, "created_at") ?? "");
  if (typeof id !== "number" || commit === undefined || !isFullId(commit)) return undefined;
  if (environment === undefined || atMs === undefined) return undefined;
  const by = stringAt(data, "creator", "login") ?? "ghost";
  return { id, commit: commit as CommitId, environment, by, atMs, key: keyIn(property(data, "payload")) };
}

/** A payload comes back as an object, or as the text of one (docs.github.com/rest/deployments). */
function keyIn(payload: JsonValue | undefined): string | undefined {
  if (typeof payload !== "string") return stringAt(payload, "lastgood");
  try {
    return stringAt(JSON.parse(payload) as JsonValue, "lastgood");
  } catch {
    return undefined;
  }
}

/** From `GET deployments/{id}/statuses`, newest first. A success outlives its becoming `inactive`, which is no verdict. */
export function judgeDeployment(listed: ListedDeployment, statuses: JsonValue): Deployment {
  const said = (isList(statuses) ? statuses : []).map((status) => ({
    state: stringAt(status, "state") ?? "",
    by: stringAt(status, "creator", "login") ?? "ghost",
    atMs: fromIso(stringAt(status, "created_at") ?? "") ?? listed.atMs,
  }));
  const newest = said[0];
  const telling = newest?.state === "inactive" ? said.find(({ state }) => state !== "inactive") : newest;
  const { id, commit, environment } = listed;
  const { by, atMs } = telling ?? listed;
  return { id, commit, environment, by, atMs, state: stateOf(telling?.state, newest?.state === "inactive") };
}

function stateOf(state: string | undefined, retired: boolean): Deployment["state"] {
  switch (state) {
    case "success":
      return retired ? "superseded" : "success";
    case "failure":
    case "error":
      return "failure";
    case undefined:
    case "pending":
    case "queued":
    case "in_progress":
    case "waiting":
      return retired ? "unknown" : "pending";
    default:
      return "unknown";
  }
}

/** From `GET commits/{ref}/check-runs` (the newest of each app and name) and `GET commits/{ref}/statuses` (newest first). */
export function convertResults(runs: JsonValue | undefined, statuses: JsonValue | undefined): readonly CheckResult[] {
  const newest = new Map<string, CheckResult>();
  for (const result of [
    ...listAt(runs, "check_runs").map(fromRun),
    ...(isList(statuses) ? statuses : []).map(fromStatus),
  ]) {
    if (result === undefined) continue;
    const known = newest.get(result.name);
    if (known === undefined || known.atMs < result.atMs) newest.set(result.name, result);
  }
  return [...newest.values()];
}

function fromRun(run: JsonValue): CheckResult | undefined {
  const name = stringAt(run, "name");
  if (name === undefined) return undefined;
  const atMs = fromIso(stringAt(run, "completed_at") ?? stringAt(run, "started_at") ?? "") ?? 0;
  const by = stringAt(run, "app", "slug") ?? "";
  if (stringAt(run, "status") !== "completed") return { name, by, atMs, state: "running" };
  // `neutral` and `skipped` let a merge pass, and prove nothing.
  const state = stringAt(run, "conclusion") === "success" ? "passed" : "failed";
  return ["neutral", "skipped"].includes(stringAt(run, "conclusion") ?? "") ? undefined : { name, by, atMs, state };
}

function fromStatus(status: JsonValue): CheckResult | undefined {
  const [name, state] = [stringAt(status, "context"), stringAt(status, "state")];
  if (name === undefined || state === undefined) return undefined;
  const said = {
    name,
    by: stringAt(status, "creator", "login") ?? "ghost",
    atMs: fromIso(stringAt(status, "updated_at") ?? "") ?? 0,
  };
  if (state === "pending") return { ...said, state: "running" };
  return { ...said, state: state === "success" ? "passed" : "failed" };
}
