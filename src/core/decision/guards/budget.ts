import { toIso } from "../../model/time.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts, PastRevert } from "../facts.ts";
import { fail, pass, unseen } from "./check.ts";
import { type Past, pastOf, WINDOW_MS } from "./past.ts";

/** May one more revert be opened today, of the target, in the repository, in all (I13)? */
export function checkBudgetOpen(facts: DecisionFacts): Check {
  const past = pastOf(facts);
  if (past === undefined) return unseen("budget-open", "reverts", "earlier reverts were not counted yet");
  if (past.isOpen) return pass("budget-open", "its pull request is open already");
  const spent = spend(facts, past, ({ openedAtMs }) => openedAtMs);
  const full = spent.filter(({ count, limit }) => count >= limit);
  const [first = spent[0]] = full;
  if (first === undefined || full.length === 0) return pass("budget-open", textOf(spent, "opened"));
  const ends = full.map(({ untilMs }) => untilMs);
  const untilMs = ends.every((end) => end !== undefined) ? Math.max(...ends) : undefined;
  return fail("budget-open", "BudgetExhausted", {
    message: textOf([first], "opened"),
    configKey: `policies.${facts.policy.name}.limits.${first.key}`,
    ...(untilMs === undefined ? {} : { untilMs, limit: `until ${toIso(untilMs)}` }),
  });
}

/** May one more be landed by lastgood itself? If not, it may still be proposed. */
export function checkBudgetLand(facts: DecisionFacts): Check {
  const past = pastOf(facts);
  if (past === undefined) return unseen("budget-land", "reverts", "earlier reverts were not counted yet");
  const spent = spend(facts, past, ({ landed }) => (landed?.by === "lastgood" ? landed.atMs : undefined));
  const full = spent.find(({ count, limit }) => count >= limit);
  if (full === undefined) return pass("budget-land", textOf(spent, "landed"));
  return pass("budget-land", `${textOf([full], "landed")}: a person has to merge it`, {
    atMost: "propose",
    configKey: `policies.${facts.policy.name}.limits.${full.key}`,
  });
}

interface Spent {
  readonly key: "perTarget" | "perRepository" | "total";
  readonly of: string;
  readonly count: number;
  readonly limit: number;
  /** When one more fits; missing: never. By our clock. */
  readonly untilMs?: number;
}

function spend(
  { nowMs, target, policy: { limits } }: DecisionFacts,
  { others, clockMs }: Past,
  timeOf: (revert: PastRevert) => number | undefined,
): readonly Spent[] {
  const scopes = [
    { key: "perTarget", of: "of this target", is: (revert: PastRevert) => revert.target === target.name },
    {
      key: "perRepository",
      of: "in this repository",
      is: (revert: PastRevert) => revert.repository === target.repository,
    },
    { key: "total", of: "in all", is: () => true },
  ] as const;
  return scopes.map(({ key, of, is }) => {
    const limit = limits[key];
    // A time in the future counts too: clocks differ.
    const times = others
      .filter(is)
      .flatMap((revert) => timeOf(revert) ?? [])
      .filter((atMs) => clockMs - atMs < WINDOW_MS)
      .sort((a, b) => a - b);
    const frees = times[times.length - limit];
    const untilMs = limit === 0 || frees === undefined ? {} : { untilMs: nowMs + frees + WINDOW_MS - clockMs };
    return { key, of, count: times.length, limit, ...untilMs };
  });
}

function textOf(spent: readonly Spent[], word: string): string {
  const parts = spent.map(({ count, limit, of }) => `${count} of ${limit} ${of}`);
  return `${parts.join(", ")} ${word} in 24h`;
}
