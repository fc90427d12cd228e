/**
 * Looks again and again, until it is told to stop: engines are followed, health sources are asked each at its own pace, and a round puts
 * together what is known by then. A round looks at what is, never at what has changed, so nothing is lost when a change is.
 */
import { linkAbort } from "../linked-abort.ts";
import { type HealthReading, readingOf } from "../core/health/reading.ts";
import type { Clock } from "../ports/clock.ts";
import type { Engine, EngineView } from "../ports/engine.ts";
import type { HealthContext, HealthSource } from "../ports/health.ts";
import type { LookedAtEngine } from "./discover-targets.ts";
import type { ObservedTarget, Observer, SeenReading, WatchedTarget } from "./observe-targets.ts";
import { within } from "./within.ts";

export interface WatchTargets {
  readonly engines: readonly { readonly engine: Engine; readonly selector?: string }[];
  /** All targets that there are, from what engines say now. Asked in every round: objects come and go, annotations change. */
  readonly discover: (engines: readonly LookedAtEngine[]) => Promise<readonly WatchedTarget[]>;
  readonly observer: Observer;
  /** Told after every round; the next one waits for it. */
  readonly onRound: (observed: readonly ObservedTarget[]) => Promise<void> | void;
  readonly signal: AbortSignal;
  /** A round comes at least so often; default 5 s. */
  readonly everyMs?: number;
}

const EVERY_MS = 5000;
/** What changes at the same time is looked at together. */
const SETTLE_MS = 200;

/** Watches until the signal ends it. Rejects only with what `discover`, `observer` or `onRound` throw. */
export async function watchTargets(request: WatchTargets, clock: Pick<Clock, "nowMs" | "sleep">): Promise<void> {
  const { engines, discover, observer, onRound, everyMs = EVERY_MS } = request;
  const own = linkAbort(request.signal);
  const { signal } = own;
  const bell = createBell();
  const followed = engines.map(({ engine, selector }) => {
    const following = engine.follow({ signal, onChange: bell.ring });
    return { name: engine.name, following, ...(selector === undefined ? {} : { selector }) };
  });
  const polls = createPolls(clock, signal);
  let recording: Promise<void> | undefined;
  try {
    while (!signal.aborted) {
      const looked = followed.map(({ following, ...rest }) => ({ ...rest, view: following.view() }));
      const watched = await discover(looked);
      const observed = await observer.observe(watched, { views: viewsOf(looked), readings: polls.take() });
      polls.keep(watched, observed);
      recording ??= observer.record(observed).finally(() => (recording = undefined));
      await onRound(observed);
      await quiet(bell.wait(clock, everyMs, signal), signal);
    }
  } finally {
    own.abort();
    await Promise.allSettled([...followed.map(({ following }) => following.done), polls.ended(), recording]);
  }
}

function viewsOf(looked: readonly LookedAtEngine[]): ReadonlyMap<string, EngineView> {
  return new Map(looked.map(({ name, view }) => [name, view]));
}

/** The end that was asked for is no failure. */
async function quiet(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await wait;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

interface Bell {
  ring: () => void;
  /** Until it rings, and a moment longer; no longer than `ms`. */
  wait(clock: Pick<Clock, "sleep">, ms: number, signal: AbortSignal): Promise<void>;
}

/** Why a sleep ends early: no error with a stack is made each time. */
const WOKEN = "woken";

function createBell(): Bell {
  let rung = false;
  let wake = (): void => undefined;
  return {
    ring: () => {
      rung = true;
      wake();
    },
    async wait(clock, ms, signal) {
      const woken = new AbortController();
      const end = (): void => woken.abort(WOKEN);
      wake = end;
      signal.addEventListener("abort", end, { once: true });
      if (!rung && !signal.aborted) await quiet(clock.sleep(ms, woken.signal), woken.signal);
      signal.removeEventListener("abort", end);
      if (rung && !signal.aborted) await clock.sleep(Math.min(SETTLE_MS, ms), signal);
      rung = false;
    },
  };
}

interface Polls {
  /** Asks the sources of these targets from now on, and no others; with what was observed of them. */
  keep(watched: readonly WatchedTarget[], observed: readonly ObservedTarget[]): void;
  /** What was heard since the last time. */
  take(): readonly SeenReading[];
  ended(): Promise<unknown>;
}

/** So many sources are asked at the same time. */
const LANES = 32;
/** A source answers within a few seconds; one that does not has said nothing. */
const LONGEST_MS = 15_000;

function createPolls(clock: Pick<Clock, "nowMs" | "sleep">, signal: AbortSignal): Polls {
  const running = new Map<string, { readonly source: HealthSource; readonly stop: AbortController }>();
  const loops = new Set<Promise<void>>();
  const gate = createGate(LANES);
  let heard: SeenReading[] = [];
  let contexts: ReadonlyMap<string, HealthContext> = new Map();

  async function poll(target: string, source: HealthSource, until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await gate.enter();
      try {
        if (until.aborted) return;
        const answer = await askSource(source, { clock, signal: until, context: contexts.get(target) });
        // What was heard before may have been taken meanwhile.
        heard.push({ target, source: source.name, ...answer });
      } finally {
        gate.leave();
      }
      await clock.sleep(source.intervalMs, until);
    }
  }

  return {
    keep(watched, observed) {
      contexts = new Map(observed.map((one) => [one.watched.target.name, contextOf(one)]));
      const wanted = new Map<string, { readonly target: string; readonly source: HealthSource }>(
        watched.flatMap(({ target, health }) =>
          health.map((source) => [`${target.name}\n${source.name}`, { target: target.name, source }] as const),
        ),
      );
      for (const [key, { stop }] of running) {
        if (wanted.has(key)) continue;
        stop.abort();
        running.delete(key);
      }
      for (const [key, { target, source }] of wanted) {
        if (running.has(key)) continue;
        const stop = linkAbort(signal);
        running.set(key, { source, stop });
        const loop = quiet(poll(target, source, stop.signal), stop.signal).finally(() => loops.delete(loop));
        loops.add(loop);
      }
    },
    take() {
      const taken = heard;
      heard = [];
      return taken;
    },
    ended: () => Promise.allSettled(loops),
  };
}

/** What a source may need to know about a target. */
function contextOf({ liveSinceMs }: Pick<ObservedTarget, "liveSinceMs">): HealthContext {
  return liveSinceMs === undefined ? {} : { liveSinceMs };
}

export interface Asking {
  readonly clock: Pick<Clock, "nowMs" | "sleep">;
  readonly signal: AbortSignal;
  /** Missing: nothing is known. */
  readonly context?: HealthContext | undefined;
}

/** Asks once. A source that takes too long, or breaks its promise never to throw, has told nothing; it never delays others. */
export async function askSource(
  source: HealthSource,
  { clock, signal, context = {} }: Asking,
): Promise<Pick<SeenReading, "askedAtMs" | "reading">> {
  const askedAtMs = clock.nowMs();
  const late = (): HealthReading => readingOf("Unknown", `no answer within ${LONGEST_MS / 1000}s`);
  try {
    const read = async (until: AbortSignal): Promise<HealthReading> => source.read(context, until);
    return { askedAtMs, reading: await within(LONGEST_MS, read, { clock, signal, late }) };
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : "it failed";
    return { askedAtMs, reading: readingOf("Unknown", `cannot be asked: ${why}`) };
  }
}

/** At most so many at once; the others wait in the order of their coming. */
function createGate(places: number): { enter(): Promise<void>; leave(): void } {
  let free = places;
  const waiting: (() => void)[] = [];
  return {
    async enter() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    leave() {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
}
