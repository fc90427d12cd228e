import type { MergeRequest, MergeResult } from "../../../ports/forge.ts";
import { convertMergeAnswer, type GitHubPull, type MergeMethod } from "./convert.ts";
import type { GitHubApi } from "./github-api.ts";
import { blockingReason, judgeReadiness, refused, waiting } from "./merge-readiness.ts";
import { judgeMergeRefusal } from "./merge-refusal.ts";

/** GitHub computes `mergeable` in a job that the first read starts: ask again, for a minute at most. */
const SETTLE_WAITS_MS = [1000, 2000, 4000, 8000, 16_000, 29_000];
/** A push may be visible to git before it is to the API. */
const HEAD_WAITS_MS = 3;
const MERGING_WAITS_MS = [1000, 2000, 4000, 8000, 15_000, 15_000];
const UNCLEAR_WAITS_MS = [1000, 2000, 4000];

/**
 * Merges when GitHub says that every rule is met, and only while the head is the expected one. A token that may pass the rules
 * by would do so silently: a blocked pull request is never asked for.
 */
export async function mergePullRequest(api: GitHubApi, request: MergeRequest): Promise<MergeResult> {
  const { ready, pull, result } = await lookAt(api, request);
  if (!ready) return result;
  let last = refused("neither the repository nor its rules permit any way of merging");
  for (const method of await permittedMethods(api, pull.pullRequest.base)) {
    const tried = await tryMerge(api, request, method);
    if (tried.kind !== "other-method") return tried;
    last = refused(tried.reason);
  }
  return last;
}

type Look =
  | { readonly ready: true; readonly pull: GitHubPull; readonly result?: undefined }
  | { readonly ready: false; readonly pull: GitHubPull; readonly result: MergeResult };

/** Reads the pull request until GitHub has made up its mind. */
async function lookAt(api: GitHubApi, request: MergeRequest): Promise<Look> {
  for (let attempt = 0; ; attempt += 1) {
    const pull = await api.pull(request.number);
    const judged = judgeReadiness(pull, request.expectedHead);
    if (judged.kind === "ready") return { ready: true, pull };
    if (judged.kind === "blocked") return { ready: false, pull, result: await blocked(api, pull) };
    if (judged.kind !== "unsettled") return { ready: false, pull, result: judged };
    const waits = judged.otherwise.kind === "refused" ? SETTLE_WAITS_MS.slice(0, HEAD_WAITS_MS) : SETTLE_WAITS_MS;
    const waitMs = waits[attempt];
    if (waitMs === undefined) return { ready: false, pull, result: judged.otherwise };
    await api.clock.sleep(waitMs);
  }
}

async function blocked(api: GitHubApi, { pullRequest }: GitHubPull): Promise<MergeResult> {
  const { number, head, base } = pullRequest;
  return waiting(blockingReason(await api.blockingFacts(number, head, base)));
}

async function permittedMethods(api: GitHubApi, base: string): Promise<readonly MergeMethod[]> {
  const { methods } = await api.repository();
  const rules = await api.rules(base);
  return methods.filter((method) => rules.methods === undefined || rules.methods.includes(method));
}

type Tried = MergeResult | { readonly kind: "other-method"; readonly reason: string };

async function tryMerge(api: GitHubApi, request: MergeRequest, method: MergeMethod): Promise<Tried> {
  const path = { ...(await api.at()), pull_number: request.number };
  const body = {
    sha: request.expectedHead,
    merge_method: method,
    // A rebase keeps the commits as they are.
    ...(method === "rebase" ? {} : { commit_title: request.title, commit_message: request.message }),
  };
  const what = `merge pull request #${request.number}`;
  const answer = await api.client.write(what, 200, async (rest) => rest.pulls.merge({ ...path, ...body }));
  const commit = answer.kind === "ok" ? convertMergeAnswer(answer.data) : undefined;
  if (commit !== undefined) return { kind: "merged", commit };
  if (answer.kind !== "refused") {
    // It may have happened: the pull request tells.
    const merged = await awaitMerged(api, request, UNCLEAR_WAITS_MS);
    if (merged !== undefined) return merged;
    if (answer.kind === "unclear") throw answer.error;
    return waiting("GitHub accepted the merge, but has not merged yet");
  }
  if (![405, 409, 422].includes(answer.status)) throw answer.error;
  const { means, text } = judgeMergeRefusal(answer.reasons);
  switch (means) {
    case "base-moved":
    case "waiting":
    case "refused":
    case "other-method":
      return { kind: means, reason: text };
    case "merging":
      return (await awaitMerged(api, request, MERGING_WAITS_MS)) ?? waiting(text);
    case "look": {
      const look = await lookAt(api, request);
      return look.ready ? waiting(text) : look.result;
    }
  }
}

/** Reads the pull request now and after each wait, until it is merged. */
async function awaitMerged(
  api: GitHubApi,
  { number, expectedHead }: MergeRequest,
  waitsMs: readonly number[],
): Promise<MergeResult | undefined> {
  for (const waitMs of [0, ...waitsMs]) {
    if (waitMs > 0) await api.clock.sleep(waitMs);
    const judged = judgeReadiness(await api.pull(number), expectedHead);
    if (judged.kind === "merged") return judged;
  }
  return undefined;
}
