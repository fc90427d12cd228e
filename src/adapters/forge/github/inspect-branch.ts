import type { BranchRulesFacts } from "../../../core/doctor/judge-branch.ts";
import { isList, isObject, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import { convertRules } from "./convert-rules.ts";
import type { RepositoryPath } from "./github-api.ts";
import type { GitHubClient } from "./github-client.ts";

/** Rules that ask for the look of names, messages and addresses (docs.github.com/rest/repos/rules). */
const PATTERNS = [
  "branch_name_pattern",
  "commit_message_pattern",
  "commit_author_email_pattern",
  "committer_email_pattern",
];

/**
 * What holds for a branch, which need not exist: rulesets, which all may read, and classic protection, of which only administrators see
 * the whole. Rules that this sign-in may pass by are left out where they would keep it from writing at all.
 */
export async function inspectBranch(
  client: GitHubClient,
  path: RepositoryPath,
  name: string,
): Promise<BranchRulesFacts> {
  const at = { ...path, branch: name };
  const rulesets = await optional(
    client.read("read the branch's rules", async (rest) => rest.repos.getBranchRules(at)),
  );
  const branch = await optional(client.read("read the branch", async (rest) => rest.repos.getBranch(at)));
  const isClassic = valueAt(branch, "protection", "enabled") === true;
  const classic = isClassic
    ? await optional(client.read("read the branch's protection", async (rest) => rest.repos.getBranchProtection(at)))
    : undefined;
  const rules = (isList(rulesets) ? rulesets : []).filter(isObject);
  const has = (type: string): boolean => rules.some((rule) => stringAt(rule, "type") === type);
  const ours = convertRules(rulesets, branch);
  const approvals = mostOf(
    ours.approvals,
    valueAt(classic, "required_pull_request_reviews", "required_approving_review_count"),
  );
  const isOn = (...keys: readonly string[]): boolean => valueAt(classic, ...keys) === true;
  const [restricted, noCreation] = [
    await bites(client, path, rules, "update"),
    await bites(client, path, rules, "creation"),
  ];
  return {
    name,
    protected: ours.isProtected,
    hidden: isClassic && classic === undefined,
    checks: ours.checks,
    codeOwners: ours.codeOwners || isOn("required_pull_request_reviews", "require_code_owner_reviews"),
    conversations: ours.conversations || isOn("required_conversation_resolution", "enabled"),
    pullRequests: has("pull_request") || valueAt(classic, "required_pull_request_reviews") !== undefined,
    queue: ours.queue,
    signed: ours.signed || isOn("required_signatures", "enabled"),
    linear: has("required_linear_history") || isOn("required_linear_history", "enabled"),
    strict: ours.strict || isOn("required_status_checks", "strict"),
    restricted: restricted || isObject(valueAt(classic, "restrictions")),
    noCreation,
    patterns: PATTERNS.filter(has),
    ...(approvals === undefined ? {} : { approvals }),
    ...(ours.methods === undefined ? {} : { methods: ours.methods }),
  };
}

function mostOf(one: number | undefined, other: JsonValue | undefined): number | undefined {
  if (typeof other !== "number") return one;
  return Math.max(one ?? 0, other);
}

/** Does a rule of this type hold for us? Its ruleset says who may pass it by. */
async function bites(
  client: GitHubClient,
  path: RepositoryPath,
  rules: readonly JsonValue[],
  type: string,
): Promise<boolean> {
  for (const rule of rules.filter((each) => stringAt(each, "type") === type)) {
    const id = valueAt(rule, "ruleset_id");
    if (typeof id !== "number") return true;
    const at = { ...path, ruleset_id: id };
    const ruleset = await optional(client.read("read a ruleset", async (rest) => rest.repos.getRepoRuleset(at)));
    if (stringAt(ruleset, "current_user_can_bypass") !== "always") return true;
  }
  return false;
}

/** May not be read, or is not there: then nothing is known of it. Anything else is a failure. */
async function optional(asked: Promise<JsonValue>): Promise<JsonValue | undefined> {
  try {
    return await asked;
  } catch (error) {
    const unseen = error instanceof LastgoodError && ["ForgePermission", "ForgeNotFound"].includes(error.code);
    if (unseen) return undefined;
    throw error;
  }
}
