/** Figures → readings: against a limit, and against what they were before the deploy. */
import type { Figure } from "./prometheus-answer.ts";
import { type HealthReading, readingOf } from "./reading.ts";

/** Healthy while the figure is below and above; at least one of them is there. */
export interface Limits {
  readonly below?: number;
  readonly above?: number;
}

/** Worse than before by more than this is bad. */
export interface Baseline {
  /** So many times what it was. 1.5: half as much again. */
  readonly factor: number;
  /** A difference up to this is noise, whatever the factor: 0 → 0.001 is infinitely more. */
  readonly noise: number;
  /** The higher the worse (errors, latency), or the lower the worse (success, throughput). */
  readonly worse: "higher" | "lower";
}

/** Which way a limit makes worse, `higher` when there are both. */
export function worseOf({ below, above }: Limits): Baseline["worse"] {
  return below === undefined && above !== undefined ? "lower" : "higher";
}

/** One figure against its limits. A figure at the limit is not healthy: it is not below it. */
export function judgeLimits(figure: Figure, { below, above }: Limits): HealthReading {
  if (figure.kind === "none") return readingOf("Unknown", figure.message);
  const { value } = figure;
  const more = { value, ...aimOf(below, above) };
  if (below !== undefined && !(value < below))
    return readingOf("Failed", `${show(value)} is not below ${show(below)}`, more);
  if (above !== undefined && !(value > above))
    return readingOf("Failed", `${show(value)} is not above ${show(above)}`, more);
  const limits = [
    below === undefined ? [] : `below ${show(below)}`,
    above === undefined ? [] : `above ${show(above)}`,
  ].flat();
  return readingOf("Current", [show(value), ...limits].join(", "), more);
}

/** Between two limits no way is the better one. */
function aimOf(below: number | undefined, above: number | undefined): Pick<HealthReading, "better" | "limit"> {
  if (below !== undefined && above !== undefined) return {};
  if (below !== undefined) return { better: "lower", limit: below };
  return above === undefined ? {} : { better: "higher", limit: above };
}

/**
 * One figure against what it was before the revision came. Without one of them it cannot tell; where the earlier figure is below zero, nor can it.
 */
export function judgeBaseline(now: Figure, before: Figure, { factor, noise, worse }: Baseline): HealthReading {
  if (now.kind === "none") return readingOf("Unknown", now.message);
  if (before.kind === "none") return readingOf("Unknown", `before the deploy: ${before.message}`);
  const { value } = now;
  if (before.value < 0 || value < 0)
    return readingOf("Unknown", "figures below zero cannot be compared by a factor", { value });
  const limit =
    worse === "higher"
      ? Math.max(before.value * factor, before.value + noise)
      : Math.min(before.value / factor, before.value - noise);
  const bad = worse === "higher" ? value > limit : value < limit;
  const compared = `${show(value)}, before the deploy ${show(before.value)}`;
  return readingOf(bad ? "Failed" : "Current", bad ? `${compared}: worse than ${show(limit)}` : compared, {
    value,
    better: worse === "higher" ? "lower" : "higher",
  });
}

/** Both have to be well; the worse word counts, and Unknown before Current. */
export function bothReadings(one: HealthReading, other: HealthReading): HealthReading {
  const rank = ({ status }: HealthReading): number => (status === "Failed" ? 2 : status === "Current" ? 0 : 1);
  return rank(other) > rank(one) ? other : one;
}

function show(value: number): string {
  return String(Number(value.toPrecision(4)));
}
