/** GitHub's webhooks that say something of health (docs.github.com/webhooks/webhook-events-and-payloads). */
import type { JsonObject } from "../model/json.ts";
import { isFullId } from "../model/git.ts";
import { stringAt, valueAt } from "../model/json.ts";
import { type Hint, hintsOf, ignored, malformed, nameAt, parsePayload, type ReadPayload, textOf } from "./hint.ts";

/** `event`: the header `X-GitHub-Event`. Known are deployment_status, check_run, check_suite and status; others are ignored. */
export function readGithub(event: string, body: string): ReadPayload {
  const payload = parsePayload(body);
  if (payload === undefined) return malformed("is no JSON object");
  const repository = nameAt(payload, "repository", "full_name");
  if (repository === undefined) return event === "ping" ? ignored("ping") : malformed("names no repository");
  switch (event) {
    case "deployment_status":
      return readDeployment(payload, repository);
    case "check_run":
    case "check_suite":
      return readCheck(payload, { repository, event });
    case "status":
      return readStatus(payload, repository);
    default:
      return ignored("is about nothing that says whether a target is well");
  }
}

/** `inactive` only says that a later deployment took its place. */
function readDeployment(payload: JsonObject, repository: string): ReadPayload {
  const state = nameAt(payload, "deployment_status", "state");
  const environment =
    nameAt(payload, "deployment_status", "environment") ?? nameAt(payload, "deployment", "environment");
  const revision = commitAt(payload, "deployment", "sha");
  if (state === undefined || environment === undefined || revision === undefined)
    return malformed("is no deployment status");
  const says = state === "success" ? "good" : state === "failure" || state === "error" ? "bad" : undefined;
  if (says === undefined) return ignored(`${state} is no end of a deployment`);
  return hintsOf([
    {
      about: { kind: "deployment", repository, environment, task: nameAt(payload, "deployment", "task") ?? "deploy" },
      says,
      revision,
      key: `github deployment_status ${repository} ${idAt(payload, "deployment_status", "id")}`,
      message: textOf(
        `deployment to ${environment}: ${state} ${stringAt(payload, "deployment_status", "description") ?? ""}`.trim(),
      ),
    },
  ]);
}

function readCheck(
  payload: JsonObject,
  { repository, event }: { readonly repository: string; readonly event: string },
): ReadPayload {
  const revision = commitAt(payload, event, "head_sha");
  if (revision === undefined) return malformed("names no commit");
  const conclusion = nameAt(payload, event, "conclusion");
  if (nameAt(payload, "action") !== "completed" || conclusion === undefined) return ignored("is not completed");
  const name = nameAt(payload, event, "name") ?? nameAt(payload, event, "app", "slug") ?? event;
  const key = `github ${event} ${repository} ${idAt(payload, event, "id")} ${conclusion}`;
  return hintsOf([checkHint({ repository, revision, key, conclusion, name })]);
}

function readStatus(payload: JsonObject, repository: string): ReadPayload {
  const revision = commitAt(payload, "sha");
  const state = nameAt(payload, "state");
  const name = nameAt(payload, "context");
  if (revision === undefined || state === undefined || name === undefined) return malformed("is no commit status");
  if (state === "pending") return ignored("is not completed");
  return hintsOf([
    checkHint({
      repository,
      revision,
      key: `github status ${repository} ${idAt(payload, "id")}`,
      conclusion: state,
      name,
    }),
  ]);
}

interface Check {
  readonly repository: string;
  readonly revision: string;
  readonly key: string;
  readonly conclusion: string;
  readonly name: string;
}

/** A check is weak evidence whatever it says: it only makes lastgood look. */
function checkHint({ repository, revision, key, conclusion, name }: Check): Hint {
  const says =
    conclusion === "success" ? "good" : ["failure", "error", "timed_out"].includes(conclusion) ? "bad" : "unclear";
  return { about: { kind: "repository", repository }, says, revision, key, message: textOf(`${name}: ${conclusion}`) };
}

function commitAt(payload: JsonObject, ...keys: readonly string[]): string | undefined {
  const found = nameAt(payload, ...keys);
  return found !== undefined && isFullId(found) ? found : undefined;
}

/** Ids are numbers; beyond 2^53 they lose digits, and then tell less apart, which costs one look. */
function idAt(payload: JsonObject, ...keys: readonly string[]): string {
  const id = valueAt(payload, ...keys);
  return typeof id === "number" ? String(id) : "";
}
