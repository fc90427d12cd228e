import { lowerMode } from "../../model/mode.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass } from "./check.ts";

/** How far lastgood may go at all (I5): annotations only make it less. */
export function checkMode({ policy, restrictions }: DecisionFacts): Check {
  const configKey = `policies.${policy.name}.mode`;
  const { mode: restricted } = restrictions;
  const mode = lowerMode(policy.mode, restricted?.atMost ?? policy.mode);
  const isLowered = restricted !== undefined && mode !== policy.mode;
  const place = isLowered ? ` (${restricted.said})` : "";
  const key = isLowered ? {} : { configKey };
  if (mode === "observe") {
    return fail("mode", "ObserveOnly", { message: `mode observe${place}: it only looks`, ...key });
  }
  return pass("mode", `mode ${mode}${place}`, { atMost: mode, ...key });
}
