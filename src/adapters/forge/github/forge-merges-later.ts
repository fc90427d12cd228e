/** Merges that GitHub makes by itself, later: auto-merge and the merge queue; and how they are taken back. */
import { LastgoodError } from "../../../errors.ts";
import type { MergeRequest, MergeResult } from "../../../ports/forge.ts";
import type { GitHubPull, MergeMethod } from "./convert.ts";
import { safeText } from "./forge-text.ts";
import type { GitHubApi } from "./github-api.ts";
import type { MergeFacts } from "./merge-facts.ts";
import { refused, waiting } from "./merge-readiness.ts";

const ARM = `mutation($id: ID!, $head: GitObjectID!, $method: PullRequestMergeMethod!, $title: String, $body: String) {
  enablePullRequestAutoMerge(
    input: { pullRequestId: $id, expectedHeadOid: $head, mergeMethod: $method, commitHeadline: $title, commitBody: $body }
  ) { clientMutationId }
}`;
const DISARM = `mutation($id: ID!) { disablePullRequestAutoMerge(input: { pullRequestId: $id }) { clientMutationId } }`;
const ENQUEUE = `mutation($id: ID!, $head: GitObjectID!) {
  enqueuePullRequest(input: { pullRequestId: $id, expectedHeadOid: $head }) { clientMutationId }
}`;
const DEQUEUE = `mutation($id: ID!) { dequeuePullRequest(input: { id: $id }) { clientMutationId } }`;

/** Nothing is missing any more, or nothing was ever asked: GitHub wants it to be merged directly. */
const MERGE_NOW = /in (?:clean|unstable|has_hooks) status|protected branch rules not configured/i;

export interface Arming {
  readonly request: MergeRequest;
  readonly pull: GitHubPull;
  readonly method: MergeMethod;
  /** What is missing. */
  readonly reason: string;
}

/** Tells GitHub to merge it once nothing is missing. `again`: look once more, it may be merged directly. */
export async function arm(
  api: GitHubApi,
  { request, pull, method, reason }: Arming,
): Promise<MergeResult | { readonly kind: "again" }> {
  const { title, message, expectedHead: head, number } = request;
  // A rebase keeps the commits as they are.
  const texts = method === "rebase" ? {} : { title, body: message };
  const variables = { id: pull.nodeId, head, method: method.toUpperCase(), ...texts };
  const answer = await api.client.graphql(`let GitHub merge pull request #${number} by itself`, ARM, variables);
  if (answer.kind === "ok") return armed(reason);
  if (answer.kind === "unclear") {
    if ((await api.pull(number)).pullRequest.armedBy !== undefined) return armed(reason);
    throw answer.error;
  }
  if (answer.reasons.some((words) => MERGE_NOW.test(words))) return { kind: "again" };
  return waiting(`${reason} (auto-merge: ${safeText(answer.reasons.join("; "))})`);
}

export function armed(reason: string): MergeResult {
  return { kind: "armed", reason: `GitHub merges it once nothing is missing: ${reason}` };
}

export function queued(facts: MergeFacts | undefined, base: string): Extract<MergeResult, { readonly reason: string }> {
  const position = facts?.queued?.position;
  const place = position === undefined ? "" : `, at place ${position}`;
  return { kind: "queued", reason: `it is in the merge queue of ${safeText(base)}${place}` };
}

/** Puts it into the merge queue of its base, once: what was thrown out stays out until somebody has looked. */
export async function enqueue(
  api: GitHubApi,
  request: MergeRequest,
  { pull, facts }: { readonly pull: GitHubPull; readonly facts: MergeFacts | undefined },
): Promise<MergeResult> {
  const { base } = pull.pullRequest;
  const name = safeText(base);
  if (facts?.queued !== undefined) return queued(facts, base);
  if (facts?.queueSpoke !== true) {
    return waiting(`${name} is merged into by its merge queue only, and what that did with it cannot be read now`);
  }
  if (facts.thrownOut !== undefined) {
    return refused(`the merge queue of ${name} threw it out: ${safeText(facts.thrownOut)}`);
  }
  const variables = { id: pull.nodeId, head: request.expectedHead };
  const answer = await api.client.graphql(`queue pull request #${request.number}`, ENQUEUE, variables);
  if (answer.kind === "ok") return queued(undefined, base);
  if (answer.kind === "refused") {
    if (answer.reasons.some((words) => /already in the (?:merge )?queue/i.test(words))) return queued(undefined, base);
    if (answer.error.code === "ForgePermission") throw answer.error;
    return waiting(`the merge queue of ${name} does not take it: ${safeText(answer.reasons.join("; "))}`);
  }
  const now = await api.mergeFacts(request.number);
  if (now?.queued !== undefined) return queued(now, base);
  throw answer.error;
}

/**
 * Disarms and dequeues what was ordered in the name of the account that opened the pull request: ours. What a person has ordered
 * stays.
 */
export async function cancelMerge(api: GitHubApi, number: number): Promise<void> {
  const { pullRequest, nodeId: id } = await api.pull(number);
  if (pullRequest.state !== "open") return;
  const isOurs = (login: string | undefined): boolean => login !== undefined && isSame(login, pullRequest.author);
  const facts = await api.mergeFacts(number);
  if (isOurs(pullRequest.armedBy)) {
    await takeBack(api, number, { what: `take back the merge of pull request #${number}`, document: DISARM, id });
  }
  if (isOurs(facts?.queued?.by)) {
    await takeBack(api, number, { what: `take pull request #${number} out of the queue`, document: DEQUEUE, id });
  }
  if (facts === undefined && (await api.rules(pullRequest.base)).queue) {
    const text = `GitHub: cannot see whether pull request #${number} waits in the merge queue: GraphQL does not answer`;
    throw new LastgoodError("ForgeUnavailable", text, { hint: byHand(pullRequest.url) });
  }
}

interface TakeBack {
  readonly what: string;
  readonly document: string;
  readonly id: string | undefined;
}

function byHand(url: string): string {
  return `If GitHub is still to merge it, disable that at ${safeText(url)}.`;
}

async function takeBack(api: GitHubApi, number: number, { what, document, id }: TakeBack): Promise<void> {
  const answer = await api.client.graphql(what, document, { id });
  if (answer.kind === "ok") return;
  // Perhaps it was merged, or taken back, in this very moment.
  const { state, armedBy, url } = (await api.pull(number)).pullRequest;
  if (state !== "open" || (document === DISARM ? armedBy === undefined : await isOut(api, number))) return;
  const { code, message } = answer.error;
  throw new LastgoodError(code, message, { hint: byHand(url), cause: answer.error });
}

async function isOut(api: GitHubApi, number: number): Promise<boolean> {
  const facts = await api.mergeFacts(number);
  return facts !== undefined && facts.queued === undefined;
}

/** The same account? GraphQL says a bot's login without `[bot]`. */
export function isSame(login: string, other: string): boolean {
  const bare = (each: string): string => each.replace(/\[bot\]$/, "");
  return bare(login) === bare(other);
}
