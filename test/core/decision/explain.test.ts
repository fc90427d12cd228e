import { describe, expect, it } from "vitest";
import { decide } from "../../../src/core/decision/decide.ts";
import { type ExplainedCheck, explainDecision } from "../../../src/core/decision/explain.ts";
import type { DecisionFacts } from "../../../src/core/decision/facts.ts";
import { FACTS, HOUR, NOW, SECOND, withForge } from "./facts.ts";

function linesOf(facts: DecisionFacts): readonly string[] {
  return explainDecision(decide(facts), { nowMs: NOW }).lines.map(lineOf);
}

function lineOf({ mark, text, limit, configKey }: ExplainedCheck): string {
  return [`${mark} ${text}`, limit, configKey].filter((part) => part !== undefined).join(" | ");
}

describe("explainDecision", () => {
  it("tells why lastgood acts, with figures, limits and the keys of the configuration", () => {
    const decision = decide(FACTS);
    const { headline, toAct } = explainDecision(decision, { nowMs: NOW });
    expect([headline, toAct]).toEqual([
      "acts: opens a pull request that takes payments/api back to 3f9c2ab, and merges it",
      [],
    ]);
    expect(linesOf(FACTS)).toEqual([
      "✔ failing for 4m: engine is bad: CrashLoopBackOff | needs 3 samples over 2m | policies.default.bad",
      "✔ can go back to 3f9c2ab",
      "✔ 3f9c2ab was good (observed)",
      "✔ last good 3f9c2ab, 1h old | at most 14d | policies.default.limits.checkpointAge",
      "✔ the suspect is 14m old | at most 24h | policies.default.limits.suspectAge",
      "✔ no revert of it in the last days | none in 6h | policies.default.limits.cooldown",
      "✔ 0 of 1 of this target, 0 of 3 in this repository, 0 of 10 in all opened in 24h",
    ]);
  });

  it("tells all that stands in the way of a target that holds, and what it would have done", () => {
    const facts: DecisionFacts = {
      ...FACTS,
      verdict: {
        ...FACTS.verdict,
        verdict: "undecided",
        reason: "Suspicious",
        message: "engine is failing (80s to go)",
        sinceMs: NOW - 40 * SECOND,
        sources: [{ source: "engine", opinion: "failing", message: "", leftMs: 80 * SECOND }],
      },
      restrictions: { suspended: { said: 'by mkim "load test"', untilMs: NOW + HOUR } },
    };
    expect(linesOf(facts).slice(0, 2)).toEqual([
      '✗ suspended: by mkim "load test" | until 2026-08-22T14:50:00Z',
      "✗ failing for 40s: engine is failing (80s to go) | needs 3 samples over 2m | policies.default.bad",
    ]);
    expect(explainDecision(decide(facts), { nowMs: NOW })).toMatchObject({
      headline: "holds, Suspended",
      toAct: ["it ends by itself in 1h (2026-08-22T14:50:00Z)", "it ends by itself in 1m (2026-08-22T13:51:20Z)"],
      wouldHave: "opened a pull request that takes payments/api back to 3f9c2ab, and merged it",
    });
  });

  it("says what would make it act, where nothing ends by itself", () => {
    const { toAct } = explainDecision(decide({ ...FACTS, policy: { ...FACTS.policy, mode: "observe" } }), {
      nowMs: NOW,
    });
    expect(toAct).toEqual(["a higher mode in the configuration"]);
  });

  it("marks what goes on all the same, and asks nothing of who is well", () => {
    const reverts = [{ target: "payments/api", repository: "gitops", key: "k", openedAtMs: NOW }];
    const person = explainDecision(decide({ ...FACTS, personal: true, ...withForge({ reverts }) }), { nowMs: NOW });
    expect(person.lines.filter(({ mark }) => mark === "!").map(({ guard }) => guard)).toEqual([
      "cooldown",
      "budget-open",
    ]);
    const frozen = decide({ ...FACTS, freezes: [{ name: "weekend", mode: "propose" }] });
    expect(explainDecision(frozen, { nowMs: NOW }).lines.at(-1)).toMatchObject({ mark: "!", guard: "freeze" });
    const well = decide({
      ...FACTS,
      verdict: { ...FACTS.verdict, verdict: "good", reason: "Baked" },
      leaseHeld: false,
    });
    expect(explainDecision(well, { nowMs: NOW })).toMatchObject({ headline: "holds, Healthy", toAct: [] });
  });

  it("shows what was not looked at only when nothing else stands in the way", () => {
    const { plan: _, ...facts } = FACTS;
    expect(linesOf(facts).filter((line) => line.startsWith("?"))).toEqual(["? no plan was made yet"]);
    expect(linesOf({ ...facts, leaseHeld: false }).filter((line) => line.startsWith("?"))).toEqual([]);
  });

  it("tells every check when asked for all", () => {
    const decision = decide(FACTS);
    expect(explainDecision(decision, { nowMs: NOW, all: true }).lines).toHaveLength(decision.checks.length);
  });
});
