import { isList, stringAt, type JsonValue } from "../../../core/model/json.ts";
import { fromIso } from "../../../core/model/time.ts";
import { OWN_BRANCHES } from "../../../core/change/branch.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Forge } from "../../../ports/forge.ts";
import type { ForgeRevert } from "../../../ports/forge-reverts.ts";
import { convertPull, type GitHubPull } from "./convert.ts";
import type { GitHubApi } from "./github-api.ts";

const PAGE = 100;
/** Two thousand pull requests that were touched in the time asked for: then budgets cannot be counted. */
const MAX_PAGES = 20;

/** Reads lastgood's pull requests of the last days. Who merged one is asked once: it does not change any more. */
export function readReverts(api: GitHubApi): NonNullable<Forge["reverts"]> {
  const mergers = new Map<number, string | undefined>();
  return async (sinceMs) => {
    const { clockMs, pulls } = await listUpdated(api, sinceMs);
    const own = pulls
      .filter(({ ownBranch, pullRequest: { branch } }) => ownBranch && branch.startsWith(OWN_BRANCHES))
      .map(convertRevert)
      .filter(({ createdAtMs, endedAtMs = 0 }) => createdAtMs >= sinceMs || endedAtMs >= sinceMs)
      .toSorted((a, b) => b.number - a.number);
    const reverts: ForgeRevert[] = [];
    for (const revert of own) {
      if (revert.state !== "merged") {
        reverts.push(revert);
        continue;
      }
      // Lists do not name who merged (docs.github.com/rest/pulls).
      if (!mergers.has(revert.number)) {
        mergers.set(revert.number, (await api.pull(revert.number)).pullRequest.endedBy);
      }
      const mergedBy = mergers.get(revert.number);
      reverts.push({ ...revert, ...(mergedBy === undefined ? {} : { mergedBy }) });
    }
    return { clockMs, reverts };
  };
}

interface Listed {
  readonly clockMs: number;
  readonly pulls: readonly GitHubPull[];
}

/** Those that were touched since then: whatever was opened, merged or closed was. One that moves between pages comes twice. */
async function listUpdated(api: GitHubApi, sinceMs: number): Promise<Listed> {
  const query = { ...(await api.at()), state: "all", sort: "updated", direction: "desc", per_page: PAGE } as const;
  const pulls = new Map<number, GitHubPull>();
  let clockMs: number | undefined;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const data: JsonValue = await api.client.read("list the pull requests", async (rest) => {
      const answered = await rest.pulls.list({ ...query, page });
      clockMs ??= clockOf(answered.headers.date);
      return answered;
    });
    if (!isList(data)) throw new LastgoodError("ForgeAnswer", "GitHub: the answer for pull requests is no list");
    const recent = data.filter((item) => updatedAt(item) >= sinceMs);
    for (const item of recent) {
      const pull = convertPull(item);
      pulls.set(pull.pullRequest.number, pull);
    }
    if (recent.length === PAGE) continue;
    if (clockMs === undefined)
      throw new LastgoodError("ForgeAnswer", "GitHub: the answer does not say what time it is");
    return { clockMs, pulls: [...pulls.values()] };
  }
  throw new LastgoodError("ForgeAnswer", `GitHub: more than ${MAX_PAGES * PAGE} pull requests changed lately`);
}

/** The `Date` of an answer counts whole seconds (RFC 9110, section 6.6.1). */
function clockOf(date: string | undefined): number | undefined {
  const ms = Date.parse(date ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}

/** What cannot be read is taken for recent: it is looked at. */
function updatedAt(item: JsonValue): number {
  return fromIso(stringAt(item, "updated_at") ?? "") ?? Number.POSITIVE_INFINITY;
}

function convertRevert({ pullRequest }: GitHubPull): ForgeRevert {
  const { number, url, state, branch, base, body, author, labels, createdAtMs, endedAtMs, mergeCommit } = pullRequest;
  if (createdAtMs === undefined || (state !== "open" && endedAtMs === undefined)) {
    throw new LastgoodError(
      "ForgeAnswer",
      `GitHub: the answer for pull request #${number} has no time that can be read`,
    );
  }
  return {
    number,
    url,
    state,
    branch,
    base,
    body,
    author,
    labels,
    createdAtMs,
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(mergeCommit === undefined ? {} : { mergeCommit }),
  };
}
