/** Decisions in the ledger, with everything they were made from: on transitions only, not at every look. */
import { type HoldReason, isHoldReason } from "../model/hold.ts";
import { isObject, type JsonObject } from "../model/json.ts";
import { MODES, type Mode } from "../model/mode.ts";
import { isId, isName, isText, isTime } from "../model/record-field.ts";
import { toIso } from "../model/time.ts";
import { decide } from "./decide.ts";
import { type Decision, isTriggered } from "./decision.ts";
import type { DecisionFacts } from "./facts.ts";

/** A decision, to act or not to. */
export interface DecisionRecord {
  readonly v: 1;
  readonly type: "decision";
  /** ULID. */
  readonly id: string;
  readonly target: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly by: string;
  /** Of the suspect. */
  readonly key?: string;
  /** How far it goes; missing: it holds. */
  readonly mode?: Mode;
  /** Why it holds. */
  readonly reason?: HoldReason;
  readonly message: string;
  /** Of `facts`: what the lines of a job name. */
  readonly hash: string;
  /** `DecisionFacts`; missing where they would not fit in a line. */
  readonly facts?: JsonObject;
}

/** A line of the ledger holds 64 KiB; what is around the facts is small. */
const MOST_CHARACTERS = 56_000;

export interface DecisionRecordContext {
  readonly id: string;
  readonly by: string;
  /** At least 12 hex digits of a hash of a text. */
  readonly hash: (text: string) => string;
}

/** The line of a decision. */
export function decisionRecord(
  decision: Decision,
  facts: DecisionFacts,
  { id, by, hash }: DecisionRecordContext,
): DecisionRecord {
  const text = JSON.stringify(facts);
  const { message, key } = decision;
  return {
    v: 1,
    type: "decision",
    id,
    target: facts.target.name,
    at: toIso(facts.nowMs),
    by,
    ...(key === undefined ? {} : { key }),
    ...(decision.kind === "act" ? { mode: decision.mode } : { reason: decision.reason }),
    message,
    hash: hash(text).slice(0, 16),
    ...(text.length > MOST_CHARACTERS ? {} : { facts: JSON.parse(text) as JsonObject }),
  };
}

/** As much of a decision as the next one is compared with. */
export type LastDecision = Pick<DecisionRecord, "mode" | "reason" | "key">;

export function lastDecisionOf(decision: Decision): LastDecision {
  const { key } = decision;
  const how = decision.kind === "act" ? { mode: decision.mode } : { reason: decision.reason };
  return { ...how, ...(key === undefined ? {} : { key }) };
}

/** Every deploy goes through these and comes back: as long as nothing is bad they are one and the same. */
const WELL: readonly HoldReason[] = ["Healthy", "InProgress", "Inconclusive"];

/** Is it news, after the last one on record for the target? Figures that only go on are none. */
export function isNews(decision: Decision, last: LastDecision | undefined): boolean {
  const isHold = decision.kind === "hold";
  if (last === undefined) return !(isHold && decision.reason === "Healthy");
  if (isHold && !isTriggered(decision) && last.reason !== undefined && WELL.includes(last.reason)) return false;
  const { mode, reason, key } = lastDecisionOf(decision);
  return last.mode !== mode || last.reason !== reason || last.key !== key;
}

/** Decides again on what was recorded (I22). `unreadable`: the facts are missing, or not such as this version reads. */
export function replayDecision({
  facts,
  mode,
  reason,
  message,
  key,
}: DecisionRecord): "same" | "different" | "unreadable" {
  if (facts === undefined) return "unreadable";
  try {
    const decision = decide(facts as unknown as DecisionFacts);
    const [nowMode, nowReason] = decision.kind === "act" ? [decision.mode, undefined] : [undefined, decision.reason];
    const same = nowMode === mode && nowReason === reason && decision.message === message && decision.key === key;
    return same ? "same" : "different";
  } catch {
    return "unreadable"; // lines of a shared ref are untrusted: the facts may have any shape
  }
}

/** The record with exactly the fields we know; undefined when one of them is missing or wrong. The facts are not looked into. */
export function decisionRecordOf(value: JsonObject): DecisionRecord | undefined {
  const { id, target, at, by, key, message, hash, facts } = value;
  if (!isId(id) || !isName(target) || !isTime(at) || !isText(by) || !isText(message) || !isId(hash)) return undefined;
  const mode = MODES.find((known) => known === value["mode"]);
  const reason = isHoldReason(value["reason"]) ? value["reason"] : undefined;
  if ((mode === undefined) === (reason === undefined)) return undefined;
  if (mode === undefined ? value["mode"] !== undefined : value["reason"] !== undefined) return undefined;
  if ((key !== undefined && !isId(key)) || (facts !== undefined && !isObject(facts))) return undefined;
  return {
    v: 1,
    type: "decision",
    id,
    target,
    at,
    by,
    ...(key === undefined ? {} : { key }),
    ...(mode === undefined ? {} : { mode }),
    ...(reason === undefined ? {} : { reason }),
    message,
    hash,
    ...(facts === undefined ? {} : { facts }),
  };
}
