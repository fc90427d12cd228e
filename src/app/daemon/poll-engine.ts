import type { Clock } from "../../ports/clock.ts";
import type { Engine, EngineView } from "../../ports/engine.ts";
import { readEngine } from "../look-once.ts";

const EVERY_MS = 5000;

/**
 * The same engine, asked again and again instead of listened to: who looks for a few minutes only needs samples now, and a quiet watch says
 * nothing for minutes.
 */
export function pollEngine(engine: Engine, clock: Pick<Clock, "nowMs" | "sleep">): Engine {
  return {
    ...engine,
    follow({ signal, onChange }) {
      let view: EngineView = { states: new Map(), heardAtMs: undefined, failure: undefined };
      async function poll(): Promise<void> {
        while (!signal.aborted) {
          const next = await readEngine(engine, clock, signal);
          // Who does not answer now has said what it said before.
          view = next.failure === undefined ? next : { ...view, failure: next.failure };
          onChange?.([...view.states.keys()]);
          await clock.sleep(EVERY_MS, signal);
        }
      }
      const done = poll().catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      return { view: () => view, done };
    },
  };
}
