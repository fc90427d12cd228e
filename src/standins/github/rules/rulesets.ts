/** Rulesets as JSON: read from a request, shown in an answer, added by the control plane. */
import { notFound, refusal } from "../reply.ts";
import type { Input } from "../input.ts";
import { fullName, iso } from "../state.ts";
import type { MergeMethod, Repository, World } from "../state.ts";
import type { BypassActor, MessageRule, Rule, Ruleset } from "./rule-types.ts";

type Facts = Partial<Pick<Ruleset, "name" | "enforcement" | "include" | "exclude" | "bypass">> & Pick<Ruleset, "rules">;

/** Adds a ruleset; answers its id. */
export function addRuleset(world: World, repository: Repository, facts: Facts): number {
  const { name = "rules", enforcement = "active", include = ["~DEFAULT_BRANCH"], exclude = [], bypass = [] } = facts;
  const id = world.nextId();
  const createdAtMs = world.now();
  repository.rulesets.set(id, { id, name, enforcement, include, exclude, bypass, rules: facts.rules, createdAtMs });
  return id;
}

/** Throws 404 when there is none of that id. */
export function getRuleset(repository: Repository, id: string): Ruleset {
  const found = repository.rulesets.get(Number(id));
  if (found === undefined) throw notFound();
  return found;
}

function wordOf<T extends string>(value: string | undefined, words: readonly T[]): T {
  const word = words.find((each) => each === value);
  if (word === undefined)
    throw refusal(422, `Invalid request.\n\n${String(value)} is not a member of ${JSON.stringify(words)}.`);
  return word;
}

/** The ruleset of a request. Throws 422. */
export function readRuleset(input: Input): Facts {
  const names = input.object("conditions")?.object("ref_name");
  if (input.optionalText("target") === "tag") throw refusal(422, "This server has rulesets for branches only.");
  return {
    name: input.text("name"),
    enforcement: wordOf(input.text("enforcement"), ["active", "evaluate", "disabled"]),
    include: names?.texts("include") ?? [],
    exclude: names?.texts("exclude") ?? [],
    bypass: input.objects("bypass_actors").map((actor): BypassActor => ({
      actorId: actor.integer("actor_id") ?? 0,
      actorType: wordOf(actor.text("actor_type"), ["Integration", "RepositoryRole", "OrganizationAdmin"]),
      mode: wordOf(actor.optionalText("bypass_mode") ?? "always", ["always", "pull_request"]),
    })),
    rules: input.objects("rules").map(readRule),
  };
}

const METHODS: readonly MergeMethod[] = ["merge", "squash", "rebase"];
const OPERATORS: readonly MessageRule["operator"][] = ["starts_with", "ends_with", "contains", "regex"];

function readRule(input: Input): Rule {
  const type = input.text("type");
  const parameters = input.object("parameters");
  switch (type) {
    case "creation":
    case "update":
    case "deletion":
    case "non_fast_forward":
    case "required_signatures":
    case "required_linear_history":
      return { type };
    case "pull_request": {
      const methods = (parameters?.texts("allowed_merge_methods") ?? []).map((name) => wordOf(name, METHODS));
      return {
        type,
        approvals: parameters?.integer("required_approving_review_count") ?? 0,
        dismissStale: parameters?.flag("dismiss_stale_reviews_on_push") ?? false,
        codeOwners: parameters?.flag("require_code_owner_review") ?? false,
        lastPush: parameters?.flag("require_last_push_approval") ?? false,
        conversations: parameters?.flag("required_review_thread_resolution") ?? false,
        methods: methods.length === 0 ? METHODS : methods,
      };
    }
    case "required_status_checks":
      return {
        type,
        strict: parameters?.flag("strict_required_status_checks_policy") ?? false,
        checks: (parameters?.objects("required_status_checks") ?? []).map((check) => {
          const appId = check.integer("integration_id");
          return { context: check.text("context"), ...(appId === undefined ? {} : { appId }) };
        }),
      };
    case "commit_message_pattern":
      return {
        type,
        operator: wordOf(parameters?.text("operator"), OPERATORS),
        pattern: parameters?.text("pattern") ?? "",
        negate: parameters?.flag("negate") ?? false,
      };
    case "merge_queue":
      return { type, method: wordOf((parameters?.optionalText("merge_method") ?? "MERGE").toLowerCase(), METHODS) };
    default:
      throw refusal(422, "Validation Failed", [`Invalid rule '${type}': `]);
  }
}

/** A rule's `type` and `parameters`. */
export function ruleShape(rule: Rule): { readonly type: string; readonly parameters?: object } {
  switch (rule.type) {
    case "pull_request":
      return {
        type: rule.type,
        parameters: {
          required_approving_review_count: rule.approvals,
          dismiss_stale_reviews_on_push: rule.dismissStale,
          require_code_owner_review: rule.codeOwners,
          require_last_push_approval: rule.lastPush,
          required_review_thread_resolution: rule.conversations,
          allowed_merge_methods: rule.methods,
        },
      };
    case "required_status_checks":
      return {
        type: rule.type,
        parameters: {
          strict_required_status_checks_policy: rule.strict,
          do_not_enforce_on_create: false,
          required_status_checks: rule.checks.map(({ context, appId }) => ({
            context,
            ...(appId === undefined ? {} : { integration_id: appId }),
          })),
        },
      };
    case "commit_message_pattern": {
      const { operator, pattern, negate } = rule;
      return { type: rule.type, parameters: { name: "", operator, pattern, negate } };
    }
    case "merge_queue":
      return {
        type: rule.type,
        parameters: {
          merge_method: rule.method.toUpperCase(),
          check_response_timeout_minutes: 60,
          grouping_strategy: "ALLGREEN",
          max_entries_to_build: 5,
          max_entries_to_merge: 5,
          min_entries_to_merge: 1,
          min_entries_to_merge_wait_minutes: 5,
        },
      };
    case "pushers":
    case "conversations":
    case "creation":
    case "update":
    case "deletion":
    case "non_fast_forward":
    case "required_signatures":
    case "required_linear_history":
      return { type: rule.type };
  }
}

export function rulesetShape(repository: Repository, ruleset: Ruleset): object {
  const { id, name, enforcement, include, exclude, bypass, rules, createdAtMs } = ruleset;
  return {
    id,
    name,
    enforcement,
    target: "branch",
    source_type: "Repository",
    source: fullName(repository),
    conditions: { ref_name: { include, exclude } },
    bypass_actors: bypass.map((actor) => ({
      actor_id: actor.actorId,
      actor_type: actor.actorType,
      bypass_mode: actor.mode,
    })),
    rules: rules.map(ruleShape),
    created_at: iso(createdAtMs),
    updated_at: iso(createdAtMs),
  };
}
