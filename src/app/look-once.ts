/** One look at everything, for a command that is run once: engines and health sources, side by side. */
import { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Engine, EngineView } from "../ports/engine.ts";
import type { HealthContext } from "../ports/health.ts";
import type { ReadContent } from "./content-reader.ts";
import { inLanes } from "./in-lanes.ts";
import { liveSince } from "./live-since.ts";
import type { SeenReading, WatchedTarget } from "./observe-targets.ts";
import { askSource } from "./watch-targets.ts";
import { within } from "./within.ts";

/** An engine that says nothing for so long is not waited for. */
const LONGEST_MS = 20_000;
/** So many health sources are asked at the same time. */
const LANES = 32;

type Time = Pick<Clock, "nowMs" | "sleep">;

/** What the engine has, or why that is not known: a view of nothing, with the failure. */
export async function readEngine(
  engine: Engine,
  clock: Time,
  signal: AbortSignal,
  longestMs = LONGEST_MS,
): Promise<EngineView> {
  const late = (): never => {
    throw new LastgoodError("EngineUnreachable", `${engine.name} has not answered within ${longestMs / 1000}s`);
  };
  try {
    return await within(longestMs, async (until) => engine.read(until), { clock, signal, late });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return { states: new Map(), heardAtMs: undefined, failure: error };
  }
}

export interface ReadHealth {
  readonly clock: Time;
  readonly signal: AbortSignal;
  readonly views: ReadonlyMap<string, EngineView>;
  readonly readContent: ReadContent;
}

/** What the health sources of all these targets say. */
export async function readHealth(
  watched: readonly WatchedTarget[],
  { clock, signal, views, readContent }: ReadHealth,
): Promise<readonly SeenReading[]> {
  const judged = watched.filter(({ health }) => health.length > 0);
  const since = new Map(
    await inLanes(judged, LANES, async (one) => [one.target.name, await liveSince(one, views, readContent)] as const),
  );
  const contextOf = (target: string): HealthContext => {
    const liveSinceMs = since.get(target);
    return liveSinceMs === undefined ? {} : { liveSinceMs };
  };
  const asked = watched.flatMap(({ target, health }) => health.map((source) => ({ target: target.name, source })));
  return inLanes(asked, LANES, async ({ target, source }) => ({
    target,
    source: source.name,
    ...(await askSource(source, { clock, signal, context: contextOf(target) })),
  }));
}
