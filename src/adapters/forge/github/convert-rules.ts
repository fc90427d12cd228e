/** What keeps a pull request from being merged, from GitHub's JSON. Everything here may be missing: it only makes an answer better. */
import { isList, isObject, listAt, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";
import { MERGE_METHODS, type MergeMethod } from "./convert.ts";

/** What a branch's rules ask of a merge, as far as the token may read them. */
export interface BranchRules {
  readonly checks: readonly string[];
  /** How many approvals; undefined when that is not told. */
  readonly approvals?: number;
  /** undefined: any. */
  readonly methods?: readonly MergeMethod[];
  /** Anything is asked at all, by a ruleset or by classic protection; true as well where that cannot be read. */
  readonly isProtected: boolean;
  /**
   * The forge merges nothing that is behind the base. Classic protection shows that to administrators only (docs.github.com/rest,
   * "Get branch protection"): what cannot be read counts as not pinned, so that nobody relies on it.
   */
  readonly strict: boolean;
  /** A ruleset asks for a merge queue; of classic protection's only GraphQL tells. */
  readonly queue: boolean;
  readonly codeOwners: boolean;
  readonly conversations: boolean;
  readonly signed: boolean;
  /** Nobody may move the branch but whom the rule names. */
  readonly closed: boolean;
}

/** From `GET rules/branches/{branch}` (rulesets) and `GET branches/{branch}` (classic protection); both add up. */
export function convertRules(rulesets: JsonValue | undefined, branch: JsonValue | undefined): BranchRules {
  const rules = (isList(rulesets) ? rulesets : []).filter(isObject);
  const ofType = (type: string): readonly JsonValue[] => rules.filter((rule) => rule["type"] === type);
  const asks = (type: string, parameter: string): boolean =>
    ofType(type).some((rule) => valueAt(rule, "parameters", parameter) === true);
  const checks = [
    ...ofType("required_status_checks").flatMap((rule) => listAt(rule, "parameters", "required_status_checks")),
    ...listAt(branch, "protection", "required_status_checks", "checks"),
  ].flatMap((check) => stringAt(check, "context") ?? []);
  const contexts = listAt(branch, "protection", "required_status_checks", "contexts");
  const counts = ofType("pull_request").flatMap((rule) => {
    const count = valueAt(rule, "parameters", "required_approving_review_count");
    return typeof count === "number" ? [count] : [];
  });
  const methods = permittedMethods(rules);
  return {
    checks: [...new Set([...checks, ...contexts.filter((context) => typeof context === "string")])],
    isProtected: !isList(rulesets) || rules.length > 0 || valueAt(branch, "protected") !== false,
    strict: asks("required_status_checks", "strict_required_status_checks_policy"),
    queue: ofType("merge_queue").length > 0,
    codeOwners: asks("pull_request", "require_code_owner_review"),
    conversations: asks("pull_request", "required_review_thread_resolution"),
    signed: ofType("required_signatures").length > 0,
    closed: ofType("update").length > 0,
    ...(counts.length === 0 ? {} : { approvals: Math.max(...counts) }),
    ...(methods.length === MERGE_METHODS.length ? {} : { methods }),
  };
}

function permittedMethods(rules: readonly JsonValue[]): readonly MergeMethod[] {
  return MERGE_METHODS.filter((method) =>
    rules.every((rule) => {
      if (stringAt(rule, "type") === "required_linear_history") return method !== "merge";
      const allowed = listAt(rule, "parameters", "allowed_merge_methods");
      return allowed.length === 0 || allowed.includes(method);
    }),
  );
}

/** How one check or status stands. */
export interface CheckState {
  readonly name: string;
  readonly state: "passed" | "running" | "failed";
}

/** From `GET commits/{ref}/check-runs` and `GET commits/{ref}/status`. */
export function convertChecks(runs: JsonValue | undefined, statuses: JsonValue | undefined): readonly CheckState[] {
  const fromRuns = listAt(runs, "check_runs").flatMap((run): readonly CheckState[] => {
    const name = stringAt(run, "name");
    if (name === undefined) return [];
    if (stringAt(run, "status") !== "completed") return [{ name, state: "running" }];
    const passed = ["success", "neutral", "skipped"].includes(stringAt(run, "conclusion") ?? "");
    return [{ name, state: passed ? "passed" : "failed" }];
  });
  const fromStatuses = listAt(statuses, "statuses").flatMap((status): readonly CheckState[] => {
    const [name, state] = [stringAt(status, "context"), stringAt(status, "state")];
    if (name === undefined) return [];
    if (state === "pending") return [{ name, state: "running" }];
    return [{ name, state: state === "success" ? "passed" : "failed" }];
  });
  return [...fromRuns, ...fromStatuses];
}

/** The last word of each reviewer, from `GET pulls/{number}/reviews` (oldest first): comments change nothing. */
export function convertReviews(data: JsonValue | undefined): ReadonlyMap<string, string> {
  const latest = new Map<string, string>();
  for (const review of isList(data) ? data : []) {
    const [login, state] = [stringAt(review, "user", "login"), stringAt(review, "state")];
    if (login === undefined || state === undefined || state === "COMMENTED" || state === "PENDING") continue;
    latest.set(login, state);
  }
  return latest;
}
