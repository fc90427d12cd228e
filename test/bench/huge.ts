/** Undoing changes of huge files: seconds and memory of each command, beside `node -e 0` and `git revert` in the same run. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { HUGE_STORIES, type HugeStory } from "./huge-stories.ts";
import { type Row, runNode, runProgram } from "./measure.ts";

const PERSON = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"];

/** `main`: the built program. */
export async function onHugeFiles(main: string): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "lastgood-huge-"));
  try {
    const rows: Row[] = [];
    for (const [at, story] of HUGE_STORIES.entries())
      rows.push(...(await onStory(main, join(folder, String(at)), story)));
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onStory(main: string, clone: string, { name, files }: HugeStory): Promise<readonly Row[]> {
  const git = async (...args: readonly string[]): ReturnType<typeof runProgram> =>
    runProgram("git", ["-C", clone, ...PERSON, ...args]);
  mkdirSync(clone, { recursive: true });
  await git("init", "--quiet", "--initial-branch=main");
  for (const moment of [0, 1, 2]) {
    for (const [path, texts] of Object.entries(files)) {
      mkdirSync(dirname(join(clone, path)), { recursive: true });
      writeFileSync(join(clone, path), texts[moment] ?? "");
    }
    await git("add", "--all");
    await git("commit", "--quiet", "--message", ["good", "bad", "later"][moment] ?? "");
  }
  const [good, bad] = [await git("rev-parse", "HEAD~2"), await git("rev-parse", "HEAD~1")].map((run) =>
    run.stdout.trim(),
  );
  const floor = await runNode(["-e", "0"]);
  const reverted = await git("revert", "--no-commit", bad ?? "");
  await git("reset", "--hard", "--quiet");
  const local = ["--repo", clone, "--mode", "branch", "-y", "-o", "name"];
  const commands: Readonly<Record<string, readonly string[]>> = {
    "plan --commit": ["plan", "--commit", bad ?? "", "--repo", clone],
    "revert --commit": ["revert", "--commit", bad ?? "", ...local],
    "revert TARGET": ["revert", "./a", "--to", good ?? "", ...local],
  };
  const rows: Row[] = [];
  for (const [command, args] of Object.entries(commands)) {
    const run = await runNode([main, ...args], true);
    rows.push({
      what: `${command}: ${name}`,
      ms: run.wallMs,
      floor: "node -e 0",
      ratio: run.wallMs / floor.wallMs,
      ...(run.peakMiB === undefined ? {} : { peakMiB: run.peakMiB }),
      note: `${((run.cpuMs ?? Number.NaN) / 1000).toFixed(1)} s of CPU, exit ${run.exit}, ${(run.wallMs / reverted.wallMs).toFixed(1)} x git revert (exit ${reverted.exit})`,
    });
  }
  return rows;
}
