/**
 * Everything that station *decision* looks at, as plain JSON: what is not in here plays no part, so a decision can be recorded, replayed
 * and tested by its facts alone (safety.md I22). What is missing was not looked at; what could not be told says so. Neither is ever taken for
 * "nothing is wrong" (I8).
 */
import type { Blocker } from "../engine/engine-state.ts";
import type { EvidenceKind } from "../model/evidence.ts";
import type { HoldReason } from "../model/hold.ts";
import type { Mode } from "../model/mode.ts";
import type { HealthVerdict } from "../signal/verdict.ts";

export interface DecisionFacts {
  /** Epoch ms, by our clock. */
  readonly nowMs: number;
  readonly target: { readonly name: string; readonly environment?: string; readonly repository: string };
  /**
   * A person asked for this revert: nobody's health has to be bad, and time, number and risks only warn. One who was asked, and goes on after a
   * veto, is given an `attempt` of `none`.
   */
  readonly personal?: true;
  readonly verdict: HealthVerdict;
  readonly policy: DecisionPolicy;
  readonly restrictions: RestrictionFacts;
  /** What runs, as the engine says. Missing: it has not said. */
  readonly live?: LiveFacts;
  /** What a revert would do. Missing: not planned yet, see `HeldDecision.needs`. */
  readonly plan?: PlanFacts;
  readonly forge: ForgeFacts;
  /** Freeze windows that are open now. */
  readonly freezes: readonly FreezeFact[];
  /** The open storm that the target is part of. */
  readonly storm?: { readonly targets: number; readonly sinceMs: number };
  /** What keeps a revert from reaching the cluster. */
  readonly blockers: readonly Blocker[];
  readonly ledger: LedgerFacts;
  /** False: another replica holds it. True also where there is none to hold. */
  readonly leaseHeld: boolean;
  /** Another revert that is under way in the same repository. */
  readonly otherJob?: { readonly job: string; readonly target: string };
}

/** What a policy of the configuration says about acting: `Policy` in src/config fits as it is. */
export interface DecisionPolicy {
  readonly name: string;
  readonly mode: Mode;
  readonly bad: { readonly forMs: number; readonly samples: number };
  readonly limits: {
    readonly suspectAgeMs: number;
    readonly checkpointAgeMs: number;
    readonly commits: number;
    readonly cooldownMs: number;
    /** Reverts per 24 hours: opened, and landed by lastgood, each counted by itself. */
    readonly perTarget: number;
    readonly perRepository: number;
    readonly total: number;
  };
  /** Globs, without case: of names, addresses and logins; of paths. */
  readonly never: { readonly authors: readonly string[]; readonly paths: readonly string[] };
}

/** What annotations on the engine's object and on manifests ask for. They only ever restrict (I21). */
export interface RestrictionFacts {
  readonly suspended?: Said & { readonly untilMs?: number };
  readonly mode?: Said & { readonly atMost: Mode };
  /** Never to be reverted by lastgood itself. */
  readonly optedOut?: Said;
}

/** Where a restriction stands, in words for people (untrusted parts escaped): `annotation on application/argocd/web: "load test"`. */
export interface Said {
  readonly said: string;
}

export interface LiveFacts {
  /** As the engine reports it. */
  readonly revision: string;
  readonly content?: string;
  /** Is it there, could it not be applied, or is that still under way? */
  readonly applied: "applied" | "failed" | "under way" | "unknown";
  /** The earliest time at which it is known to have run or landed: engine, forge, commit. Epoch ms. */
  readonly sinceMs?: number;
  /** The newest commit of the target on its branch, when the engine has not taken it yet. */
  readonly newer?: { readonly revision: string; readonly by: string };
}

/** What the line has found behind the decision: a plan, nothing to do, or a hold of its own. */
export type PlanFacts =
  | PlanSummary
  /** The target holds what it would be taken back to. */
  | { readonly kind: "nothing"; readonly key?: string; readonly found?: string }
  /** `NoCheckpoint`, `TargetGone`, `Quarantined`, `NotAncestor`, `Conflict`, … */
  | { readonly kind: "hold"; readonly key?: string; readonly reason: HoldReason; readonly message: string };

export interface PlanSummary {
  readonly kind: "plan";
  /** Of the suspect's content: see `revertKey`. */
  readonly key: string;
  readonly checkpoint: CheckpointFacts;
  /** The commits whose work goes, newest first. */
  readonly suspects: readonly SuspectFacts[];
  /** Revisions of the target that are dropped: `suspects` may be fewer. */
  readonly commits: number;
  /** Of these, the newest few, newest first. Missing: the suspects are all. */
  readonly undone?: readonly string[];
  /** Only what carries traffic goes back, before the rest: why that is enough for now. */
  readonly first?: string;
  /** Paths that change, from the root of the repository. */
  readonly paths: readonly string[];
  /** Good and bad hold the same, or the suspect changes nothing of the target: git is not the cause. */
  readonly sameContent: boolean;
  /** Named by `findRisks`; `blocks`: not by lastgood itself. */
  readonly risks: readonly RiskFact[];
}

export interface RiskFact {
  readonly code: string;
  readonly message: string;
  readonly blocks: boolean;
}

export interface CheckpointFacts {
  readonly revision: string;
  readonly content?: string;
  /** The strongest; missing: nothing proves it. */
  readonly evidence?: EvidenceKind;
  /** When it is last known to have been good: proven, or replaced by what came after it. Epoch ms. */
  readonly goodAtMs?: number;
}

export interface SuspectFacts {
  readonly revision: string;
  /** Name, address and logins, as far as they are known. */
  readonly authors: readonly string[];
  /** `Lastgood-Skip`, the label, the line in its pull request: who said so, where. */
  readonly optedOut?: Said;
  /** Whether it opts out cannot be read: why. */
  readonly optOutUnknown?: string;
  /** It says of itself that it takes something back. */
  readonly reverts?: { readonly by: "lastgood" | "person" };
}

export interface FreezeFact {
  /** `0 16 * * FRI for 64h`: for people. */
  readonly name: string;
  readonly mode: Mode;
  /** When it ends, epoch ms. */
  readonly untilMs?: number;
  /** Somebody with the right to do so has lifted it. */
  readonly liftedBy?: string;
}

export type LedgerFacts =
  | { readonly state: "sound" }
  /** Safe mode: nothing unattended before git, the forge and the ledger agree again (I16). */
  | { readonly state: "damaged" | "rewound" | "newer" | "unreadable"; readonly message: string };

/** What the forge says. Missing parts were not asked for. */
export type ForgeFacts =
  | { readonly state: "unreachable"; readonly message: string }
  | {
      readonly state: "read";
      /** What time it was there, epoch ms: budgets are counted by its clock, so that ours may jump. Missing: ours. */
      readonly clockMs?: number;
      /** Missing: not looked at yet. */
      readonly killSwitch?: KillSwitch;
      /** Missing: not looked for yet. */
      readonly attempt?: AttemptFacts;
      /** Every revert of lastgood's in the last days, of all repositories. Missing: not counted yet. */
      readonly reverts?: readonly PastRevert[];
    };

export type KillSwitch =
  | { readonly state: "clear" }
  | {
      readonly state: "set";
      readonly by?: string;
      readonly access: "write" | "none" | "unknown";
      readonly url?: string;
    }
  | { readonly state: "unreadable"; readonly message: string };

/** How far the revert of one key has come on the forge. Read there, never from the ledger (I7). */
export type AttemptFacts =
  | { readonly kind: "unknown"; readonly message: string }
  | { readonly kind: "none" }
  /** On its branch, without a pull request: the run before ended too early, or there are none here. */
  | { readonly kind: "branch"; readonly branch: string; readonly head: string; readonly job?: string }
  | (Proposal & {
      readonly kind: "open";
      readonly head: string;
      /** Ordered to be merged by the forge itself, by lastgood. */
      readonly armed?: boolean;
      /** Its branch no longer holds the plan. */
      readonly outdated?: boolean;
      /** What it waits for, in the forge's words. */
      readonly waitingFor?: string;
      /** Nothing but a person can make it mergeable. */
      readonly refused?: string;
    })
  /** A person works on it, or wants it left alone (foreign commit, edited text, draft, label): `message` says who and what. */
  | (Proposal & { readonly kind: "taken-over"; readonly message: string; readonly armed?: boolean })
  | (Proposal & {
      readonly kind: "closed";
      readonly by?: string;
      /** By lastgood itself, when something else took the place of what it reverts: nobody's no. */
      readonly superseded?: true;
    })
  /** Merged, or pushed without a pull request. */
  | (Partial<Proposal> & {
      readonly kind: "landed";
      readonly commit: string;
      /** By the forge's clock. */
      readonly atMs: number;
      readonly by?: string;
      /** The target's content there is not the plan's (I11). */
      readonly altered?: boolean;
      /** Its pull request says already how it ended (label). */
      readonly told?: boolean;
    });

export interface Proposal {
  readonly number: number;
  readonly url: string;
  readonly openedAtMs: number;
  /** The job that it names. */
  readonly job?: string;
}

/** A revert of the past, as the forge and the ledger tell of it. */
export interface PastRevert {
  readonly target: string;
  readonly repository: string;
  readonly key: string;
  readonly openedAtMs: number;
  /** Merged or pushed. */
  readonly landed?: { readonly atMs: number; readonly by: "lastgood" | "person" };
  readonly closedAtMs?: number;
  readonly outcome?: "verified" | "still unhealthy";
  readonly pullRequest?: number;
}
