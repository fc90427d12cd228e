/**
 * Tells everybody who wants to hear it, each in the order in which things happened. Decisions never wait for it: what somebody does not
 * take now is told later, by the same key, so that whoever listens can tell a repetition.
 */
import type { Notification } from "../core/notification/notification.ts";
import { CODES, LastgoodError } from "../errors.ts";
import { linkAbort } from "../linked-abort.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Notifier } from "../ports/notifier.ts";
import { within } from "./within.ts";

/** One try of one of them. Longer, and it counts as failed. */
const TIMEOUT_MS = 10_000;
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 600_000;
/** What nobody could be told for so long is no news any more. */
const OLDEST_MS = 86_400_000;
/** What waits for one of them at most; then the oldest goes. */
const MOST_WAITING = 500;
/** Keys that are remembered, so that a transition that is recorded twice is told once. */
const MOST_REMEMBERED = 10_000;

/** `dropped`: given up, it was never taken. */
export type NotifyResult = "sent" | "failed" | "dropped";

export interface NotifyOptions {
  readonly notifiers: readonly Notifier[];
  readonly clock: Clock;
  readonly log: Log;
  /** For metrics: called after each try. */
  readonly count?: (notifier: string, result: NotifyResult) => void;
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal;
  /** What outlives these notifiers: who was told by others before is not told again. */
  readonly memory?: ToldMemory;
}

/** By key: how many have not taken it yet. */
export type ToldMemory = Map<string, number>;

export interface People {
  /** Returns at once, never throws. The same key is told once to each. */
  readonly notify: (notification: Notification) => void;
  /** `waiting`: somebody has not taken it yet. Undefined: nothing is known of it; nobody was told, or it is long ago. */
  readonly toldOf: (key: string) => "waiting" | "told" | undefined;
  /** How many messages wait for somebody. */
  readonly waiting: () => number;
  /** For an orderly end: resolves when nothing waits any more, or after so long; what waits then is given up. */
  readonly settled: (withinMs: number) => Promise<void>;
}

interface Line {
  readonly notifier: Notifier;
  readonly queue: Notification[];
  readonly told: ToldMemory;
  /** The walk along the queue; missing: nothing waits. */
  walk?: Promise<void>;
}

/** The way to the people. */
export function createPeople(asked: NotifyOptions): People {
  const { clock, log, count } = asked;
  const over = linkAbort(asked.signal);
  const { signal } = over;
  const options: NotifyOptions = { ...asked, signal };
  const told: ToldMemory = asked.memory ?? new Map();
  const lines: readonly Line[] = options.notifiers.map((notifier) => ({ notifier, queue: [], told }));
  return {
    notify(notification) {
      const { event, key } = notification;
      if (told.has(key)) return;
      const asking = lines.filter(({ notifier }) => notifier.on.has(event));
      told.set(key, asking.length);
      if (told.size > MOST_REMEMBERED) told.delete(told.keys().next().value ?? "");
      for (const line of asking) enqueue(line, notification, options);
    },
    toldOf(key) {
      const missing = told.get(key);
      return missing === undefined ? undefined : missing === 0 ? "told" : "waiting";
    },
    waiting: () => lines.reduce((sum, { queue }) => sum + queue.length, 0),
    async settled(withinMs) {
      const done = linkAbort(signal);
      const late = clock.sleep(withinMs, done.signal).then(
        () => over.abort(),
        () => undefined,
      );
      for (let walks = walksOf(lines); walks.length > 0; walks = walksOf(lines)) await Promise.all(walks);
      done.abort();
      await late;
      for (const { notifier, queue } of lines) {
        if (queue.length > 0) log.warn(`${notifier.name} was not told of ${queue.length} things: it does not listen`);
        for (const { key } of queue.splice(0)) {
          told.delete(key); // Who comes next may still tell it.
          count?.(notifier.name, "dropped");
        }
      }
    },
  };
}

function walksOf(lines: readonly Line[]): readonly Promise<void>[] {
  return lines.flatMap(({ walk }) => walk ?? []);
}

/** One of those who wanted to hear it has taken it, or it was given up. */
function settle({ told }: Line, { key }: Notification): void {
  const missing = told.get(key);
  if (missing !== undefined) told.set(key, Math.max(0, missing - 1));
}

function enqueue(line: Line, notification: Notification, options: NotifyOptions): void {
  const { notifier, queue } = line;
  queue.push(notification);
  if (queue.length > MOST_WAITING) {
    // The first is being told right now.
    for (const oldest of queue.splice(1, 1)) settle(line, oldest);
    options.count?.(notifier.name, "dropped");
    options.log.warn(`${notifier.name} has not taken ${MOST_WAITING} messages: the oldest is given up`);
  }
  line.walk ??= walk(line, options).finally(() => delete line.walk);
}

/** One after the other: an end must not arrive before its beginning. */
async function walk(line: Line, options: NotifyOptions): Promise<void> {
  const { notifier, queue } = line;
  const { clock, log, count, signal } = options;
  let waitMs = FIRST_WAIT_MS;
  for (let next = queue[0]; next !== undefined; next = queue[0]) {
    if (isCalledOff(options)) return;
    const failure = await tell(notifier, next, options);
    if (failure === undefined) {
      count?.(notifier.name, "sent");
      waitMs = FIRST_WAIT_MS;
      queue.shift();
      settle(line, next);
      continue;
    }
    // What was called off was not refused.
    if (isCalledOff(options)) return;
    const isOver = !isPassing(failure) || clock.nowMs() - next.atMs >= OLDEST_MS;
    count?.(notifier.name, isOver ? "dropped" : "failed");
    if (isOver) {
      log.warn(`${notifier.name} was not told of ${next.event} of ${next.target}: ${failure.message}`);
      queue.shift();
      settle(line, next);
      continue;
    }
    if (waitMs === FIRST_WAIT_MS)
      log.warn(`${notifier.name} cannot be told now, and will be later: ${failure.message}`);
    if (!(await slept(waitMs, clock, signal))) return;
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
}

function isCalledOff({ signal }: Pick<NotifyOptions, "signal">): boolean {
  return signal?.aborted === true;
}

/** What kept it from being told, or undefined. */
async function tell(
  notifier: Notifier,
  notification: Notification,
  { clock, signal }: NotifyOptions,
): Promise<LastgoodError | undefined> {
  const send = async (until: AbortSignal): Promise<undefined> => {
    await notifier.notify(notification, until);
  };
  const late = (): LastgoodError => new LastgoodError("NotifyUnreachable", `no answer for ${TIMEOUT_MS / 1000}s`);
  try {
    return await within(TIMEOUT_MS, send, { clock, signal, late });
  } catch (error) {
    // A fault of ours in one of them must not keep it from the others, nor from what comes next.
    return error instanceof LastgoodError ? error : new LastgoodError("Internal", String(error));
  }
}

function isPassing({ code }: LastgoodError): boolean {
  return CODES[code].retry === "transient";
}

/** False: it was called off. */
async function slept(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch {
    return false;
  }
}
