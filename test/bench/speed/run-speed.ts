/**
 * What lastgood costs in repositories of any size, as ratios to floors of the same run, held to its goals (`goals.ts`).
 *   --sizes 1k/5k,10k/50k   generated monorepos, targets/commits (default these two; kept below --cache)
 *   --repo DIR              a real repository, too: a bare clone, that is only read
 *   --rounds N              each figure is the median of so many (default 15)
 *   --json FILE --svg FILE  the figures, and how they grow
 *   --gross                 ends with 1 when a goal is missed by more than ten times: for machines that have other work to do
 * How they grow: --sizes 1k/5k,1k/50k,1k/200k,10k/5k,10k/50k,10k/200k (a quarter of an hour to make them)
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runProgram } from "../measure.ts";
import { buildInside } from "./forked.ts";
import { GOALS, type Goal, type GoalId, type Measured, verdictOf } from "./goals.ts";
import { measureCommit } from "./measure-commit.ts";
import { measureCycle } from "./measure-cycle.ts";
import { measureGuards } from "./measure-guards.ts";
import { measureHeads } from "./measure-daemon.ts";
import { measureIndex } from "./measure-index.ts";
import { done, measurePlan } from "./measure-plan.ts";
import { type Monorepo, openMonorepo, type Size, sizeName } from "./monorepo.ts";
import { plotSvg, type Series } from "./plot.ts";

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const GROSS = 10;
/** What is drawn: rows that begin so, and their names there. */
const KINDS: readonly (readonly [what: string, name: string])[] = [
  ["plan, nothing", "plan, nothing cloned before"],
  ["index of", "index of the whole history"],
  ["fetch, plan", "fetch, plan, commit, push"],
  ["plan ", "plan"],
  ["what they all", "content of all targets, new commit"],
  ["which of", "targets that a commit changes"],
];

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "1k/5k,10k/50k" },
    repo: { type: "string" },
    rounds: { type: "string", default: "15" },
    cache: { type: "string", default: join(tmpdir(), "lastgood-bench-repositories") },
    json: { type: "string" },
    svg: { type: "string" },
    gross: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const forked = await buildInside();
const repos = await openAll(values.sizes.split(",").map(sizeOf));
const measured: Measured[] = [];

function tell(rows: readonly Measured[]): void {
  for (const row of rows) process.stdout.write(`${lineOf(row)}\n`);
  measured.push(...rows);
}

for (const repo of repos) await onMonorepo(repo);
await growth(repos);
if (values.repo !== undefined) await onReal(values.repo);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, undefined, 2)}\n`);
if (values.svg !== undefined) writeFileSync(values.svg, plot());
const missed = measured.filter((row) => verdictOf(row) === "short");
process.stdout.write(
  `\n${measured.filter(({ goal }) => goal !== undefined).length - missed.length} goals reached, ${missed.length} missed\n`,
);
const gross = missed.filter(({ goal, ratio }) => goal !== undefined && ratio > GOALS[goal].must * GROSS);
process.exitCode = values.gross ? Number(gross.length > 0) : 0;

function sizeOf(text: string): Size {
  const [targets = Number.NaN, commits = Number.NaN] = text.split("/").map((part) => Number(part.replace(/k$/, "000")));
  if (Number.isNaN(targets) || Number.isNaN(commits))
    throw new Error(`--sizes ${text}: targets/commits, such as 1k/5k`);
  return { targets, commits };
}

async function openAll(sizes: readonly Size[]): Promise<readonly Monorepo[]> {
  mkdirSync(values.cache, { recursive: true });
  const opened: Monorepo[] = [];
  for (const size of sizes) {
    process.stderr.write(`opening ${sizeName(size)} …\n`);
    opened.push(await openMonorepo(size, values.cache));
  }
  return opened;
}

function isLarge({ targets }: Size): boolean {
  return targets >= 10_000;
}

async function onMonorepo(repo: Monorepo): Promise<void> {
  const { gitDir } = repo;
  const on = sizeName(repo);
  const folders = Array.from({ length: repo.targets }, (_, target) => repo.folder(target));
  const target = repo.folder(17);
  tell(await measurePlan({ on, main: MAIN, gitDir, target, rounds, ...(isLarge(repo) ? { goal: "P2" } : {}) }));
  tell(await measureIndex({ on, gitDir, folders, rounds: Math.max(3, Math.floor(rounds / 3)), goal: "P4" }, forked));
  tell(await measureHeads({ on, gitDir, folders, rounds }, forked));
  tell(await measureGuards({ on, main: MAIN, gitDir, folders, forked }));
  tell(await measureCycle({ on, main: MAIN, gitDir, target, rounds, goal: isLarge(repo) ? "P10" : "P10small" }));
}

/** The largest to the smallest. */
/** As the goals name the sizes; where one is missing, the first and the last that there are. */
async function growth(all: readonly Monorepo[]): Promise<void> {
  const small = all.find((one) => sizeName(one) === "1k/5k") ?? all[0];
  const large = all.find((one) => sizeName(one) === "10k/50k") ?? all.at(-1);
  if (small === undefined || large === undefined || small === large) return;
  const [few, many] = [sizeName(small), sizeName(large)];
  const ratio = (goal: GoalId, what: string): void => {
    const [a, b] = [few, many].map((on) => measured.find((row) => row.on === on && row.what.startsWith(what)));
    if (a === undefined || b === undefined) return;
    tell([
      {
        goal,
        on: many,
        what: GOALS[goal].what,
        ms: b.ms,
        floor: `in ${few} (${a.ms.toFixed(1)} ms)`,
        ratio: b.ms / a.ms,
      },
    ]);
  };
  ratio("P3", "plan ");
  if (large.targets / small.targets >= 10) ratio("P8growth", "which of ");
  const file = "deployment.yaml";
  tell(
    await measureCommit(
      { on: many, gitDir: large.gitDir, path: `${large.folder(17)}/${file}` },
      { on: few, gitDir: small.gitDir, path: `${small.folder(17)}/${file}` },
      { rounds, forked },
    ),
  );
}

async function onReal(gitDir: string): Promise<void> {
  const on = "real";
  const names = ["-C", gitDir, "log", "-3000", "--format=", "--name-only", "--no-renames", "HEAD"];
  const present = ["-C", gitDir, "ls-tree", "-r", "-d", "--name-only", "HEAD"];
  const folders = new Set((await done(runProgram("git", present))).stdout.trim().split("\n"));
  const hits = new Map<string, number>();
  for (const path of (await done(runProgram("git", names))).stdout.split("\n")) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (folders.has(folder) && !isHidden(folder)) hits.set(folder, (hits.get(folder) ?? 0) + 1);
  }
  const busiest = [...hits].toSorted((a, b) => b[1] - a[1]).map(([folder]) => folder);
  // A path, as the goal has it, and a word alone: that may be the name of an object in any manifest.
  const [path = "", word] = [busiest.find((folder) => folder.includes("/")), busiest.find((one) => !one.includes("/"))];
  tell(await measurePlan({ on, main: MAIN, gitDir, target: path, rounds, goal: "P1" }));
  if (word !== undefined) tell((await measurePlan({ on, main: MAIN, gitDir, target: word, rounds })).slice(0, 1));
  tell(await measureGuards({ on, main: MAIN, gitDir, folders: busiest, forked }));
  tell(
    await measureIndex(
      { on, gitDir, folders: busiest, rounds: Math.max(3, Math.floor(rounds / 3)), goal: "P4real" },
      forked,
    ),
  );
}

/** What a forge or an editor reads is no target: `.github/workflows`. */
function isHidden(folder: string): boolean {
  return folder.split("/").some((name) => name.startsWith("."));
}

function lineOf(row: Measured): string {
  const { goal, on, what, ms, floor, ratio, peakMiB } = row;
  const verdict = verdictOf(row);
  const mark = verdict === undefined ? " " : verdict === "short" ? "✗" : "✔";
  const held: Goal | undefined = goal === undefined ? undefined : GOALS[goal];
  const wanted = held === undefined ? "" : ` ≤ ${held.must.toFixed(2)}${verdict === "stretch" ? " (stretch)" : ""}`;
  const memory = peakMiB === undefined ? "" : `, ${peakMiB.toFixed(0)} MiB`;
  return `${mark} ${(goal ?? "").padEnd(10)} ${on.padEnd(8)} ${what.padEnd(52)} ${ms.toFixed(1).padStart(9)} ${ratio.toFixed(2).padStart(7)}×${wanted}  of ${floor}${memory}`;
}

/** Along commits, and along targets: of the sizes that have the other one in common, the larger lot. */
function plot(): string {
  const alike = (key: keyof Size): readonly Monorepo[] => {
    const lots = [...new Set(repos.map((repo) => repo[key]))].map((size) => repos.filter((repo) => repo[key] === size));
    return lots.toSorted((a, b) => b.length - a.length || sizeOfLot(b) - sizeOfLot(a))[0] ?? [];
  };
  const [byCommits, byTargets] = [alike("targets"), alike("commits")];
  return plotSvg([
    { title: `${byCommits[0]?.targets ?? 0} targets`, xTitle: "commits", series: seriesOf(byCommits, "commits") },
    { title: `${byTargets[0]?.commits ?? 0} commits`, xTitle: "targets", series: seriesOf(byTargets, "targets") },
  ]);
}

function sizeOfLot(lot: readonly Size[]): number {
  return (lot[0]?.targets ?? 0) * (lot[0]?.commits ?? 0);
}

function seriesOf(lot: readonly Monorepo[], x: keyof Size): readonly Series[] {
  const all = KINDS.map(([what, name]): Series => ({
    name,
    points: lot
      .flatMap((repo) => {
        const row = measured.find(({ on, what: own }) => on === sizeName(repo) && own.startsWith(what));
        return row === undefined ? [] : [{ x: repo[x], y: row.ms }];
      })
      .toSorted((a, b) => a.x - b.x),
  }));
  return all.filter(({ points }) => points.length > 0);
}
