import type { EngineState } from "../../core/engine/engine-state.ts";
import type { LiveObject } from "../../ports/cluster.ts";

/** Looks an object up by its key, as the states of others are computed from it too. */
export type Look = (key: string) => LiveObject | undefined;

export interface MemoUpdate {
  readonly objects: ReadonlyMap<string, LiveObject>;
  /** The keys of those that get a state. */
  readonly wanted: ReadonlySet<string>;
  /** The keys under which there may be another object than at the last update, or none; undefined: all. */
  readonly touched?: Iterable<string> | undefined;
}

export interface MemoStates {
  /** Those of the last update; a map once given out does not change. */
  states(): ReadonlyMap<string, EngineState>;
  /** The keys of what came, went or was computed anew by the last update. */
  update(update: MemoUpdate): readonly string[];
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
  /** Key → those who have looked at it. */
  const lookers = new Map<string, Set<string>>();
  let given: ReadonlyMap<string, EngineState> | undefined;

  /** Nobody looks for it any more. */
  function unlook(key: string): void {
    for (const other of computed.get(key)?.from.keys() ?? []) {
      const set = lookers.get(other);
      set?.delete(key);
      if (set?.size === 0) lookers.delete(other);
    }
  }

  function remember(key: string, made: Computed): void {
    unlook(key);
    computed.set(key, made);
    for (const other of made.from.keys()) {
      const set = lookers.get(other);
      if (set === undefined) lookers.set(other, new Set([key]));
      else set.add(key);
    }
  }

  function toBeSeen({ wanted, touched }: MemoUpdate): ReadonlySet<string> {
    if (touched === undefined) return new Set([...computed.keys(), ...wanted]);
    return new Set([...touched].flatMap((key) => [key, ...(lookers.get(key) ?? [])]));
  }

  return {
    states() {
      given ??= new Map([...computed].map(([key, { state }]) => [key, state]));
      return given;
    },
    update(update) {
      const { objects, wanted } = update;
      const changed: string[] = [];
      for (const key of toBeSeen(update)) {
        const object = wanted.has(key) ? objects.get(key) : undefined;
        const before = computed.get(key);
        if (object === undefined && before !== undefined) {
          unlook(key);
          computed.delete(key);
          changed.push(key);
        }
        if (object === undefined || (before !== undefined && isCurrent(before, objects))) continue;
        const from = new Map<string, LiveObject | undefined>([[key, object]]);
        const state = compute(object, (other) => {
          const found = objects.get(other);
          from.set(other, found);
          return found;
        });
        remember(key, { state, from });
        changed.push(key);
      }
      if (changed.length > 0) given = undefined;
      return changed;
    },
  };
}

function isCurrent({ from }: Computed, objects: ReadonlyMap<string, LiveObject>): boolean {
  for (const [key, object] of from) if (objects.get(key) !== object) return false;
  return true;
}
