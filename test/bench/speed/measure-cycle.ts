/** The whole way, from a fetch to a pushed commit, to what a person types in a clone that is ready; and the first answer about a remote. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { median, runNode, runProgram } from "../measure.ts";
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
    remove(folder);
  }
}

/** What lastgood has left behind may still be writing there. */
function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
}

function git(args: readonly string[]): string {
  return execFileSync("git", args, { encoding: "utf8" }).trim();
}

/** The same repository as forges serve it: who asks for no files gets none. */
function serve(gitDir: string, remote: string): void {
  git(["clone", "--quiet", "--bare", "--shared", gitDir, remote]);
  git(["-C", remote, "config", "uploadpack.allowFilter", "true"]);
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
  serve(gitDir, remote);
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
  const goBack = async (): Promise<number> => {
    back();
    return (await done(runNode(revert, false, { XDG_CACHE_HOME: cache }))).wallMs;
  };
  // The first one clones, and leaves a process behind.
  await goBack();
  await appears(join(cache, "lastgood", "mirrors"));
  const ms = await inTurns(rounds, {
    lastgood: goBack,
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
  { on, main, gitDir, target, rounds, goal }: CyclePlace,
  folder: string,
): Promise<readonly Measured[]> {
  // What is small is cloned before lastgood has begun.
  const held = (id: GoalId): Pick<Measured, "goal"> => (goal === "P10" ? { goal: id } : {});
  const { tip, to } = lastTwo(gitDir, target);
  const remote = join(folder, "served.git");
  serve(gitDir, remote);
  const plan = [main, "plan", target, "--to", to, "--base", tip, "--repo", `file://${remote}`];
  let count = 0;
  const fresh = (): string => join(folder, `fresh-${(count += 1)}`);
  const graphs: number[] = [];
  const ms = await inTurns(Math.max(3, Math.floor(rounds / 5)), {
    lastgood: async () => {
      const cache = fresh();
      const start = performance.now();
      const { wallMs } = await done(runNode(plan, false, { XDG_CACHE_HOME: cache }));
      // Written by a process that the plan leaves behind.
      if (await appears(join(cache, "lastgood", "mirrors"))) graphs.push(performance.now() - start);
      remove(cache);
      return wallMs;
    },
    clone: async () => {
      const work = fresh();
      const { wallMs } = await done(runProgram("git", ["clone", "--quiet", "--no-local", remote, work]));
      remove(work);
      return wallMs;
    },
  });
  const floor = `git clone with a work tree (${ms.clone.toFixed(0)} ms)`;
  const first: Measured = {
    ...held("P12"),
    on,
    what: "plan, nothing cloned before",
    ms: ms.lastgood,
    floor,
    ratio: ms.lastgood / ms.clone,
  };
  if (graphs.length === 0) return [first];
  const graph = median(graphs);
  return [
    first,
    { ...held("P12graph"), on, what: "until path filters are written", ms: graph, floor, ratio: graph / ms.clone },
  ];
}

/** Waits for the commit graph of the one mirror; false for a small one, which gets none. */
async function appears(mirrors: string): Promise<boolean> {
  const [name = ""] = readdirSync(mirrors);
  if (!existsSync(join(mirrors, name, "lastgood-graph.lock"))) return false;
  const chain = join(mirrors, name, "objects", "info", "commit-graphs", "commit-graph-chain");
  for (let tries = 0; tries < 3000 && !existsSync(chain); tries += 1) await setTimeout(20);
  return true;
}
