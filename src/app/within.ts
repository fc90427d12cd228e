import { linkAbort } from "../linked-abort.ts";
import type { Clock } from "../ports/clock.ts";

export interface Within<L> {
  readonly clock: Pick<Clock, "sleep">;
  /** Missing: nobody calls it off. */
  readonly signal?: AbortSignal | undefined;
  /** What is answered, or thrown, when it takes longer. */
  readonly late: () => L;
}

/** Why nobody waits any longer: no error with a stack is made each time. */
const OVER = "over";

/**
 * What the work answers, or `late` after so many ms. The signal that it is given ends with that, and with the caller's; when the caller calls
 * it off, this rejects with the caller's reason.
 */
export async function within<T, L>(
  ms: number,
  work: (until: AbortSignal) => Promise<T>,
  { clock, signal, late }: Within<L>,
): Promise<T | L> {
  const until = linkAbort(signal);
  const timer = clock.sleep(ms, until.signal).then(late);
  try {
    return await Promise.race([work(until.signal), timer]);
  } finally {
    until.abort(OVER);
    await timer.catch(() => undefined);
  }
}
