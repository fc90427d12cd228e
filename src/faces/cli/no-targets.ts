import { escapeText } from "../../core/model/escape.ts";
import type { EngineView } from "../../ports/engine.ts";
import type { Board } from "./open-board.ts";

/** Why there is no target although every engine was heard, and where one would come from. */
export function whyNoTarget({ config, engines }: Board, views: ReadonlyMap<string, EngineView>): string {
  if (config === undefined) return "no target: nothing is configured, and no engine deploys from this repository";
  const count = [...views.values()].reduce((sum, { states }) => sum + states.size, 0);
  const names = engines.map(({ engine }) => engine.name).join(", ");
  const has = `no target: ${escapeText(config.path)} has none`;
  if (count === 0) return `${has}, and ${names} deploys nothing`;
  const chosen = "chosen (engines[].discover.selector, or the annotation lastgood.dev/enabled=true)";
  return `${has}, and of ${count} ${count === 1 ? "object" : "objects"} of ${names} none is ${chosen} and made from its repositories`;
}
