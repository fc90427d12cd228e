/** Freeze windows of a policy: which of them are open now. */
import { type Cron, nextCron, parseCron } from "../model/cron.ts";
import type { Mode } from "../model/mode.ts";
import { formatDuration, zoneOffsetMs } from "../model/time.ts";
import type { FreezeFact } from "./facts.ts";

/** `Freeze` of src/config fits as it is. */
export interface FreezeWindow {
  readonly cron: string;
  readonly forMs: number;
  /** IANA name. */
  readonly timezone: string;
  readonly mode: Mode;
}

/** A window may begin again while it is open: so many beginnings are looked at. */
const MOST_BEGINNINGS = 10_000;

/** The windows that are open. One that cannot be read was meant to restrict: it is open, and nobody knows until when. */
export function openFreezes(windows: readonly FreezeWindow[], nowMs: number): readonly FreezeFact[] {
  return windows.flatMap((window) => {
    const { cron, forMs, timezone, mode } = window;
    const name = `${cron} for ${formatDuration(forMs)}`;
    const schedule = parseCron(cron);
    const offsetMs = zoneOffsetMs(timezone, nowMs);
    if (schedule === undefined || offsetMs === undefined) return [{ name, mode }];
    const begunMs = lastBeginning(schedule, { wallMs: nowMs + offsetMs, forMs });
    return begunMs === undefined ? [] : [{ name, mode, untilMs: epochOf(begunMs + forMs, timezone, offsetMs) }];
  });
}

/** On the wall clock of the place: the last beginning whose window is still open. */
function lastBeginning(
  cron: Cron,
  { wallMs, forMs }: { readonly wallMs: number; readonly forMs: number },
): number | undefined {
  let last: number | undefined;
  let next = nextCron(cron, wallMs - forMs);
  for (let count = 0; next !== undefined && next <= wallMs && count < MOST_BEGINNINGS; count += 1) {
    last = next;
    next = nextCron(cron, next);
  }
  return last;
}

/** Clocks may be set between now and then. */
function epochOf(wallMs: number, timezone: string, offsetMs: number): number {
  const guessMs = wallMs - offsetMs;
  return wallMs - (zoneOffsetMs(timezone, guessMs) ?? offsetMs);
}
