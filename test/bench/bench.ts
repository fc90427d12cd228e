/**
 * `npm run bench [-- --repo DIR] [--targets N] [--huge] [--json]`: what lastgood costs, as ratios to floors measured in the same run.
 * Without more the start-up; with --huge undoing changes of huge files; with --repo history, plan and revert --mode branch for ten targets of that repository
 * (a bare clone; it is copied by reference first and never written to).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { onHugeFiles } from "./huge.ts";
import { median, type Row, runNode, runProgram } from "./measure.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

const { values } = parseArgs({
  options: {
    repo: { type: "string" },
    targets: { type: "string", default: "10" },
    huge: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const rows = [
  ...(await startUp()),
  ...(values.huge ? await onHugeFiles(MAIN) : []),
  ...(values.repo === undefined ? [] : await onRepository(values.repo, Number(values.targets))),
];
process.stdout.write(values.json ? `${JSON.stringify(rows, undefined, 2)}\n` : render(rows));

async function startUp(): Promise<readonly Row[]> {
  const rounds = 21;
  const floor: number[] = [];
  const version: number[] = [];
  const help: number[] = [];
  for (let i = 0; i < rounds; i += 1) {
    floor.push((await runNode(["-e", "0"])).wallMs);
    version.push((await runNode([MAIN, "--version"])).wallMs);
    help.push((await runNode([MAIN, "--help"])).wallMs);
  }
  return [
    { what: "lastgood --version", ms: median(version), floor: "node -e 0", ratio: median(version) / median(floor) },
    { what: "lastgood --help", ms: median(help), floor: "node -e 0", ratio: median(help) / median(floor) },
  ];
}

async function onRepository(repo: string, count: number): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "lastgood-bench-"));
  const clone = join(folder, "clone.git");
  try {
    await runProgram("git", ["clone", "--quiet", "--bare", "--shared", repo, clone]);
    const found: Row[] = [];
    for (const target of await busiestFolders(clone, count)) found.push(...(await onTarget(clone, target)));
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onTarget(clone: string, target: string): Promise<readonly Row[]> {
  const floorLog = await runProgram("git", ["-C", clone, "log", "--first-parent", "--format=%H", "HEAD", "--", target]);
  const node = await runNode(["-e", "0"]);
  const floorMs = floorLog.wallMs + node.wallMs;
  const revisions = floorLog.stdout.trim().split("\n");
  const to = revisions[Math.min(5, revisions.length - 1)] ?? "";
  const commands: Readonly<Record<string, readonly string[]>> = {
    history: ["history", target, "--limit", "20"],
    plan: ["plan", target, "--to", to],
    revert: ["revert", target, "--to", to, "--mode", "branch", "-y", "-o", "name"],
  };
  const rows: Row[] = [];
  for (const [name, args] of Object.entries(commands)) {
    const run = await runNode([MAIN, ...args, "--repo", clone], true);
    if (run.exit !== 0) throw new Error(`${args.join(" ")} ended with ${run.exit}: ${run.stderr}`);
    rows.push({
      what: `${name} ${target}`,
      ms: run.wallMs,
      floor: "git log -- path + node -e 0",
      ratio: run.wallMs / floorMs,
      ...(run.peakMiB === undefined ? {} : { peakMiB: run.peakMiB }),
    });
  }
  return rows;
}

/** The folders two or three levels down whose files changed most often lately. */
async function busiestFolders(clone: string, count: number): Promise<readonly string[]> {
  const { stdout } = await runProgram("git", [
    "-C",
    clone,
    "log",
    "-3000",
    "--format=",
    "--name-only",
    "--no-renames",
    "HEAD",
  ]);
  const present = await runProgram("git", ["-C", clone, "ls-tree", "-r", "-d", "--name-only", "HEAD"]);
  const folders = new Set(present.stdout.trim().split("\n"));
  const hits = new Map<string, number>();
  for (const path of stdout.split("\n")) {
    const folder = path.split("/").slice(0, 4).join("/");
    if (folders.has(folder)) hits.set(folder, (hits.get(folder) ?? 0) + 1);
  }
  return [...hits]
    .sort((a, b) => b[1] - a[1])
    .slice(0, count)
    .map(([folder]) => folder);
}

function render(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, ms, floor, ratio, peakMiB, note }) =>
      `${what.padEnd(60)} ${ms.toFixed(0).padStart(6)} ms  ${ratio.toFixed(2).padStart(5)} x ${floor}${peakMiB === undefined ? "" : `  ${peakMiB.toFixed(0)} MiB`}${note === undefined ? "" : `  ${note}`}`,
  );
  return `${lines.join("\n")}\n`;
}
