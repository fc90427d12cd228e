import { findBranch } from "../git/refs.ts";
import { NO_CONTENT, notFound, ok, refusal } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import type { Input } from "../input.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { protectionShape } from "../shapes/protection-shape.ts";
import type { BranchRules } from "../state.ts";

async function branchOf(call: RepositoryCall): Promise<string> {
  const branch = call.params["branch"] ?? "";
  if ((await findBranch(call.repository, branch)) === undefined) throw notFound("Branch not found");
  return branch;
}

/** All four keys must be there, null where nothing is asked (docs.github.com/rest/branches/branch-protection). */
const REQUIRED = ["required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions"];

function readRules(input: Input): BranchRules {
  for (const key of REQUIRED)
    if (!(key in input.fields)) throw refusal(422, `Invalid request.\n\n"${key}" wasn't supplied.`);
  const checks = input.object("required_status_checks");
  const reviews = input.object("required_pull_request_reviews");
  const pushers = input.object("restrictions");
  const contexts = checks?.texts("contexts") ?? [];
  const bound = (checks?.objects("checks") ?? []).map((check) => {
    const appId = check.integer("app_id");
    return { context: check.text("context"), ...(appId === undefined || appId < 0 ? {} : { appId }) };
  });
  const named = contexts.filter((context) => !bound.some((check) => check.context === context));
  return {
    enforceAdmins: input.flag("enforce_admins") ?? false,
    requireLinearHistory: input.flag("required_linear_history") ?? false,
    requireConversations: input.flag("required_conversation_resolution") ?? false,
    allowForcePushes: input.flag("allow_force_pushes") ?? false,
    allowDeletions: input.flag("allow_deletions") ?? false,
    ...(checks === undefined
      ? {}
      : {
          requiredChecks: {
            strict: checks.flag("strict") ?? false,
            checks: [...bound, ...named.map((context) => ({ context }))],
          },
        }),
    ...(reviews === undefined
      ? {}
      : {
          requiredApprovals: reviews.integer("required_approving_review_count") ?? 1,
          dismissStaleReviews: reviews.flag("dismiss_stale_reviews") ?? false,
          requireCodeOwners: reviews.flag("require_code_owner_reviews") ?? false,
          requireLastPushApproval: reviews.flag("require_last_push_approval") ?? false,
        }),
    ...(pushers === undefined ? {} : { pushers: [...pushers.texts("users"), ...pushers.texts("apps")] }),
  };
}

const PATH = "/branches/:branch/protection";

export const PROTECTION_ROUTES: readonly Route[] = [
  inRepository(`GET ${PATH}`, ["administration", "read"], async (call) => {
    const branch = await branchOf(call);
    const rules = call.repository.rules.get(branch);
    if (rules === undefined) throw notFound("Branch not protected");
    return ok(protectionShape(call, branch, rules));
  }),
  inRepository(`PUT ${PATH}`, ["administration", "write"], async (call) => {
    const branch = await branchOf(call);
    const rules = readRules(call.input);
    call.repository.rules.set(branch, rules);
    return ok(protectionShape(call, branch, rules));
  }),
  inRepository(`DELETE ${PATH}`, ["administration", "write"], async (call) => {
    const branch = await branchOf(call);
    if (!call.repository.rules.has(branch)) throw notFound("Branch not protected");
    call.repository.rules.delete(branch);
    return NO_CONTENT;
  }),
];
