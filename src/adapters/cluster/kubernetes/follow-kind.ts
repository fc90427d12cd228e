/**
 * List, then watch, for as long as it takes. What holds, whatever the connection does:
 * - The state is that of the last whole list and of every event since; a list that did not come whole changes nothing.
 * - Every end and every error of a watch starts another; whatever cannot be trusted is answered by a new list; a new list comes anyway
 *   once per resync. No more than one list in 5 s is begun per kind.
 * - Objects are told apart by uid, and versions by resourceVersion: nothing is told twice.
 */
import { LastgoodError } from "../../../errors.ts";
import type { FollowedKind, FollowOptions, KindQuery, LiveChange } from "../../../ports/cluster.ts";
import type { Clock } from "../../../ports/clock.ts";
import { createKindTable } from "./kind-table.ts";
import type { KubeAnswer } from "./kube-answer.ts";
import type { KubeKind, KubeKinds } from "./kube-kinds.ts";
import type { KubeTransport } from "./kube-transport.ts";
import { describeList, listKind, type WholeList } from "./list-kind.ts";
import { toLiveObject } from "./live-object.ts";
import { createBackoff, withJitter } from "./pace.ts";
import { watchKind, type WatchEvent } from "./watch-kind.ts";

export interface FollowPace {
  /** A new list comes at least this often (up to a tenth later). */
  readonly resyncMs: number;
  /** Between the beginnings of two lists of one kind. */
  readonly listSpacingMs: number;
  /** A watch that says nothing for so long is taken for dead: a server sends bookmarks about once a minute. */
  readonly idleMs: number;
  readonly pageSize: number;
}

export const DEFAULT_PACE: FollowPace = { resyncMs: 300_000, listSpacingMs: 5000, idleMs: 150_000, pageSize: 250 };

export interface FollowTools {
  readonly transport: KubeTransport;
  readonly kinds: KubeKinds;
  readonly clock: Clock;
  /** 0 ≤ x < 1: jitter. */
  readonly random: () => number;
  readonly pace: FollowPace;
  /** The server has refused our credentials: get new ones. */
  readonly onRefusedLogin: () => void;
}

type Refused = KubeAnswer & { readonly kind: "refused" };

/** What to do next, and after what wait at least. */
type Next = { readonly step: "list" | "watch"; readonly waitMs: number };

/** As many lists in a row may be older than what we know before we believe that the cluster was set back (a restored etcd). */
const OLD_LISTS = 3;
/** "A request with a timeout between 5 and 10 min by default" is what servers choose (--min-request-timeout); proxies cut sooner. */
const WATCH_SECONDS = 290;
const PAUSE_MS = 1000;

/** Follows a kind until the signal ends it. */
export function followKind(tools: FollowTools, query: KindQuery, options: FollowOptions): FollowedKind {
  const { clock, random, pace, transport, kinds } = tools;
  const { signal, trim } = options;
  const table = createKindTable();
  const backoff = createBackoff(random);
  let failure: LastgoodError | undefined;
  let listedAtMs: number | undefined;
  let heardAtMs: number | undefined;
  let nextListAtMs = Number.NEGATIVE_INFINITY;
  let resyncAtMs = Number.NEGATIVE_INFINITY;
  let version: string | undefined;
  let oldLists = 0;
  let onePage = false;

  function heard(): void {
    heardAtMs = clock.nowMs();
    if (failure === undefined) return;
    failure = undefined;
    callBack(() => options.onFailure?.(undefined));
  }

  function fail(error: LastgoodError, retryAfterMs = 0): number {
    const isNews = failure?.message !== error.message;
    failure = error;
    if (isNews) callBack(() => options.onFailure?.(error));
    return Math.max(backoff.nextMs(), retryAfterMs);
  }

  function tell(changes: readonly LiveChange[]): void {
    if (changes.length > 0) callBack(() => options.onChange?.(changes));
  }

  async function list(kind: KubeKind): Promise<Next> {
    await sleepUntil(nextListAtMs);
    const askedAtMs = clock.nowMs();
    nextListAtMs = askedAtMs + withJitter(pace.listSpacingMs, random);
    const pageSize = onePage ? 0 : pace.pageSize;
    const result = await listKind(transport, { kind, query, trim: trimmed, signal, pageSize });
    switch (result.kind) {
      case "expired":
        // As client-go's pager does: what expires between pages is asked for in one.
        onePage = true;
        return { step: "list", waitMs: 0 };
      case "failed":
        return { step: "list", waitMs: refused(kind, result.answer) };
      case "whole":
        onePage = false;
        return take(kind, result.list, askedAtMs);
    }
  }

  function take(kind: KubeKind, whole: WholeList, askedAtMs: number): Next {
    if (isOlder(whole.resourceVersion, version) && oldLists < OLD_LISTS - 1) {
      oldLists += 1;
      const text = `cannot ${describeList(kind, query)}: the list is older than what was seen before`;
      return { step: "list", waitMs: fail(new LastgoodError("EngineAnswer", text)) };
    }
    oldLists = 0;
    version = whole.resourceVersion;
    listedAtMs = askedAtMs;
    resyncAtMs = askedAtMs + withJitter(pace.resyncMs, random);
    heard();
    tell(table.replace(whole.objects));
    return { step: "watch", waitMs: 0 };
  }

  async function watch(kind: KubeKind, resourceVersion: string): Promise<Next> {
    let lines = 0;
    const end = await watchKind(transport, {
      kind,
      query,
      resourceVersion,
      timeoutSeconds: WATCH_SECONDS + Math.floor(random() * 60),
      idleMs: pace.idleMs,
      dueAtMs: resyncAtMs,
      signal,
      onHeard: heard,
      onEvent(event, at) {
        lines += 1;
        apply(kind, event);
        version = at;
      },
    });
    if (lines > 0) backoff.reset();
    switch (end.kind) {
      case "due":
        backoff.reset();
        return { step: "list", waitMs: 0 };
      case "lost":
        return { step: "list", waitMs: 0 };
      case "closed":
        return { step: "watch", waitMs: lines > 0 ? withJitter(PAUSE_MS, random) : backoff.nextMs() };
      case "silent": {
        const text = `cannot ${describeList(kind, query, "watch")}: nothing was heard for ${pace.idleMs / 1000}s`;
        return { step: "watch", waitMs: fail(new LastgoodError("EngineUnreachable", text)) };
      }
      case "failed":
        return { step: end.answer.status === 404 ? "list" : "watch", waitMs: refused(kind, end.answer) };
    }
  }

  function apply(kind: KubeKind, event: WatchEvent): void {
    if (event.type === "BOOKMARK") return;
    const object = toLiveObject(event.object, kind, trimmed);
    tell(event.type === "DELETED" ? table.remove(object.uid) : table.put(object));
  }

  /** How long to wait after a refusal. */
  function refused(kind: KubeKind, answer: Refused): number {
    if (answer.status === 401) tools.onRefusedLogin();
    if (answer.status === 404) kinds.forget(kind);
    return fail(answer.error, answer.retryAfterMs);
  }

  const trimmed: typeof trim = trim && ((value) => callBack(() => trim(value)));

  async function sleepUntil(atMs: number): Promise<void> {
    const waitMs = atMs - clock.nowMs();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  }

  async function round(step: Next["step"]): Promise<Next> {
    try {
      const kind = await kinds.find(query, signal);
      if (step === "list" || version === undefined || clock.nowMs() >= resyncAtMs) return await list(kind);
      return await watch(kind, version);
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      if (error.code === "EngineAuth") tools.onRefusedLogin();
      // What a watch has sent and could not be read is lost; a connection that broke is not: it goes on where it was.
      return { step: error.code === "EngineUnreachable" ? step : "list", waitMs: fail(error) };
    }
  }

  async function run(): Promise<void> {
    let next: Next = { step: "list", waitMs: 0 };
    while (!signal.aborted) {
      next = await round(next.step);
      if (next.waitMs > 0) await clock.sleep(next.waitMs, signal);
    }
  }

  return {
    state: () => ({ objects: table.objects, listedAtMs, heardAtMs, failure }),
    done: run().catch((error: unknown) => {
      if (error instanceof CallbackError) throw error.cause;
      if (!signal.aborted) throw error;
    }),
  };
}

/** What the caller's own code has thrown: no failure of the cluster. */
class CallbackError extends Error {}

function callBack<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new CallbackError("a callback has failed", { cause });
  }
}

/**
 * Is one version before the other? They are opaque in principle, but every server's are etcd's counter, and Kubernetes 1.35 says that
 * they may be compared (KEP-5504). Undefined or no numbers: no.
 */
function isOlder(version: string, than: string | undefined): boolean {
  if (than === undefined || !/^\d{1,20}$/.test(version) || !/^\d{1,20}$/.test(than)) return false;
  return BigInt(version) < BigInt(than);
}
