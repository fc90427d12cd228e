/** The core alone, driven to the end in a world of a few variables: whatever fails in between, each effect comes about once. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../src/core/decision/decide.ts";
import type { AttemptFacts, DecisionFacts } from "../../../src/core/decision/facts.ts";
import type { JobRecord } from "../../../src/core/job/job-record.ts";
import { findJob, foldJobs, type Job } from "../../../src/core/job/job.ts";
import { nextStep } from "../../../src/core/job/next-step.ts";
import type { Step } from "../../../src/core/job/step.ts";
import { type Transition, transitionRecord } from "../../../src/core/job/transition.ts";
import { verify } from "../../../src/core/verification.ts";
import { BAD, FACTS, FORGE, GOOD, NOW, PLAN } from "../decision/facts.ts";

const REVERT = "5e2d9a0be1f0a6f2c9d3e4b5a6978c1d2e3f4051";
const HEAD = "2b60e1f0a6f2c9d3e4b5a6978c1d2e3f40518d41";
const POLICY = { verify: { forMs: 120_000, timeoutMs: 900_000 } };

/** What goes wrong, or what a person does, before one tick. `crash`: killed after the effect, before it is recorded. */
type Event = "nothing" | "crash" | "ledger lost" | "forge unclear" | "no data" | "merged" | "closed" | "taken over";

interface World {
  nowMs: number;
  attempt: AttemptFacts;
  lines: JobRecord[];
  reachedAtMs?: number;
  asked: boolean;
  quarantined: boolean;
  incident: boolean;
  /** Pull requests opened, and reverts landed. */
  opened: number;
  landed: number;
  lost: boolean;
  readonly helps: boolean;
}

function newWorld(helps: boolean): World {
  const effects = { asked: false, quarantined: false, incident: false, opened: 0, landed: 0, lost: false };
  return { nowMs: NOW, attempt: { kind: "none" }, lines: [], ...effects, helps };
}

function jobOf({ lines }: World): Job | undefined {
  return findJob(foldJobs(lines), { target: FACTS.target.name, key: PLAN.key, suspect: BAD });
}

function verdictAt({ nowMs, reachedAtMs, helps }: World, event: Event): DecisionFacts["verdict"] {
  const now = { ...FACTS.verdict, atMs: nowMs };
  if (event === "no data") return { ...now, verdict: "undecided", reason: "NoData" };
  if (reachedAtMs === undefined) return now;
  const revert = { ...now, revision: REVERT, latest: REVERT, content: "c-good" };
  return helps ? { ...revert, verdict: "good", reason: "Baked", sinceMs: reachedAtMs } : revert;
}

function stepOf(world: World, event: Event, mode: "propose" | "merge" | "push"): Step {
  const { nowMs, reachedAtMs, attempt } = world;
  const verdict = verdictAt(world, event);
  const seen: AttemptFacts = event === "forge unclear" ? { kind: "unknown", message: "HTTP 502" } : attempt;
  const live = { ...FACTS.live, revision: verdict.revision ?? BAD, applied: "applied", sinceMs: NOW } as const;
  const decision = decide({
    ...FACTS,
    nowMs,
    verdict,
    policy: { ...FACTS.policy, mode },
    live: { ...live, content: verdict.content ?? "" },
    // Once the revert runs, the plan is about that.
    plan: reachedAtMs === undefined ? PLAN : { kind: "hold", key: "revert", reason: "RevertOfRevert", message: "ours" },
    forge: { ...FORGE, clockMs: nowMs, attempt: seen },
  });
  const landedAt = attempt.kind === "landed" ? attempt : undefined;
  const job = jobOf(world);
  return nextStep({
    nowMs,
    target: FACTS.target,
    trigger: "health Failed",
    ...(job === undefined ? {} : { job }),
    decision,
    attempt: seen,
    key: PLAN.key,
    ...(landedAt === undefined
      ? {}
      : {
          verification: verify({
            nowMs,
            landed: { commit: REVERT, content: "c-good", atMs: landedAt.atMs },
            delivery: reachedAtMs === undefined ? { kind: "on its way" } : { kind: "reached", atMs: reachedAtMs },
            verdict,
            policy: POLICY,
            baseline: [],
            figures: [],
          }),
        }),
    effects: { quarantined: world.quarantined, ...(world.incident ? { incident: 12 } : {}) },
    failingSinceMs: NOW,
    suspect: BAD,
    checkpoint: GOOD,
    policy: POLICY,
  });
}

function happen(world: World, event: Event): void {
  const { attempt, nowMs } = world;
  if (event === "ledger lost") {
    world.lines = [];
    world.lost = true;
  }
  if (attempt.kind !== "open") return;
  const { number, url, openedAtMs } = attempt;
  const proposal = { number, url, openedAtMs };
  if (event === "merged") land(world, "dlee");
  if (event === "closed") world.attempt = { kind: "closed", ...proposal, by: "dlee" };
  if (event === "taken over") world.attempt = { kind: "taken-over", ...proposal, message: `dlee pushed at ${nowMs}` };
}

function land(world: World, by: string): void {
  const number = world.attempt.kind === "open" ? { number: world.attempt.number } : {};
  world.attempt = { kind: "landed", ...number, commit: REVERT, atMs: world.nowMs, by };
  world.landed += 1;
}

function perform(world: World, step: Step, event: Event): void {
  switch (step.kind) {
    case "propose":
      world.opened += 1;
      world.attempt = { kind: "open", number: 491, url: "https://x/491", openedAtMs: world.nowMs, head: HEAD };
      return;
    case "push":
    case "merge":
      return land(world, "lastgood");
    case "ask-to-look":
      world.asked = true;
      break;
    case "quarantine":
      world.quarantined = true;
      return;
    case "open-incident":
      world.incident = true;
      return;
    case "end":
      if (world.attempt.kind === "landed" && step.outcome !== "superseded")
        world.attempt = { ...world.attempt, told: true };
      break;
    case "record-job":
    case "escalate":
    case "update":
    case "disarm":
    case "wait":
    case "idle":
      break;
  }
  if ("transition" in step && event !== "crash") record(world, step.transition);
}

function record(world: World, transition: Transition): void {
  const job = jobOf(world);
  const open = job?.endedAtMs === undefined ? job : undefined;
  world.lines.push(
    transitionRecord(transition, {
      ...(open === undefined ? {} : { job: open }),
      id: `line-${world.lines.length.toString().padStart(6, "0")}`,
      jobId: `job-${world.nowMs}-${world.lines.length}`,
      nowMs: world.nowMs,
      by: "lastgood",
      subject: { target: FACTS.target.name, trigger: "health Failed" },
    }),
  );
}

/** Lives through these events, one before each tick, then in peace. */
function live(world: World, events: readonly Event[], mode: "propose" | "merge" | "push"): readonly Step[] {
  const steps: Step[] = [];
  for (let tick = 0; tick < 200; tick += 1) {
    const event = events[tick] ?? "nothing";
    happen(world, event);
    const step = stepOf(world, event, mode);
    steps.push(step);
    perform(world, step, event);
    // The engine takes what has landed half a minute later, or at once when it is asked to.
    if (world.attempt.kind === "landed" && world.reachedAtMs === undefined) {
      if (world.asked || world.nowMs - world.attempt.atMs > 30_000) world.reachedAtMs = world.nowMs;
    }
    world.nowMs += step.kind === "wait" ? step.requeueAfterMs : step.kind === "idle" ? 30_000 : 1000;
    if (step.kind === "idle" && tick > events.length) break;
  }
  return steps;
}

const modes = fc.constantFrom("propose" as const, "merge" as const, "push" as const);
const events = fc.array(
  fc.constantFrom<Event>(
    "nothing",
    "crash",
    "ledger lost",
    "forge unclear",
    "no data",
    "merged",
    "closed",
    "taken over",
  ),
  { maxLength: 40 },
);

describe("a job, from its trigger to its end", () => {
  it.each([
    ["merge", true, "verified"],
    ["push", true, "verified"],
    ["merge", false, "still unhealthy"],
  ] as const)("in mode %s, when the revert helps: %s, ends as %s", (mode, helps, outcome) => {
    const world = newWorld(helps);
    live(world, [], mode);
    const [job] = foldJobs(world.lines);
    expect(job).toMatchObject({ outcome });
    expect(world).toMatchObject({ landed: 1, incident: true, quarantined: helps });
    expect(job?.timeline.map(({ station }) => station)).toContain("verification");
  });

  it("in mode propose waits for a person, calls once, and goes on when they merge", () => {
    const world = newWorld(true);
    live(world, [...Array.from({ length: 60 }, () => "nothing" as const), "merged"], "propose");
    expect(foldJobs(world.lines)).toMatchObject([
      { outcome: "verified", landedBy: "dlee", escalated: ["awaiting review"] },
    ]);
  });

  it("has each effect once, and ends, whatever happens on the way (I1, I2, L1)", () => {
    fc.assert(
      fc.property(modes, fc.boolean(), events, (mode, helps, all) => {
        const world = newWorld(helps);
        live(world, all, mode);
        expect(world.opened).toBeLessThanOrEqual(1);
        expect(world.landed).toBeLessThanOrEqual(1);
        const open = foldJobs(world.lines).filter(({ endedAtMs }) => endedAtMs === undefined);
        // Only a pull request that waits for a person, or one that can be seen to do so, stays.
        expect(open.length === 0 || world.attempt.kind === "open").toBe(true);
        expect(world.incident || world.attempt.kind !== "landed").toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("does nothing more to what a person closed or took over (I7), even without its ledger", () => {
    const vetoes = fc.constantFrom<Event>("closed", "taken over");
    fc.assert(
      fc.property(vetoes, events, (veto, all) => {
        const world = newWorld(true);
        live(world, ["nothing", "nothing", "nothing", veto, "ledger lost", ...all], "merge");
        expect(world.landed).toBeLessThanOrEqual(1);
        const isVetoed = world.attempt.kind === "closed" || world.attempt.kind === "taken-over";
        expect(isVetoed && world.landed > 0).toBe(false);
        expect(world.opened).toBeLessThanOrEqual(1);
      }),
    );
  });
});
