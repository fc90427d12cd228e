import type { EngineState } from "../core/engine/engine-state.ts";
import { LastgoodError } from "../errors.ts";
import type { Engine } from "../ports/engine.ts";
import type { Log } from "../ports/log.ts";

export interface AskToLook {
  /** For people. */
  readonly target: string;
  readonly states: readonly EngineState[];
  /** By name. */
  readonly engines: ReadonlyMap<string, Pick<Engine, "askToLook">>;
  /** The same asked twice is the same. */
  readonly token: string;
}

/** Has the engines look now. A hint: who may not ask, waits for the engine's own look; that costs a warning, where `log` is given. */
export async function askToLook({ target, states, engines, token }: AskToLook, log?: Pick<Log, "warn">): Promise<void> {
  for (const state of states) {
    try {
      await engines.get(state.engine)?.askToLook(state, token);
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
      log?.warn(`${target}: the engine was not asked to look: ${error.message}`);
    }
  }
}
