import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";

/** A longer wait is not worth holding a command for. */
const PATIENCE_SECONDS = 300;
const LIMIT_RETRIES = 2;

/** After a limit: waits, twice as long each time, and answers whether to try once more. */
export async function waitForLimit(
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  seconds: number,
  retryCount: number,
): Promise<boolean> {
  const waitSeconds = seconds * 2 ** retryCount;
  if (retryCount >= LIMIT_RETRIES || waitSeconds > PATIENCE_SECONDS) return false;
  log.waiting(`GitHub limits requests: trying again in ${waitSeconds}s`);
  await clock.sleep(waitSeconds * 1000);
  return true;
}
