/**
 * Webhooks: what has changed since the last look is sent to the repository's hooks, signed with their secrets (docs.github.com,
 * "Webhook events and payloads"): `push`, `pull_request` (opened, synchronize, closed, reopened) and `ping`. One at a time per hook.
 */
import { createHmac, randomUUID } from "node:crypto";
import { readBranches } from "./git/refs.ts";
import type { Delivery, Hook, HookEvent } from "./hook.ts";
import { isPull } from "./pull-requests.ts";
import { pullRequestPayload, pushPayload } from "./shapes/hook-payload.ts";
import type { PullIssue, Repository, User, World } from "./state.ts";

/** GitHub gives up after this long. */
const PATIENCE_MS = 10_000;

interface Seen {
  readonly branches: ReadonlyMap<string, string>;
  readonly pulls: ReadonlyMap<number, { readonly head: string; readonly state: PullIssue["state"] }>;
}

const lastSeen = new WeakMap<Repository, Seen>();

/** From now on changes are told. */
export async function startWatching(repository: Repository): Promise<void> {
  if (!lastSeen.has(repository)) lastSeen.set(repository, await lookAt(repository));
}

async function lookAt(repository: Repository): Promise<Seen> {
  const branches = await readBranches(repository);
  const pulls = [...repository.issues.values()].filter(isPull);
  return { branches, pulls: new Map(pulls.map(({ number, state, pull }) => [number, { state, head: pull.head }])) };
}

/** Sends what has become different, by `actor` as far as is known. Answers before anything has arrived. */
export async function announce(world: World, repository: Repository, actor: User | undefined): Promise<void> {
  const before = lastSeen.get(repository);
  if (before === undefined) return;
  if (repository.hooks.length === 0) {
    lastSeen.delete(repository);
    return;
  }
  const now = await lookAt(repository);
  lastSeen.set(repository, now);
  for (const hook of repository.hooks) {
    const by = actor ?? repository.owner;
    const call = { site: hook.site, repository, token: undefined };
    for (const ref of new Set([...before.branches.keys(), ...now.branches.keys()])) {
      const move = { branch: ref, from: before.branches.get(ref), to: now.branches.get(ref) };
      if (move.from !== move.to) send(world, hook, { event: "push", payload: await pushPayload(call, move, by) });
    }
    for (const issue of [...repository.issues.values()].filter(isPull)) {
      const action = actionOf(before.pulls.get(issue.number), now.pulls.get(issue.number));
      if (action === undefined) continue;
      send(world, hook, { event: "pull_request", action, payload: pullRequestPayload(call, { issue, action, by }) });
    }
  }
}

type SeenPull = Seen["pulls"] extends ReadonlyMap<number, infer T> ? T : never;

function actionOf(before: SeenPull | undefined, now: SeenPull | undefined): string | undefined {
  if (now === undefined) return undefined;
  if (before === undefined) return "opened";
  if (before.state !== now.state) return now.state === "closed" ? "closed" : "reopened";
  return before.head === now.head ? undefined : "synchronize";
}

/** Sends it when the hook wants such events. `again`: a delivery that is sent once more, under its own id. */
export function send(world: World, hook: Hook, occurred: HookEvent, again?: Delivery): void {
  const wanted = occurred.event === "ping" || hook.events.includes("*") || hook.events.includes(occurred.event);
  if (!hook.active || !wanted) return;
  const job = hook.sending.then(async () => await deliver(world, { hook, occurred, again }));
  hook.sending = job;
  world.jobs.add(job);
  void job.finally(() => world.jobs.delete(job));
}

async function deliver(
  world: World,
  {
    hook,
    occurred,
    again,
  }: { readonly hook: Hook; readonly occurred: HookEvent; readonly again: Delivery | undefined },
): Promise<void> {
  const guid = again?.guid ?? randomUUID();
  const json = JSON.stringify(occurred.payload);
  const body = hook.contentType === "json" ? json : new URLSearchParams({ payload: json }).toString();
  const headers = {
    accept: "*/*",
    "content-type": hook.contentType === "json" ? "application/json" : "application/x-www-form-urlencoded",
    "user-agent": "GitHub-Hookshot/0000000",
    "x-github-delivery": guid,
    "x-github-event": occurred.event,
    "x-github-hook-id": String(hook.id),
    "x-github-hook-installation-target-type": "repository",
    ...(hook.secret === undefined ? {} : { "x-hub-signature-256": `sha256=${sign(hook.secret, body)}` }),
  };
  const status = await post(hook.url, headers, body);
  const sent = { guid, redelivery: again !== undefined, occurred, headers, atMs: world.now(), status };
  hook.deliveries.push({ id: world.nextId(), ...sent });
}

function sign(secret: string, body: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

async function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
