/**
 * How fast an error budget burns: multi-window, multi-burn-rate alerts as in Google's SRE Workbook, chapter 5, "Alerting on SLOs". A pair
 * of windows fires when both burn faster than its rate: the long one says that it matters, the short one that it still goes on.
 */
import type { Figure } from "./prometheus-answer.ts";
import { type HealthReading, readingOf } from "./reading.ts";

export interface BurnWindow {
  readonly longMs: number;
  readonly shortMs: number;
  /** So many times faster than the budget lasts for its period. */
  readonly rate: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The two that page (2 % of a 30-day budget in an hour, 5 % in six); slower burns are a matter for people. */
export const BURN_WINDOWS: readonly BurnWindow[] = [
  { longMs: HOUR, shortMs: 5 * MINUTE, rate: 14.4 },
  { longMs: 6 * HOUR, shortMs: 30 * MINUTE, rate: 6 },
];

/** All windows that have to be measured, shortest first. */
export function windowsOf(pairs: readonly BurnWindow[]): readonly number[] {
  return [...new Set(pairs.flatMap(({ longMs, shortMs }) => [longMs, shortMs]))].sort((a, b) => a - b);
}

/**
 * `objective`: what share is to be well, in percent (99.9). `ratioOf`: the share of errors in a window, 0..1. `Failed` when a pair fires;
 * `Current` when all pairs were measured and none does; else `Unknown`. A ratio outside of 0..1 is no ratio.
 */
export function judgeBurn(
  objective: number,
  pairs: readonly BurnWindow[],
  ratioOf: (windowMs: number) => Figure,
): HealthReading {
  const budget = 1 - objective / 100;
  if (!(budget > 0 && budget < 1))
    return readingOf("Unknown", `an objective of ${objective} % leaves no budget to burn`);
  const measured = pairs.map((pair) => ({
    pair,
    long: burnOf(ratioOf(pair.longMs), budget),
    short: burnOf(ratioOf(pair.shortMs), budget),
  }));
  const aim = { better: "lower" as const, limit: Math.min(...pairs.map(({ rate }) => rate)) };
  const firing = measured.find(({ pair, long, short }) => isOver(long, pair.rate) && isOver(short, pair.rate));
  if (firing !== undefined && typeof firing.short === "number") {
    const { pair, short, long } = firing;
    const message = `the error budget burns ${show(short)} times too fast over ${nameOf(pair.shortMs)} and ${show(Number(long))} over ${nameOf(pair.longMs)}, limit ${pair.rate}`;
    return readingOf("Failed", message, { value: short, coversMs: pair.shortMs, ...aim });
  }
  const missing = measured.flatMap(({ long, short }) => [long, short]).find((burn) => typeof burn === "string");
  if (typeof missing === "string") return readingOf("Unknown", missing);
  const highest = Math.max(0, ...measured.map(({ short }) => Number(short)));
  return readingOf("Current", `the error budget burns ${show(highest)} times as fast as it may`, {
    value: highest,
    ...aim,
  });
}

/** How many times too fast; a sentence when it cannot be told. */
function burnOf(ratio: Figure, budget: number): number | string {
  if (ratio.kind === "none") return ratio.message;
  if (ratio.value < 0 || ratio.value > 1) return `gives ${ratio.value}, which is no share of errors`;
  return ratio.value / budget;
}

function isOver(burn: number | string, rate: number): boolean {
  return typeof burn === "number" && burn > rate;
}

function show(burn: number): string {
  return String(Number(burn.toPrecision(3)));
}

/** As PromQL writes it: `5m`, `6h`. */
export function nameOf(windowMs: number): string {
  if (windowMs % HOUR === 0) return `${windowMs / HOUR}h`;
  return windowMs % MINUTE === 0 ? `${windowMs / MINUTE}m` : `${windowMs / 1000}s`;
}
