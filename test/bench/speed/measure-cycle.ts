/** The whole way, from a fetch to a pushed commit, to what a person types in a clone that is ready; and the first answer about a remote. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runNode, runProgram } from "../measure.ts";
import type { GoalId, Measured } from "./goals.ts";
import { done } from "./measure-plan.ts";
import { inTurns } from "./paired.ts";

export interface CyclePlace {
  readonly on: string;
  readonly main: string;
  readonly gitDir: string;
  readonly target: string;
  readonly rounds: number;
  readonly goal: GoalId;
}

/** Everything in one folder that is gone afterwards; the repository itself is never written to. */
export async function measureCycle(place: CyclePlace): Promise<readonly Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), "lastgood-bench-"));
  try {
    return [...(await cycle(place, folder)), ...(await firstAnswer(place, folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function git(args: readonly string[]): string {
  return execFileSync("git", args, { encoding: "utf8" }).trim();
}

/** The newest commit that changed the target, and the one to go back to: the one before it. */
function lastTwo(gitDir: string, target: string): { readonly tip: string; readonly to: string } {
  const log = ["-C", gitDir, "log", "-2", "--first-parent", "--format=%H", "HEAD", "--", target];
  const [tip, to] = git(log).split("\n");
  if (!tip || to === undefined) throw new Error(`${target} has fewer than two versions`);
  return { tip, to };
}

async function cycle(
  { on, main, gitDir, target, rounds, goal }: CyclePlace,
  folder: string,
): Promise<readonly Measured[]> {
  const [remote, work] = [join(folder, "remote.git"), join(folder, "work")];
  git(["clone", "--quiet", "--bare", "--shared", gitDir, remote]);
  git(["clone", "--quiet", remote, work]);
  const { tip, to } = lastTwo(gitDir, target);
  const back = (): string => git(["-C", remote, "update-ref", "refs/heads/main", tip]);
  git(["-C", remote, "update-ref", "refs/heads/main", tip]);
  const cache = join(folder, "cache");
  const revert = [
    main,
    "revert",
    target,
    "--to",
    to,
    "--mode",
    "push",
    "--yes",
    "-o",
    "name",
    "--repo",
    `file://${remote}`,
  ];
  // By hand, as people do it: pull, look, look at what differs, take it, commit, push.
  const script = [
    `git -C ${work} pull --quiet --ff-only`,
    `git -C ${work} log -2 --format=%H -- ${target}`,
    `git -C ${work} diff ${to} HEAD -- ${target}`,
    `git -C ${work} checkout ${to} -- ${target}`,
    `git -C ${work} -c user.name=a -c user.email=a@example.com commit --quiet -m Revert`,
    `git -C ${work} push --quiet origin HEAD:main`,
  ].join(" && ");
  const ms = await inTurns(rounds, {
    lastgood: async () => {
      back();
      return (await done(runNode(revert, false, { XDG_CACHE_HOME: cache }))).wallMs;
    },
    hand: async () => {
      back();
      git(["-C", work, "reset", "--quiet", "--hard", tip]);
      return (await done(runProgram("sh", ["-c", script]))).wallMs;
    },
  });
  return [
    {
      goal,
      on,
      what: "fetch, plan, commit, push",
      ms: ms.lastgood,
      floor: `by hand in a ready clone (${ms.hand.toFixed(0)} ms)`,
      ratio: ms.lastgood / ms.hand,
    },
  ];
}

async function firstAnswer(
  { on, main, gitDir, target, rounds }: CyclePlace,
  folder: string,
): Promise<readonly Measured[]> {
  const { tip, to } = lastTwo(gitDir, target);
  const plan = [main, "plan", target, "--to", to, "--base", tip, "--repo", `file://${gitDir}`];
  let count = 0;
  const fresh = (): string => join(folder, `fresh-${(count += 1)}`);
  const ms = await inTurns(Math.max(3, Math.floor(rounds / 5)), {
    lastgood: async () => (await done(runNode(plan, false, { XDG_CACHE_HOME: fresh() }))).wallMs,
    clone: async () => (await done(runProgram("git", ["clone", "--quiet", "--no-local", gitDir, fresh()]))).wallMs,
  });
  return [
    {
      goal: "P12",
      on,
      what: "plan, nothing cloned before",
      ms: ms.lastgood,
      floor: `git clone with a work tree (${ms.clone.toFixed(0)} ms)`,
      ratio: ms.lastgood / ms.clone,
    },
  ];
}
