/** Times in core are epoch milliseconds, handed in. This file alone may use Date, to print and parse them. */

/** `2026-08-22T13:46:40Z` */
export function toIso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** Epoch ms of an RFC 3339 time; undefined for anything else. */
export function fromIso(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** `46h`, `4d`, `6m`, `40s`: one unit, as kubectl shows ages. Hours run to 48, days from there. */
export function formatDuration(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size * (size === 86_400_000 ? 2 : 1)) ?? ["s", 1000];
  return `${Math.max(0, Math.floor(ms / size))}${unit}`;
}

/** The day of the calendar at UTC: `month` from 1, `weekday` 0 is Sunday. */
export function calendarDay(ms: number): { readonly month: number; readonly day: number; readonly weekday: number } {
  const date = new Date(ms);
  return { month: date.getUTCMonth() + 1, day: date.getUTCDate(), weekday: date.getUTCDay() };
}

const ZONES = new Map<string, Intl.DateTimeFormat | undefined>();

/** How far the clocks of an IANA time zone are ahead of UTC at a moment, in ms; undefined for a name that is no time zone. */
export function zoneOffsetMs(zone: string, ms: number): number | undefined {
  const format = zoneFormat(zone);
  if (format === undefined) return undefined;
  const text = format.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "";
  // "GMT", "GMT+02:00"; of old times also "GMT+00:53:28".
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
  return (sign === "-" ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

/** To make one takes a hundred times as long as to use it. There are some 600 names; whatever else is asked for is not kept. */
function zoneFormat(zone: string): Intl.DateTimeFormat | undefined {
  const known = ZONES.get(zone);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    ZONES.set(zone, format);
    return format;
  } catch {
    return undefined;
  }
}
