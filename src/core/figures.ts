/** What metrics say of a target while it is well: kept with its checkpoint, so that a revert can be held against it. */
import type { HealthReading } from "./health/reading.ts";
import { isObject } from "./model/json.ts";
import { isText } from "./model/record-field.ts";
import type { Figure } from "./verification.ts";

/** A figure as it was at one moment. */
export interface FigureSample extends Figure {
  /** When it was asked for, epoch ms. */
  readonly atMs: number;
}

/** A record holds no more: its line has to stay short. */
const MOST_FIGURES = 32;
const LONGEST_SOURCE = 512;

/** The figure in a reading; undefined when it has none, or does not say which way is better. */
export function figureOf(source: string, { value, better, limit }: HealthReading): Figure | undefined {
  if (value === undefined || better === undefined || !Number.isFinite(value)) return undefined;
  return { source, value, better, ...(limit === undefined || !Number.isFinite(limit) ? {} : { limit }) };
}

/** One figure for each source: the median of what was seen since `fromMs`, under what is allowed now. In the order of the sources. */
export function usualFigures(samples: readonly FigureSample[], fromMs: number): readonly Figure[] {
  const bySource = new Map<string, FigureSample[]>();
  for (const sample of samples) {
    if (sample.atMs < fromMs) continue;
    const own = bySource.get(sample.source);
    if (own === undefined) bySource.set(sample.source, [sample]);
    else own.push(sample);
  }
  return [...bySource.values()].flatMap((own) => {
    const newest = own.at(-1);
    if (newest === undefined) return [];
    const { atMs: _, ...figure } = newest;
    return [{ ...figure, value: median(own.map(({ value }) => value)) }];
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return low + (high - low) / 2;
}

/** As many as a record holds. */
export function recordedFigures(figures: readonly Figure[]): readonly Figure[] {
  return figures.filter(isFigure).slice(0, MOST_FIGURES);
}

/** The figures of a ledger record, with exactly the fields we know; undefined when they are not sound. */
export function parseFigures(value: unknown): readonly Figure[] | undefined {
  if (!Array.isArray(value) || value.length > MOST_FIGURES || !value.every(isFigure)) return undefined;
  return value.map(({ source, value: is, better, limit }) => ({
    source,
    value: is,
    better,
    ...(limit === undefined ? {} : { limit }),
  }));
}

function isFigure(value: unknown): value is Figure {
  if (!isObject(value)) return false;
  const { source, value: is, better, limit } = value;
  return (
    isText(source) &&
    source !== "" &&
    source.length <= LONGEST_SOURCE &&
    isNumber(is) &&
    (better === "lower" || better === "higher") &&
    (limit === undefined || isNumber(limit))
  );
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
