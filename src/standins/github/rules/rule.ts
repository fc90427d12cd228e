/** What holds for a branch. Rulesets and classic protection come to the same rules; both add up. */
import { may } from "../access.ts";
import type { BranchRules, MergeMethod, Repository, Token } from "../state.ts";
import type { Rule, Ruleset } from "./rule-types.ts";

/** One rule that holds for a branch, and where it comes from. */
export interface ActiveRule {
  readonly rule: Rule;
  /** undefined: classic protection. */
  readonly ruleset: Ruleset | undefined;
}

/** Every rule on a branch, whether it exists or not. */
export function rulesOn(repository: Repository, branch: string): readonly ActiveRule[] {
  const classic = repository.rules.get(branch);
  return [
    ...(classic === undefined ? [] : classicRules(classic)).map((rule) => ({ rule, ruleset: undefined })),
    ...rulesetsOn(repository, branch).flatMap((ruleset) => ruleset.rules.map((rule) => ({ rule, ruleset }))),
  ];
}

/** The rules of one kind on a branch. */
export function rulesOfType<T extends Rule["type"]>(
  repository: Repository,
  branch: string,
  type: T,
): readonly Extract<Rule, { readonly type: T }>[] {
  return rulesOn(repository, branch).flatMap(({ rule }) =>
    rule.type === type ? [rule as Extract<Rule, { readonly type: T }>] : [],
  );
}

/** The active rulesets for a branch. */
export function rulesetsOn(repository: Repository, branch: string): readonly Ruleset[] {
  const hits = (pattern: string): boolean => {
    if (pattern === "~ALL") return true;
    if (pattern === "~DEFAULT_BRANCH") return branch === repository.defaultBranch;
    return globOf(pattern).test(`refs/heads/${branch}`);
  };
  return [...repository.rulesets.values()].filter(
    ({ enforcement, include, exclude }) => enforcement === "active" && include.some(hits) && !exclude.some(hits),
  );
}

function globOf(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/?|\*|\?|[^*?]+/g, (part) => {
    if (part.startsWith("**")) return ".*";
    if (part === "*") return "[^/]*";
    return part === "?" ? "[^/]" : part.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  });
  return new RegExp(`^${source}$`);
}

/** May this token pass the rule? Classic: administrators, unless the protection includes them. Rulesets: whom they name. */
export function mayBypass(
  repository: Repository,
  { branch, active, by }: { readonly branch: string; readonly active: ActiveRule; readonly by: "push" | "merge" },
  token: Token | undefined,
): boolean {
  if (token === undefined) return false;
  const admin = may(token, repository, ["administration", "write"]);
  const { ruleset } = active;
  if (ruleset === undefined) return admin && repository.rules.get(branch)?.enforceAdmins !== true;
  return ruleset.bypass.some(({ actorId, actorType, mode }) => {
    if (mode === "pull_request" && by === "push") return false;
    switch (actorType) {
      case "Integration":
        return token.app?.id === actorId;
      case "RepositoryRole": // 2 maintain, 4 write, 5 admin (docs.github.com/rest/repos/rules)
        return actorId === 5 ? admin : token.app === undefined && may(token, repository, ["contents", "write"]);
      case "OrganizationAdmin":
        return admin && token.app === undefined;
    }
  });
}

const ALL_METHODS: readonly MergeMethod[] = ["merge", "squash", "rebase"];

function classicRules(rules: BranchRules): readonly Rule[] {
  const { requiredApprovals, requiredChecks, pushers } = rules;
  const reviews: readonly Rule[] =
    requiredApprovals === undefined
      ? []
      : [
          {
            type: "pull_request",
            approvals: requiredApprovals,
            dismissStale: rules.dismissStaleReviews ?? false,
            codeOwners: rules.requireCodeOwners ?? false,
            conversations: false,
            lastPush: rules.requireLastPushApproval ?? false,
            methods: ALL_METHODS,
          },
        ];
  const when = (flag: boolean | undefined, rule: Rule): readonly Rule[] => (flag === true ? [rule] : []);
  return [
    ...reviews,
    ...(requiredChecks === undefined ? [] : [{ type: "required_status_checks", ...requiredChecks } as const]),
    ...when(rules.requireConversations, { type: "conversations" }),
    ...when(rules.requireSignatures, { type: "required_signatures" }),
    ...when(rules.requireLinearHistory, { type: "required_linear_history" }),
    ...when(rules.allowForcePushes !== true, { type: "non_fast_forward" }),
    ...when(rules.allowDeletions !== true, { type: "deletion" }),
    ...(pushers === undefined ? [] : [{ type: "pushers", names: pushers } as const]),
  ];
}
