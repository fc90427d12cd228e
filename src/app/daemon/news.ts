/** From a step of a job to what people are told of it: once per transition, whoever is told and however often it is recorded. */
import type { Escalation, JobOutcome } from "../../core/job/job-record.ts";
import type { Job } from "../../core/job/job.ts";
import type { Transition } from "../../core/job/transition.ts";
import type { EventName } from "../../core/model/event.ts";
import type { Notification } from "../../core/notification/notification.ts";
import type { TargetLook } from "./daemon-lane.ts";

export interface NewsFacts {
  readonly look: TargetLook;
  /** As it was before; missing: it begins. */
  readonly before?: Job;
  readonly job: string;
  readonly transition: Transition;
  readonly nowMs: number;
}

/** What a transition is worth telling; nothing for those that only matter to lastgood. */
export function newsOf(facts: NewsFacts): readonly Notification[] {
  return eventsOf(facts).map((event) => notificationOf(event, facts));
}

function eventsOf({ before, transition }: NewsFacts): readonly EventName[] {
  const { pullRequest, landed, reachedAt, escalated, outcome, reason } = transition;
  const isAgain = reason === "AlreadyReverted";
  return [
    ...(before === undefined && pullRequest === undefined && outcome === undefined
      ? (["RegressionDetected"] as const)
      : []),
    ...(pullRequest !== undefined && before?.pullRequest === undefined ? (["RevertProposed"] as const) : []),
    ...(landed !== undefined && before?.landed === undefined && !isAgain ? (["RevertMerged"] as const) : []),
    ...(reachedAt !== undefined && before?.reachedAt === undefined ? (["RevertSynced"] as const) : []),
    ...(escalated === undefined ? [] : [isConflict(transition) ? "RevertConflict" : ESCALATED[escalated]]),
    ...(outcome === undefined ? [] : endOf(outcome, transition, before)),
  ];
}

const ESCALATED: { readonly [about in Escalation]: EventName } = {
  held: "RevertHeld",
  "awaiting review": "RevertHeld",
  "not mergeable": "RevertHeld",
  "not delivered": "RevertFailed",
  "still unhealthy": "RevertStillUnhealthy",
  failed: "RevertFailed",
};

function isConflict({ reason }: Transition): boolean {
  return reason === "Conflict";
}

/** Who was called already hears nothing more of the same. */
function endOf(outcome: JobOutcome, transition: Transition, before: Job | undefined): readonly EventName[] {
  const called = before?.escalated ?? [];
  switch (outcome) {
    case "verified":
      return ["RevertVerified"];
    case "rejected":
      return ["RevertRejected"];
    case "superseded":
    case "nothing to do":
    case "cancelled":
      return ["RevertSuperseded"];
    case "held":
      return called.includes("held") ? [] : [isConflict(transition) ? "RevertConflict" : "RevertHeld"];
    case "failed":
      return called.includes("failed") ? [] : ["RevertFailed"];
    case "not delivered":
      return called.includes("not delivered") ? [] : ["RevertFailed"];
    case "still unhealthy":
    case "timeout":
      return called.includes("still unhealthy") ? [] : ["RevertStillUnhealthy"];
  }
}

function notificationOf(event: EventName, { look, before, job, transition, nowMs }: NewsFacts): Notification {
  const { target } = look.observed.watched;
  const [state] = look.observed.states;
  const url = transition.url ?? before?.url;
  const revision = transition.landed ?? before?.landed ?? transition.suspect ?? before?.suspect;
  const about = transition.escalated === undefined ? "" : ` ${transition.escalated}`;
  return {
    event,
    key: `${job} ${event}${about}`,
    incident: job,
    target: target.name,
    ...(target.environment === undefined ? {} : { environment: target.environment }),
    message: transition.detail,
    ...(revision === undefined ? {} : { revision }),
    ...(url === undefined ? {} : { url }),
    job,
    atMs: nowMs,
    ...(state === undefined ? {} : { about: { ...state.id, uid: state.uid } }),
  };
}
