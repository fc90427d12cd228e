import { escapeText, shorten } from "../../model/escape.ts";
import { shortId } from "../../model/git.ts";
import { compileGlob } from "../../target/glob.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts, PlanSummary } from "../facts.ts";
import { fail, pass, unknown } from "./check.ts";

const GUARD = "opt-out";

/** Did people say that lastgood must not revert this by itself: on the target, on the change, or in the configuration? */
export function checkOptOut({ restrictions, policy }: DecisionFacts, plan: PlanSummary): Check {
  const said = restrictions.optedOut ?? plan.suspects.find(({ optedOut }) => optedOut !== undefined)?.optedOut;
  if (said !== undefined) return fail(GUARD, "OptedOut", { message: said.said });
  const protectedBy = findAuthor(plan, policy.never.authors);
  if (protectedBy !== undefined) {
    return fail(GUARD, "OptedOut", { message: protectedBy, configKey: `policies.${policy.name}.never.authors` });
  }
  const path = findPath(plan.paths, policy.never.paths);
  if (path !== undefined) {
    return fail(GUARD, "OptedOut", {
      message: `${escapeText(shorten(path, 200))} would change`,
      configKey: `policies.${policy.name}.never.paths`,
    });
  }
  const unread = plan.suspects.find(({ optOutUnknown }) => optOutUnknown !== undefined);
  if (unread !== undefined) {
    const why = unread.optOutUnknown ?? "";
    return unknown(GUARD, `whether ${shortId(unread.revision)} opts out cannot be read: ${why}`);
  }
  return pass(GUARD, "nobody opted out");
}

/** Names are no paths: `*` takes a `/` as any other character. */
function findAuthor({ suspects }: PlanSummary, patterns: readonly string[]): string | undefined {
  const globs = patterns.map((pattern) => compileGlob(flat(pattern)));
  for (const { revision, authors } of suspects) {
    const author = authors.find((name) => globs.some((matches) => matches(flat(name))));
    if (author !== undefined) return `${shortId(revision)} is by ${escapeText(shorten(author, 100))}`;
  }
  return undefined;
}

function flat(name: string): string {
  return name.trim().toLowerCase().replaceAll("/", "\u0001");
}

function findPath(paths: readonly string[], patterns: readonly string[]): string | undefined {
  const globs = patterns.map((pattern) => compileGlob(pattern.toLowerCase()));
  return paths.find((path) => globs.some((matches) => matches(path.toLowerCase())));
}
