/** What is to be reached on every machine, for every repository: ratios to floors of the same run. */
import type { Row } from "../measure.ts";

export interface Goal {
  readonly what: string;
  /** The ratio that must not be exceeded. */
  readonly must: number;
  readonly stretch?: number;
}

export const GOALS = {
  P1: { what: "plan of one target in a real repository", must: 1.7, stretch: 1.5 },
  P2: { what: "plan of one target among 10,000, 50,000 commits", must: 1.8, stretch: 1.6 },
  P3: { what: "plan at 10k/50k to plan at 1k/5k", must: 1.15, stretch: 1.05 },
  P4: { what: "index of a generated monorepo, whole", must: 1.3, stretch: 1.1 },
  P4real: { what: "index of a real repository, whole", must: 0.8, stretch: 0.6 },
  P5: { what: "index to the histories of 300 targets, path filters there", must: 1 / 8, stretch: 1 / 15 },
  P6: { what: "index after 100 new commits", must: 1.7, stretch: 1.4 },
  P7: { what: "index read, ms", must: 15, stretch: 5 },
  P7size: { what: "index file, MB", must: 5 },
  P8: { what: "targets that a commit changes", must: 0.25, stretch: 0.1 },
  P8growth: { what: "the same among 10,000 targets to 1,000", must: 1.3, stretch: 1.1 },
  P9: { what: "commit built among 30,000 files to one among few", must: 1.2 },
  P10: { what: "fetch, plan, commit, push to by hand, large", must: 0.65, stretch: 0.5 },
  P10small: { what: "fetch, plan, commit, push to by hand, small", must: 1.7, stretch: 1.4 },
  P11: { what: "memory of plan to bare node", must: 1.25, stretch: 1.15 },
  P11daemon: { what: "memory of reading 10,000 targets, MB", must: 128, stretch: 96 },
  P11git: { what: "memory of the git child, MB", must: 32 },
  P12: { what: "first answer about a remote to a clone with a work tree", must: 0.55, stretch: 0.48 },
  P12graph: { what: "the same with the commit graph written", must: 1.1, stretch: 0.9 },
  P13: { what: "answers that differ from git's", must: 0 },
} as const satisfies Readonly<Record<string, Goal>>;

export type GoalId = keyof typeof GOALS;

/** A line of the report, and the goal that it is held to. */
export interface Measured extends Row {
  readonly goal?: GoalId;
  /** What it was measured on: `1k/5k`, or a name. */
  readonly on: string;
}

export type Verdict = "stretch" | "must" | "short";

/** How far a figure came. */
export function verdictOf({ goal, ratio }: Measured): Verdict | undefined {
  if (goal === undefined) return undefined;
  const { must, stretch }: Goal = GOALS[goal];
  if (stretch !== undefined && ratio <= stretch) return "stretch";
  return ratio <= must ? "must" : "short";
}
