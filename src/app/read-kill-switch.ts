import { DISABLE_LABEL } from "../core/change/labels.ts";
import type { KillSwitch } from "../core/decision/facts.ts";
import { escapeText, shorten } from "../core/model/escape.ts";
import { LastgoodError } from "../errors.ts";
import type { Forge } from "../ports/forge.ts";
import type { ForgeTalk } from "../ports/forge-talk.ts";
import { findLabeller, mayWrite } from "./hands-off.ts";

/** Of so many issues with the label it is asked who set it: whoever may set labels cannot make it cost more. */
const MAX_ASKED = 10;

type SetSwitch = Extract<KillSwitch, { readonly state: "set" }>;

/**
 * Has somebody switched lastgood off in this repository (interface.md §3)? An open issue with the label does it, when who set the label
 * has write access: opening an issue is for everybody, and so may be labelling. What counts most is answered: somebody who may, then
 * somebody of whom it cannot be told, then somebody who may not. Never throws for what the forge says.
 */
export async function readKillSwitch({ issues, talk }: Pick<Forge, "issues" | "talk">): Promise<KillSwitch> {
  if (issues === undefined) return { state: "clear" };
  try {
    const found: SetSwitch[] = [];
    const labelled = await issues.labelled(DISABLE_LABEL);
    for (const { number, url } of labelled.slice(0, MAX_ASKED)) {
      const one = await readSetter({ number, url }, talk);
      if (one.access === "write") return one;
      found.push(one);
    }
    const first = found.find(({ access }) => access === "unknown") ?? found[0];
    if (first === undefined) return { state: "clear" };
    // More than were asked about: one of them may count.
    return labelled.length > MAX_ASKED && first.access === "none" ? { ...first, access: "unknown" } : first;
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    // Without issues nobody can open one.
    if (error.code === "ForgeUnsupported") return { state: "clear" };
    return { state: "unreadable", message: escapeText(shorten(error.message, 300)) };
  }
}

async function readSetter(
  { number, url }: { readonly number: number; readonly url: string },
  talk: ForgeTalk | undefined,
): Promise<SetSwitch> {
  const by = talk === undefined ? undefined : await findLabeller(number, DISABLE_LABEL, talk);
  if (by === undefined) return { state: "set", access: "unknown", url };
  return { state: "set", by: by.login, access: mayWrite(by.permission) ? "write" : "none", url };
}
