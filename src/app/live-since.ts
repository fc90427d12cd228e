/** Since when what runs has been running, as the engines' own records tell. */
import type { DiscoveredTarget } from "../core/discovery.ts";
import { type IsHere, ownRevision, ownSource } from "../core/engine/match-state.ts";
import type { EngineState } from "../core/engine/engine-state.ts";
import type { TargetSignal } from "../core/signal/state.ts";
import type { EngineView } from "../ports/engine.ts";
import type { ReadContent } from "./content-reader.ts";
import { inLanes } from "./in-lanes.ts";

/** A watched target fits. */
export interface Placed extends Pick<DiscoveredTarget, "target" | "objects"> {
  readonly isHere: IsHere;
}

/** So many deploys with the same content are followed back. */
const MOST_STEPS = 10;

/**
 * Epoch ms at which the present content of the target was deployed: the oldest of its newest deploys that changed nothing of it. Undefined
 * when no engine has that deploy on record.
 */
export async function liveSince(
  watched: Placed,
  views: ReadonlyMap<string, EngineView>,
  readContent: ReadContent,
): Promise<number | undefined> {
  for (const { engine, key } of watched.objects) {
    const state = key === undefined ? undefined : views.get(engine)?.states.get(key);
    const sinceMs = state === undefined ? undefined : await deployedAt(state, watched, readContent);
    if (sinceMs !== undefined) return sinceMs;
  }
  return undefined;
}

async function deployedAt(
  state: EngineState,
  { target, isHere }: Pick<Placed, "target" | "isHere">,
  readContent: ReadContent,
): Promise<number | undefined> {
  const revision = ownRevision(state, { target, isHere });
  const index = ownSource(state, target, isHere) ?? 0;
  const releases = state.history.flatMap(({ revisions, atMs }) => {
    const own = revisions[index];
    return own === undefined ? [] : [{ revision: own, atMs }];
  });
  const newest = releases.findIndex((release) => release.revision === revision);
  if (revision === undefined || newest === -1) return undefined;
  const content = await readContent(target, revision);
  let sinceMs: number | undefined;
  for (const release of releases.slice(newest, newest + MOST_STEPS)) {
    const isSame =
      release.revision === revision ||
      (content !== undefined && (await readContent(target, release.revision)) === content);
    if (!isSame) break;
    sinceMs = release.atMs;
  }
  return sinceMs;
}

/** What a round has found of a target. */
export interface Arrived {
  readonly watched: Placed;
  readonly states: readonly EngineState[];
  readonly revision?: string;
  readonly content?: string;
}

export interface Arrivals {
  /** By the target's name. */
  since(
    looks: readonly Arrived[],
    views: ReadonlyMap<string, EngineView>,
    signals: ReadonlyMap<string, TargetSignal>,
  ): Promise<ReadonlyMap<string, number>>;
}

/** So many histories are read at once. */
const LANES = 8;

/** Since when what runs has been running, of all targets in every round: asked for once for each revision, for that may mean reading older ones. */
export function createArrivals(
  readContent: ReadContent,
  memory: { arrivals: ReadonlyMap<string, Arrival> } = { arrivals: new Map() },
): Arrivals {
  return {
    async since(looks, views, signals) {
      const found = await inLanes(looks, LANES, async ({ watched, states, revision, content }) => {
        const { name } = watched.target;
        const before = memory.arrivals.get(name);
        const live = signals.get(name)?.live;
        const key = JSON.stringify([revision, content, states.map(({ history: [last] }) => last?.atMs)]);
        const recordedMs = before?.key === key ? before.recordedMs : await liveSince(watched, views, readContent);
        // What was here when we came may have been here for long.
        const isNew = before?.liveMs !== undefined && live !== undefined && live.sinceMs !== before.liveMs;
        const seenMs = isNew ? live.sinceMs : before?.seenMs;
        return [name, { key, recordedMs, liveMs: live?.sinceMs ?? before?.liveMs, seenMs }] as const;
      });
      memory.arrivals = new Map(found);
      return new Map(
        found.flatMap(([name, { recordedMs, seenMs }]) => {
          const sinceMs = recordedMs ?? seenMs;
          return sinceMs === undefined ? [] : [[name, sinceMs] as const];
        }),
      );
    },
  };
}

/** What was found of one target in the last round. */
export interface Arrival {
  readonly key: string;
  readonly recordedMs: number | undefined;
  readonly liveMs: number | undefined;
  readonly seenMs: number | undefined;
}
