/** One commit, built and read back, among many files and among few. */
import { runProgram } from "../measure.ts";
import type { Forked } from "./forked.ts";
import type { Measured } from "./goals.ts";
import { done } from "./measure-plan.ts";
import { inTurns } from "./paired.ts";

export interface CommitPlace {
  readonly on: string;
  readonly gitDir: string;
  readonly path: string;
}

export async function measureCommit(
  many: CommitPlace,
  few: CommitPlace,
  { rounds, forked }: { readonly rounds: number; readonly forked: Forked },
): Promise<readonly Measured[]> {
  const order = async ({ gitDir, path }: CommitPlace) => {
    const tip = (await done(runProgram("git", ["-C", gitDir, "rev-parse", "HEAD"]))).stdout.trim();
    return { do: "commit", gitDir, tip, path } as const;
  };
  const [large, small] = [await order(many), await order(few)];
  const ms = await inTurns(Math.max(3, Math.floor(rounds / 3)), {
    many: async () => (await forked(large)).ms,
    few: async () => (await forked(small)).ms,
  });
  return [
    {
      goal: "P9",
      on: many.on,
      what: "one commit built",
      ms: ms.many,
      floor: `the same in ${few.on} (${ms.few.toFixed(1)} ms)`,
      ratio: ms.many / ms.few,
    },
  ];
}
