import type { DecisionFacts, PastRevert } from "../facts.ts";

/** Budgets are per day. */
export const WINDOW_MS = 86_400_000;

/** What budgets and the cooldown are counted with. */
export interface Past {
  /** By the forge's clock where it is known: setting ours forward gives nothing back. */
  readonly clockMs: number;
  /** All but the one that is being decided about. */
  readonly others: readonly PastRevert[];
  /** It is open already, or was: to open it is paid for. */
  readonly isOpen: boolean;
}

/** Undefined: the reverts of the past were not counted, or cannot be. */
export function pastOf({ nowMs, forge }: DecisionFacts): Past | undefined {
  if (forge.state === "unreachable" || forge.reverts === undefined) return undefined;
  const { attempt, reverts, clockMs = nowMs } = forge;
  const isOwn = attempt?.kind === "open" || (attempt?.kind === "closed" && attempt.superseded === true);
  const own = isOwn ? attempt.number : undefined;
  return {
    clockMs,
    others: own === undefined ? reverts : reverts.filter(({ pullRequest }) => pullRequest !== own),
    isOpen: own !== undefined,
  };
}
