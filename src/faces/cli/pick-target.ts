import type { ObservedTarget } from "../../app/observe-targets.ts";
import { isCalled } from "../../core/engine/match-state.ts";
import { escapeText, shorten } from "../../core/model/escape.ts";
import { titleOf } from "../../core/model/target.ts";
import { closest } from "../../core/target/closest.ts";
import { normalizePath } from "../../core/target/path.ts";
import { addressesOf } from "../../core/target/target-names.ts";
import { LastgoodError } from "../../errors.ts";

/**
 * The target that a person means: its name, an object of an engine (`application/payments-api`) or a path (`./apps/payments/api`).
 * Throws `UsageTarget`.
 */
export function pickTarget(query: string, observed: readonly ObservedTarget[]): ObservedTarget {
  const named = observed.filter(({ watched: { target } }) => target.name === query || titleOf(target) === query);
  const meant = named.length > 0 ? named : observed.filter((one) => isMeant(query, one));
  const [first, ...others] = meant;
  if (first !== undefined && others.length === 0) return first;
  const shown = escapeText(shorten(query, 200));
  const names = (first === undefined ? observed : meant).map(({ watched }) => watched.target.name);
  if (first !== undefined) {
    throw new LastgoodError("UsageTarget", `${shown} can mean ${meant.length} targets`, {
      hint: `Say which: ${names.slice(0, 10).map(printable).join(", ")}`,
    });
  }
  const near = closest(query, names).map(printable);
  throw new LastgoodError("UsageTarget", `no target ${shown}: nothing of that name is deployed from here`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.join(", ")}?`
        : "`lastgood status` lists what is; `lastgood history` also knows what no engine deploys.",
  });
}

function isMeant(query: string, { watched: { target }, states }: ObservedTarget): boolean {
  if (/^\.{0,2}\/|\/$/.test(query) || query === ".") {
    const path = normalizePath(query);
    return path !== undefined && target.sources.some((source) => source.path === path);
  }
  const isObject = states.some((state) => isCalled(state, query));
  const isFound = target.origin.kind !== "config" && addressesOf(target).includes(query);
  return isObject || isFound || target.sources.some((source) => source.path === query);
}

function printable(name: string): string {
  return escapeText(shorten(name, 100));
}
