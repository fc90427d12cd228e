import { describe, expect, it } from "vitest";
import type { Act, Check, HeldDecision } from "../../../src/core/decision/decision.ts";
import type { AttemptFacts } from "../../../src/core/decision/facts.ts";
import { failStep } from "../../../src/core/job/end-steps.ts";
import type { JobRecord } from "../../../src/core/job/job-record.ts";
import { foldJob, type Job } from "../../../src/core/job/job.ts";
import { nextStep } from "../../../src/core/job/next-step.ts";
import type { Step, StepFacts } from "../../../src/core/job/step.ts";
import type { HoldReason } from "../../../src/core/model/hold.ts";
import { toIso } from "../../../src/core/model/time.ts";
import type { Verification } from "../../../src/core/verification.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 7, 22, 13, 50);
const SUSPECT = "8d41c07be1f0a6f2c9d3e4b5a6978c1d2e3f4051";
const LANDED = "5e2d9a0be1f0a6f2c9d3e4b5a6978c1d2e3f4051";
const HEAD = "2b60e1f0a6f2c9d3e4b5a6978c1d2e3f40518d41";

const BAD: Check = { guard: "health", passed: true, message: "failing" };
const ACT: Act = { kind: "act", mode: "merge", key: "k", message: "opens a pull request", checks: [BAD] };
const PROPOSE: Act = { ...ACT, mode: "propose" };

function hold(reason: HoldReason, more: Partial<HeldDecision> = {}): HeldDecision {
  return { kind: "hold", reason, message: `${reason} it is`, key: "k", needs: [], checks: [BAD], ...more };
}

const PROPOSAL = { number: 491, url: "https://github.com/acme/gitops/pull/491", openedAtMs: NOW - 5 * MINUTE };
const OPEN: Extract<AttemptFacts, { readonly kind: "open" }> = { kind: "open", ...PROPOSAL, head: HEAD };
const MERGED: AttemptFacts = { kind: "landed", ...PROPOSAL, commit: LANDED, atMs: NOW - 2 * MINUTE, by: "dlee" };

function job(...more: readonly Partial<JobRecord>[]): Job {
  const lines = (more.length === 0 ? [{}] : more).map((one, index): JobRecord => ({
    v: 1,
    type: "job",
    id: `line-${index}`,
    job: "job-1",
    at: toIso(NOW - 4 * MINUTE),
    by: "lastgood",
    status: "In Progress",
    station: "pull request",
    detail: "…",
    target: "payments/api",
    trigger: "health Failed",
    key: "k",
    ...one,
  }));
  const folded = foldJob(lines);
  if (folded === undefined) throw new Error("no lines");
  return folded;
}

const opened = (...more: readonly Partial<JobRecord>[]): Job => job({ pullRequest: 491 }, ...more);
const merging = (): Job => opened({ station: "merge" });
const landed = (more: Partial<JobRecord> = {}): Job =>
  job({ pullRequest: 491, station: "sync", landed: LANDED, asked: true }, more);
const reached = (): Job => landed({ station: "verification", reachedAt: toIso(NOW - MINUTE) });
const ended = (more: Partial<JobRecord>): Job => job({ status: "Completed", ...more });

function step(more: Partial<StepFacts>): Step {
  return nextStep({
    nowMs: NOW,
    target: { name: "payments/api", repository: "gitops" },
    trigger: "health Failed",
    decision: ACT,
    effects: { quarantined: false },
    suspect: SUSPECT,
    policy: { verify: { forMs: 2 * MINUTE, timeoutMs: 15 * MINUTE } },
    ...more,
  });
}

const none = { attempt: { kind: "none" } } as const;

describe("nextStep, before anything is proposed", () => {
  it("records a job before it writes anything, then proposes", () => {
    expect(step({ ...none, failingSinceMs: NOW - 4 * MINUTE, checkpoint: HEAD })).toEqual({
      kind: "record-job",
      transition: {
        status: "In Progress",
        station: "pull request",
        detail: "opens a pull request",
        suspect: SUSPECT,
        checkpoint: HEAD,
        since: "2026-08-22T13:46:00Z",
        key: "k",
      },
    });
    expect(step({ ...none, job: job() })).toEqual({ kind: "propose", key: "k" });
  });

  it("pushes in mode push, after that was recorded", () => {
    const decision: Act = { ...ACT, mode: "push" };
    expect(step({ ...none, decision, job: job() })).toMatchObject({
      kind: "record-job",
      transition: { station: "merge" },
    });
    expect(step({ ...none, decision, job: job({ station: "merge" }) })).toEqual({ kind: "push", key: "k" });
  });

  it("goes on with a branch that a run left behind, under its job", () => {
    const attempt: AttemptFacts = { kind: "branch", branch: "lastgood/a/k", head: HEAD, job: "job-0" };
    expect(step({ attempt })).toMatchObject({ kind: "record-job", adopt: "job-0" });
    expect(step({ attempt, job: job() })).toEqual({ kind: "propose", key: "k" });
  });

  it("does nothing about what is not bad", () => {
    const healthy = hold("Healthy", { checks: [{ ...BAD, passed: false }] });
    expect(step({ ...none, decision: healthy })).toMatchObject({ kind: "idle" });
  });

  it.each(["Cooldown", "BudgetExhausted"] as const)(
    "queues a job that waits for %s, and calls people once",
    (reason) => {
      const decision = hold(reason, { untilMs: NOW + HOUR });
      expect(step({ ...none, decision })).toMatchObject({
        kind: "record-job",
        transition: { status: "Queued", reason, until: toIso(NOW + HOUR) },
      });
      const queued = job({ status: "Queued", station: "decision", reason });
      expect(step({ ...none, decision, job: queued })).toMatchObject({ kind: "escalate", about: "held" });
      const called = job({ status: "Queued", station: "decision", reason, escalated: "held" });
      expect(step({ ...none, decision, job: called })).toMatchObject({ kind: "wait", untilMs: NOW + HOUR });
    },
  );

  it.each(["Frozen", "InProgress", "Inconclusive", "ManyTargets"] as const)("waits for %s without a call", (reason) => {
    const queued = job({ status: "Queued", station: "decision", reason });
    expect(step({ ...none, decision: hold(reason), job: queued })).toMatchObject({ kind: "wait" });
  });

  it("waits no longer than it sleeps, and no shorter than a second", () => {
    const queued = job({ status: "Queued", station: "decision", reason: "Frozen" });
    const soon = step({ ...none, decision: hold("Frozen", { untilMs: NOW + 1 }), job: queued });
    expect(soon).toMatchObject({ requeueAfterMs: 1000 });
    const late = step({ ...none, decision: hold("Frozen", { untilMs: NOW + HOUR }), job: queued });
    expect(late).toMatchObject({ requeueAfterMs: 30_000 });
  });

  it("ends a job that has been waiting for a day", () => {
    const queued = job({ status: "Queued", station: "decision", reason: "Frozen", at: toIso(NOW - 24 * HOUR) });
    expect(step({ ...none, decision: hold("Frozen"), job: queued })).toMatchObject({ kind: "end", outcome: "held" });
  });

  it.each(["NoCheckpoint", "Environment", "Irreversible", "RevertOfRevert"] as const)(
    "calls people for %s, then ends",
    (reason) => {
      const queued = job({ status: "Queued", station: "decision", reason });
      expect(step({ ...none, decision: hold(reason), job: queued })).toMatchObject({ kind: "escalate", about: "held" });
      const called = job({ status: "Queued", station: "decision", reason, escalated: "held" });
      expect(step({ ...none, decision: hold(reason), job: called })).toMatchObject({
        kind: "end",
        outcome: "held",
        transition: { status: "Completed", reason, outcome: "held" },
      });
    },
  );

  it.each(["ObserveOnly", "OptedOut", "Suspended", "Disabled"] as const)(
    "ends with %s, which people know",
    (reason) => {
      const queued = job({ status: "Queued", station: "decision", reason });
      expect(step({ ...none, decision: hold(reason), job: queued })).toMatchObject({ kind: "end", outcome: "held" });
    },
  );

  it("waits when the forge shows what was merged as open: the answer is an old one", () => {
    expect(step({ attempt: { ...OPEN, number: 491 }, job: landed() })).toMatchObject({ kind: "wait" });
  });

  it("begins no second job for the same answer, but for another one", () => {
    const elsewhere = ended({ outcome: "held", reason: "Environment", detail: "it began to fail before" });
    expect(step({ ...none, decision: ACT, job: elsewhere })).toEqual({
      kind: "idle",
      why: "held, Environment, before: it began to fail before",
    });
    const last = ended({ outcome: "held", reason: "NoCheckpoint" });
    expect(step({ ...none, decision: hold("NoCheckpoint"), job: last })).toMatchObject({ kind: "idle" });
    expect(step({ ...none, decision: hold("Conflict"), job: last })).toMatchObject({ kind: "record-job" });
    expect(step({ ...none, job: last })).toMatchObject({ kind: "record-job" });
  });

  it.each([
    { status: "Exception", outcome: "failed", code: "ForgePermission" },
    { status: "Completed", outcome: "cancelled" },
  ] as const)("does not begin again what has ended as $outcome", (end) => {
    expect(step({ ...none, job: ended(end) })).toMatchObject({ kind: "idle" });
    expect(step({ attempt: OPEN, job: ended({ ...end, pullRequest: 491 }) })).toMatchObject({ kind: "idle" });
  });

  it("ends a job when the target is well again, or holds something else", () => {
    expect(step({ ...none, decision: hold("Healthy"), job: job() })).toMatchObject({ outcome: "nothing to do" });
    const other: Act = { ...ACT, key: "other" };
    expect(step({ ...none, decision: other, job: job() })).toMatchObject({ outcome: "superseded" });
  });

  it("waits while something was not looked at", () => {
    const decision = hold("Inconclusive", { needs: ["plan"] });
    expect(step({ ...none, decision, job: job() })).toMatchObject({ kind: "wait" });
    expect(step({ ...none, decision })).toMatchObject({ kind: "wait" });
  });

  it("never makes a second time what the forge does not show any more", () => {
    expect(step({ ...none, job: opened() })).toMatchObject({ kind: "wait" });
    expect(step({ ...none, job: ended({ outcome: "superseded", pullRequest: 491 }) })).toMatchObject({ kind: "idle" });
    const late = opened({ at: toIso(NOW - 24 * HOUR) });
    const old = { ...late, updatedAtMs: NOW - 24 * HOUR };
    expect(step({ ...none, job: old })).toMatchObject({ kind: "escalate", about: "failed" });
    expect(step({ ...none, job: { ...old, escalated: ["failed"] } })).toMatchObject({
      kind: "end",
      outcome: "timeout",
    });
  });

  it("does nothing on an unclear answer", () => {
    const attempt: AttemptFacts = { kind: "unknown", message: "HTTP 404" };
    expect(step({ attempt })).toMatchObject({ kind: "wait" });
    expect(step({ attempt, job: job() })).toMatchObject({ kind: "wait" });
  });
});

describe("nextStep, with a pull request", () => {
  it("adopts one that no record tells of, under the job that it names", () => {
    const attempt = { ...OPEN, job: "job-0" };
    expect(step({ attempt })).toMatchObject({
      kind: "record-job",
      adopt: "job-0",
      transition: { status: "In Progress", pullRequest: 491, key: "k" },
    });
  });

  it("records it, then merges it, where it may: at the head that was looked at", () => {
    expect(step({ attempt: OPEN, job: job() })).toMatchObject({ transition: { pullRequest: 491 } });
    expect(step({ attempt: OPEN, job: opened() })).toMatchObject({ transition: { station: "merge" } });
    expect(step({ attempt: OPEN, job: merging() })).toEqual({ kind: "merge", number: 491, head: HEAD });
  });

  it("renews it first when its branch no longer holds the plan", () => {
    const attempt = { ...OPEN, outdated: true };
    for (const decision of [ACT, hold("AlreadyOpen")]) {
      expect(step({ attempt, decision, job: merging() })).toMatchObject({ kind: "update", key: "k", number: 491 });
    }
  });

  it("leaves it to people where it may only propose, and calls them once when the target goes on failing", () => {
    const waiting = { attempt: OPEN, decision: hold("AlreadyOpen"), job: opened() };
    expect(step({ ...waiting, failingSinceMs: NOW - HOUR })).toMatchObject({ kind: "wait" });
    const late = { ...waiting, attempt: { ...OPEN, openedAtMs: NOW - 15 * MINUTE } };
    expect(step(late)).toMatchObject({ kind: "wait" });
    const failing = { ...late, failingSinceMs: NOW - HOUR };
    expect(step(failing)).toMatchObject({ kind: "escalate", about: "awaiting review" });
    expect(step({ ...failing, job: opened({ escalated: "awaiting review" }) })).toMatchObject({ kind: "wait" });
    expect(step({ attempt: OPEN, decision: PROPOSE, job: opened() })).toMatchObject({ kind: "wait" });
  });

  it.each(["Disabled", "Inconclusive", "Frozen", "Healthy"] as const)(
    "takes the order to merge back when there is %s, and waits",
    (reason) => {
      const armed = { ...OPEN, armed: true };
      const decision = hold(reason);
      expect(step({ attempt: armed, decision, job: merging() })).toMatchObject({ kind: "disarm", number: 491 });
      expect(step({ attempt: armed, decision })).toMatchObject({ kind: "disarm" });
      expect(step({ attempt: OPEN, decision, job: merging() })).toMatchObject({ kind: "wait" });
    },
  );

  it("waits for what was ordered, and calls people when it does not happen, or cannot", () => {
    const armed = { ...OPEN, armed: true, waitingFor: "checks" };
    expect(step({ attempt: armed, job: merging() })).toMatchObject({ kind: "wait", why: "checks" });
    const late = job({ pullRequest: 491, station: "merge", at: toIso(NOW - 15 * MINUTE) });
    expect(step({ attempt: armed, job: late })).toMatchObject({ kind: "escalate", about: "not mergeable" });
    const refused = { ...OPEN, refused: "a review is missing" };
    expect(step({ attempt: refused, job: merging() })).toMatchObject({ kind: "escalate", about: "not mergeable" });
    const called = opened({ station: "merge", escalated: "not mergeable" });
    expect(step({ attempt: refused, job: called })).toMatchObject({ kind: "wait" });
  });

  it("ends when something else took the place of what it reverts", () => {
    const replacedBy = { revision: HEAD, by: "dlee" };
    const decision = hold("Healthy");
    expect(step({ attempt: OPEN, decision, replacedBy, job: opened() })).toMatchObject({ outcome: "superseded" });
    const other: Act = { ...ACT, key: "other" };
    expect(step({ attempt: OPEN, decision: other, job: opened() })).toMatchObject({ outcome: "superseded" });
  });

  it("ends when a person closes it, and does not begin again", () => {
    const attempt: AttemptFacts = { kind: "closed", ...PROPOSAL, by: "dlee" };
    expect(step({ attempt, job: opened() })).toMatchObject({
      kind: "end",
      outcome: "rejected",
      transition: { detail: "#491 was closed by dlee" },
    });
    expect(step({ attempt, decision: hold("Vetoed") })).toMatchObject({ kind: "idle" });
  });

  it("takes what it has closed itself for nobody's no: the job is over, and the same that comes back is proposed again", () => {
    const attempt: AttemptFacts = { kind: "closed", ...PROPOSAL, by: "lastgood[bot]", superseded: true };
    expect(step({ attempt, job: opened() })).toMatchObject({ kind: "end", outcome: "superseded" });
    expect(step({ attempt, decision: hold("Healthy", { checks: [] }) })).toMatchObject({ kind: "idle" });
    const before = ended({ outcome: "superseded", pullRequest: 491 });
    expect(step({ attempt, job: before })).toMatchObject({ kind: "record-job", transition: { status: "In Progress" } });
    expect(step({ attempt, job: job({ station: "pull request" }) })).toMatchObject({ kind: "propose" });
    expect(step({ attempt, decision: hold("Frozen"), job: job() })).toMatchObject({ kind: "record-job" });
  });

  it("lets go of it when a person takes it over, taking the order to merge back first", () => {
    const attempt: AttemptFacts = { kind: "taken-over", ...PROPOSAL, message: "dlee pushed 1234567" };
    expect(step({ attempt: { ...attempt, armed: true }, job: opened() })).toMatchObject({ kind: "disarm" });
    expect(step({ attempt, job: opened() })).toMatchObject({ outcome: "held", transition: { reason: "Vetoed" } });
    expect(step({ attempt })).toMatchObject({ kind: "idle" });
  });
});

describe("nextStep, after the revert has landed", () => {
  const after = (verification: Verification, more: Partial<StepFacts> = {}): Step =>
    step({ attempt: MERGED, job: landed(), decision: hold("AlreadyReverted"), verification, ...more });
  const onItsWay: Verification = { kind: "on its way", message: "not taken yet", untilMs: NOW + 13 * MINUTE };
  const at = { reachedAtMs: NOW - MINUTE };
  const verified: Verification = { kind: "verified", message: "Current for 2m", currentForMs: 2 * MINUTE, ...at };

  it("records who landed it, whoever it was", () => {
    expect(step({ attempt: MERGED, job: merging() })).toMatchObject({
      kind: "record-job",
      transition: { station: "sync", landed: LANDED, landedAt: "2026-08-22T13:48:00Z", landedBy: "dlee" },
    });
  });

  it("takes up what no record tells of, unless its pull request says how it ended", () => {
    expect(step({ attempt: { ...MERGED, job: "job-0" } })).toMatchObject({ kind: "record-job", adopt: "job-0" });
    const told = { ...MERGED, told: true };
    const calm = hold("Healthy", { checks: [] });
    expect(step({ attempt: told, decision: calm })).toMatchObject({ kind: "idle" });
  });

  it("asks the engine to look, once", () => {
    const { askedAtMs: _, ...job } = landed();
    expect(after(onItsWay, { job })).toMatchObject({
      kind: "ask-to-look",
      landed: LANDED,
      transition: { asked: true },
    });
    expect(after(onItsWay)).toMatchObject({ kind: "wait", untilMs: NOW + 13 * MINUTE });
  });

  it("asks the engine before it gives up, having been away for so long", () => {
    const { askedAtMs: _, ...job } = landed();
    const late: Verification = { kind: "not delivered", message: "not taken yet" };
    expect(after(late, { job })).toMatchObject({ kind: "ask-to-look" });
    expect(after(late)).toMatchObject({ kind: "open-incident", outcome: "not delivered" });
  });

  it("says at once what keeps it from arriving, with the command that frees it", () => {
    const blocker = { reason: "AutoSyncOff", message: "auto-sync is off", command: "argocd app sync api" } as const;
    const blocked = after({ ...onItsWay, message: blocker.message, blocker });
    expect(blocked).toMatchObject({ kind: "escalate", about: "not delivered" });
    expect(blocked).toHaveProperty("why", "the revert does not arrive: auto-sync is off (argocd app sync api)");
    expect(after({ ...onItsWay, blocker }, { job: landed({ escalated: "not delivered" }) })).toMatchObject({
      kind: "wait",
    });
  });

  it("records that it has arrived, and waits until it is verified", () => {
    const verifying: Verification = { kind: "verifying", message: "", untilMs: NOW + HOUR, currentForMs: 0, ...at };
    expect(after(verifying)).toMatchObject({ transition: { station: "verification", reachedAt: toIso(NOW - MINUTE) } });
    expect(after(verifying, { job: reached() })).toMatchObject({ kind: "wait" });
  });

  it("quarantines what was bad, opens the incident, and only then ends", () => {
    const job = reached();
    expect(after(verified, { job })).toEqual({ kind: "quarantine", landed: LANDED });
    expect(after(verified, { job, effects: { quarantined: true } })).toMatchObject({ kind: "open-incident" });
    for (const incident of [12, "unavailable"] as const) {
      expect(after(verified, { job, effects: { quarantined: true, incident } })).toMatchObject({
        kind: "end",
        outcome: "verified",
        transition: { status: "Completed", station: "record", outcome: "verified" },
      });
    }
  });

  it.each([
    ["still unhealthy", { kind: "still unhealthy", message: "m", ...at }, "still unhealthy"],
    ["timeout", { kind: "timeout", message: "m", ...at }, "still unhealthy"],
    ["not delivered", { kind: "not delivered", message: "m" }, "not delivered"],
  ] as const)("opens the incident, calls people once, and ends with %s: no second revert", (outcome, found, about) => {
    expect(after(found, { job: reached() })).toMatchObject({ kind: "open-incident", outcome });
    const told = { effects: { quarantined: false, incident: 12 } };
    expect(after(found, { job: reached(), ...told })).toMatchObject({ kind: "escalate", about });
    const called = { ...reached(), escalated: [about] };
    expect(after(found, { job: called, ...told })).toMatchObject({ kind: "end", transition: { status: "Exception" } });
  });

  it("ends when something came after it", () => {
    const superseded: Verification = { kind: "superseded", message: "m", revision: HEAD };
    expect(after(superseded)).toMatchObject({ kind: "end", outcome: "superseded" });
  });

  it("calls people when the target does not hold what was planned (I11)", () => {
    const attempt: AttemptFacts = { ...MERGED, altered: true };
    expect(after(verified, { attempt })).toMatchObject({ kind: "escalate", about: "failed" });
    const called = landed({ escalated: "failed" });
    expect(after(verified, { attempt, job: called })).toMatchObject({ kind: "end", outcome: "failed" });
  });

  it("calls people once when the same bad content comes back, and reverts nothing", () => {
    const decision = hold("AlreadyReverted");
    const last = ended({ outcome: "verified", landed: LANDED, pullRequest: 491 });
    const again = step({ attempt: MERGED, decision, job: last });
    expect(again).toMatchObject({ kind: "record-job", transition: { reason: "AlreadyReverted", landed: LANDED } });
    const queued = job({ status: "Queued", station: "decision", reason: "AlreadyReverted", landed: LANDED });
    expect(step({ attempt: MERGED, decision, job: queued })).toMatchObject({ kind: "escalate", about: "held" });
    const called = { ...queued, escalated: ["held" as const] };
    expect(step({ attempt: MERGED, decision, job: called })).toMatchObject({ kind: "end", outcome: "held" });
    const held = ended({ outcome: "held", reason: "AlreadyReverted", landed: LANDED });
    expect(step({ attempt: MERGED, decision, job: held })).toMatchObject({ kind: "idle" });
  });
});

describe("failStep", () => {
  it("calls people once, then ends the job where it stands", () => {
    const failure = { code: "ForgePermission", message: "the token may not open pull requests" };
    expect(failStep(job(), failure)).toMatchObject({ kind: "escalate", about: "failed" });
    expect(failStep({ ...job(), escalated: ["failed"] }, failure)).toMatchObject({
      kind: "end",
      transition: { status: "Exception", station: "pull request", code: "ForgePermission" },
    });
  });
});
