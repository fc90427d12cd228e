import { escapeText, shorten } from "../../model/escape.ts";
import { lowerMode } from "../../model/mode.ts";
import { toIso } from "../../model/time.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts, FreezeFact } from "../facts.ts";
import { fail, pass } from "./check.ts";

/** In a freeze lastgood goes no further than the window allows; people decide the rest. */
export function checkFreeze({ freezes, policy, personal }: DecisionFacts): Check {
  const open = freezes.filter(({ liftedBy }) => liftedBy === undefined);
  const configKey = `policies.${policy.name}.freeze`;
  const [first] = open;
  if (first === undefined) return pass("freeze", liftedText(freezes));
  const atMost = open.map(({ mode }) => mode).reduce(lowerMode);
  const strictest = open.filter(({ mode }) => mode === atMost);
  const [named = first] = strictest;
  const message = `frozen: ${escapeText(shorten(named.name, 200))}`;
  const ends = strictest.map(({ untilMs }) => untilMs);
  const untilMs = ends.every((end) => end !== undefined) ? Math.max(...ends) : undefined;
  const until = untilMs === undefined ? {} : { untilMs, limit: `until ${toIso(untilMs)}` };
  return atMost === "observe"
    ? fail("freeze", "Frozen", { message, configKey, ...until })
    : pass("freeze", `${message}: at most ${atMost}${personal === true ? ", also for a person" : ""}`, {
        atMost,
        configKey,
        ...until,
      });
}

function liftedText(freezes: readonly FreezeFact[]): string {
  const by = freezes.find(({ liftedBy }) => liftedBy !== undefined)?.liftedBy;
  return by === undefined ? "no freeze" : `the freeze was lifted by ${escapeText(shorten(by, 100))}`;
}
