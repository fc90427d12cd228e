import type { CommitId } from "../core/model/git.ts";
import type { ChartVersion, Resolution } from "../core/undo/types.ts";

/** Undo exactly what these commits did, and keep what came later. */
export interface UndoGoal {
  readonly kind: "undo";
  /** Newest first. */
  readonly commits: readonly CommitId[];
  readonly mainline?: number;
  readonly resolutions: readonly ResolutionRule[];
  readonly chartVersion?: ChartVersion;
}

/** `--resolve FIELD=good|keep`: a field as a conflict shows it, alone or behind its component or file; `*` for all. */
export interface ResolutionRule {
  readonly field: string;
  readonly resolution: Resolution;
}
