/** Why a token may not write a branch directly, through the API or by git push. */
import { isAncestor, readLog } from "../git/history.ts";
import type { Commit } from "../git/history.ts";
import { NO_OBJECT, findBranch } from "../git/refs.ts";
import type { Repository, Token } from "../state.ts";
import { breaksPattern, isSigned, messageReason, patternOf } from "./commit-rules.ts";
import { mayBypass, rulesOn } from "./rule.ts";
import type { ActiveRule } from "./rule.ts";
import type { Rule } from "./rule-types.ts";

/** When a reason counts: for every push to the branch, when it is made, moved back or deleted, or when a new commit breaks a rule. */
export type WriteKind = "create" | "update" | "force" | "delete" | "message" | "not-message" | "signature" | "linear";

interface WriteReason {
  readonly kind: WriteKind;
  readonly text: string;
  /** Of `message` and `not-message`: an extended regular expression. */
  readonly pattern?: string;
}

function reasonsOf(rule: Rule, token: Token | undefined): readonly WriteReason[] {
  switch (rule.type) {
    case "pull_request":
      return [{ kind: "update", text: "Changes must be made through a pull request." }];
    case "merge_queue":
      return [{ kind: "update", text: "Changes must be made through the merge queue" }];
    case "required_status_checks": {
      const { checks } = rule;
      const [first] = checks;
      if (first === undefined) return [];
      const many = `${checks.length} of ${checks.length} required status checks are expected.`;
      const text = checks.length === 1 ? `Required status check "${first.context}" is expected.` : many;
      return [{ kind: "update", text }];
    }
    case "update":
      return [{ kind: "update", text: "Cannot update this protected ref." }];
    case "creation":
      return [{ kind: "create", text: "Cannot create ref due to creations being restricted." }];
    case "non_fast_forward":
      return [{ kind: "force", text: "Cannot force-push to this branch" }];
    case "deletion":
      return [{ kind: "delete", text: "Cannot delete this branch" }];
    case "required_signatures":
      return [{ kind: "signature", text: "Commits must have verified signatures." }];
    case "required_linear_history":
      return [{ kind: "linear", text: "This branch must not contain merge commits." }];
    case "commit_message_pattern":
      return [{ kind: rule.negate ? "not-message" : "message", text: messageReason(rule), pattern: patternOf(rule) }];
    case "pushers":
      return mayPush(rule.names, token) ? [] : [{ kind: "update", text: NOT_AUTHORIZED }];
    case "conversations":
      return [];
  }
}

/** Of classic protection that lists who may push; merges are refused with it too. */
export const NOT_AUTHORIZED =
  "You're not authorized to push to this branch. Visit https://docs.github.com/articles/about-protected-branches/ for more information.";

export function mayPush(names: readonly string[], token: Token | undefined): boolean {
  const own = [token?.user.login, token?.app?.slug];
  return names.some((name) => own.includes(name));
}

export interface Move {
  readonly branch: string;
  readonly token: Token | undefined;
  /** `NO_OBJECT` creates, respectively deletes. */
  readonly from: string;
  readonly to: string;
}

/** Why this move is refused to this token, in the words of the API; empty when it is not. */
export async function moveReasons(repository: Repository, move: Move): Promise<readonly string[]> {
  const { branch, token } = move;
  const rules = rulesOn(repository, branch).filter(
    (active) => !mayBypass(repository, { branch, active, by: "push" }, token),
  );
  if (rules.length === 0) return [];
  const facts = await factsOf(repository, move);
  const found: { readonly active: ActiveRule; readonly text: string }[] = [];
  for (const active of rules)
    for (const reason of reasonsOf(active.rule, token))
      if (await applies(repository, { reason, active, facts })) found.push({ active, text: reason.text });
  const texts = (classic: boolean): readonly string[] => [
    ...new Set(found.filter(({ active }) => (active.ruleset === undefined) === classic).map(({ text }) => text)),
  ];
  const wrapped = texts(false);
  if (wrapped.length === 0) return texts(true);
  return [...texts(true), `Repository rule violations found\n\n${wrapped.join("\n\n")}\n\n`];
}

interface Facts {
  readonly kinds: ReadonlySet<WriteKind>;
  readonly commits: readonly Commit[];
}

async function factsOf(repository: Repository, { from, to }: Move): Promise<Facts> {
  if (to === NO_OBJECT) return { kinds: new Set(["delete"]), commits: [] };
  const old = from === NO_OBJECT ? undefined : from;
  // A new branch brings what the default branch has not.
  const known = old ?? (await findBranch(repository, repository.defaultBranch));
  const commits = await readLog(repository, known === undefined ? to : `${known}..${to}`);
  if (old === undefined) return { kinds: new Set(["create"]), commits };
  const forced = !(await isAncestor(repository, old, to));
  return { kinds: new Set<WriteKind>(forced ? ["update", "force"] : ["update"]), commits };
}

async function applies(
  repository: Repository,
  { reason, active, facts }: { readonly reason: WriteReason; readonly active: ActiveRule; readonly facts: Facts },
): Promise<boolean> {
  const { rule } = active;
  switch (reason.kind) {
    case "message":
    case "not-message":
      return (
        rule.type === "commit_message_pattern" && facts.commits.some(({ message }) => breaksPattern(rule, message))
      );
    case "linear":
      return facts.commits.some(({ parents }) => parents.length > 1);
    case "signature":
      for (const { sha } of facts.commits) if (!(await isSigned(repository, sha))) return true;
      return false;
    case "create":
    case "update":
    case "force":
    case "delete":
      return facts.kinds.has(reason.kind);
  }
}

/** The fields of a line for the pre-receive hook: reference, kind, pattern, how, reason. None of these texts can hold it. */
export const HOOK_SEPARATOR = "\u001f";

/** What the pre-receive hook has to know about the branches that a push names, one line each. */
export function hookLines(
  repository: Repository,
  branches: readonly string[],
  token: Token | undefined,
): readonly string[] {
  const lines = branches.flatMap((branch) =>
    rulesOn(repository, branch).flatMap((active) => {
      const passes = mayBypass(repository, { branch, active, by: "push" }, token);
      const how = passes ? "bypass" : active.ruleset === undefined ? "GH006" : "GH013";
      return reasonsOf(active.rule, token).map(({ kind, text, pattern }) => ({
        how,
        ref: `refs/heads/${branch}`,
        kind,
        text,
        pattern,
      }));
    }),
  );
  return lines
    .toSorted((a, b) => a.how.localeCompare(b.how))
    .map(({ ref, kind, pattern = "", how, text }) =>
      [ref, kind, pattern, how, text].map((field) => field.replace(/[\n\u001f]/g, " ")).join(HOOK_SEPARATOR),
    );
}
