/** Decisions → the ledger: one whenever it is another one than before, also not to act, also while a job waits; none while nothing changes. */
import {
  type DecisionRecord,
  decisionRecord,
  isNews,
  type LastDecision,
  lastDecisionOf,
} from "../../core/decision/decision-record.ts";
import { type Decision, isTriggered } from "../../core/decision/decision.ts";
import type { Ledger } from "../../ports/ledger.ts";
import { sha256 } from "../hash.ts";
import { type DaemonLane, type DaemonWorld, SELF } from "./daemon-lane.ts";
import type { Gathered } from "./gather-facts.ts";
import type { Memory } from "./tick.ts";

type Deciding = Pick<DaemonWorld, "decided">;

/** The line of a decision; what the lines of a job name. */
export function decisionOf({ decision, facts }: Gathered, { world: { clock } }: DaemonLane): DecisionRecord {
  return decisionRecord(decision, facts, { id: clock.newId(), by: SELF, hash: sha256 });
}

/** Is it another one than the last on record? */
export async function isNewDecision(
  { decision, facts }: Gathered,
  lane: DaemonLane,
  daemon: Deciding,
): Promise<boolean> {
  return isNews(decision, await lastOf(facts.target.name, lane.world.ledger, daemon));
}

/** To be called once it is on record. */
export function keepDecision({ decision, facts }: Gathered, { decided }: Deciding): void {
  decided.set(facts.target.name, lastDecisionOf(decision));
}

/** What is to be put on record of a look at which nothing was done: a decision that says something else than the one before. */
export async function findNewDecision(
  { gathered, memory, lane }: { readonly gathered: Gathered; readonly memory: Memory; readonly lane: DaemonLane },
  daemon: Deciding,
): Promise<DecisionRecord | undefined> {
  const { decision, facts } = gathered;
  const { name } = facts.target;
  if (memory.ledger.state !== "sound" || !isWhole(decision)) return undefined;
  if (daemon.decided.get(name) === undefined && !isTriggered(decision)) {
    // There is nothing that it could differ from: thousands of targets are well, and none is read about.
    if (!memory.jobs.some(({ target }) => target === name)) return undefined;
    if ((await lastOf(name, lane.world.ledger, daemon)) === undefined) return undefined;
  }
  return (await isNewDecision(gathered, lane, daemon)) ? decisionOf(gathered, lane) : undefined;
}

/** Nothing more is to be looked at. */
function isWhole(decision: Decision): boolean {
  return decision.kind === "act" || decision.needs.length === 0;
}

async function lastOf(
  target: string,
  ledger: Pick<Ledger, "decisions">,
  { decided }: Deciding,
): Promise<LastDecision | undefined> {
  const known = decided.get(target) ?? (await ledger.decisions?.(target))?.at(-1);
  if (known !== undefined) decided.set(target, known);
  return known;
}
