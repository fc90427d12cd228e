import { formatDuration, toIso } from "../../../core/model/time.ts";

/** When something happened: `2d ago` for people, RFC 3339 on a pipe. A time to come reads `in 3m`. Epoch ms. */
export function formatAge(atMs: number, nowMs: number, tty: boolean): string {
  if (!tty) return toIso(atMs);
  return atMs > nowMs ? `in ${formatDuration(atMs - nowMs)}` : `${formatDuration(nowMs - atMs)} ago`;
}

/** How long something took: `46h` for people, seconds on a pipe. */
export function formatSpan(ms: number, tty: boolean): string {
  return tty ? formatDuration(ms) : `${Math.floor(ms / 1000)}s`;
}
