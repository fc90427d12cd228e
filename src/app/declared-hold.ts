/** What the manifests of a target forbid: how far a revert may go, and until when. */
import { escapeText, shorten } from "../core/model/escape.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import { shellWord } from "../core/model/shell.ts";
import { toIso } from "../core/model/time.ts";
import type { Plan } from "../core/plan/types.ts";
import type { Mode } from "./delivery.ts";

const RANK = { observe: 0, propose: 1, merge: 2, push: 3 } as const;

/**
 * Holds what goes further than an annotation lets it, and what would count before a person has looked while they say hands off. A local branch
 * is always allowed, and so is a pull request that a person asks for of a suspended target.
 */
export function declaredHold(
  { declared, target }: Pick<Plan, "declared" | "target">,
  mode: Mode,
  nowMs: number,
): Hold | undefined {
  if (declared === undefined || mode === "branch") return undefined;
  const { mode: atMost, suspended, notes } = declared;
  const name = shellWord(target.name);
  if (atMost !== undefined && RANK[mode] > RANK[atMost]) {
    const why = notes.length === 0 ? "" : ` (${notes.slice(0, 3).map(safe).join("; ")})`;
    const message = `manifests of ${target.name} let lastgood go as far as "${atMost}", not "${mode}"${why}`;
    const less = atMost === "observe" ? "branch    prepares a local branch" : `${atMost}    goes as far as that`;
    return hold("ObserveOnly", message, [
      "see their annotations lastgood.dev/…",
      `lastgood revert ${name} --mode ${less}`,
    ]);
  }
  const isOver = suspended?.untilMs !== undefined && suspended.untilMs <= nowMs;
  if (suspended === undefined || isOver || mode === "propose") return undefined;
  const until = suspended.untilMs === undefined ? "" : ` until ${toIso(suspended.untilMs)}`;
  const reason = suspended.reason === undefined ? "" : `: "${safe(suspended.reason)}"`;
  return hold("Suspended", `manifests of ${target.name} say hands off${until}${reason}`, [
    `lastgood revert ${name} --mode propose    opens a pull request for a person to merge`,
  ]);
}

function safe(text: string): string {
  return escapeText(shorten(text, 200));
}
