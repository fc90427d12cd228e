/** What a job does next: a value, so that the daemon does one thing, looks again, and may be killed in between. */
import type { AttemptFacts } from "../decision/facts.ts";
import type { Decision } from "../decision/decision.ts";
import type { Verification, VerifyPolicy } from "../verification.ts";
import type { Escalation, JobOutcome } from "./job-record.ts";
import type { Job } from "./job.ts";
import type { Transition } from "./transition.ts";

export interface StepFacts {
  readonly nowMs: number;
  readonly target: { readonly name: string; readonly environment?: string; readonly repository: string };
  readonly trigger: string;
  /** What `findJob` finds. Missing: none is on record. */
  readonly job?: Job;
  readonly decision: Decision;
  /** As the forge tells it now. Missing: no key is known, so nothing was looked for. */
  readonly attempt?: AttemptFacts;
  /** The key that `attempt` is about: the job's while it goes on, else the decision's. Missing: the decision's. */
  readonly key?: string;
  /** Once it has landed. */
  readonly verification?: Verification;
  readonly effects: EffectFacts;
  /** Since when the target is seen failing now, epoch ms; missing: it is not. */
  readonly failingSinceMs?: number;
  /** The revision that is presumed bad: a full commit id. */
  readonly suspect?: string;
  readonly checkpoint?: string;
  /** What runs, or is about to, is not what the job is about any more: what came instead. */
  readonly replacedBy?: { readonly revision: string; readonly by: string };
  readonly policy: StepPolicy;
}

export type StepPolicy = VerifyPolicy;

/** What was done for this job already, read from the ledger and the forge. */
export interface EffectFacts {
  readonly quarantined: boolean;
  /** Number of the incident issue; `unavailable`: no right to open one, or no issues here. Missing: there is none yet. */
  readonly incident?: number | "unavailable";
}

/**
 * Everything that writes comes after a job record (I15), and is safe to be done twice: whoever is killed in between does it again from the
 * facts alone.
 */
export type Step =
  /** Nothing to do, and nothing to wait for. */
  | { readonly kind: "idle"; readonly why: string }
  /** Record it durably, then ask again. Without a job: a new one begins. */
  | { readonly kind: "record-job"; readonly adopt?: string; readonly transition: Transition }
  /** Make the change and open, or renew, the pull request. */
  | { readonly kind: "propose"; readonly key: string }
  | { readonly kind: "update"; readonly key: string; readonly number: number; readonly why: string }
  /** Only while the head is the one that was looked at. */
  | { readonly kind: "merge"; readonly number: number; readonly head: string }
  | { readonly kind: "push"; readonly key: string }
  /** Take back the order to merge. */
  | { readonly kind: "disarm"; readonly number: number; readonly why: string }
  /** Look again then, or when something is heard. */
  | { readonly kind: "wait"; readonly why: string; readonly requeueAfterMs: number; readonly untilMs?: number }
  /** Then record `transition`. */
  | { readonly kind: "ask-to-look"; readonly landed: string; readonly transition: Transition }
  | { readonly kind: "quarantine"; readonly landed: string }
  | { readonly kind: "open-incident"; readonly outcome: JobOutcome; readonly why: string }
  /** Call people, under the key of job and `about`; then record `transition`. */
  | { readonly kind: "escalate"; readonly about: Escalation; readonly why: string; readonly transition: Transition }
  /** Tell it where people look (comment, label, event), then record `transition`: the job has ended. */
  | { readonly kind: "end"; readonly outcome: JobOutcome; readonly transition: Transition };
