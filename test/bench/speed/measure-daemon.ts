/** What a tick costs when one commit is new: to one git process that tells which files it changes. */
import { runProgram } from "../measure.ts";
import type { Forked } from "./forked.ts";
import type { Measured } from "./goals.ts";
import { done } from "./measure-plan.ts";
import { inTurns } from "./paired.ts";

export interface HeadsPlace {
  readonly on: string;
  readonly gitDir: string;
  readonly folders: readonly string[];
  readonly rounds: number;
}

const HEADS = 40;
/** What the Dockerfile sets for the daemon. */
const AS_IN_THE_IMAGE = ["--max-semi-space-size=2"] as const;

export async function measureHeads(
  { on, gitDir, folders, rounds }: HeadsPlace,
  forked: Forked,
): Promise<readonly Measured[]> {
  const log = ["-C", gitDir, "rev-list", "--first-parent", `--max-count=${HEADS}`, "HEAD"];
  const heads = (await done(runProgram("git", log))).stdout.trim().split("\n").toReversed();
  const [one = "", two = ""] = heads;
  const order = { do: "heads", gitDir, folders, heads } as const;
  const diff = ["-C", gitDir, "diff-tree", "-r", "-z", "--name-only", one, two];
  const ms = await inTurns(Math.max(3, Math.floor(rounds / 3)), {
    heads: async () => (await forked(order)).ms,
    diff: async () => (await done(runProgram("git", diff))).wallMs,
  });
  const { found, roundMs = Number.NaN } = await forked(order);
  const { peakMiB } = await forked(order, AS_IN_THE_IMAGE);
  return [
    {
      goal: "P8",
      on,
      what: `which of ${folders.length} targets a commit changes (${found} in ${HEADS - 1})`,
      ms: ms.heads,
      floor: `git diff-tree (${ms.diff.toFixed(1)} ms)`,
      ratio: ms.heads / ms.diff,
    },
    {
      on,
      what: "what they all hold at a new commit",
      ms: roundMs,
      floor: `git diff-tree (${ms.diff.toFixed(1)} ms)`,
      ratio: roundMs / ms.diff,
    },
    {
      goal: "P11daemon",
      on,
      what: "memory of reading them all, as in the image",
      ms: peakMiB,
      floor: "1 MiB",
      ratio: peakMiB,
      peakMiB,
    },
  ];
}
