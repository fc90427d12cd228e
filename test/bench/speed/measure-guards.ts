/** That what is quick is right: histories from the index to git's own, and the content of a revert to what `git checkout REV -- PATH` gives. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runNode } from "../measure.ts";
import type { Forked } from "./forked.ts";
import type { Measured } from "./goals.ts";
import { done } from "./measure-plan.ts";

export interface GuardPlace {
  readonly on: string;
  readonly main: string;
  readonly gitDir: string;
  readonly folders: readonly string[];
  readonly forked: Forked;
}

const HISTORIES = 60;
const REVERTS = 4;

export async function measureGuards({ on, main, gitDir, folders, forked }: GuardPlace): Promise<readonly Measured[]> {
  const scratch = mkdtempSync(join(tmpdir(), "lastgood-bench-"));
  try {
    const tip = git(gitDir, "rev-parse", "HEAD");
    const asked = sample(folders, HISTORIES);
    const file = join(scratch, "index");
    const { found: wrong, ms } = await forked({ do: "histories", gitDir, file, tip, folders: asked });
    let [reverts, others] = [0, 0];
    const clone = join(scratch, "clone.git");
    execFileSync("git", ["clone", "--quiet", "--bare", "--shared", gitDir, clone]);
    for (const path of sample(folders, REVERTS * 5)) {
      const [, to] = git(gitDir, "log", "-2", "--first-parent", "--format=%H", "HEAD", "--", path).split("\n");
      if (to === undefined || to === "" || reverts === REVERTS) continue;
      reverts += 1;
      const branch = `bench-${reverts}`;
      const args = ["revert", path, "--to", to, "--mode", "branch", "--branch", branch, "--yes", "--repo", clone];
      await done(runNode([main, ...args]));
      const changed = git(clone, "diff-tree", "-r", "--name-only", tip, branch).split("\n");
      const isThere = git(clone, "rev-parse", `${branch}:${path}`) === git(clone, "rev-parse", `${to}:${path}`);
      if (!isThere || changed.some((one) => !one.startsWith(`${path}/`))) others += 1;
    }
    const floor = "git's own";
    return [
      { goal: "P13", on, what: `${wrong} of ${asked.length} histories differ`, ms, floor, ratio: wrong / asked.length },
      {
        goal: "P13",
        on,
        what: `${others} of ${reverts} reverts differ`,
        ms: 0,
        floor,
        ratio: others / Math.max(1, reverts),
      },
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function git(gitDir: string, ...args: readonly string[]): string {
  return execFileSync("git", ["-C", gitDir, ...args], { encoding: "utf8", maxBuffer: 1 << 30 }).trim();
}

function sample(folders: readonly string[], most: number): readonly string[] {
  const each = Math.max(1, Math.floor(folders.length / most));
  return folders.filter((_, at) => at % each === 0).slice(0, most);
}
