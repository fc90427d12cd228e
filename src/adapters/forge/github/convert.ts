/** GitHub's JSON → ours. Vendor shapes end here; a missing or wrong field is a `ForgeAnswer`. */
import { isFullId, type CommitId } from "../../../core/model/git.ts";
import { isList, listAt, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";
import { fromIso } from "../../../core/model/time.ts";
import { LastgoodError } from "../../../errors.ts";
import type { PullRequest } from "../../../ports/forge.ts";

/** The ways GitHub merges, the one that keeps our commit first. */
export const MERGE_METHODS = ["merge", "squash", "rebase"] as const;

export type MergeMethod = (typeof MERGE_METHODS)[number];

/** A pull request with what only GitHub says of it. */
export interface GitHubPull {
  readonly pullRequest: PullRequest;
  /** Its global id, for mutations. */
  readonly nodeId?: string;
  /** Its branch lies in the repository itself, not in a fork. */
  readonly ownBranch: boolean;
  /** `unknown` until GitHub has computed it; lists never say. */
  readonly mergeableState: string;
  /** Whom it waits for: `mkim`, `acme/payments`. */
  readonly asked: readonly string[];
}

export interface GitHubRepository {
  /** As GitHub spells them now: a renamed repository answers under its old name too. */
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string;
  readonly methods: readonly MergeMethod[];
  /** May pull requests be told to merge by themselves? undefined for a token that is not told. */
  readonly autoMerge: boolean | undefined;
}

export function convertPull(data: JsonValue): GitHubPull {
  const what = "a pull request";
  const [headRepository, baseRepository] = [valueAt(data, "head", "repo", "id"), valueAt(data, "base", "repo", "id")];
  const mergeable = valueAt(data, "mergeable");
  const nodeId = stringAt(data, "node_id");
  return {
    ...(nodeId === undefined ? {} : { nodeId }),
    pullRequest: convertPullRequest(data, what),
    ownBranch: typeof headRepository === "number" && headRepository === baseRepository,
    mergeableState: mergeable === null ? "unknown" : (stringAt(data, "mergeable_state") ?? "unknown"),
    asked: [
      ...listAt(data, "requested_reviewers").flatMap((user) => stringAt(user, "login") ?? []),
      ...listAt(data, "requested_teams").flatMap((team) => {
        const [slug, owner] = [stringAt(team, "slug"), stringAt(data, "base", "repo", "owner", "login")];
        return slug === undefined ? [] : [owner === undefined ? slug : `${owner}/${slug}`];
      }),
    ],
  };
}

function convertPullRequest(data: JsonValue, what: string): PullRequest {
  const state = textOf(data, what, "state");
  const merged = typeof valueAt(data, "merged_at") === "string";
  const endedBy = stringAt(data, "merged_by", "login");
  const mergeCommit = stringAt(data, "merge_commit_sha");
  const armedBy = stringAt(data, "auto_merge", "enabled_by", "login");
  const [createdAtMs, endedAtMs] = [timeAt(data, "created_at"), timeAt(data, "merged_at") ?? timeAt(data, "closed_at")];
  return {
    number: numberOf(data, what),
    url: textOf(data, what, "html_url"),
    state: merged ? "merged" : state === "open" ? "open" : "closed",
    draft: valueAt(data, "draft") === true,
    title: textOf(data, what, "title"),
    body: stringAt(data, "body") ?? "",
    branch: textOf(data, what, "head", "ref"),
    head: commitOf(data, what, "head", "sha"),
    base: textOf(data, what, "base", "ref"),
    // A deleted account: GitHub shows it as "ghost".
    author: stringAt(data, "user", "login") ?? "ghost",
    labels: labelsOf(valueAt(data, "labels")),
    ...(createdAtMs === undefined ? {} : { createdAtMs }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(endedBy === undefined ? {} : { endedBy }),
    ...(armedBy === undefined ? {} : { armedBy }),
    // Until the merge it names a test merge (docs.github.com/rest/pulls).
    ...(merged && mergeCommit !== undefined && isFullId(mergeCommit) ? { mergeCommit: mergeCommit as CommitId } : {}),
  };
}

export function convertPulls(data: JsonValue): readonly GitHubPull[] {
  if (!isList(data)) throw wrongAnswer("pull requests", "a list");
  return data.map(convertPull);
}

export function convertRepository(data: JsonValue): GitHubRepository {
  const what = "a repository";
  const autoMerge = valueAt(data, "allow_auto_merge");
  const allow = { merge: "allow_merge_commit", squash: "allow_squash_merge", rebase: "allow_rebase_merge" };
  return {
    owner: textOf(data, what, "owner", "login"),
    name: textOf(data, what, "name"),
    defaultBranch: textOf(data, what, "default_branch"),
    // Left out for a token that may not push: then all may be tried.
    methods: MERGE_METHODS.filter((method) => valueAt(data, allow[method]) !== false),
    autoMerge: typeof autoMerge === "boolean" ? autoMerge : undefined,
  };
}

/** The commit that a merge made; undefined when the answer does not say that it merged. */
export function convertMergeAnswer(data: JsonValue): CommitId | undefined {
  const sha = stringAt(data, "sha");
  return valueAt(data, "merged") === true && sha !== undefined && isFullId(sha) ? (sha as CommitId) : undefined;
}

/** Names of a list of labels. */
export function labelsOf(data: JsonValue | undefined): readonly string[] {
  return (isList(data) ? data : []).flatMap((label) => stringAt(label, "name") ?? []);
}

/** Who closed or merged it, from the issue behind the pull request. */
export function closerOf(data: JsonValue): string | undefined {
  return stringAt(data, "closed_by", "login");
}

function textOf(data: JsonValue, what: string, ...keys: readonly string[]): string {
  const found = stringAt(data, ...keys);
  if (found === undefined || found === "") throw wrongAnswer(what, keys.join("."));
  return found;
}

/** Epoch ms; undefined for what is no time. */
function timeAt(data: JsonValue, key: string): number | undefined {
  return fromIso(stringAt(data, key) ?? "");
}

function commitOf(data: JsonValue, what: string, ...keys: readonly string[]): CommitId {
  const found = textOf(data, what, ...keys);
  if (!isFullId(found)) throw wrongAnswer(what, keys.join("."));
  return found as CommitId;
}

function numberOf(data: JsonValue, what: string): number {
  const found = valueAt(data, "number");
  if (typeof found !== "number" || !Number.isSafeInteger(found) || found < 1) throw wrongAnswer(what, "number");
  return found;
}

function wrongAnswer(what: string, field: string): LastgoodError {
  return new LastgoodError("ForgeAnswer", `GitHub: the answer for ${what} has no ${field} that can be read`);
}
