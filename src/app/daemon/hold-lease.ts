/**
 * Keeps a lease as long as it can be had: takes it, renews it, stands by while another replica holds it, gives it up at the end. Whatever
 * goes wrong, it is held for no longer than others were told.
 */
import {
  giveLease,
  LEASE,
  leftMs,
  type LeaseRecord,
  mayTake,
  newLease,
  type SeenLease,
  seeLease,
  takeLease,
} from "../../core/lease.ts";
import { escapeText, shorten } from "../../core/model/escape.ts";
import { LastgoodError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LeaseStore, StoredLease } from "../../ports/lease.ts";
import type { Log } from "../../ports/log.ts";

export interface HoldLease {
  readonly store: LeaseStore;
  /** Who we are: another one in each process there ever was. */
  readonly self: string;
  /** Told when we begin to lead, when we stand by, and when another one does lead. `holder`: empty when nobody does. */
  readonly onChange: (state: { readonly leading: boolean; readonly holder: string }) => void;
  readonly log: Pick<Log, "warn">;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
}

export type LeaseClock = Pick<Clock, "nowMs" | "monotonicMs" | "sleep">;

export interface HeldLease {
  /** For longer than an operation takes: something may be begun. */
  readonly held: () => boolean;
  /** It is ours, somebody else is at work, or it cannot be had. */
  readonly settled: Promise<void>;
  /** Gives it up, for the next one to take at once. Nothing of ours may be under way any more. Never throws for what the world does. */
  release(): Promise<void>;
}

/**
 * What is begun ends within this: GitHub ends every request after 10 s (docs.github.com/rest, "Troubleshooting"). A push that takes longer
 * rests on compare-and-swap, as everything does in the end.
 */
const OPERATION_MS = 15_000;
/** For one turn: to look, and to write. */
const TURN_MS = 5000;

/** Begins. */
export function holdLease({ store, self, onChange, log, random }: HoldLease, clock: LeaseClock): HeldLease {
  const stop = new AbortController();
  let seen: SeenLease | undefined;
  /** Since when there is none any more. */
  let goneAtMs: number | undefined;
  /** What a write has to name; undefined: look first. */
  let version: string | undefined;
  /** When our last renewal that has come through was sent. */
  let renewedAtMs: number | undefined;
  let leading = false;
  let told: string | undefined;
  let warned: string | undefined;
  let settle = (): void => undefined;
  const settled = new Promise<void>((resolve) => (settle = resolve));

  const left = (): number => leftMs(renewedAtMs, clock.monotonicMs());
  const at = (): string => new Date(clock.nowMs()).toISOString();

  function see({ record, version: found }: StoredLease): SeenLease {
    const before = seen;
    seen = seeLease(seen, record, clock.monotonicMs());
    goneAtMs = undefined;
    version = record.holder === self ? found : undefined;
    if (record.holder !== self) renewedAtMs = undefined;
    // Renewed under our eyes: its holder is alive.
    if (before !== undefined && before !== seen && record.holder !== "" && record.holder !== self) settle();
    return seen;
  }

  async function write(record: LeaseRecord, over: string | undefined, signal: AbortSignal): Promise<void> {
    const sentAtMs = clock.monotonicMs();
    const stored = await store.write(record, over, signal);
    seen = { record: stored.record, atMs: sentAtMs };
    // What a proxy or a webhook has made of it may not be ours.
    const isOurs = stored.record.holder === self;
    version = isOurs ? stored.version : undefined;
    renewedAtMs = isOurs ? sentAtMs : undefined;
  }

  /** Somebody else has written since, or taken it away: false. */
  async function renew(signal: AbortSignal): Promise<boolean> {
    if (version === undefined) return false;
    try {
      await write(takeLease(seen?.record, self, at()), version, signal);
      return true;
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      version = undefined;
      return false;
    }
  }

  async function turn(signal: AbortSignal): Promise<void> {
    if (await renew(signal)) return;
    const found = await store.read(signal);
    if (found === undefined) return make(signal);
    if (mayTake(see(found), self, clock.monotonicMs())) await take(found.version, signal);
  }

  async function take(over: string | undefined, signal: AbortSignal): Promise<void> {
    // Its end is told before its new beginning.
    if (leading) tell();
    await write(takeLease(seen?.record, self, at()), over, signal);
  }

  /** There is none. It is ours when it still was, or when nobody is known to have held it: client-go makes it at once, too. */
  async function make(signal: AbortSignal): Promise<void> {
    const isOurs = left() > 0;
    renewedAtMs = undefined;
    if (seen === undefined || isOurs) return take(undefined, signal);
    goneAtMs ??= clock.monotonicMs();
    // Its holder comes first.
    if (clock.monotonicMs() - goneAtMs < 2 * LEASE.retryMs) return;
    await write(newLease(seen.record, at()), undefined, signal);
  }

  function tell(): void {
    leading = left() > 0;
    const holder = seen?.record.holder ?? "";
    const state = `${leading ? "leading" : "standing by"} ${holder}`;
    if (leading) settle();
    if (state === told) return;
    told = state;
    onChange({ leading, holder: leading ? self : shorten(escapeText(holder === self ? "" : holder), 200) });
  }

  /** What fails is tried again; nobody is told twice of the same. */
  async function attempt(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await toldToEnd(TURN_MS, work);
      warned = undefined;
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
      version = undefined;
      // To have been overtaken in this very moment is no failure.
      if (error.code === "EngineConflict") return;
      settle();
      const message = `the lease ${store.name} cannot be kept: ${error.message}`;
      if (message !== warned) log.warn(message);
      warned = message;
    }
  }

  /** The signal comes when the time is up. What came in spite of it counts: it is waited for. */
  async function toldToEnd(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const [late, done] = [new AbortController(), new AbortController()];
    const why = new LastgoodError("EngineUnreachable", `no answer within ${ms / 1000}s`);
    const timer = clock.sleep(ms, done.signal).then(
      () => late.abort(why),
      () => undefined,
    );
    try {
      await work(late.signal);
    } finally {
      done.abort();
      await timer;
    }
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      await attempt(turn);
      tell();
      const jitterMs = left() > 0 ? 0 : (LEASE.retryMs * random()) / 5;
      await clock.sleep(LEASE.retryMs + jitterMs, stop.signal).catch(() => undefined);
    }
  }

  const running = run();

  return {
    held: () => left() > OPERATION_MS,
    settled,
    async release() {
      stop.abort();
      await running;
      const isOurs = seen?.record.holder === self;
      renewedAtMs = undefined;
      tell();
      if (!isOurs) return;
      await attempt(async (signal) => {
        const found = version === undefined ? await store.read(signal) : { record: seen?.record, version };
        if (found?.record?.holder !== self) return;
        await store.write(giveLease(found.record, at()), found.version, signal);
      });
    },
  };
}

/** Somebody else has written it, made it, or taken it away since. */
function isOvertaken(error: unknown): boolean {
  return error instanceof LastgoodError && (error.code === "EngineConflict" || error.code === "EngineNotFound");
}
