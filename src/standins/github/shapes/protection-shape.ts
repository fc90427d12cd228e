import type { RepositoryCall } from "../call.ts";
import type { BranchRules } from "../state.ts";
import { apiOf } from "./repository-shape.ts";
import type { Schemas } from "./user-shape.ts";

export function protectionUrl({ site, repository }: RepositoryCall, branch: string): string {
  return `${apiOf(site, repository)}/branches/${encodeURIComponent(branch)}/protection`;
}

/** `GET branches/{b}/protection`; PUT answers the same. */
export function protectionShape(
  call: RepositoryCall,
  branch: string,
  rules: BranchRules,
): Schemas["branch-protection"] & Pick<Schemas["protected-branch"], "url"> {
  const url = protectionUrl(call, branch);
  return {
    url,
    ...(rules.requiredChecks === undefined
      ? {}
      : { required_status_checks: requiredChecks(url, rules.requiredChecks) }),
    ...(rules.requiredApprovals === undefined
      ? {}
      : {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            dismiss_stale_reviews: rules.dismissStaleReviews ?? false,
            require_code_owner_reviews: rules.requireCodeOwners ?? false,
            required_approving_review_count: rules.requiredApprovals,
            require_last_push_approval: rules.requireLastPushApproval ?? false,
          },
        }),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: rules.enforceAdmins ?? false },
    required_signatures: { url: `${url}/required_signatures`, enabled: rules.requireSignatures ?? false },
    required_linear_history: { enabled: rules.requireLinearHistory ?? false },
    allow_force_pushes: { enabled: rules.allowForcePushes ?? false },
    allow_deletions: { enabled: rules.allowDeletions ?? false },
    block_creations: { enabled: false },
    required_conversation_resolution: { enabled: rules.requireConversations ?? false },
    lock_branch: { enabled: false },
    allow_fork_syncing: { enabled: false },
  };
}

function requiredChecks(url: string, required: NonNullable<BranchRules["requiredChecks"]>) {
  return {
    url: `${url}/required_status_checks`,
    contexts_url: `${url}/required_status_checks/contexts`,
    strict: required.strict,
    contexts: required.checks.map((check) => check.context),
    checks: required.checks.map((check) => ({ context: check.context, app_id: check.appId ?? null })),
  };
}

/** What `GET branches/{b}` tells everybody. */
export function protectionSummary(rules: BranchRules | undefined): Schemas["branch-protection"] {
  const checks = rules?.requiredChecks?.checks ?? [];
  return {
    enabled: rules !== undefined,
    required_status_checks: {
      enforcement_level: checks.length === 0 ? "off" : rules?.enforceAdmins === true ? "everyone" : "non_admins",
      contexts: checks.map((check) => check.context),
      checks: checks.map((check) => ({ context: check.context, app_id: check.appId ?? null })),
    },
  };
}
