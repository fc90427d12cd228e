import parseGoDuration from "parse-duration";

/** `7d`, `36h`, `10m`, `1h30m`: whole numbers, units in falling order, each at most once. parse-duration alone reads nonsense too. */
export const DURATION_PATTERN: RegExp = /^(?=\d)(?:\d{1,6}d)?(?:\d{1,6}h)?(?:\d{1,6}m)?(?:\d{1,6}s)?$/;

/** Longer waits are typing errors. */
const LONGEST_MS = 366 * 86_400_000;

/** Milliseconds of a duration as written in a config; undefined for anything else, and for nothing at all (`0s`). */
export function parseDuration(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined;
  const ms = parseGoDuration(text);
  return ms === null || !(ms > 0) || ms > LONGEST_MS ? undefined : ms;
}

/** Why `parseDuration` refused it, for people; undefined when it did not. */
export function durationFault(text: string): string | undefined {
  if (!DURATION_PATTERN.test(text)) return "is not a duration: write it like 10m, 36h, 7d or 1h30m";
  const ms = parseGoDuration(text);
  if (ms === null || !(ms > 0)) return "is no time at all: a duration here is longer than zero";
  return ms > LONGEST_MS ? "is longer than a year" : undefined;
}

/** As `parseDuration`, of what the schema found sound. Throws a plain Error (a bug) for anything else. */
export function requireDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`the schema let "${text}" pass as a duration`);
  return ms;
}

/** What a source says counts for two of its intervals: nobody knows better for so long. */
const LONGEST_INTERVAL_MS = 600_000;

/** As `durationFault`, for how often a health source is asked. */
export function intervalFault(text: string): string | undefined {
  const fault = durationFault(text);
  if (fault !== undefined) return fault;
  const ms = parseDuration(text) ?? 0;
  return ms > LONGEST_INTERVAL_MS ? "is longer than 10m: what was seen so long ago says little" : undefined;
}
