/** What `status` is asked, and what it has seen. */
import type { ObservedTarget } from "../../../app/observe-targets.ts";
import type { EngineView } from "../../../ports/engine.ts";
import type { CommandContext, CommonOptions } from "../context.ts";
import type { Board } from "../open-board.ts";

export interface StatusOptions extends CommonOptions {
  readonly target?: string;
  readonly only?: string;
  readonly watch?: boolean;
}

/** What is known at one moment. */
export interface Look {
  readonly views: ReadonlyMap<string, EngineView>;
  readonly observed: readonly ObservedTarget[];
}

export interface Showing {
  readonly board: Board;
  readonly options: StatusOptions;
  readonly context: CommandContext;
}
