import { flagWords, shellLine } from "../core/model/shell.ts";
import type { Target } from "../core/model/target.ts";
import type { UndoGoal } from "./undo-goal.ts";

/** How a person asked, so that what is proposed to them asks the same way. Words as the shell gave them, not quoted. */
export interface Asked {
  /** As typed; missing: all that the change touched. */
  readonly target?: string;
  /** Flags that every command takes: `--base`, `--repo`, … */
  readonly place: readonly string[];
  /** `--only`, `--except`. */
  readonly selection: readonly string[];
  /** Flags that only `revert` takes: `--mode`, `--branch`, … */
  readonly revertFlags: readonly string[];
}

/** A command as it would have to be typed to ask the same, with other words for the goal. Fit to be pasted into a shell. */
export function askAgain(
  verb: "plan" | "revert",
  { target, asked }: { readonly target: Target; readonly asked?: Asked | undefined },
  goal: readonly string[],
): string {
  const named = asked?.target ?? (target.origin.kind === "change" ? undefined : target.name);
  return shellLine([
    "lastgood",
    verb,
    ...(named === undefined ? [] : [named]),
    ...(asked?.place ?? []),
    ...(asked?.selection ?? []),
    ...goal,
    ...(verb === "revert" ? (asked?.revertFlags ?? []) : []),
  ]);
}

/** The flags that name the same undo: its commits, as many digits as tell them apart, and all that was decided. */
export function undoWords({ commits, mainline, chartVersion, resolutions }: UndoGoal): readonly string[] {
  return [
    ...commits.flatMap((id) => ["--commit", id.slice(0, 12)]),
    ...(mainline === undefined ? [] : ["--mainline", String(mainline)]),
    ...(chartVersion === undefined ? [] : ["--chart-version", chartVersion]),
    ...resolutions.flatMap(({ field, resolution }) => flagWords("--resolve", `${field}=${resolution}`)),
  ];
}
