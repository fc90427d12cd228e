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
