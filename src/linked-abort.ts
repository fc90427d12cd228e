import { setMaxListeners } from "node:events";

/**
 * A controller that is also aborted by the first of its sources, for their reason. Once aborted, it is held by none of them: what is begun
 * again and again below a signal that lives long has to end with `abort`, or with a source that surely ends, as a timeout does. (`AbortSignal.any` of Node 20 leaves some 60 bytes behind at its
 * sources for every signal that it makes, for as long as they live: gigabytes in a daemon that asks 10,000 sources for a week.)
 */
export function linkAbort(...sources: readonly (AbortSignal | undefined)[]): AbortController {
  const own = new AbortController();
  for (const source of sources) {
    if (source?.aborted === true) {
      own.abort(source.reason);
      break;
    }
    if (source === undefined) continue;
    const follow = (): void => own.abort(source.reason);
    // As many as work below it: no leak, which Node would warn of from the eleventh on.
    setMaxListeners(0, source);
    source.addEventListener("abort", follow, { once: true });
    own.signal.addEventListener("abort", () => source.removeEventListener("abort", follow), { once: true });
  }
  return own;
}
