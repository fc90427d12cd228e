import { type BurnWindow, judgeBurn, nameOf, windowsOf } from "../../../core/health/burn-rate.ts";
import {
  type Baseline,
  bothReadings,
  judgeBaseline,
  judgeLimits,
  type Limits,
  worseOf,
} from "../../../core/health/figures.ts";
import { type Figure, readFigure } from "../../../core/health/prometheus-answer.ts";
import type { HealthReading } from "../../../core/health/reading.ts";
import type { HealthContext, HealthSource } from "../../../ports/health.ts";
import { requestSafely, RequestTrouble, type SafeWorld } from "../http/safe-request.ts";
import { authorize, type Server, TokenTrouble } from "../server.ts";

export interface FigureOptions {
  readonly name: string;
  /** PromQL that gives one number. */
  readonly query: string;
  readonly limits: Limits;
  /** Also compare with the same query, just before the revision came. */
  readonly baseline?: Omit<Baseline, "worse">;
  readonly intervalMs: number;
}

export interface BurnOptions {
  readonly name: string;
  /** PromQL that gives the share of errors, 0..1; `{window}` stands for the window: `rate(errors[{window}])`. */
  readonly query: string;
  /** In percent: 99.9. */
  readonly objective: number;
  readonly windows: readonly BurnWindow[];
  readonly intervalMs: number;
}

const MAX_BYTES = 1_048_576;
const MAX_DRIFT_MS = 60_000;
/** The baseline is taken so long before the revision was first seen: it may have been live for a poll by then. */
const BASELINE_MS = 300_000;

/**
 * One figure against its limits, and against what it was before the deploy. `server`: anything with Prometheus' HTTP API (Prometheus,
 * Thanos, Mimir, VictoriaMetrics), without `/api/v1/query`.
 */
export function createFigureSource(server: Server, options: FigureOptions, world: SafeWorld): HealthSource {
  const { name, query, limits, baseline, intervalMs } = options;
  const coversMs = longestRange(query);
  const covers = coversMs === 0 ? {} : { coversMs };
  return {
    name,
    intervalMs,
    async read(context, signal): Promise<HealthReading> {
      const asked = { server, world, signal };
      const now = await ask(query, asked);
      const reading = judgeLimits(now, limits);
      const beforeMs = baselineTime(context, coversMs);
      if (baseline === undefined || beforeMs === undefined) return { ...reading, ...covers };
      const before = await ask(query, { ...asked, atMs: beforeMs });
      return {
        ...bothReadings(reading, judgeBaseline(now, before, { ...baseline, worse: worseOf(limits) })),
        ...covers,
      };
    },
  };
}

/** How fast an error budget burns. */
export function createBurnSource(server: Server, options: BurnOptions, world: SafeWorld): HealthSource {
  const { name, query, objective, windows, intervalMs } = options;
  return {
    name,
    intervalMs,
    async read(_context, signal): Promise<HealthReading> {
      const lengths = windowsOf(windows);
      const figures = await Promise.all(
        lengths.map((length) => ask(query.replaceAll("{window}", nameOf(length)), { server, world, signal })),
      );
      const byLength = new Map(lengths.map((length, index) => [length, figures[index]]));
      return judgeBurn(
        objective,
        windows,
        (length) => byLength.get(length) ?? { kind: "none", why: "Empty", message: "gives no data" },
      );
    },
  };
}

function baselineTime({ liveSinceMs }: HealthContext, coversMs: number): number | undefined {
  // What a range query gives at the end of the old revision holds nothing of the new one.
  return liveSinceMs === undefined ? undefined : liveSinceMs - Math.max(BASELINE_MS - coversMs, 60_000);
}

/** The longest range that a query looks back over, in ms: `rate(x[5m])` → 300,000. 0 when it has none. */
export function longestRange(query: string): number {
  const ranges = [...query.matchAll(/\[\s*((?:\d{1,6}(?:ms|[smhdwy]))+)\s*(?::[^\]]{0,40})?\]/g)];
  return Math.max(0, ...ranges.map((match) => rangeOf(match[1] ?? "")));
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

function rangeOf(text: string): number {
  return [...text.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ""] ?? 0),
    0,
  );
}

interface Asked {
  readonly server: Server;
  readonly world: SafeWorld;
  readonly signal: AbortSignal | undefined;
  /** Missing: now, by the server's clock, which shows how far it is from ours. */
  readonly atMs?: number;
}

async function ask(query: string, { server, world, signal, atMs }: Asked): Promise<Figure> {
  const { timeoutMs, ca } = server;
  const form = new URLSearchParams({ query, timeout: `${Math.ceil(timeoutMs / 1000)}s` });
  if (atMs !== undefined) form.set("time", String(atMs / 1000));
  try {
    const request = {
      url: new URL(`${server.url.replace(/\/+$/, "")}/api/v1/query`),
      method: "POST" as const,
      headers: { "content-type": "application/x-www-form-urlencoded", ...(await authorize(server)) },
      body: form.toString(),
      maxBytes: MAX_BYTES,
      timeoutMs,
      ...(ca === undefined ? {} : { ca }),
    };
    const { status, bytes, cut } = await requestSafely(request, world, signal);
    if (cut) return { kind: "none", why: "Answer", message: "answers with more than 1 MB" };
    const nowMs = atMs ?? world.clock.nowMs();
    return readFigure({ status, body: bytes.toString("utf8") }, { nowMs, maxDriftMs: MAX_DRIFT_MS });
  } catch (error) {
    if (error instanceof RequestTrouble || error instanceof TokenTrouble) {
      return { kind: "none", why: "Answer", message: error.message };
    }
    throw error;
  }
}
