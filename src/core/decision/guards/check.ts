import type { HoldReason } from "../../model/hold.ts";
import type { Check, Guard, Needs } from "../decision.ts";

type More = Partial<Pick<Check, "limit" | "configKey" | "untilMs">>;

/** Nothing stands in the way here. `atMost`: but it goes no further than that. */
export function pass(guard: Guard, message: string, more: More & Partial<Pick<Check, "atMost">> = {}): Check {
  return { guard, passed: true, message, ...more };
}

/** lastgood holds, with this reason. */
export function fail(guard: Guard, reason: HoldReason, said: { readonly message: string } & More): Check {
  const { message, ...more } = said;
  return { guard, passed: false, message, reason, ...more };
}

/** It cannot be told, so lastgood holds (I8). */
export function unknown(guard: Guard, message: string): Check {
  return { guard, passed: false, message, reason: "Inconclusive" };
}

/** It was not looked at yet. */
export function unseen(guard: Guard, needs: Needs, message: string): Check {
  return { guard, passed: false, message, reason: "Inconclusive", needs };
}
