/** What an undo does to the versions of charts when nobody said it, and how to have it otherwise. */
import { escapeText, shorten } from "../model/escape.ts";
import { shortId } from "../model/git.ts";
import { goesUp } from "../model/version-order.ts";
import type { ChartDecision } from "../undo/chart-habit.ts";
import type { Plan, Risk } from "./types.ts";

/** Reverts that are named as evidence. */
const MAX_NAMED = 3;

/** One for each chart whose version the plan takes back, or raises unasked. */
export function chartRisks(
  { components }: Pick<Plan, "components">,
  decisions: readonly ChartDecision[],
): readonly Risk[] {
  const paths = new Set(
    components.filter(({ fields }) => fields.some(({ pointer }) => pointer === "/version")).map(({ path }) => path),
  );
  return decisions
    .filter(({ path, good, now, rule }) => paths.has(path) && (rule === "bump" || goesUp({ from: good, to: now })))
    .map((decision) => ({ code: "ChartVersion", message: messageOf(decision), blocks: false }));
}

function messageOf({ path, rule, habit, checkedBy, ...versions }: ChartDecision): string {
  const [now, good, next] = [versions.now, versions.good, versions.next].map((text) => shorten(escapeText(text), 40));
  const raised = `--chart-version bump raises it to ${next}`;
  const rises =
    habit === undefined
      ? []
      : [`it only ever rose, ${habit.rises} times${inReverts(habit.reverts.map(({ id }) => shortId(id)))}`];
  const checks = checkedBy === undefined ? [] : [`CI refuses a version that does not rise (${checkedBy})`];
  const why = [...checks, ...rises].join(", and ");
  if (rule === "bump") {
    return `${path}: the version goes up from ${now} to ${next}, not back to ${good}: ${why}; --chart-version restore takes it back`;
  }
  const back = `${path}: the version goes back from ${now} to ${good}`;
  return why === "" ? `${back} (${raised}, keep leaves it)` : `${back}, but ${why}: ${raised}`;
}

/** `, in 4 reverts too (1a2b3c4, …)`. */
function inReverts(ids: readonly string[]): string {
  if (ids.length === 0) return "";
  const more = ids.length > MAX_NAMED ? ", …" : "";
  return `, in ${ids.length === 1 ? "a revert" : `${ids.length} reverts`} too (${ids.slice(0, MAX_NAMED).join(", ")}${more})`;
}
