/** From several followed kinds to the view of an engine, with only what has changed computed anew. */
import type { EngineState } from "../../core/engine/engine-state.ts";
import { labelsOf } from "../../core/engine/annotations.ts";
import type { JsonObject } from "../../core/model/json.ts";
import { compileSelector } from "../../core/target/label-selector.ts";
import { LastgoodError } from "../../errors.ts";
import type { LiveChange, LiveObject } from "../../ports/cluster.ts";
import type { Engine, EngineView } from "../../ports/engine.ts";
import type { Log } from "../../ports/log.ts";
import { followKinds, listKinds, type KindsState, type KindsTools } from "./follow-kinds.ts";
import { createMemoStates, type Look, type MemoStates } from "./memo-states.ts";
import { createObjectTable } from "./object-table.ts";

export interface ViewTools {
  readonly tools: KindsTools;
  readonly log: Log;
  /** Is it a state of its own, or only what others are computed from? */
  readonly isWanted: (object: LiveObject) => boolean;
  /** Another key that the object can be looked up by. */
  readonly alsoKey?: (object: LiveObject) => string | undefined;
  readonly compute: (object: LiveObject, world: ViewWorld) => EngineState;
}

/** What a state is computed from, besides its object. */
export interface ViewWorld {
  /** Another object, by its `engineKey`. */
  readonly look: Look;
  /** Have all objects of the kind been read? */
  readonly knows: (kind: string) => boolean;
}

export interface ViewedKinds extends Pick<Engine, "read" | "follow"> {
  /** What was seen last, by whichever way. */
  readonly states: () => ReadonlyMap<string, EngineState>;
}

/** The matcher of a selector in the configuration. Throws `EngineConfig` for one that is none. */
export function matcherFor(engine: string, selector: string | undefined): (object: JsonObject) => boolean {
  if (selector === undefined) return () => true;
  const matches = compileSelector(selector);
  if (matches !== undefined) return (object) => matches(labelsOf(object));
  throw new LastgoodError("EngineConfig", `engine ${engine}: "${selector}" is no label selector`, {
    hint: "Write it as `kubectl -l` takes it: lastgood.dev/enabled=true,tier!=test",
  });
}

export function viewKinds({ tools, log, isWanted, alsoKey, compute }: ViewTools): ViewedKinds {
  let latest: MemoStates["states"] = () => new Map();
  const warned = new Set<string>();

  function warn({ missing }: KindsState): void {
    for (const [kind, { code, message }] of missing) {
      if (code !== "EngineForbidden" || warned.has(kind)) continue;
      warned.add(kind);
      log.warn(`goes on without objects of kind ${kind}: ${message}`);
    }
  }

  /** Takes what is known of the kinds, and answers the keys of the states that are others than before. */
  function createTable(): (kinds: KindsState, changes?: readonly LiveChange[]) => readonly string[] {
    const table = createObjectTable({ isWanted, alsoKey });
    let known = "";
    let memo: MemoStates | undefined;
    return (kinds, changes) => {
      warn(kinds);
      const listed = [...kinds.objects.keys()].join();
      // What a missing object means depends on whether its kind is known.
      if (memo === undefined || known !== listed) {
        memo = createMemoStates((object, look) => compute(object, { look, knows: (kind) => kinds.objects.has(kind) }));
      }
      known = listed;
      const touched = table.take(kinds, changes);
      const changed = memo.update({ objects: table.objects, wanted: table.wanted, touched });
      const now = memo;
      latest = () => now.states();
      return changed;
    };
  }

  return {
    states: () => latest(),
    async read(signal) {
      const kinds = await listKinds(tools, signal);
      createTable()(kinds);
      return { states: latest(), heardAtMs: kinds.heardAtMs, failure: undefined };
    },
    follow({ signal, onChange }) {
      const table = createTable();
      let states: MemoStates["states"] | undefined;
      /** Changes have been told that the table does not have. */
      let isBehind = true;
      const followed = followKinds(tools, { signal, onChange: update });

      /** Until all kinds are known nothing is looked at; then everything is. */
      function update(changes?: readonly LiveChange[]): void {
        const kinds = followed.state();
        if (!kinds.isWhole) {
          isBehind = true;
          return;
        }
        const changed = table(kinds, isBehind ? undefined : changes);
        isBehind = false;
        states = latest;
        if (changed.length > 0) onChange?.(changed);
      }

      /** A kind without objects is listed without a word. */
      async function begin(): Promise<void> {
        while (!signal.aborted && states === undefined) {
          await tools.clock.sleep(BEGIN_MS, signal).catch(() => undefined);
          if (states === undefined) update();
        }
      }

      return {
        view(): EngineView {
          if (states === undefined) update();
          const { heardAtMs, failure } = followed.state();
          return { states: states?.() ?? new Map(), heardAtMs, failure };
        },
        done: Promise.all([followed.done, begin()]).then(() => undefined),
      };
    },
  };
}

/** How often it is looked whether all kinds have been listed. */
const BEGIN_MS = 1000;
