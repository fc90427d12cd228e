import type { EngineState } from "../../core/engine/engine-state.ts";
import type { LiveObject } from "../../ports/cluster.ts";

/** Looks an object up by its key, as the states of others are computed from it too. */
export type Look = (key: string) => LiveObject | undefined;

export interface MemoStates {
  /** Those of the last update; a map once given out does not change. */
  states(): ReadonlyMap<string, EngineState>;
  /** The keys of what came, went or was computed anew by the last update. */
  update(objects: ReadonlyMap<string, LiveObject>, wanted: Iterable<string>): readonly string[];
}

interface Computed {
  readonly state: EngineState;
  /** What it was computed from: the same objects give the same state. */
  readonly from: ReadonlyMap<string, LiveObject | undefined>;
}

/**
 * States by key, each computed anew only when an object that it was computed from is another one. What an object is does not depend on
 * how long ago it was read, but for what waits for a time: such a state stays as it was until something of it changes.
 */
export function createMemoStates(compute: (object: LiveObject, look: Look) => EngineState): MemoStates {
  const computed = new Map<string, Computed>();
  let states: ReadonlyMap<string, EngineState> = new Map();
  return {
    states: () => states,
    update(objects, wanted) {
      const changed: string[] = [];
      const there = new Set(wanted);
      for (const key of computed.keys()) {
        if (there.has(key) && objects.has(key)) continue;
        computed.delete(key);
        changed.push(key);
      }
      for (const key of there) {
        const object = objects.get(key);
        const before = computed.get(key);
        if (object === undefined || (before !== undefined && isCurrent(before, objects))) continue;
        const from = new Map<string, LiveObject | undefined>([[key, object]]);
        const state = compute(object, (other) => {
          const found = objects.get(other);
          from.set(other, found);
          return found;
        });
        computed.set(key, { state, from });
        changed.push(key);
      }
      if (changed.length > 0) states = new Map([...computed].map(([key, { state }]) => [key, state]));
      return changed;
    },
  };
}

function isCurrent({ from }: Computed, objects: ReadonlyMap<string, LiveObject>): boolean {
  for (const [key, object] of from) if (objects.get(key) !== object) return false;
  return true;
}
