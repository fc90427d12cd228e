import { describe, expect, it } from "vitest";
import { type VerificationFacts, verify } from "../../src/core/verification.ts";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 7, 22, 14, 0);
const COMMIT = "5e2d9a0be1f0a6f2c9d3e4b5a6978c1d2e3f4051";

const VERDICT: VerificationFacts["verdict"] = {
  target: "payments/api",
  verdict: "undecided",
  reason: "Baking",
  message: "engine is baking",
  revision: COMMIT,
  latest: COMMIT,
  sinceMs: NOW - 2 * MINUTE,
  atMs: NOW,
  rule: "one source decides",
  sources: [],
};

function facts(more: Partial<VerificationFacts> = {}): VerificationFacts {
  return {
    nowMs: NOW,
    landed: { commit: COMMIT, atMs: NOW - 5 * MINUTE },
    sinceMs: NOW - 12 * MINUTE,
    delivery: { kind: "reached", atMs: NOW - 3 * MINUTE },
    verdict: VERDICT,
    policy: { verify: { forMs: 2 * MINUTE, timeoutMs: 15 * MINUTE } },
    baseline: [],
    figures: [],
    ...more,
  };
}

const verdict = (more: Partial<typeof VERDICT>): Partial<VerificationFacts> => ({ verdict: { ...VERDICT, ...more } });
const blocker = { reason: "AutoSyncOff", message: "auto-sync is off", command: "argocd app sync api" } as const;

describe("verify", () => {
  it("is done when the target was Current for the whole time, and says how long it took from the first symptom", () => {
    expect(verify(facts())).toEqual({
      kind: "verified",
      message: "Current for 2m (needs 2m)",
      reachedAtMs: NOW - 3 * MINUTE,
      currentForMs: 2 * MINUTE,
      afterSymptomMs: 12 * MINUTE,
    });
  });

  it("takes no time before the revert ran for its own", () => {
    const early = facts({
      ...verdict({ sinceMs: NOW - 9 * MINUTE }),
      delivery: { kind: "reached", atMs: NOW - MINUTE },
    });
    expect(verify(early)).toMatchObject({ kind: "verifying", currentForMs: MINUTE, untilMs: NOW + 14 * MINUTE });
    expect(verify(facts(verdict({ sinceMs: NOW - 2 * MINUTE + 1 })))).toMatchObject({ kind: "verifying" });
  });

  it("never verifies at once, even when no time is asked for", () => {
    const policy = { verify: { forMs: 0, timeoutMs: 15 * MINUTE } };
    expect(verify(facts({ policy, ...verdict({ sinceMs: NOW }) }))).toMatchObject({ kind: "verifying" });
    expect(verify(facts({ policy, ...verdict({ reason: "NoData" }) }))).toMatchObject({ kind: "verifying" });
  });

  it.each([
    ["failing", verdict({ verdict: "bad", reason: "Failing" })],
    ["flapping", verdict({ reason: "Flapping" })],
    ["rolling out", verdict({ reason: "InProgress" })],
    ["well for too short a time", verdict({ sinceMs: NOW - MINUTE })],
  ])("waits while it is %s, and then calls it still unhealthy", (_, more) => {
    expect(verify(facts(more))).toMatchObject({ kind: "verifying", untilMs: NOW + 12 * MINUTE });
    const late = { ...facts(more), delivery: { kind: "reached", atMs: NOW - 15 * MINUTE } } as const;
    expect(verify(late)).toMatchObject({ kind: "still unhealthy" });
    expect(verify({ ...late, delivery: { kind: "reached", atMs: NOW - 15 * MINUTE + 1 } })).toMatchObject({
      kind: "verifying",
    });
  });

  it.each([
    ["no data", verdict({ reason: "NoData" })],
    ["a stale verdict", verdict({ atMs: NOW - MINUTE - 1 })],
    ["a verdict on another revision", verdict({ revision: "8d41c07", latest: "8d41c07" })],
    [
      "a verdict on another content",
      { ...verdict({ content: "a" }), landed: { commit: COMMIT, content: "b", atMs: 0 } },
    ],
  ])("takes %s for no proof: neither of health nor of failure", (_, more) => {
    expect(verify(facts(more))).toMatchObject({ kind: "verifying", currentForMs: 0 });
    const late = { ...facts(more), delivery: { kind: "reached", atMs: NOW - 15 * MINUTE } } as const;
    expect(verify(late)).toMatchObject({ kind: "timeout" });
  });

  it("takes a later commit with the same content for the revert", () => {
    const later = { ...verdict({ revision: "8d41c07", latest: "8d41c07", content: "a" }) };
    const landed = { commit: COMMIT, content: "a", atMs: NOW - 5 * MINUTE };
    expect(verify(facts({ ...later, landed }))).toMatchObject({ kind: "verified" });
  });

  it.each([
    [{ kind: "on its way" }, "the engine has not taken it yet"],
    [{ kind: "unknown", message: "HTTP 503" }, "whether the engine has taken it cannot be told: HTTP 503"],
    [{ kind: "blocked", blockers: [blocker] }, "auto-sync is off"],
  ] as const)("gives it its time to arrive: %o", (delivery, message) => {
    const waiting = verify(facts({ delivery }));
    expect(waiting).toMatchObject({ kind: "on its way", message, untilMs: NOW + 10 * MINUTE });
    expect("blocker" in waiting).toBe(delivery.kind === "blocked");
    const landed = { commit: COMMIT, atMs: NOW - 15 * MINUTE };
    expect(verify(facts({ delivery, landed }))).toMatchObject({ kind: "not delivered", message });
  });

  it("gives it its time from when the engine was asked, where that was later", () => {
    const late = facts({
      delivery: { kind: "on its way" },
      landed: { commit: COMMIT, atMs: NOW - 60 * MINUTE },
      askedAtMs: NOW - MINUTE,
    });
    expect(verify(late)).toMatchObject({ kind: "on its way", untilMs: NOW + 14 * MINUTE });
  });

  it("ends when something came after it", () => {
    const delivery = { kind: "superseded", revision: "77ab913f", by: "dlee\u001b[31m" } as const;
    expect(verify(facts({ delivery }))).toEqual({
      kind: "superseded",
      revision: "77ab913f",
      message: "77ab913 by dlee\\x1b[31m came after 5e2d9a0",
    });
  });

  const rate = { source: "prometheus errors", better: "lower", value: 0.01 } as const;
  it.each([
    ["back at the baseline", [rate], 0.01, "verified"],
    ["a quarter above it", [rate], 0.0125, "verified"],
    ["more than a quarter above it", [rate], 0.0126, "verifying"],
    ["a tenth of the way to the limit", [{ ...rate, value: 0, limit: 0.02 }], 0.002, "verified"],
    ["more than that", [{ ...rate, value: 0, limit: 0.02 }], 0.0021, "verifying"],
    ["higher, which is better", [{ ...rate, better: "higher" as const }], 0.5, "verified"],
    ["lower, which is worse", [{ ...rate, better: "higher" as const, value: 100 }], 74, "verifying"],
    ["another source", [{ ...rate, source: "other" }], 9, "verified"],
  ] as const)("compares with the baseline of the checkpoint: %s", (_, baseline, value, kind) => {
    const figures = [{ source: "prometheus errors", better: "lower", value }] as const;
    expect(verify(facts({ baseline, figures }))).toMatchObject({ kind });
  });

  it("tells the figures that it is verified with, beside those of the checkpoint, or what is allowed", () => {
    const cpu = { source: "cpu", better: "lower", value: 0.5 } as const;
    const slow = { source: "p99\u001b", better: "lower", value: 210.04, limit: 300 } as const;
    const figures = [{ ...rate, value: 0.0111 }, slow, cpu];
    const told = "prometheus errors 0.0111 (0.01 at the checkpoint), p99\\x1b 210 (limit 300), cpu 0.5";
    expect(verify(facts({ baseline: [rate], figures }))).toMatchObject({
      kind: "verified",
      figures: told,
      message: `Current for 2m (needs 2m); ${told}`,
    });
    const many = Array.from({ length: 7 }, (_, i) => ({ ...cpu, source: `s${i}` }));
    expect(verify(facts({ figures: many }))).toMatchObject({ figures: expect.stringMatching(/s4 0\.5 and 2 more$/) });
  });

  it("names the figure that is not back", () => {
    const figures = [{ ...rate, value: 0.12345 }];
    const late = facts({ baseline: [rate], figures, delivery: { kind: "reached", atMs: NOW - 15 * MINUTE } });
    expect(verify(late)).toMatchObject({
      kind: "still unhealthy",
      message: "prometheus errors is 0.123, and was 0.01",
    });
  });

  describe("of a revert that took back the traffic alone", () => {
    const engine = { source: "prod api", opinion: "bad", message: "Degraded" } as const;
    const rate = { source: "prometheus rate", opinion: "good", sinceMs: NOW - 2 * MINUTE, message: "0.1%" } as const;
    const blue = { name: "Deployment/blue", status: "Current", sinceMs: NOW - 20 * MINUTE } as const;
    const traffic = { objects: [blue], ignored: ["prod api"], stay: ["Deployment/green"] };
    const failing = verdict({ verdict: "bad", reason: "Failing", message: "prod api is bad", sources: [engine, rate] });
    const delivery = { kind: "reached", atMs: NOW - 16 * MINUTE } as const;

    it("is done when what gets it is Current and all but the engine say that it is well, though the target is bad", () => {
      expect(verify(facts({ ...failing, traffic }))).toMatchObject({
        kind: "verified",
        message: "Current for 2m (needs 2m); only traffic went back: Deployment/green stays as before",
        currentForMs: 2 * MINUTE,
      });
    });

    it("counts from the youngest of them, and not from before the revert ran", () => {
      const young = { ...blue, sinceMs: NOW - MINUTE };
      expect(verify(facts({ ...failing, traffic: { ...traffic, objects: [young] } }))).toMatchObject({
        kind: "verifying",
        currentForMs: MINUTE,
      });
      const alone = verdict({ verdict: "bad", reason: "Failing", sources: [engine] });
      expect(verify(facts({ ...alone, traffic }))).toMatchObject({ kind: "verified", currentForMs: 3 * MINUTE });
    });

    it("calls people when what gets it fails, or a figure stays bad, and when nobody can tell", () => {
      const objects = (status: "Failed" | "Unknown") => ({ ...traffic, objects: [{ ...blue, status }] });
      expect(verify(facts({ ...failing, delivery, traffic: objects("Failed") }))).toMatchObject({
        kind: "still unhealthy",
        message: "Deployment/blue, which the traffic takes, is Failed",
      });
      expect(verify(facts({ ...failing, delivery, traffic: objects("Unknown") }))).toMatchObject({ kind: "timeout" });
      const ill = verdict({ verdict: "bad", reason: "Failing", sources: [engine, { ...rate, opinion: "bad" }] });
      expect(verify(facts({ ...ill, delivery, traffic }))).toMatchObject({
        kind: "still unhealthy",
        message: "prometheus rate is bad: 0.1%",
      });
      const silent = verdict({ verdict: "bad", reason: "Failing", sources: [engine, { ...rate, opinion: "no data" }] });
      expect(verify(facts({ ...silent, delivery, traffic }))).toMatchObject({ kind: "timeout" });
    });
  });
});
