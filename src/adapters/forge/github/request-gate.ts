import { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import type { RateLimit } from "./rate-limit.ts";

export interface RequestGateOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Between the beginnings of two writes; GitHub asks for a second. 0: a server of our own. */
  readonly writeSpacingMs: number;
  /** A longer wait ends in `ForgeRateLimit` instead. Default 5 min: longer is not worth holding a command for. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * What all requests of one token (an App: one installation) go through. While GitHub limits them none is sent, whoever asks;
 * writes go one after the other.
 */
export interface RequestGate {
  /**
   * Sends when it may. `limitOf` reads what came of it: a limited request is sent again after the wait, twice at most; then what came
   * last is what the caller gets. Throws `ForgeRateLimit` when the wait would be too long to begin with.
   */
  send<T>(request: GatedRequest<T>): Promise<T>;
}

export interface GatedRequest<T> {
  readonly write: boolean;
  readonly send: () => Promise<T>;
  readonly limitOf: (outcome: Outcome<T>) => RateLimit | undefined;
}

export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

const PATIENCE_MS = 300_000;
const RETRIES = 2;
/** "Wait for at least one minute … then an exponentially increasing amount of time" (docs.github.com, "Best practices"). */
const UNSAID_MS = 60_000;
const LONGEST_UNSAID_MS = 3_600_000;

/** docs.github.com, "Best practices for using the REST API": at least one second between writes. */
const WRITE_SPACING_MS = 1000;

/** A gate for everything that is sent with one token. `paced`: false for a server of our own. */
export function gateFor(facts: Omit<RequestGateOptions, "writeSpacingMs"> & { readonly paced: boolean }): RequestGate {
  return createRequestGate({ ...facts, writeSpacingMs: facts.paced ? WRITE_SPACING_MS : 0 });
}

export function createRequestGate(options: RequestGateOptions): RequestGate {
  const { clock, log, writeSpacingMs, patienceMs = PATIENCE_MS, signal } = options;
  let openAtMs = Number.NEGATIVE_INFINITY;
  let writeAtMs = Number.NEGATIVE_INFINITY;
  /** The end of the wait that was told: once, whoever runs into it. */
  let told = openAtMs;
  let unsaid = 0;
  let lastWrite: Promise<unknown> = Promise.resolve();

  async function pass(write: boolean): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const nowMs = clock.nowMs();
      if (openAtMs - nowMs > patienceMs) throw tooLong(openAtMs);
      const waitMs = Math.max(openAtMs, write ? writeAtMs : openAtMs) - nowMs;
      if (!(waitMs > 0)) break;
      if (openAtMs > nowMs && told !== openAtMs) {
        told = openAtMs;
        log.waiting(`GitHub limits requests: trying again in ${Math.ceil(waitMs / 1000)}s`);
      }
      await clock.sleep(waitMs, signal);
    }
    if (write) writeAtMs = clock.nowMs() + writeSpacingMs;
  }

  /** Nothing goes out for so long. Is that worth waiting for? */
  function close(limit: RateLimit): boolean {
    const nowMs = clock.nowMs();
    const waitMs = limit.waitMs ?? Math.min(UNSAID_MS * 2 ** unsaid, LONGEST_UNSAID_MS);
    if (limit.waitMs === undefined) unsaid += 1;
    openAtMs = Math.max(openAtMs, nowMs + waitMs);
    return openAtMs - nowMs <= patienceMs;
  }

  async function sendWithin<T>({ write, send, limitOf }: GatedRequest<T>): Promise<T> {
    for (let retries = 0; ; retries += 1) {
      await pass(write);
      const outcome = await settle(send);
      const limit = limitOf(outcome);
      if (limit === undefined) {
        unsaid = 0;
        return unwrap(outcome);
      }
      const worthIt = close(limit);
      if (retries >= RETRIES || !worthIt) return unwrap(outcome);
    }
  }

  return {
    async send(request) {
      if (!request.write) return sendWithin(request);
      const turn = lastWrite.then(async () => sendWithin(request));
      lastWrite = turn.catch(() => undefined);
      return turn;
    },
  };
}

async function settle<T>(send: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await send() };
  } catch (error) {
    return { error };
  }
}

function unwrap<T>(outcome: Outcome<T>): T {
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

function tooLong(openAtMs: number): LastgoodError {
  const until = new Date(openAtMs).toISOString().slice(0, 19);
  return new LastgoodError("ForgeRateLimit", `GitHub limits requests until ${until}Z`, {
    hint: "Nothing is sent before that: try again then.",
  });
}
