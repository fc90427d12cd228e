/** This machine's clock against those of the servers that were asked anyway, and its time zones. */
import { judgeClock, judgeZones, type ServerTime } from "../../core/doctor/judge-clock.ts";
import type { Check } from "./run-checks.ts";

/** What answers with a time; undefined when it did not. */
export type TimeSource = () => Promise<ServerTime | undefined>;

/** `zones`: IANA names that the configuration uses. */
export function clockChecks(sources: readonly TimeSource[], zones: readonly string[]): readonly Check[] {
  return [
    {
      name: "Clock",
      doing: "comparing clocks",
      timeoutMs: 60_000,
      run: async () => {
        const times = await Promise.all(sources.map(async (ask) => ask().catch(() => undefined)));
        return judgeClock(times.filter((time) => time !== undefined));
      },
    },
    {
      name: "TimeZones",
      doing: "looking for time zones",
      run: async () => judgeZones([...new Set(zones)].map((zone) => ({ zone, known: isKnown(zone) }))),
    },
  ];
}

/** A Node without ICU data knows UTC alone. */
function isKnown(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
