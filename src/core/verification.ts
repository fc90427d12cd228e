/** Station *verification*: a revert has landed in git; has it arrived, and did it help? */
import type { Blocker } from "./engine/engine-state.ts";
import type { HealthVerdict } from "./signal/verdict.ts";

/** What is known since the revert landed. Plain JSON. */
export interface VerificationFacts {
  readonly nowMs: number;
  readonly landed: { readonly commit: string; readonly content?: string; readonly atMs: number };
  /** Since when the target was failing: for the time to restore. */
  readonly sinceMs?: number;
  readonly delivery: DeliveryFacts;
  /** Now: of whatever runs. It counts only when that is the revert. */
  readonly verdict: HealthVerdict;
  readonly policy: VerifyPolicy;
  /** Figures of metrics at the checkpoint, and now. */
  readonly baseline: readonly Figure[];
  readonly figures: readonly Figure[];
}

/** `Policy` in src/config fits as it is. */
export interface VerifyPolicy {
  /** `Current` for so long; after so long a person is called. */
  readonly verify: { readonly forMs: number; readonly timeoutMs: number };
}

/** What a metric says of a target. */
export interface Figure {
  readonly source: string;
  readonly value: number;
  readonly better: "lower" | "higher";
  /** What the configuration allows. */
  readonly limit?: number;
}

/** Where the revert is on its way into the cluster, as the engine tells. */
export type DeliveryFacts =
  /** It has not come yet, and nothing that is known keeps it. */
  | { readonly kind: "on its way" }
  | { readonly kind: "unknown"; readonly message: string }
  | { readonly kind: "blocked"; readonly blockers: readonly [Blocker, ...Blocker[]] }
  /** It runs (or a later commit with the same content of the target does). `atMs`: when that was first seen. */
  | { readonly kind: "reached"; readonly atMs: number }
  /** Something else came after it, by somebody. */
  | { readonly kind: "superseded"; readonly revision: string; readonly by: string };

/** `untilMs`: when it is given up, or done, as far as time alone decides. */
export type Verification =
  | { readonly kind: "on its way"; readonly message: string; readonly untilMs: number; readonly blocker?: Blocker }
  | { readonly kind: "not delivered"; readonly message: string; readonly blocker?: Blocker }
  | { readonly kind: "verifying"; readonly message: string; readonly untilMs: number; readonly currentForMs: number }
  | {
      readonly kind: "verified";
      readonly message: string;
      readonly currentForMs: number;
      /** From the first symptom to now. */
      readonly afterSymptomMs?: number;
    }
  | { readonly kind: "still unhealthy"; readonly message: string }
  | { readonly kind: "superseded"; readonly message: string; readonly revision: string };
