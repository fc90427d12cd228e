/** How a job begins: by a bad verdict, or with what an earlier run has left on the forge. */
import { type HeldDecision, isTriggered } from "../decision/decision.ts";
import type { AttemptFacts, Proposal } from "../decision/facts.ts";
import { toIso } from "../model/time.ts";
import type { JobSubject } from "./job-record.ts";
import type { Job } from "./job.ts";
import type { Step, StepFacts } from "./step.ts";
import { idle, wait } from "./wait-steps.ts";

export type Landed = Extract<AttemptFacts, { readonly kind: "landed" }>;
export type Open = Extract<AttemptFacts, { readonly kind: "open" }>;

/** It waits for its turn. */
export function queued({
  reason,
  message,
  untilMs,
  key,
}: HeldDecision): Extract<Step, { kind: "record-job" }>["transition"] {
  return {
    status: "Queued",
    station: "decision",
    detail: message,
    reason,
    ...(key === undefined ? {} : { key }),
    ...(untilMs === undefined ? {} : { until: toIso(untilMs) }),
  };
}

/** Another replica acts: what it has begun is not ended by who only looks on. */
export function isOfAnother({ reason, checks }: HeldDecision): boolean {
  const first = checks.find(({ passed, needs }) => !passed && needs === undefined);
  return reason === "Disabled" && first?.guard === "lease";
}

/** A new job, when a bad verdict asks for one, and the last one did not end with the same answer. */
export function begin(facts: StepFacts): Step {
  const { job: last, decision } = facts;
  if (!isTriggered(decision)) return idle(decision.message);
  if (decision.kind === "hold" && (decision.needs.length > 0 || isOfAnother(decision))) return wait(decision.message);
  // That it failed before this came is seen once, by whoever watched: another one, started since, only sees that it fails.
  if (last?.outcome === "held" && last.reason === "Environment")
    return idle(`held, Environment, before: ${last.detail}`);
  const isSame = last?.outcome === "held" && decision.kind === "hold" && last.reason === decision.reason;
  if (isSame) return idle(`held, ${decision.reason}, as before: ${decision.message}`);
  const ended = last === undefined ? undefined : givenUp(last);
  if (ended !== undefined) return ended;
  const subject = beginning(facts);
  if (decision.kind === "hold") return { kind: "record-job", transition: { ...queued(decision), ...subject } };
  const station = decision.mode === "push" ? "merge" : "pull request";
  const detail = decision.message;
  return { kind: "record-job", transition: { status: "In Progress", station, detail, ...subject, key: decision.key } };
}

/** What failed, or was cancelled, is not begun again for the same suspect unless a person says so. */
export function givenUp({ id, status, outcome, detail }: Job): Step | undefined {
  if (status !== "Exception" && outcome !== "cancelled") return undefined;
  return idle(`job ${id} has ended (${outcome ?? status}): ${detail}`);
}

/** A branch of ours is there, and no job on record: it goes on under its own name, if it still may. */
export function adoptOrBegin(
  facts: StepFacts,
  { branch, head, job }: Extract<AttemptFacts, { readonly kind: "branch" }>,
): Step {
  const step = begin(facts);
  if (step.kind !== "record-job" || job === undefined || facts.job?.id === job) return step;
  return { ...step, adopt: job, transition: { ...step.transition, branch, commit: head } };
}

/** What is there already is gone on with, under its own name. */
export function adopt(
  facts: StepFacts,
  attempt: Open | Landed,
  { station, detail }: { readonly station: "pull request" | "sync"; readonly detail: string },
): Step {
  const { number, url, job }: Partial<Proposal> = attempt;
  const { key = facts.decision.key } = facts;
  const named = job !== undefined && facts.job?.id !== job ? { adopt: job } : {};
  return {
    kind: "record-job",
    ...named,
    transition: {
      status: "In Progress",
      station,
      detail,
      ...beginning(facts),
      ...(key === undefined ? {} : { key }),
      ...(number === undefined ? {} : { pullRequest: number }),
      ...(url === undefined ? {} : { url }),
    },
  };
}

/** What is known as a job begins. */
function beginning({ suspect, checkpoint, failingSinceMs }: StepFacts): Partial<JobSubject> {
  return {
    ...(suspect === undefined ? {} : { suspect }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(failingSinceMs === undefined ? {} : { since: toIso(failingSinceMs) }),
  };
}
