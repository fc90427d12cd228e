/** One round of looking: what engines and health sources have said → a verdict on every target, and what is worth recording. */
import type { DiscoveredTarget } from "../core/discovery.ts";
import type { EngineState } from "../core/engine/engine-state.ts";
import type { IsHere } from "../core/engine/match-state.ts";
import { type FigureSample, figureOf, usualFigures } from "../core/figures.ts";
import type { HealthReading } from "../core/health/reading.ts";
import { readingFact } from "../core/signal/facts.ts";
import type { SignalFact } from "../core/signal/observation.ts";
import { observeAll } from "../core/signal/observe.ts";
import { BREAKER, MAX_STALE_MS, type SignalPolicy } from "../core/signal/policy.ts";
import { presentStatus, type PresentStatus, type SourceSays } from "../core/signal/present.ts";
import { newSignal, type TargetSignal } from "../core/signal/state.ts";
import { type HealthVerdict, judgeAll } from "../core/signal/verdict.ts";
import type { Figure } from "../core/verification.ts";
import type { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { EngineView } from "../ports/engine.ts";
import type { HealthSource } from "../ports/health.ts";
import type { Log } from "../ports/log.ts";
import type { ReadContent } from "./content-reader.ts";
import { type EnginesSay, enginesSay, haveAnswered } from "./engines-say.ts";
import { inLanes } from "./in-lanes.ts";
import { type Arrival, createArrivals } from "./live-since.ts";
import { createRecording, type Recorder } from "./record-verdicts.ts";

/** A target, how it is judged, and what besides engines can say how it is. */
export interface WatchedTarget extends DiscoveredTarget {
  /** Its sources: `sourceName` of objects, names of `health`. */
  readonly policy: SignalPolicy;
  readonly health: readonly HealthSource[];
  readonly isHere: IsHere;
}

/** What a source beside the engine has said. */
export interface SeenReading {
  readonly target: string;
  readonly source: string;
  /** When it was asked, epoch ms by our clock. */
  readonly askedAtMs: number;
  readonly reading: HealthReading;
}

/** What was heard since the last round. */
export interface Heard {
  /** By the engine's name: what it says now. */
  readonly views: ReadonlyMap<string, EngineView>;
  readonly readings: readonly SeenReading[];
}

export interface ObservedTarget {
  readonly watched: WatchedTarget;
  /** Those that are there, in the order of the target's objects. */
  readonly states: readonly EngineState[];
  /** The target's revision that runs, as the engine reports it; missing while nobody can tell. */
  readonly revision?: string;
  readonly content?: string;
  /** Since when that content runs, epoch ms: as engines have it on record, or as it was seen to come; missing while nobody knows. */
  readonly liveSinceMs?: number;
  readonly says: readonly SourceSays[];
  readonly present: PresentStatus;
  readonly verdict: HealthVerdict;
  /** What metrics say now. */
  readonly figures: readonly Figure[];
  /** What they usually said since it is well; empty while it is not. */
  readonly usual: readonly Figure[];
  /** Why engines of it are not heard of. */
  readonly failures: readonly LastgoodError[];
}

export interface ObserveWorld {
  /** From `createContentReader`, of the repository that the target lies in. */
  readonly readContent: ReadContent;
  readonly clock: Pick<Clock, "nowMs" | "newId">;
  readonly log: Pick<Log, "warn">;
  /** Missing: nothing is recorded. */
  readonly recorder?: Recorder;
  /** What an observer before this one has seen; missing: nothing. Only one at a time may have it. */
  readonly memory?: ObserverMemory;
}

/** What was seen of all targets until now, so that whoever observes next goes on with it. */
export interface ObserverMemory {
  signals: ReadonlyMap<string, TargetSignal>;
  samples: ReadonlyMap<string, readonly FigureSample[]>;
  arrivals: ReadonlyMap<string, Arrival>;
  /** What each target was: one that is something else by now is seen for the first time. */
  targets: ReadonlyMap<string, string>;
}

/** Nothing was seen yet. */
export function newObserverMemory(): ObserverMemory {
  return { signals: new Map(), samples: new Map(), arrivals: new Map(), targets: new Map() };
}

export interface Observer {
  /** A round. Its state is kept in memory; a target that is not watched any more is forgotten. */
  observe(watched: readonly WatchedTarget[], heard: Heard): Promise<readonly ObservedTarget[]>;
  /**
   * Records what a round has decided, all of it in one append of the ledger. It may take its time: the next round need not wait. What fails
   * costs a warning, and is tried again after the next round.
   */
  record(observed: readonly ObservedTarget[]): Promise<void>;
}

/** So many targets are read from git at once. */
const LANES = 8;

/** Keeps what was seen of all targets between the rounds. */
export function createObserver(world: ObserveWorld): Observer {
  const { memory = newObserverMemory() } = world;
  const inherited = memory.targets;
  let readings = new Map<string, ReadonlyMap<string, HealthReading>>();
  const arrivals = createArrivals(world.readContent, memory);

  /** Undefined as well where an observer before this one has seen another target under that name. */
  function signalOf({ target }: WatchedTarget): TargetSignal | undefined {
    const isOther = memory.targets === inherited && inherited.get(target.name) !== identityOf(target);
    return isOther ? undefined : memory.signals.get(target.name);
  }

  return {
    record: world.recorder === undefined ? async () => undefined : createRecording(world, world.recorder),

    async observe(watched, heard) {
      const said = byTarget(heard.readings);
      const looks = await inLanes(watched, LANES, async (one) => ({
        watched: one,
        ...(await enginesSay(one, heard.views, world.readContent)),
      }));
      readings = latestReadings(watched, readings, said);
      const samples = new Map(
        watched.map(({ target: { name } }) => [
          name,
          latestSamples(memory.samples.get(name) ?? [], said.get(name) ?? []),
        ]),
      );
      const signals = new Map(
        looks.map(({ watched: one, facts }) => {
          const { name } = one.target;
          const own = (said.get(name) ?? []).map(factOf);
          return [name, observeAll(signalOf(one) ?? newSignal(name), inOrder([...facts, ...own]), one.policy)];
        }),
      );
      const arrivedBefore = memory.arrivals;
      const since = await arrivals.since(looks, heard.views, signals);
      remember(memory, { signals, samples, arrivedBefore }, { watched, views: heard.views });
      const nowMs = world.clock.nowMs();
      const policies = new Map(watched.map(({ target, policy }) => [target.name, policy]));
      const policyOf = (name: string): SignalPolicy => policies.get(name) ?? NO_POLICY;
      const judged = judgeAll([...signals.values()], policyOf, { nowMs, breaker: BREAKER });
      const verdicts = new Map(judged.map((verdict) => [verdict.target, verdict]));
      return looks.flatMap((look) => {
        const { name } = look.watched.target;
        const verdict = verdicts.get(name);
        if (verdict === undefined) return [];
        const figures = { readings: readings.get(name), samples: samples.get(name) ?? [] };
        return [observedOf(look, verdict, { ...figures, liveSinceMs: since.get(name) })];
      });
    },
  };
}

/** Targets that only engines know are not there before all engines were heard of: nothing of them is forgotten until then. */
function remember(
  memory: ObserverMemory,
  now: Pick<ObserverMemory, "signals" | "samples"> & { readonly arrivedBefore: ObserverMemory["arrivals"] },
  { watched, views }: { readonly watched: readonly WatchedTarget[]; readonly views: Heard["views"] },
): void {
  const isHeard = haveAnswered(views);
  const keep = <T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    isHeard ? after : new Map([...before, ...after]);
  memory.signals = keep(memory.signals, now.signals);
  memory.samples = keep(memory.samples, now.samples);
  memory.arrivals = keep(now.arrivedBefore, memory.arrivals);
  const targets = new Map(watched.map(({ target }) => [target.name, identityOf(target)]));
  // While some are still to come, they are compared with what they were before.
  if (isHeard || memory.targets.size === 0) memory.targets = targets;
}

function identityOf({ environment, sources, workload }: WatchedTarget["target"]): string {
  return JSON.stringify([environment, sources, workload]);
}

const NO_POLICY: SignalPolicy = {
  sources: [],
  bad: { forMs: 0, samples: 1, on: [] },
  good: { bakeTimeMs: 0, requireAll: true },
  maxStaleMs: MAX_STALE_MS,
};

interface Look extends EnginesSay {
  readonly watched: WatchedTarget;
}

function factOf({ target, source, askedAtMs, reading }: SeenReading): SignalFact {
  return readingFact({ target, source, atMs: askedAtMs }, reading);
}

function byTarget(readings: readonly SeenReading[]): ReadonlyMap<string, readonly SeenReading[]> {
  const groups = new Map<string, SeenReading[]>();
  for (const one of readings) {
    const group = groups.get(one.target);
    if (group === undefined) groups.set(one.target, [one]);
    else group.push(one);
  }
  return groups;
}

/** By time; at the same time what runs comes before how it is. */
function inOrder(facts: readonly SignalFact[]): readonly SignalFact[] {
  return facts.toSorted((a, b) => a.atMs - b.atMs || Number(a.kind !== "live") - Number(b.kind !== "live"));
}

function latestReadings(
  watched: readonly WatchedTarget[],
  known: ReadonlyMap<string, ReadonlyMap<string, HealthReading>>,
  fresh: ReadonlyMap<string, readonly SeenReading[]>,
): Map<string, ReadonlyMap<string, HealthReading>> {
  return new Map(
    watched.map(({ target: { name } }) => {
      const own = (fresh.get(name) ?? []).map(({ source, reading }) => [source, reading] as const);
      return [name, new Map([...(known.get(name) ?? []), ...own])];
    }),
  );
}

/** So many samples of all figures of a target are kept: hours of them. */
const MOST_SAMPLES = 1000;

/** Figures of what is not well are no measure of anything. */
function latestSamples(known: readonly FigureSample[], fresh: readonly SeenReading[]): readonly FigureSample[] {
  const own = fresh.flatMap(({ source, askedAtMs, reading }) => {
    const figure = reading.status === "Current" ? figureOf(source, reading) : undefined;
    return figure === undefined ? [] : [{ ...figure, atMs: askedAtMs }];
  });
  return own.length === 0 ? known : [...known, ...own].slice(-MOST_SAMPLES);
}

interface Known {
  readonly readings: ReadonlyMap<string, HealthReading> | undefined;
  readonly samples: readonly FigureSample[];
  readonly liveSinceMs: number | undefined;
}

function observedOf(
  { watched, states, says, revision, content, failures }: Look,
  verdict: HealthVerdict,
  { readings, samples, liveSinceMs }: Known,
): ObservedTarget {
  const { policy, health } = watched;
  const others = health.map(({ name: source }): SourceSays => {
    const reading = readings?.get(source);
    return reading === undefined
      ? { source, status: "Unknown", message: "it has not answered yet" }
      : {
          source,
          status: reading.status,
          message: reading.message,
          ...(reading.sinceMs === undefined ? {} : { sinceMs: reading.sinceMs }),
        };
  });
  const all = [...says, ...others];
  // An object that is no health source of the policy only tells what runs.
  const counting = all.filter(({ source }) => policy.sources.some(({ name }) => name === source));
  return {
    watched,
    states,
    ...(revision === undefined ? {} : { revision }),
    ...(content === undefined ? {} : { content }),
    ...(liveSinceMs === undefined ? {} : { liveSinceMs }),
    says: all,
    present: presentStatus(counting, policy.good.requireAll),
    verdict,
    figures: health.flatMap(({ name }) => {
      const reading = readings?.get(name);
      return (reading === undefined ? undefined : figureOf(name, reading)) ?? [];
    }),
    usual:
      verdict.sinceMs === undefined || (verdict.verdict !== "good" && verdict.reason !== "Baking")
        ? []
        : usualFigures(samples, verdict.sinceMs),
    failures,
  };
}
