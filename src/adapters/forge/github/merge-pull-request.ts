import type { MergeRequest, MergeResult } from "../../../ports/forge.ts";
import type { GitHubPull, MergeMethod } from "./convert.ts";
import type { BranchRules } from "./convert-rules.ts";
import { arm, armed, cancelMerge, enqueue, isSame, queued } from "./forge-merges-later.ts";
import type { GitHubApi } from "./github-api.ts";
import { safeText } from "./forge-text.ts";
import { mergeDirectly } from "./merge-directly.ts";
import type { MergeFacts } from "./merge-facts.ts";
import { blocking, judgeReadiness, refused, waiting } from "./merge-readiness.ts";

/** GitHub computes `mergeable` in a job that the first read starts: ask again, for a minute at most. */
const SETTLE_WAITS_MS = [1000, 2000, 4000, 8000, 16_000, 29_000];
/** A push may be visible to git before it is to the API. */
const HEAD_WAITS_MS = 3;
/** How often a merge is begun again after an answer that only another look explains. */
const MAX_TRIES = 5;

/**
 * Merges when GitHub says that every rule is met, and only while the head is the expected one; puts it into the queue where the base
 * has one; else lets GitHub merge it by itself, or says what is missing. A token that may pass the rules by would do so silently: a
 * blocked pull request is never asked to be merged.
 */
export async function mergePullRequest(api: GitHubApi, request: MergeRequest): Promise<MergeResult> {
  let words = "";
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    if (attempt > 0) await api.clock.sleep(1000 * 2 ** (attempt - 1));
    const look = await lookAt(api, request);
    const result = await stepFrom(api, request, look);
    if (result.kind !== "again") return result;
    words = result.reason;
  }
  return waiting(words);
}

type Look =
  | { readonly kind: "ready"; readonly pull: GitHubPull }
  | { readonly kind: "blocked"; readonly pull: GitHubPull }
  | { readonly kind: "settled"; readonly result: MergeResult };

/** Reads the pull request until GitHub has made up its mind. */
async function lookAt(api: GitHubApi, request: MergeRequest): Promise<Look> {
  for (let attempt = 0; ; attempt += 1) {
    const pull = await api.pull(request.number);
    const judged = judgeReadiness(pull, request.expectedHead);
    if (judged.kind === "ready") return { kind: "ready", pull };
    if (judged.kind === "blocked") return { kind: "blocked", pull };
    if (judged.kind !== "unsettled") return { kind: "settled", result: judged };
    const waits = judged.otherwise.kind === "refused" ? SETTLE_WAITS_MS.slice(0, HEAD_WAITS_MS) : SETTLE_WAITS_MS;
    const waitMs = waits[attempt];
    if (waitMs === undefined) return { kind: "settled", result: judged.otherwise };
    await api.clock.sleep(waitMs);
  }
}

type Step = MergeResult | { readonly kind: "again"; readonly reason: string };

async function stepFrom(api: GitHubApi, request: MergeRequest, look: Look): Promise<Step> {
  switch (look.kind) {
    case "ready":
      return mergeReady(api, request, look.pull);
    case "blocked":
      return mergeBlocked(api, request, look.pull);
    case "settled":
      return look.result;
  }
}

/** Also one that waits in the queue is shown as ready: the queue is asked first, a merge beside it would jump it. */
async function mergeReady(api: GitHubApi, request: MergeRequest, pull: GitHubPull): Promise<Step> {
  const { base } = pull.pullRequest;
  const { methods } = await api.repository();
  const rules = await api.rules(base);
  const facts = rules.isProtected ? await api.mergeFacts(request.number) : undefined;
  const hasQueue = queueOf(rules, facts);
  if (hasQueue === true) return enqueue(api, request, { pull, facts });
  // GitHub would refuse it, but not from a token that may pass the rules by.
  if (hasQueue === undefined) return waiting(`whether ${safeText(base)} has a merge queue cannot be read now`);
  const merged = await mergeDirectly(api, request, { methods: permitted(methods, rules), base });
  if (merged.kind === "look") return { kind: "again", reason: merged.reason };
  if (merged.kind !== "enqueue") return merged;
  return enqueue(api, request, { pull, facts: facts ?? (await api.mergeFacts(request.number)) });
}

async function mergeBlocked(api: GitHubApi, request: MergeRequest, pull: GitHubPull): Promise<Step> {
  const { base, armedBy, author } = pull.pullRequest;
  const rules = await api.rules(base);
  const facts = await api.mergeFacts(request.number);
  if (facts?.queued !== undefined) return queued(facts, base);
  const { reason, stops, against } = blocking({ ...(await api.blockingFacts(pull, rules)), more: facts });
  if (stops) return refused(reason);
  const pinned = rules.strict || queueOf(rules, facts) === true;
  if (armedBy !== undefined) {
    if (pinned || request.watched === true || !isSame(armedBy, author)) return armed(reason);
    // An earlier run has stopped watching: what would be merged then, nobody would check.
    await cancelMerge(api, request.number);
    return waiting(reason);
  }
  const { autoMerge, methods } = await api.repository();
  const [method] = permitted(methods, rules);
  if (facts === undefined || method === undefined || autoMerge === false || against) return waiting(reason);
  if (request.watched !== true && !pinned) return waiting(reason);
  const result = await arm(api, { request, pull, method, reason });
  return result.kind === "again" ? { kind: "again", reason } : result;
}

/** Rulesets name their merge queue to REST, classic protection's is known to GraphQL only; undefined: neither says. */
function queueOf(rules: BranchRules, facts: MergeFacts | undefined): boolean | undefined {
  if (rules.queue || facts?.queued !== undefined) return true;
  return facts?.queue ?? (rules.isProtected ? undefined : false);
}

/** GitHub signs what it squashes; a merge commit brings our own commit along, which may carry no signature. */
function permitted(methods: readonly MergeMethod[], rules: BranchRules): readonly MergeMethod[] {
  const left = methods.filter((method) => rules.methods === undefined || rules.methods.includes(method));
  if (!rules.signed) return left;
  return left.toSorted((a, b) => Number(b === "squash") - Number(a === "squash"));
}
