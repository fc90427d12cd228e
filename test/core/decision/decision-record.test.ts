import { describe, expect, it } from "vitest";
import { decide } from "../../../src/core/decision/decide.ts";
import {
  type DecisionRecord,
  decisionRecord,
  decisionRecordOf,
  isNews,
  replayDecision,
} from "../../../src/core/decision/decision-record.ts";
import type { DecisionFacts } from "../../../src/core/decision/facts.ts";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { FACTS, withPlan } from "./facts.ts";

const FROZEN: DecisionFacts = { ...FACTS, freezes: [{ name: "weekend", mode: "observe" }] };
const HEALTHY: DecisionFacts = { ...FACTS, verdict: { ...FACTS.verdict, verdict: "good", reason: "Baked" } };

function record(facts: DecisionFacts): DecisionRecord {
  return decisionRecord(decide(facts), facts, { id: "01J9", by: "lastgood", hash: (text) => `h${text.length}` });
}

describe("decisionRecord", () => {
  it.each([
    ["an act", FACTS],
    ["a hold", FROZEN],
  ])("makes a line of %s that is read back, and decides the same again (I22)", (_, facts) => {
    const line = record(facts);
    expect(decisionRecordOf(JSON.parse(JSON.stringify(line)) as JsonObject)).toEqual(line);
    expect(replayDecision(line)).toBe("same");
  });

  it("leaves out facts that do not fit in a line", () => {
    const paths = Array.from({ length: 3000 }, (_, index) => `apps/payments/api/file-${index}.yaml`);
    const line = record({ ...FACTS, ...withPlan({ paths }) });
    expect(line).not.toHaveProperty("facts");
    expect(replayDecision(line)).toBe("unreadable");
  });
});

describe("replayDecision", () => {
  it("tells when the same facts lead elsewhere now", () => {
    expect(replayDecision({ ...record(FACTS), mode: "push" })).toBe("different");
  });

  it("takes facts of another shape for unreadable", () => {
    expect(replayDecision({ ...record(FACTS), facts: { nowMs: 1 } })).toBe("unreadable");
  });
});

describe("isNews", () => {
  it("tells transitions from figures that only go on", () => {
    const later = { ...FROZEN, nowMs: FROZEN.nowMs + 1000, verdict: { ...FROZEN.verdict, atMs: FROZEN.nowMs + 1000 } };
    expect(isNews(decide(later), record(FROZEN))).toBe(false);
    expect(isNews(decide(FACTS), record(FROZEN))).toBe(true);
    expect(isNews(decide(FROZEN), record(FACTS))).toBe(true);
    expect(isNews(decide({ ...FACTS, ...withPlan({ key: "other" }) }), record(FACTS))).toBe(true);
  });

  it("does not tell of a target that has always been well", () => {
    expect(isNews(decide(HEALTHY), undefined)).toBe(false);
    expect(isNews(decide(HEALTHY), record(FACTS))).toBe(true);
    expect(isNews(decide(FROZEN), undefined)).toBe(true);
  });

  it("takes all that is not bad for one thing: a deploy that passes is no news", () => {
    const deploying: DecisionFacts = {
      ...FACTS,
      verdict: { ...FACTS.verdict, verdict: "undecided", reason: "InProgress" },
    };
    expect(decide(deploying)).toMatchObject({ kind: "hold", reason: "InProgress" });
    expect(isNews(decide(deploying), record(HEALTHY))).toBe(false);
    expect(isNews(decide(HEALTHY), record(deploying))).toBe(false);
    expect(isNews(decide(deploying), record(FACTS))).toBe(true);
    expect(isNews(decide(FACTS), record(deploying))).toBe(true);
  });
});

describe("decisionRecordOf", () => {
  const line = { ...record(FROZEN) };
  it.each([
    ["id", "a b"],
    ["target", ""],
    ["at", "now"],
    ["message", 1],
    ["hash", "…"],
    ["reason", "hasOwnProperty"],
    ["reason", undefined],
    ["mode", "merge"],
    ["mode", "later"],
    ["key", 5],
    ["facts", []],
  ])("takes a line for damaged whose %s is %j", (key, value) => {
    const spoilt: object = { ...line, [key]: value };
    expect(decisionRecordOf(spoilt as JsonObject)).toBeUndefined();
  });
});
