import { findType } from "../git/objects.ts";
import { userOf } from "../call.ts";
import { created, notFound, ok, refusal } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import type { Input } from "../input.ts";
import { listed, pageOf } from "../paging.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { checkRunShape, combinedStatusShape, statusShape } from "../shapes/check-shape.ts";
import { CHECK_CONCLUSIONS } from "../state.ts";
import type { CheckRun, Status } from "../state.ts";
import { commitOf } from "./commits.ts";

async function demandCommit({ repository }: RepositoryCall, sha: string): Promise<void> {
  if ((await findType(repository, sha)) !== "commit") throw refusal(422, `No commit found for SHA: ${sha}`);
}

/** Reads one of a closed list of words; 422 for any other. */
function oneOf<T extends string>(input: Input, name: string, words: readonly T[]): T | undefined {
  const value = input.optionalText(name);
  const word = words.find((each) => each === value);
  if (value !== undefined && word === undefined)
    throw refusal(422, `Invalid request.\n\n${value} is not a member of ${JSON.stringify(words)}.`);
  return word;
}

const STATES = ["error", "failure", "pending", "success"] as const;

async function createStatus(call: RepositoryCall) {
  const { repository, input, world } = call;
  const sha = call.params["sha"] ?? "";
  await demandCommit(call, sha);
  const state = oneOf(input, "state", STATES);
  if (state === undefined) throw refusal(422, `Invalid request.\n\n"state" wasn't supplied.`);
  const status: Status = {
    id: world.nextId(),
    sha,
    state,
    context: input.optionalText("context") ?? "default",
    description: input.optionalText("description") ?? null,
    targetUrl: input.optionalText("target_url") ?? null,
    creator: userOf(call),
    atMs: world.now(),
  };
  repository.statuses.push(status);
  return created(statusShape(call, status));
}

const RUN_STATES = ["queued", "in_progress", "completed"] as const;

/** Writes a request's fields into a run; a conclusion completes it. */
function fillRun(call: RepositoryCall, run: CheckRun): void {
  const { input, world } = call;
  const conclusion = oneOf(input, "conclusion", CHECK_CONCLUSIONS);
  const status = conclusion === undefined ? oneOf(input, "status", RUN_STATES) : "completed";
  if (status === "completed" && conclusion === undefined)
    throw refusal(422, `Invalid request.\n\n"conclusion" wasn't supplied.`);
  run.name = input.optionalText("name") ?? run.name;
  run.status = status ?? run.status;
  run.conclusion = conclusion ?? (run.status === "completed" ? run.conclusion : null);
  run.completedAtMs = run.status === "completed" ? world.now() : undefined;
  run.detailsUrl = input.optionalText("details_url") ?? run.detailsUrl;
  run.externalId = input.optionalText("external_id") ?? run.externalId;
  const output = input.object("output");
  if (output === undefined) return;
  run.output = {
    title: output.optionalText("title") ?? run.output.title,
    summary: output.optionalText("summary") ?? run.output.summary,
    text: output.optionalText("text") ?? run.output.text,
  };
}

function demandApp(call: RepositoryCall) {
  const app = call.token?.app;
  if (app === undefined) throw refusal(403, "You must authenticate via a GitHub App.");
  return app;
}

async function createRun(call: RepositoryCall) {
  const { repository, input, world } = call;
  const app = demandApp(call);
  const sha = input.text("head_sha");
  await demandCommit(call, sha);
  const run: CheckRun = {
    id: world.nextId(),
    sha,
    app,
    startedAtMs: world.now(),
    name: input.text("name"),
    status: "queued",
    conclusion: null,
    completedAtMs: undefined,
    detailsUrl: null,
    externalId: null,
    output: { title: null, summary: null, text: null },
  };
  fillRun(call, run);
  repository.checkRuns.push(run);
  return created(checkRunShape(call, run));
}

async function updateRun(call: RepositoryCall) {
  const app = demandApp(call);
  const run = call.repository.checkRuns.find((each) => each.id === Number(call.params["id"]));
  if (run === undefined) throw notFound();
  if (run.app.id !== app.id)
    throw refusal(
      403,
      `Invalid app_id \`${app.id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  fillRun(call, run);
  return ok(checkRunShape(call, run));
}

async function listRuns(call: RepositoryCall) {
  const sha = await commitOf(call);
  const name = call.url.searchParams.get("check_name");
  const all = call.repository.checkRuns.filter((run) => run.sha === sha && (name === null || run.name === name));
  const latest = new Map(all.map((run) => [`${run.app.id} ${run.name}`, run])); // filter=latest is GitHub's default
  const runs = call.url.searchParams.get("filter") === "all" ? all : [...latest.values()];
  const page = pageOf(call, runs);
  const body = { total_count: runs.length, check_runs: page.items.map((run) => checkRunShape(call, run)) };
  return { status: 200, headers: page.headers, body };
}

export const CHECK_ROUTES: readonly Route[] = [
  inRepository("POST /statuses/:sha", ["statuses", "write"], createStatus),
  inRepository("GET /commits/:ref/statuses", ["statuses", "read"], async (call) => {
    const sha = await commitOf(call);
    const newestFirst = call.repository.statuses.filter((status) => status.sha === sha).reverse();
    return listed(call, newestFirst, (status) => statusShape(call, status));
  }),
  inRepository("GET /commits/:ref/status", ["statuses", "read"], async (call) =>
    ok(combinedStatusShape(call, await commitOf(call))),
  ),
  inRepository("POST /check-runs", ["checks", "write"], createRun),
  inRepository("PATCH /check-runs/:id", ["checks", "write"], updateRun),
  inRepository("GET /commits/:ref/check-runs", ["checks", "read"], listRuns),
];
