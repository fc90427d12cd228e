/** After a revert has landed: see that it arrives, that it helps, and that what was bad stays away. Nothing in git is written any more. */
import type { AttemptFacts } from "../decision/facts.ts";
import { toIso } from "../model/time.ts";
import type { Verification } from "../verification.ts";
import { endStep, escalateOnce, failStep, recordStep } from "./end-steps.ts";
import type { Escalation, JobOutcome } from "./job-record.ts";
import type { Job } from "./job.ts";
import type { Step, StepFacts } from "./step.ts";

const POLL_MS = 15_000;

interface LandedJob {
  readonly job: Job;
  readonly attempt: Extract<AttemptFacts, { readonly kind: "landed" }>;
}

/** What comes next for a job whose revert is on the target's branch. */
export function landedStep(facts: StepFacts, { job, attempt }: LandedJob): Step {
  const { verification } = facts;
  const { commit, altered, by, atMs } = attempt;
  if (job.landed !== commit) {
    const news = { landed: commit, landedAt: toIso(atMs), ...(by === undefined ? {} : { landedBy: by }) };
    return recordStep(job, { station: "sync", detail: "landed, waiting for the engine", news });
  }
  if (altered === true) {
    const message = "after the merge the target does not hold what was planned";
    return failStep(job, { code: "ForgeConflict", message });
  }
  if (verification === undefined) return wait("whether it has arrived is not known yet", facts.nowMs + POLL_MS, facts);
  return verificationStep(facts, job, verification);
}

function verificationStep(facts: StepFacts, job: Job, verification: Verification): Step {
  const { message } = verification;
  switch (verification.kind) {
    case "on its way":
      return onItsWay(facts, job, verification);
    case "not delivered":
      // A daemon that was away for so long has not even asked.
      if (job.askedAtMs === undefined && verification.blocker === undefined) return askToLook(job);
      return unhappy(facts, { job, outcome: "not delivered", about: "not delivered", why: message });
    case "verifying": {
      return arrived(job, verification) ?? wait(message, verification.untilMs, facts);
    }
    case "verified":
      return arrived(job, verification) ?? verified(facts, job, message);
    case "still unhealthy":
      return (
        arrived(job, verification) ??
        unhappy(facts, { job, outcome: "still unhealthy", about: "still unhealthy", why: message })
      );
    case "timeout":
      return (
        arrived(job, verification) ??
        unhappy(facts, { job, outcome: "timeout", about: "still unhealthy", why: `it cannot be verified: ${message}` })
      );
    case "superseded":
      return endStep("superseded", { job, detail: message });
  }
}

function onItsWay(
  facts: StepFacts,
  job: Job,
  { message, blocker, untilMs }: Extract<Verification, { readonly kind: "on its way" }>,
): Step {
  if (blocker !== undefined) {
    const command = blocker.command === undefined ? "" : ` (${blocker.command})`;
    const why = `the revert does not arrive: ${message}${command}`;
    return escalateOnce(job, { about: "not delivered", why }) ?? wait(message, untilMs, facts);
  }
  return job.askedAtMs === undefined ? askToLook(job) : wait(message, untilMs, facts);
}

function askToLook({ landed = "" }: Job): Step {
  const transition = {
    status: "In Progress",
    station: "sync",
    detail: "asked the engine to look",
    asked: true,
  } as const;
  return { kind: "ask-to-look", landed, transition };
}

/** That it has arrived is recorded once. */
function arrived(job: Job, { reachedAtMs }: { readonly reachedAtMs: number }): Step | undefined {
  if (job.reachedAt !== undefined) return undefined;
  const news = { reachedAt: toIso(reachedAtMs) };
  return recordStep(job, { station: "verification", detail: "the revert runs; is it well?", news });
}

function verified({ effects }: StepFacts, job: Job, message: string): Step {
  if (!effects.quarantined) return { kind: "quarantine", landed: job.landed ?? "" };
  if (effects.incident === undefined) return { kind: "open-incident", outcome: "verified", why: message };
  return endStep("verified", { job, detail: message });
}

interface Unhappy {
  readonly job: Job;
  readonly outcome: JobOutcome;
  readonly about: Escalation;
  readonly why: string;
}

/** People are called once, and find an issue; nothing is reverted again (I3). Nothing is quarantined: it may not have been the cause. */
function unhappy({ effects }: StepFacts, { job, outcome, about, why }: Unhappy): Step {
  if (effects.incident === undefined) return { kind: "open-incident", outcome, why };
  return escalateOnce(job, { about, why }) ?? endStep(outcome, { job, detail: why });
}

function wait(why: string, untilMs: number, { nowMs }: StepFacts): Step {
  return { kind: "wait", why, untilMs, requeueAfterMs: Math.min(POLL_MS, Math.max(1000, untilMs - nowMs)) };
}
