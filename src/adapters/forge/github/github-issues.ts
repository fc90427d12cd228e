import { isList, isObject, property, stringAt, type JsonValue, valueAt } from "../../../core/model/json.ts";
import { fromIso } from "../../../core/model/time.ts";
import { OWN_LABEL } from "../../../core/change/labels.ts";
import { LastgoodError } from "../../../errors.ts";
import type { ForgeIssues, Issue, OpenIssue } from "../../../ports/forge-issues.ts";
import { labelsOf } from "./convert.ts";
import type { GitHubApi } from "./github-api.ts";
import { makeLabels } from "./make-labels.ts";

const PAGE = 100;
/** So many issues of ours are looked through for one with a key. */
const MAX_PAGES = 10;
/** A new issue may be missing from lists for a moment. */
const LIST_WAITS_MS = [0, 1000, 2000, 4000];

/** Issues of one repository on GitHub. `self`: the login that we act as; only its issues are ours, whatever others write. */
export function createGitHubIssues(api: GitHubApi, self: () => Promise<string>): ForgeIssues {
  return {
    labelled: async (label) => {
      const query = { ...(await api.at()), labels: label, state: "open" as const, per_page: PAGE };
      const what = `read the issues labelled ${label}`;
      return convertIssues(await api.client.read(what, async (rest) => rest.issues.listForRepo(query)));
    },
    find: async (key) => oldest(await findOwn(api, { key, creator: await self() })),
    open: async (request) => openIssue(api, request, await self()),
  };
}

/** Looked for before and after: a network may bring a request twice, and two runs at once may both have opened one. */
async function openIssue(api: GitHubApi, request: OpenIssue, creator: string): Promise<Issue> {
  const own = { key: request.key, creator };
  const known = await keepOne(api, own);
  if (known !== undefined) return known;
  const labels = [...new Set([OWN_LABEL, ...request.labels])];
  await makeLabels(api, labels);
  const body = `${request.body.trim()}\n\n${markOf(request.key)}`;
  const issue = { ...(await api.at()), title: request.title, body, labels, assignees: [...request.assignees] };
  const answer = await api.client.write("open an issue", 201, async (rest) => rest.issues.create(issue));
  if (answer.kind === "refused") {
    // One name that may not be assigned makes GitHub refuse all of it.
    if (answer.status !== 422 || request.assignees.length === 0) throw answer.error;
    const opened = await openIssue(api, { ...request, assignees: [] }, creator);
    await assign(api, opened.number, request.assignees);
    return opened;
  }
  // Lists may lag behind: what GitHub has confirmed is there, and what is unclear is waited for.
  for (const waitMs of answer.kind === "ok" ? [0] : LIST_WAITS_MS) {
    if (waitMs > 0) await api.clock.sleep(waitMs);
    const made = await keepOne(api, own);
    if (made !== undefined) return made;
  }
  if (answer.kind === "ok") return convertIssue(answer.data) ?? unreadable();
  throw answer.error;
}

/** Here those who may not be assigned are passed over in silence (docs.github.com/rest/issues/assignees). */
async function assign(api: GitHubApi, number: number, assignees: readonly string[]): Promise<void> {
  const path = { ...(await api.at()), issue_number: number, assignees: [...assignees] };
  await api.client.write("assign an issue", 201, async (rest) => rest.issues.addAssignees(path));
}

/** The oldest stays as people left it; its doubles are closed. */
async function keepOne(api: GitHubApi, own: Own): Promise<Issue | undefined> {
  const found = await findOwn(api, own);
  const kept = oldest(found);
  for (const { number, state } of found) {
    if (state === "open" && number !== kept?.number) await closeCopy(api, number);
  }
  return kept;
}

function oldest([first]: readonly Issue[]): Issue | undefined {
  return first;
}

async function closeCopy(api: GitHubApi, number: number): Promise<void> {
  const path = {
    ...(await api.at()),
    issue_number: number,
    state: "closed" as const,
    state_reason: "not_planned" as const,
  };
  await api.client.write("close a double of an issue", 200, async (rest) => rest.issues.update(path));
}

interface Own {
  readonly key: string;
  readonly creator: string;
}

/**
 * Ours with that key, oldest first. Who opened one is looked at here: how GitHub's own filter wants an App to be named is not written
 * down anywhere, and one that finds nothing would have us open another.
 */
async function findOwn(api: GitHubApi, { key, creator }: Own): Promise<readonly Issue[]> {
  const query = { ...(await api.at()), labels: OWN_LABEL, state: "all" as const, per_page: PAGE };
  const [found, mark]: [Issue[], string] = [[], markOf(key)];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const one = { ...query, page };
    const answer: JsonValue = await api.client.read("look for an issue", async (rest) => rest.issues.listForRepo(one));
    const mine = ({ author, body }: Issue): boolean =>
      author.toLowerCase() === creator.toLowerCase() && body.includes(mark);
    found.push(...convertIssues(answer).filter(mine));
    if (!isList(answer) || answer.length < PAGE) return found.toSorted((a, b) => a.number - b.number);
  }
  throw new LastgoodError("ForgeValidation", `there are too many issues labelled ${OWN_LABEL} to look for ours`);
}

function markOf(key: string): string {
  if (/^[A-Za-z0-9._-]{1,100}$/.test(key)) return `<!--lastgood:issue ${key}-->`;
  throw new Error(`not a key of an issue: ${JSON.stringify(key.slice(0, 80))}`);
}

function convertIssues(data: JsonValue): readonly Issue[] {
  if (!isList(data)) return unreadable();
  // GitHub lists pull requests among the issues (docs.github.com/rest/issues).
  const issues = data.filter((item) => !isObject(property(item, "pull_request")));
  return issues.map((item) => convertIssue(item) ?? unreadable());
}

function convertIssue(data: JsonValue): Issue | undefined {
  const number = valueAt(data, "number");
  const [url, title] = [stringAt(data, "html_url"), stringAt(data, "title")];
  const createdAtMs = fromIso(stringAt(data, "created_at") ?? "");
  if (typeof number !== "number" || !Number.isSafeInteger(number)) return undefined;
  if (url === undefined || title === undefined || createdAtMs === undefined) return undefined;
  return {
    number,
    url,
    state: stringAt(data, "state") === "closed" ? "closed" : "open",
    title,
    body: stringAt(data, "body") ?? "",
    author: stringAt(data, "user", "login") ?? "ghost",
    labels: labelsOf(valueAt(data, "labels")),
    createdAtMs,
  };
}

function unreadable(): never {
  throw new LastgoodError("ForgeAnswer", "GitHub: the answer for an issue cannot be read");
}
