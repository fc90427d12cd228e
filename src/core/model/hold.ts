import { EXIT, type ExitCode } from "../../errors.ts";
import { type CommitId, type Revision, subjectOf } from "./git.ts";

/** Why lastgood decided not to act, and what a command ends with then. A new reason is a new row. */
export const HOLD_EXITS = {
  Healthy: EXIT.done,
  AlreadyOpen: EXIT.done,
  AlreadyReverted: EXIT.done,
  Superseded: EXIT.done,
  NoCheckpoint: EXIT.noCheckpoint,
  WeakEvidence: EXIT.noCheckpoint,
  TargetGone: EXIT.noCheckpoint,
  BudgetExhausted: EXIT.guard,
  Cooldown: EXIT.guard,
  Frozen: EXIT.guard,
  Suspended: EXIT.guard,
  Disabled: EXIT.guard,
  Vetoed: EXIT.guard,
  OptedOut: EXIT.guard,
  ObserveOnly: EXIT.guard,
  Environment: EXIT.guard,
  Irreversible: EXIT.guard,
  Quarantined: EXIT.guard,
  RevertOfRevert: EXIT.guard,
  NotAncestor: EXIT.guard,
  CheckpointTooOld: EXIT.guard,
  SuspectTooOld: EXIT.guard,
  TooManyCommits: EXIT.guard,
  InProgress: EXIT.guard,
  Inconclusive: EXIT.guard,
  ManyTargets: EXIT.guard,
  Conflict: EXIT.conflict,
  StalePlan: EXIT.conflict,
} as const satisfies Record<string, ExitCode>;

export type HoldReason = keyof typeof HOLD_EXITS;

export function isHoldReason(value: unknown): value is HoldReason {
  return typeof value === "string" && Object.hasOwn(HOLD_EXITS, value);
}

/** lastgood decided not to act. A value, recorded, never an exception. */
export interface Hold {
  readonly kind: "hold";
  readonly reason: HoldReason;
  /** One sentence: what was found. */
  readonly message: string;
  /** What a person can do now, as sentences or commands, best first. */
  readonly hints: readonly string[];
  /** `Conflict`: every place that a person has to decide. */
  readonly conflicts?: readonly Conflict[];
  /** The command that finds the same again, fit to be pasted into a shell. */
  readonly again?: string;
  /** `AlreadyReverted`: the commits that did it, newest first. */
  readonly revertedBy?: readonly Setter[];
}

/** A commit, as far as people are told who did something. */
export interface Setter {
  readonly commit: CommitId;
  readonly subject: string;
  readonly author: string;
  readonly atMs: number;
}

/** What people are told of a commit. */
export function setterOf(revision: Revision): Setter {
  return {
    commit: revision.id,
    subject: subjectOf(revision),
    author: revision.author,
    atMs: revision.committedAtMs,
  };
}

/** One place where later work overlaps what is to be undone. Values are whole, each in one line; secrets are hidden. */
export interface Conflict {
  readonly file: string;
  /** What `--resolve` takes: `Deployment/api:containers[api].image`. */
  readonly field: string;
  readonly component?: string;
  readonly display: string;
  readonly kind: string;
  readonly now?: string;
  readonly bad?: string;
  readonly good?: string;
  /** Who gave it its present value, where that is known. */
  readonly setBy?: Setter;
}

export function hold(reason: HoldReason, message: string, hints: readonly string[] = []): Hold {
  return { kind: "hold", reason, message, hints };
}
