import { LIFT_LABEL } from "../core/change/labels.ts";
import { LastgoodError } from "../errors.ts";
import type { Forge } from "../ports/forge.ts";
import { findLabeller, mayWrite } from "./hands-off.ts";

/** Of so many issues with the label it is asked who set it. */
const MAX_ASKED = 10;
/** Glass that was broken once is whole again after so long, though the issue was forgotten. */
const HOLDS_MS = 86_400_000;

/**
 * Who has lifted the freezes: an open issue with the label, set by somebody with write access, not longer than a day ago. Undefined: nobody,
 * or it cannot be told; never throws for what the forge says. A freeze ends only by what is known.
 */
export async function readBreakGlass(
  { issues, talk }: Pick<Forge, "issues" | "talk">,
  nowMs: number,
): Promise<string | undefined> {
  if (issues === undefined || talk === undefined) return undefined;
  try {
    for (const { number } of (await issues.labelled(LIFT_LABEL)).slice(0, MAX_ASKED)) {
      const by = await findLabeller(number, LIFT_LABEL, talk);
      if (by !== undefined && mayWrite(by.permission) && nowMs - by.atMs < HOLDS_MS) return by.login;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return undefined;
  }
}
