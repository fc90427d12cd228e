/**
 * What a job does next. Derived from facts alone, each time anew: what the forge and the engine say counts, and the ledger only adds what they
 * cannot know. So a daemon that was killed, or has lost its ledger, goes on where the world is.
 *
 * Every job ends (L1): what waits for lastgood or the engine has a deadline. Only a pull request that waits for a person stays open, and
 * people are called for it once.
 */
import type { Decision, HeldDecision } from "../decision/decision.ts";
import type { AttemptFacts } from "../decision/facts.ts";
import { escapeText, shorten } from "../model/escape.ts";
import { shortId } from "../model/git.ts";
import type { HoldReason } from "../model/hold.ts";
import { formatDuration } from "../model/time.ts";
import { adopt, adoptOrBegin, begin, givenUp, isOfAnother, type Landed, type Open, queued } from "./begin-step.ts";
import { endStep, escalateOnce, recordStep } from "./end-steps.ts";
import { isEnded, type Job } from "./job.ts";
import { landedStep } from "./landed-step.ts";
import type { Step, StepFacts } from "./step.ts";
import { idle, wait, waitFor } from "./wait-steps.ts";

/** A pull request of a failing target that nobody merges (E2). */
const REVIEW_MS = 900_000;
/** The longest that a job waits to begin, and that the forge may keep silent. */
const QUEUE_MS = 86_400_000;

/** The next step; see `Step` for what each of them asks for. */
export function nextStep(facts: StepFacts): Step {
  const { attempt = { kind: "none" } } = facts;
  switch (attempt.kind) {
    case "unknown":
      return unclear(facts, attempt.message);
    case "landed":
      return landed(facts, attempt);
    case "closed":
      return closed(facts, attempt);
    case "taken-over":
      return takenOver(facts, attempt);
    case "open":
      return open(facts, attempt);
    case "branch":
    case "none":
      return notProposed(facts, attempt);
  }
}

function activeJob({ job }: StepFacts): Job | undefined {
  return job === undefined || isEnded(job) ? undefined : job;
}

/** The forge gives no clear answer: nothing is done on it (H106), and it is not waited for for ever (L2). */
function unclear(facts: StepFacts, message: string): Step {
  const job = activeJob(facts);
  const why = `the forge gives no clear answer: ${message}`;
  if (job === undefined) return wait(why);
  const lateMs = facts.nowMs - job.updatedAtMs;
  if (lateMs < QUEUE_MS) return wait(why);
  return escalateOnce(job, { about: "failed", why }) ?? endStep("timeout", { job, detail: why });
}

function landed(facts: StepFacts, attempt: Landed): Step {
  const { job, decision } = facts;
  const active = activeJob(facts);
  const isAgain = active?.reason === "AlreadyReverted";
  if (active !== undefined && !isAgain) return landedStep(facts, { job: active, attempt });
  if (active !== undefined && decision.kind === "hold") return held(facts, { job: active, decision });
  const isOver = attempt.told === true || job?.landed === attempt.commit;
  if (!isOver) return adopt(facts, attempt, { station: "sync", detail: landedText(attempt) });
  // The same bad content is live again: people are told once, by a job of its own.
  const step = begin(facts);
  if (step.kind !== "record-job") return step;
  const named = facts.key === undefined ? {} : { key: facts.key };
  return { ...step, transition: { ...step.transition, landed: attempt.commit, ...named } };
}

function landedText({ number, by, commit }: Landed): string {
  const what = number === undefined ? "pushed" : `#${number} was merged`;
  return `${what} as ${shortId(commit)}${by === undefined ? "" : ` by ${escapeText(shorten(by, 100))}`}`;
}

function closed(facts: StepFacts, attempt: Extract<AttemptFacts, { readonly kind: "closed" }>): Step {
  const { number, by, superseded } = attempt;
  const job = activeJob(facts);
  if (superseded === true) return setAside(facts, attempt);
  if (job === undefined) return idle(`#${number} was closed: it is not proposed again`);
  const who = by === undefined ? "" : ` by ${escapeText(shorten(by, 100))}`;
  return endStep("rejected", { job, detail: `#${number} was closed${who}` });
}

/** Closed by lastgood itself: the job that was about it is over; comes the same back, it is opened again. */
function setAside(facts: StepFacts, { number }: Extract<AttemptFacts, { readonly kind: "closed" }>): Step {
  const { decision } = facts;
  const job = activeJob(facts);
  if (job === undefined) return begin(facts);
  if (job.pullRequest === number) {
    return endStep("superseded", { job, detail: `something else took the place of what #${number} reverts` });
  }
  return decision.kind === "act" ? proceed(decision, job) : held(facts, { job, decision });
}

function takenOver(facts: StepFacts, attempt: Extract<AttemptFacts, { readonly kind: "taken-over" }>): Step {
  const { number, armed, message } = attempt;
  if (armed === true) return { kind: "disarm", number, why: message };
  const job = activeJob(facts);
  if (job === undefined) return idle(`#${number} is left to people`);
  return endStep("held", { job, reason: "Vetoed", detail: `#${number} is left to people: ${message}` });
}

function open(facts: StepFacts, attempt: Open): Step {
  const { decision, replacedBy } = facts;
  const { number, armed } = attempt;
  const job = activeJob(facts);
  const mayMerge = decision.kind === "act" && decision.mode !== "propose" && isAbout(decision, job);
  const ended = job === undefined && facts.job?.pullRequest === number ? givenUp(facts.job) : undefined;
  // What is on record as merged is not open again: the answer is an old one.
  if (job?.landed !== undefined && job.pullRequest === number) return unclear(facts, `it shows #${number} open`);
  // What was ordered must not happen once something stands in its way: a guard, or a person who cancelled it.
  if (armed === true && (!mayMerge || ended !== undefined)) {
    return { kind: "disarm", number, why: ended?.kind === "idle" ? ended.why : decision.message };
  }
  if (job === undefined) {
    return ended ?? adopt(facts, attempt, { station: "pull request", detail: `#${number} is open` });
  }
  if (job.pullRequest !== number) {
    const news = { pullRequest: number, url: attempt.url, commit: attempt.head };
    return recordStep(job, { station: "pull request", detail: `opened #${number}`, news });
  }
  const other = replacedBy?.revision ?? (isAbout(decision, job) ? undefined : facts.suspect);
  if (other !== undefined) {
    return endStep("superseded", {
      job,
      detail: `${escapeText(shortId(other))} took the place of what #${number} reverts`,
    });
  }
  if (decision.kind === "hold" && decision.reason !== "AlreadyOpen") return waitFor(decision, facts.nowMs);
  if (attempt.outdated === true) {
    return { kind: "update", key: job.key ?? "", number, why: "its branch no longer holds the plan" };
  }
  return mayMerge ? merge(facts, { job, attempt }) : review(facts, { job, attempt });
}

interface OpenJob {
  readonly job: Job;
  readonly attempt: Open;
}

function merge({ nowMs, policy }: StepFacts, { job, attempt }: OpenJob): Step {
  const { number, head, armed, refused, waitingFor } = attempt;
  if (job.station !== "merge") return recordStep(job, { station: "merge", detail: `merging #${number}` });
  if (refused !== undefined) {
    return (
      escalateOnce(job, { about: "not mergeable", why: `#${number} cannot be merged: ${refused}` }) ?? wait(refused)
    );
  }
  const startMs = job.timeline.find(({ station }) => station === "merge")?.atMs ?? job.updatedAtMs;
  if (nowMs - startMs >= policy.verify.timeoutMs) {
    const why = `#${number} has not been merged for ${formatDuration(nowMs - startMs)}: ${waitingFor ?? "no reason is known"}`;
    const step = escalateOnce(job, { about: "not mergeable", why });
    if (step !== undefined) return step;
  }
  return armed === true ? wait(waitingFor ?? "the forge merges it") : { kind: "merge", number, head };
}

function review({ nowMs, failingSinceMs }: StepFacts, { job, attempt }: OpenJob): Step {
  const { number, openedAtMs, waitingFor } = attempt;
  const isLate = failingSinceMs !== undefined && nowMs - openedAtMs >= REVIEW_MS;
  const why = `#${number} waits for a person to merge it`;
  if (isLate) {
    const since = formatDuration(nowMs - openedAtMs);
    const step = escalateOnce(job, {
      about: "awaiting review",
      why: `${why}, for ${since}, and the target still fails`,
    });
    if (step !== undefined) return step;
  }
  return wait(waitingFor === undefined ? why : `${why}: ${waitingFor}`);
}

/** Nothing is proposed: there may be a branch, left by a run that ended too early. */
function notProposed(facts: StepFacts, attempt: Extract<AttemptFacts, { readonly kind: "branch" | "none" }>): Step {
  const { decision, job: known } = facts;
  const job = activeJob(facts);
  const wasThere = known?.pullRequest !== undefined || known?.landed !== undefined;
  const isSame = known?.key !== undefined && known.key === (decision.key ?? job?.key);
  if (facts.attempt !== undefined && wasThere && isSame) return vanished(known, facts);
  if (job === undefined) return attempt.kind === "branch" ? adoptOrBegin(facts, attempt) : begin(facts);
  if (job.key !== undefined && !isAbout(decision, job)) {
    return endStep("superseded", { job, detail: "something else is live by now" });
  }
  return decision.kind === "act" ? proceed(decision, job) : held(facts, { job, decision });
}

/** What was there before does not just cease to be: it is not made a second time (F5). */
function vanished(job: Job, facts: StepFacts): Step {
  const what = job.pullRequest === undefined ? shortId(job.landed ?? "") : `#${job.pullRequest}`;
  const why = `the forge no longer knows ${what}`;
  return isEnded(job) ? idle(why) : unclear({ ...facts, job }, why);
}

function proceed(decision: Extract<Decision, { readonly kind: "act" }>, job: Job): Step {
  const { key, mode } = decision;
  const station = mode === "push" ? "merge" : "pull request";
  if (job.status !== "In Progress" || job.key !== key || job.station !== station) {
    return recordStep(job, { station, detail: decision.message, news: { key } });
  }
  return mode === "push" ? { kind: "push", key } : { kind: "propose", key };
}

/** Holds that end by themselves; a job waits for them, and nothing is decided. */
const WAITS: readonly HoldReason[] = [
  "InProgress",
  "Inconclusive",
  "Cooldown",
  "Frozen",
  "BudgetExhausted",
  "ManyTargets",
  "Superseded",
  "StalePlan",
  "AlreadyOpen",
];

/** Holds for which nobody is called: people have said so themselves, it passes, or the daemon calls once for all targets. */
const QUIET: readonly HoldReason[] = [
  "Healthy",
  "AlreadyOpen",
  "InProgress",
  "Inconclusive",
  "Frozen",
  "ManyTargets",
  "Suspended",
  "Disabled",
  "Vetoed",
  "OptedOut",
  "ObserveOnly",
  "Superseded",
  "StalePlan",
];

function held({ nowMs }: StepFacts, { job, decision }: { readonly job: Job; readonly decision: HeldDecision }): Step {
  const { reason, message, needs } = decision;
  if (needs.length > 0 || isOfAnother(decision)) return wait(message);
  if (reason === "Healthy") return endStep("nothing to do", { job, detail: `it is well again: ${message}` });
  if (!QUIET.includes(reason)) {
    const step = escalateOnce(job, { about: "held", why: `held, ${reason}: ${message}` });
    if (step !== undefined) return step;
  }
  const waits = WAITS.includes(reason) || decision.untilMs !== undefined;
  if (!waits) return endStep("held", { job, reason, detail: message });
  if (nowMs - job.createdAtMs >= QUEUE_MS) {
    return endStep("held", { job, reason, detail: `${message}, for ${formatDuration(nowMs - job.createdAtMs)}` });
  }
  if (job.status !== "Queued" || job.reason !== reason) return { kind: "record-job", transition: queued(decision) };
  return waitFor(decision, nowMs);
}

/** A decision without a key is about the target, whatever it holds. */
function isAbout({ key }: Decision, job: Job | undefined): boolean {
  return key === undefined || job?.key === undefined || job.key === key;
}
