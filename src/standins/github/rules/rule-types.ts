/** What can be asked of a branch, by rulesets (docs.github.com/rest/repos/rules) and by classic protection. */

export interface RequiredCheck {
  readonly context: string;
  /** Binds it to one App. */
  readonly appId?: number;
}

export interface ReviewRule {
  readonly type: "pull_request";
  readonly approvals: number;
  readonly dismissStale: boolean;
  readonly codeOwners: boolean;
  readonly conversations: boolean;
  /** The last push must be approved by somebody else than who pushed. */
  readonly lastPush: boolean;
  readonly methods: readonly ("merge" | "squash" | "rebase")[];
}

export interface ChecksRule {
  readonly type: "required_status_checks";
  /** The head must contain the base's tip. */
  readonly strict: boolean;
  readonly checks: readonly RequiredCheck[];
}

export interface MessageRule {
  readonly type: "commit_message_pattern";
  readonly operator: "starts_with" | "ends_with" | "contains" | "regex";
  readonly pattern: string;
  readonly negate: boolean;
}

export interface QueueRule {
  readonly type: "merge_queue";
  readonly method: "merge" | "squash" | "rebase";
}

/** `pushers` (who may write the branch at all) and `conversations` are classic protection's own. */
export type Rule =
  | ReviewRule
  | ChecksRule
  | MessageRule
  | QueueRule
  | { readonly type: "required_signatures" | "required_linear_history" }
  | { readonly type: "non_fast_forward" | "creation" | "update" | "deletion" }
  | { readonly type: "conversations" }
  | { readonly type: "pushers"; readonly names: readonly string[] };

export interface BypassActor {
  readonly actorId: number;
  readonly actorType: "Integration" | "RepositoryRole" | "OrganizationAdmin";
  /** `pull_request`: only by merging. */
  readonly mode: "always" | "pull_request";
}

/** A ruleset for branches (docs.github.com/rest/repos/rules). */
export interface Ruleset {
  readonly id: number;
  readonly name: string;
  readonly enforcement: "active" | "evaluate" | "disabled";
  /** `~ALL`, `~DEFAULT_BRANCH`, or full references with `*` and `**`. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly bypass: readonly BypassActor[];
  readonly rules: readonly Rule[];
  readonly createdAtMs: number;
}
