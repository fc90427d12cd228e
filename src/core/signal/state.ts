/**
 * The state of station *signal* for one target: everything that was seen and still matters, in a few hundred bytes. Plain JSON: it can be
 * written down, read back, and made again from the same facts.
 */
import type { Status } from "../kstatus/status.ts";
import type { Leaning } from "./policy.ts";
import type { Streak } from "./streak.ts";

export interface TargetSignal {
  readonly target: string;
  /** Missing until an engine has said what runs. */
  readonly live?: LiveRevision;
  /** By name. All of it was seen at the live revision. */
  readonly sources: { readonly [name: string]: SourceState };
  /** When it was failing: the newest few times, oldest first, at this revision and before. Only the last one may be open. */
  readonly reds: readonly RedTime[];
}

export interface LiveRevision {
  /** The first revision that was seen live with this content. A verdict is bound to it. */
  readonly revision: string;
  /** The newest one with the same content; mostly the same. */
  readonly latest: string;
  readonly content?: string;
  /** Epoch ms: first seen, last confirmed. */
  readonly sinceMs: number;
  readonly confirmedAtMs: number;
  /** The revision before, when that one was failing as this one came: it is not this one that broke it. */
  readonly inherits?: string;
  /** When its bake time was over for the first time. */
  readonly provenAtMs?: number;
}

export interface SourceState {
  readonly last?: LastSample;
  readonly good?: Streak;
  readonly bad?: Streak;
  /** When it turned from good to bad or back, epoch ms: the newest few. */
  readonly flips: readonly number[];
  /** It was failing already when the revision came, and has not been well since. */
  readonly carried?: true;
}

export interface LastSample {
  readonly leaning: Leaning;
  readonly status: Status;
  readonly atMs: number;
  readonly message: string;
  /** It said by itself which revision it is about. */
  readonly bound?: true;
  readonly unproven?: true;
  readonly rolledBack?: true;
}

/** A time in which at least one source failed. */
export interface RedTime {
  readonly startMs: number;
  /** Missing: it still does. */
  readonly endMs?: number;
  /** Failures of one cause have the same one: the revision, or the target by itself when the revision had been proven good before. */
  readonly cause: string;
}

/** How many turns and red times are remembered. */
export const REMEMBERED = 8;

/** A target that nothing is known of. */
export function newSignal(target: string): TargetSignal {
  return { target, sources: {}, reds: [] };
}
