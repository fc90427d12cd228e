/** Rules about single commits: message and signature. */
import type { Repository } from "../state.ts";
import type { MessageRule } from "./rule-types.ts";

/** The rule as an extended regular expression on the lines of a message, which the pre-receive hook gives to grep as well. */
export function patternOf({ operator, pattern }: MessageRule): string {
  const literal = pattern.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  switch (operator) {
    case "starts_with":
      return `^${literal}`;
    case "ends_with":
      return `${literal}$`;
    case "contains":
      return literal;
    case "regex":
      return pattern;
  }
}

export function breaksPattern(rule: MessageRule, message: string): boolean {
  const fits = new RegExp(patternOf(rule), "m").test(message);
  return fits === rule.negate;
}

const HOW: Readonly<Record<MessageRule["operator"], string>> = {
  starts_with: "start with",
  ends_with: "end with",
  contains: "contain",
  regex: "match",
};

/** GitHub's words, as far as they are known: the pattern follows the colon. */
export function messageReason({ operator, pattern, negate }: MessageRule): string {
  const must = negate ? "must not" : "must";
  const what = operator === "regex" ? "a given regex pattern" : "a given pattern";
  return `Commit message ${must} ${HOW[operator]} ${what}: ${pattern}`;
}

/** Would GitHub call it Verified? What it signed itself, and what carries any signature: keys are not looked up. */
export async function isSigned(repository: Repository, sha: string): Promise<boolean> {
  if (repository.verified.has(sha)) return true;
  const found = await repository.objects.read(sha);
  const head = found?.bytes.toString("latin1").split("\n\n")[0] ?? "";
  return /^gpgsig /m.test(head);
}
