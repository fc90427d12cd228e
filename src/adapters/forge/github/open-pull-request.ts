import { listAt, stringAt } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { OpenPullRequest, PullRequest, PullRequestText } from "../../../ports/forge.ts";
import { convertPull, labelsOf } from "./convert.ts";
import type { Answer } from "./forge-answer.ts";
import { safeText } from "./forge-text.ts";
import type { GitHubApi, RepositoryPath } from "./github-api.ts";
import { makeLabels } from "./make-labels.ts";

// docs.github.com: "body is too long (maximum is 65536 characters)"; titles end at 256.
const TITLE_LIMIT = 256;
const BODY_LIMIT = 65_536;
/** A new pull request may be missing from lists for a moment. */
const LIST_WAITS_MS = [1000, 2000, 4000];

export interface Opened {
  readonly pullRequest: PullRequest;
  readonly warnings: readonly string[];
}

/** Opens the pull request, or adopts the open one of that branch. Labels, reviewers and assignees are only set on one that we opened. */
export async function openPullRequest(api: GitHubApi, request: OpenPullRequest): Promise<Opened> {
  demandLimits(request);
  const { branch, base, title, body, draft } = request;
  const path = await api.at();
  const answer = await api.client.write("open the pull request", 201, async (rest) =>
    rest.pulls.create({ ...path, head: branch, base, title, body, draft }),
  );
  if (answer.kind === "refused") {
    if (!answer.reasons.some((reason) => /^a pull request already exists/i.test(reason)))
      throw refusedOpen(answer, request);
    return { pullRequest: await adopt(api, request, answer.error), warnings: [] };
  }
  const opened = answer.kind === "ok" ? convertPull(answer.data).pullRequest : await adopt(api, request, answer.error);
  return await decorate(api, opened, request);
}

/** Changes title and body. */
export async function updatePullRequest(api: GitHubApi, number: number, text: PullRequestText): Promise<PullRequest> {
  demandLimits(text);
  const path = { ...(await api.at()), pull_number: number };
  const what = `update pull request #${number}`;
  const { title, body } = text;
  const answer = await api.client.write(what, 200, async (rest) => rest.pulls.update({ ...path, title, body }));
  if (answer.kind === "ok") return convertPull(answer.data).pullRequest;
  if (answer.kind === "refused") throw answer.error;
  const { pullRequest } = await api.pull(number);
  if (pullRequest.title === title && sameText(pullRequest.body, body)) return pullRequest;
  throw answer.error;
}

function demandLimits({ title, body }: PullRequestText): void {
  const sizes = [
    ["title", title, TITLE_LIMIT],
    ["body", body, BODY_LIMIT],
  ] as const;
  for (const [name, text, limit] of sizes) {
    const length = Array.from(text).length;
    if (length <= limit) continue;
    throw new LastgoodError(
      "ForgeValidation",
      `the pull request's ${name} has ${length} characters; GitHub takes ${limit}`,
    );
  }
}

/** The open pull request of the branch, after GitHub said that there is one or did not say whether it made one. */
async function adopt(api: GitHubApi, request: OpenPullRequest, error: LastgoodError): Promise<PullRequest> {
  for (const waitMs of [0, ...LIST_WAITS_MS]) {
    if (waitMs > 0) await api.clock.sleep(waitMs);
    const found = await api.findPull(request.branch);
    if (found?.pullRequest.state !== "open") continue;
    if (found.pullRequest.base === request.base) return found.pullRequest;
    const { number, base } = found.pullRequest;
    const message = `GitHub: pull request #${number} from ${safeText(request.branch)} goes to ${safeText(base)}, not to ${safeText(request.base)}`;
    throw new LastgoodError("ForgeConflict", message);
  }
  throw error;
}

function refusedOpen(
  { reasons, status, error }: Extract<Answer, { kind: "refused" }>,
  request: OpenPullRequest,
): Error {
  if (status !== 422) return error;
  const [branch, base] = [safeText(request.branch), safeText(request.base)];
  if (reasons.some((reason) => /^no commits between/i.test(reason))) {
    return new LastgoodError("ForgeConflict", `GitHub: ${branch} has no commit that ${base} lacks`, { cause: error });
  }
  const missing = reasons.find((reason) => /^(?:head|base) invalid$/i.test(reason));
  if (missing === undefined) return error;
  const name = /^head/i.test(missing) ? branch : base;
  return new LastgoodError("ForgeNotFound", `GitHub: there is no branch ${name}`, { cause: error });
}

/** Labels, reviewers, assignees: calls of their own, whose failure costs a warning. */
async function decorate(api: GitHubApi, pullRequest: PullRequest, request: OpenPullRequest): Promise<Opened> {
  const path = await api.at();
  const warnings: string[] = [];
  let { labels } = pullRequest;
  if (request.labels.length > 0) {
    warnings.push(...(await makeLabels(api, request.labels)));
    const body = { ...path, issue_number: pullRequest.number, labels: [...request.labels] };
    const answer = await api.client.write("set the labels", 200, async (rest) => rest.issues.addLabels(body));
    if (answer.kind === "ok") labels = labelsOf(answer.data);
    else warnings.push(answer.error.message);
  }
  // Nobody is asked to review their own (422 for all of them).
  const others = request.reviewers.filter((name) => name.toLowerCase() !== pullRequest.author.toLowerCase());
  warnings.push(...(await askReviewers(api, { path, number: pullRequest.number }, others)));
  warnings.push(...(await assign(api, { path, number: pullRequest.number }, request.assignees ?? [])));
  return { pullRequest: { ...pullRequest, labels }, warnings };
}

/** Those who may not be assigned are passed over in silence (docs.github.com/rest/issues/assignees). */
async function assign(
  api: GitHubApi,
  { path, number }: PullPath,
  logins: readonly string[],
): Promise<readonly string[]> {
  if (logins.length === 0) return [];
  const body = { ...path, issue_number: number, assignees: [...logins] };
  const answer = await api.client.write("assign it", 201, async (rest) => rest.issues.addAssignees(body));
  if (answer.kind !== "ok") return [answer.error.message];
  const assigned = new Set(listAt(answer.data, "assignees").map((each) => stringAt(each, "login")?.toLowerCase()));
  return logins
    .filter((login) => !assigned.has(login.toLowerCase()))
    .map((login) => `${safeText(login)} cannot be assigned`);
}

interface PullPath {
  readonly path: RepositoryPath;
  readonly number: number;
}

/** One wrong name fails the whole request (422): then each is asked alone. */
async function askReviewers(api: GitHubApi, pull: PullPath, reviewers: readonly string[]): Promise<readonly string[]> {
  if (reviewers.length === 0) return [];
  const together = await ask(api, pull, reviewers);
  if (together.kind === "ok") return [];
  if (together.kind === "unclear" || together.status !== 422) return [together.error.message];
  if (reviewers.length === 1) return [warningFor(reviewers[0] ?? "", together)];
  const warnings: string[] = [];
  for (const reviewer of reviewers) {
    const alone = await ask(api, pull, [reviewer]);
    if (alone.kind !== "ok") warnings.push(warningFor(reviewer, alone));
  }
  return warnings;
}

function warningFor(reviewer: string, { error }: Exclude<Answer, { kind: "ok" }>): string {
  return `${safeText(reviewer)} cannot be asked for a review: ${error.message}`;
}

async function ask(api: GitHubApi, { path, number }: PullPath, names: readonly string[]): Promise<Answer> {
  const teams = names.filter((name) => name.startsWith("team:")).map((name) => name.slice("team:".length));
  const reviewers = names.filter((name) => !name.startsWith("team:"));
  const body = { ...path, pull_number: number, reviewers, team_reviewers: teams };
  const answer = await api.client.write("ask for a review", 201, async (rest) => rest.pulls.requestReviewers(body));
  if (answer.kind !== "ok") return answer;
  // A name that GitHub passes over in silence is not asked.
  const asked = new Set(
    [...listAt(answer.data, "requested_reviewers"), ...listAt(answer.data, "requested_teams")]
      .flatMap((each) => [stringAt(each, "login"), stringAt(each, "slug")])
      .flatMap((name) => name?.toLowerCase() ?? []),
  );
  const missing = [...reviewers, ...teams].find((name) => !asked.has(name.toLowerCase()));
  if (missing === undefined) return answer;
  const message = `GitHub: cannot ask for a review: ${safeText(missing)} was passed over`;
  return { kind: "refused", status: 422, reasons: [], error: new LastgoodError("ForgeValidation", message) };
}

/** GitHub stores a body with CRLF as it came; a form on the web may have changed line ends only. */
function sameText(a: string, b: string): boolean {
  return a.replaceAll("\r\n", "\n") === b.replaceAll("\r\n", "\n");
}
