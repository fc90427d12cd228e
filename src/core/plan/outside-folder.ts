/** What a revert changes outside of its target's own folder, and whom that concerns besides. */
import { escapeText, shorten } from "../model/escape.ts";
import type { Target } from "../model/target.ts";
import { isWithin } from "../target/path.ts";
import type { Plan, PlannedFile, Risk } from "./types.ts";

/** Files of the plan that lie in no folder of the target. A target that is one workload has no folder of its own. */
export function outsidePaths({
  target,
  files,
}: {
  readonly target: Target;
  readonly files: readonly Pick<PlannedFile, "path">[];
}): readonly string[] {
  if (target.workload !== undefined) return [];
  return files.map(({ path }) => path).filter((path) => !target.sources.some((root) => isWithin(root.path, path)));
}

/** `sharers`: names of targets that use some of these files; empty: none is known. */
export function outsideFolderRisk(paths: readonly string[], sharers: readonly string[] = []): Risk {
  const one = paths.length === 1;
  const where = `${listOf(paths)} ${one ? "is" : "are"} outside of the target's folder`;
  const who =
    sharers.length === 0
      ? `: other targets may use ${one ? "it" : "them"}`
      : `, and used by ${listOf(sharers)} as well`;
  return { code: "OutsideFolder", message: `${where}${who}`, blocks: false };
}

/** The same plan, with a risk that names them. */
export function withSharers(plan: Plan, sharers: readonly string[]): Plan {
  const named = outsideFolderRisk(outsidePaths(plan), sharers);
  return { ...plan, risks: plan.risks.map((risk) => (risk.code === named.code ? named : risk)) };
}

/**
 * Those that are something else than the target. Where one of the two is a plain folder, what lies in the target's folders is a part of it, or
 * the same under another name; engines' objects may share a folder, and take different values.
 */
export function othersThan(target: Target, all: readonly Target[]): readonly Target[] {
  return all.filter((other) => {
    if (other.name === target.name) return false;
    return !(isPlain(target) || isPlain(other)) || !liesIn(other, target);
  });
}

/** One target may be found twice: by the engine's object, and by the folder that the configuration has for it. That name stays. */
export function withoutTwins(targets: readonly Target[]): readonly Target[] {
  const plain = targets.filter(isPlain);
  const isTwin = (target: Target): boolean => plain.some((one) => liesIn(target, one) && liesIn(one, target));
  return targets.filter((target) => isPlain(target) || !isTwin(target));
}

function isPlain({ origin: { kind } }: Target): boolean {
  return kind === "config" || kind === "path";
}

function liesIn(inner: Target, outer: Target): boolean {
  return inner.sources.every(({ path }) => outer.sources.some((root) => isWithin(root.path, path)));
}

/** So many are named. */
const SHOWN = 4;

/** Names and paths of others: one line, not too long. */
function listOf(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => shorten(escapeText(name), 100));
  return `${shown.join(", ")}${names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ""}`;
}
