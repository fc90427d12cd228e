/**
 * List, then watch, for as long as it takes. What holds, whatever the connection does:
 * - The state is that of the last whole list and of every event since; a list that did not come whole changes nothing.
 * - Every end and every error of a watch starts another; whatever cannot be trusted is answered by a new list; a new list comes anyway
 *   once per resync. No more than one list in 5 s is begun per kind.
 * - Objects are told apart by uid, and versions by resourceVersion: nothing is told twice.
 */
import { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { FollowedKind, FollowOptions, KindQuery } from "../../../ports/cluster.ts";
import { CallbackError, createFollowedState } from "./followed-state.ts";
import type { KubeAnswer } from "./kube-answer.ts";
import type { KubeKind, KubeKinds } from "./kube-kinds.ts";
import type { KubeTransport } from "./kube-transport.ts";
import { describeList, listKind } from "./list-kind.ts";
import { toLiveObject } from "./live-object.ts";
import { createBackoff, withJitter } from "./pace.ts";
import { watchKind, type WatchEnd } from "./watch-kind.ts";

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
interface Next {
  readonly step: "list" | "watch";
  readonly waitMs: number;
}

/** Servers choose 30 to 60 minutes (--min-request-timeout); proxies cut sooner, often after five. */
const WATCH_SECONDS = 290;
/** A watch that has lived so long was none of a row of failures, even if nothing has happened in it. */
const LONG_LIFE_MS = 10_000;

/** Follows a kind until the signal ends it. */
export function followKind(tools: FollowTools, query: KindQuery, options: FollowOptions): FollowedKind {
  const { signal } = options;
  const state = createFollowedState(tools.clock, options);
  const steps = createSteps(tools, query, { state, signal });

  async function run(): Promise<void> {
    let next: Next = { step: "list", waitMs: 0 };
    while (!signal.aborted) {
      next = await steps(next.step);
      if (next.waitMs > 0) await tools.clock.sleep(next.waitMs, signal);
    }
  }

  return {
    state: state.read,
    done: run().catch((error: unknown) => {
      if (error instanceof CallbackError) throw error.cause;
      if (!signal.aborted) throw error;
    }),
  };
}

interface Followed {
  readonly state: ReturnType<typeof createFollowedState>;
  readonly signal: AbortSignal;
}

/** One step at a time: a list, or a watch until it ends. */
function createSteps(
  tools: FollowTools,
  query: KindQuery,
  { state, signal }: Followed,
): (step: Next["step"]) => Promise<Next> {
  const { clock, random, pace, transport, kinds } = tools;
  const backoff = createBackoff(random);
  let nextListAtMs = Number.NEGATIVE_INFINITY;
  let resyncAtMs = Number.NEGATIVE_INFINITY;
  let onePage = false;

  /** How long to wait after it. */
  function fail(error: LastgoodError): number {
    state.fail(error);
    return backoff.nextMs();
  }

  function refused(kind: KubeKind, { status, error, retryAfterMs = 0 }: Refused): number {
    if (status === 401) tools.onRefusedLogin();
    if (status === 404) kinds.forget(kind);
    return Math.max(fail(error), retryAfterMs);
  }

  async function list(kind: KubeKind): Promise<Next> {
    const waitMs = nextListAtMs - clock.nowMs();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    const askedAtMs = clock.nowMs();
    nextListAtMs = askedAtMs + withJitter(pace.listSpacingMs, random);
    const pageSize = onePage ? 0 : pace.pageSize;
    const result = await listKind(transport, { kind, query, trim: state.trim, signal, pageSize });
    if (result.kind === "failed") return { step: "list", waitMs: refused(kind, result.answer) };
    // As client-go's pager does: what expires between pages is asked for in one.
    onePage = result.kind === "expired";
    if (result.kind === "expired") return { step: "list", waitMs: 0 };
    if (!state.take(result.list, askedAtMs)) {
      const text = `cannot ${describeList(kind, query)}: the list is older than what was seen before`;
      return { step: "list", waitMs: fail(new LastgoodError("EngineAnswer", text)) };
    }
    resyncAtMs = askedAtMs + withJitter(pace.resyncMs, random);
    return { step: "watch", waitMs: 0 };
  }

  async function watch(kind: KubeKind, resourceVersion: string): Promise<Next> {
    const startMs = clock.nowMs();
    try {
      const end = await watchKind(transport, {
        kind,
        query,
        resourceVersion,
        timeoutSeconds: WATCH_SECONDS + Math.floor(random() * 60),
        idleMs: pace.idleMs,
        dueAtMs: resyncAtMs,
        signal,
        onHeard: state.heard,
        onEvent(event, version) {
          backoff.reset();
          if (event.type === "BOOKMARK") return state.moveOn(version);
          const live = toLiveObject(event.object, kind, state.trim);
          state.moveOn(version, { live, isGone: event.type === "DELETED" });
        },
      });
      return after(end, kind);
    } finally {
      if (clock.nowMs() - startMs >= LONG_LIFE_MS) backoff.reset();
    }
  }

  function after(end: WatchEnd, kind: KubeKind): Next {
    switch (end.kind) {
      case "due":
      case "lost":
        return { step: "list", waitMs: 0 };
      case "closed":
        return { step: "watch", waitMs: backoff.nextMs() };
      case "silent": {
        const text = `cannot ${describeList(kind, query, "watch")}: nothing was heard for ${pace.idleMs / 1000}s`;
        return { step: "watch", waitMs: fail(new LastgoodError("EngineUnreachable", text)) };
      }
      case "failed":
        return { step: end.answer.status === 404 ? "list" : "watch", waitMs: refused(kind, end.answer) };
    }
  }

  return async (step) => {
    try {
      const kind = await kinds.find(query, signal);
      const version = state.version();
      const isDue = version === undefined || clock.nowMs() >= resyncAtMs;
      return step === "list" || isDue ? await list(kind) : await watch(kind, version);
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      if (error.code === "EngineAuth") tools.onRefusedLogin();
      // What a watch has sent and could not be read is lost; a connection that broke is not: it goes on where it was.
      return { step: error.code === "EngineUnreachable" ? step : "list", waitMs: fail(error) };
    }
  };
}
