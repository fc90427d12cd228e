import type { CommitId } from "../../../core/model/git.ts";
import type { MergeRequest, MergeResult } from "../../../ports/forge.ts";
import { convertMergeAnswer, type MergeMethod } from "./convert.ts";
import { queued } from "./forge-merges-later.ts";
import type { GitHubApi } from "./github-api.ts";
import { judgeReadiness, refused, waiting } from "./merge-readiness.ts";
import { judgeMergeRefusal } from "./merge-refusal.ts";

const MERGING_WAITS_MS = [1000, 2000, 4000, 8000, 15_000, 15_000];
const UNCLEAR_WAITS_MS = [1000, 2000, 4000];

/** `look`: the words mean several things, only the pull request itself tells. `enqueue`: only its queue merges into this base. */
export type Merged =
  | MergeResult
  | { readonly kind: "look"; readonly reason: string }
  | { readonly kind: "enqueue"; readonly reason: string };

/** `PUT merge`, by the first of these methods that is not refused as a method. */
export async function mergeDirectly(
  api: GitHubApi,
  request: MergeRequest,
  { methods, base }: { readonly methods: readonly MergeMethod[]; readonly base: string },
): Promise<Merged> {
  let last = refused("neither the repository nor its rules permit any way of merging");
  for (const method of methods) {
    const tried = await tryMerge(api, request, { method, base });
    if (tried.kind !== "other-method") return tried;
    last = refused(tried.reason);
  }
  return last;
}

type Tried = Merged | { readonly kind: "other-method"; readonly reason: string };

async function tryMerge(
  api: GitHubApi,
  request: MergeRequest,
  { method, base }: { readonly method: MergeMethod; readonly base: string },
): Promise<Tried> {
  const answer = await send(api, request, method);
  const commit: CommitId | undefined = answer.kind === "ok" ? convertMergeAnswer(answer.data) : undefined;
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
    case "raced":
    case "conflict":
      return { kind: "base-moved", reason: text, how: means };
    case "waiting":
      return waiting(text);
    case "refused":
      return refused(text);
    case "other-method":
      return { kind: "other-method", reason: text };
    case "look":
      return { kind: "look", reason: text };
    case "enqueue":
      return { kind: "enqueue", reason: text };
    case "queued":
      return queued(undefined, base);
    case "merging":
      return (await awaitMerged(api, request, MERGING_WAITS_MS)) ?? waiting(text);
  }
}

async function send(api: GitHubApi, request: MergeRequest, method: MergeMethod) {
  const path = { ...(await api.at()), pull_number: request.number };
  const body = {
    sha: request.expectedHead,
    merge_method: method,
    // A rebase keeps the commits as they are.
    ...(method === "rebase" ? {} : { commit_title: request.title, commit_message: request.message }),
  };
  const what = `merge pull request #${request.number}`;
  return api.client.write(what, 200, async (rest) => rest.pulls.merge({ ...path, ...body }));
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
