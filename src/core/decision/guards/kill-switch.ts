import { escapeText, shorten } from "../../model/escape.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass, unknown, unseen } from "./check.ts";

const GUARD = "kill-switch";

/** Has somebody who may switched lastgood off? When that cannot be told, it does nothing by itself (I12). */
export function checkKillSwitch({ forge }: DecisionFacts): Check {
  if (forge.state === "unreachable") return unknown(GUARD, `the forge cannot be asked: ${forge.message}`);
  const { killSwitch } = forge;
  if (killSwitch === undefined)
    return unseen(GUARD, "kill-switch", "whether lastgood is switched off is not known yet");
  switch (killSwitch.state) {
    case "clear":
      return pass(GUARD, "not switched off");
    case "unreadable":
      return unknown(GUARD, `whether lastgood is switched off cannot be read: ${killSwitch.message}`);
    case "set": {
      const { access, url } = killSwitch;
      const by = killSwitch.by === undefined ? "somebody" : escapeText(shorten(killSwitch.by, 100));
      const where = url === undefined ? "" : ` (${escapeText(url)})`;
      if (access === "none") return pass(GUARD, `${by} may not switch lastgood off${where}`);
      const unsure = access === "unknown" ? "; whether they may cannot be told" : "";
      return fail(GUARD, "Disabled", { message: `switched off by ${by}${where}${unsure}` });
    }
  }
}
