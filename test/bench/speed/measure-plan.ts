/** What a person waits for: `lastgood plan` of one target, to the two things that nobody can do without. */
import { type Run, runNode, runProgram } from "../measure.ts";
import type { GoalId, Measured } from "./goals.ts";
import { inTurns } from "./paired.ts";

export interface PlanPlace {
  /** For the report. */
  readonly on: string;
  readonly main: string;
  readonly gitDir: string;
  /** The target's folder. */
  readonly target: string;
  readonly rounds: number;
  readonly goal?: GoalId;
}

/** So many revisions back. */
const BACK = 5;

/** The plan, and its memory. */
export async function measurePlan(place: PlanPlace): Promise<readonly Measured[]> {
  const { main, gitDir, target, rounds, on, goal } = place;
  const log = ["-C", gitDir, "log", `-${BACK}`, "--first-parent", "--format=%H", "HEAD", "--", target];
  const to = (await done(runProgram("git", log))).stdout.trim().split("\n").at(-1) ?? "HEAD";
  const plan = [main, "plan", target, "--to", to, "--repo", gitDir];
  const ms = await inTurns(rounds, {
    plan: async () => (await done(runNode(plan))).wallMs,
    node: async () => (await done(runNode(["-e", "0"]))).wallMs,
    log: async () => (await done(runProgram("git", log))).wallMs,
  });
  const [bare, used] = [await peak(["-e", "0"]), await peak(plan)];
  return [
    {
      ...(goal === undefined ? {} : { goal }),
      on,
      what: `plan ${target}`,
      ms: ms.plan,
      floor: `git log -${BACK} -- path + node -e 0 (${(ms.node + ms.log).toFixed(0)} ms)`,
      ratio: ms.plan / (ms.node + ms.log),
    },
    {
      goal: "P11",
      on,
      what: "memory of plan",
      ms: used,
      floor: `node -e 0 (${bare.toFixed(0)} MiB)`,
      ratio: used / bare,
      peakMiB: used,
    },
  ];
}

async function peak(args: readonly string[]): Promise<number> {
  return (await done(runNode(args, true))).peakMiB ?? Number.NaN;
}

/** Nothing is measured of what fails. */
export async function done(running: Promise<Run>): Promise<Run> {
  const run = await running;
  if (run.exit !== 0) throw new Error(`ended with ${run.exit}: ${run.stderr.slice(0, 2000)}`);
  return run;
}
