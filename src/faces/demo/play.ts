/**
 * The demo: a bad deploy and the way back, with the real commands on a repository of its own. Only GitHub, the engine and the
 * past are stand-ins. The one file that may import them (test/architecture.test.ts).
 */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import { createEngine, type Engine } from "../../standins/engine/create-engine.ts";
import { type GitHub, startGitHub } from "../../standins/github/start-github.ts";
import type { CommandContext } from "../cli/context.ts";
import { openWorld } from "../compose.ts";
import { LEDGER_REF } from "../ledger-place.ts";
import type { Surroundings } from "../surroundings.ts";
import { createSystemClock } from "../system-clock.ts";
import { checkpointsOf } from "./checkpoints.ts";
import type { DemoFolder } from "./folder.ts";
import { askGit, type Git, git } from "./git.ts";
import { observedTable } from "./observed-table.ts";
import { commitPast, type Past, type PastCommit, readPast } from "./past.ts";
import { personOf } from "./person.ts";
import { runLine } from "./run-line.ts";
import type { Screen } from "./screen.ts";

export interface Play {
  readonly screen: Screen;
  readonly folder: DemoFolder;
  readonly surroundings: Surroundings;
}

const OWNER = "acme";
const NAME = "gitops";
const TARGET = "payments-api";
const MANIFEST = "apps/payments/api/deployment.yaml";
const TOKEN = "the-token-of-the-demo";
const FIRST_PULL_REQUEST = 487;
const BAKE_TIME_MS = 600_000;
const PARTS = ["--except", ":resources"] as const;
const REASON = "cache-v2 refuses connections";
const BODY_LINES = 25;

/** What the steps share. */
interface Stage extends Play {
  readonly github: GitHub;
  readonly engine: Engine;
  readonly past: Past;
  /** Ids of the past's commits, oldest first. */
  readonly made: string[];
  /** The time of the past while it is made, then the real one. */
  readonly time: { nowMs: number };
  readonly startMs: number;
  readonly clock: Clock;
  readonly bare: string;
  readonly clone: string;
  readonly git: Git;
  /** What the person of the demo has: a clone to stand in, a name, a token, and nothing of this machine. */
  readonly person: Surroundings;
}

/** Plays it all, and leaves what is worth a look in the folder. Throws when anything is not as the story has it. */
export async function play(parts: Play): Promise<void> {
  parts.screen.title("lastgood demo: a bad deploy, and the way back");
  parts.screen.tell("Real: git, each lastgood command, the pull request by API. Stand-ins: GitHub, Argo CD, the past.");
  const stage = await build(parts);
  try {
    for (const step of [tellPast, tellTrouble, tellHistory, tellGitRevert, tellPlan, tellPullRequest, tellMerge]) {
      stage.surroundings.signal.throwIfAborted();
      await step(stage);
    }
  } finally {
    await stage.github.close();
  }
  await leave(stage);
}

async function build(parts: Play): Promise<Stage> {
  const { folder, surroundings } = parts;
  const clock = createSystemClock();
  const startMs = clock.nowMs();
  const time = { nowMs: startMs };
  const past = await readPast(fixturesOf(surroundings));
  const clone = join(folder.path, NAME);
  const searchPath = surroundings.env["PATH"] ?? "";
  const github = await startGitHub({ root: join(folder.path, "github"), clock: () => time.nowMs, searchPath });
  github.control.addToken(TOKEN, { user: "dana", permissions: "write" });
  const { dir } = await github.control.createRepository(OWNER, NAME, { firstNumber: FIRST_PULL_REQUEST });
  const repository = { dir, searchPath };
  const options = { repository, branch: "main", manifest: MANIFEST, failures: past.failures, clock: () => time.nowMs };
  const person = personOf(surroundings, { home: join(folder.path, "home"), clone, token: TOKEN });
  const own: Git = { env: person.env, signal: surroundings.signal };
  await mkdir(clone);
  await git(clone, ["init", "--quiet", "--initial-branch=main"], own);
  await git(clone, ["remote", "add", "origin", github.gitUrl(OWNER, NAME)], own);
  await git(clone, ["config", "--add", "remote.origin.fetch", `+${LEDGER_REF}:${LEDGER_REF}`], own);
  return {
    ...parts,
    github,
    engine: createEngine(options),
    past,
    made: [],
    time,
    startMs,
    clock,
    bare: dir,
    clone,
    git: own,
    person,
  };
}

function fixturesOf({ packageRoot }: Surroundings): string {
  return join(packageRoot, "fixtures", "demo");
}

async function tellPast(stage: Stage): Promise<void> {
  const { screen, past, engine, time, startMs, clock } = stage;
  const before = past.commits.slice(0, suspectIn(past));
  for (const commit of before) await deploy(commit, stage);
  screen.heading("The GitOps repository acme/gitops");
  screen.tell(`${before.length} commits in 16 days. What the engine saw of its Application ${TARGET}:`);
  screen.table(observedTable(engine.history(), clock.nowMs(), screen.style));
  const trouble = past.commits[suspectIn(past)];
  const nowMs = trouble === undefined ? startMs : startMs - trouble.ago;
  const records = checkpointsOf(engine.history(), {
    target: TARGET,
    bakeTimeMs: BAKE_TIME_MS,
    nowMs,
    newId: () => clock.newId(),
  });
  await record(records, stage);
  const good = records.filter(({ verdict }) => verdict === "good").length;
  screen.tell(
    `Current for 10 minutes makes a checkpoint. ${good} are in the ledger now; that is git, too (${LEDGER_REF}).`,
  );
  time.nowMs = startMs;
}

async function tellTrouble(stage: Stage): Promise<void> {
  const { screen, past, engine, time, startMs, clock, clone } = stage;
  const from = suspectIn(past);
  const seen = engine.history().length;
  for (const commit of past.commits.slice(from)) await deploy(commit, stage);
  time.nowMs = startMs;
  const trouble = engine.history().slice(seen);
  await record(
    checkpointsOf(trouble, { target: TARGET, bakeTimeMs: BAKE_TIME_MS, nowMs: startMs, newId: () => clock.newId() }),
    stage,
  );
  await git(clone, ["fetch", "--quiet", "origin"], stage.git);
  screen.heading("3 a.m.: a deploy went bad half an hour ago, and main went on");
  screen.table(observedTable(trouble.slice(0, 1), clock.nowMs(), screen.style));
  const log = ["log", "--oneline", "--no-decorate", `-${past.commits.length - from}`];
  screen.command(["git", ...log]);
  screen.quote((await git(clone, log, stage.git)).split("\n"));
}

async function tellHistory(stage: Stage): Promise<void> {
  stage.screen.heading("Which revision was good?");
  await lastgood(["history", TARGET], stage);
}

/** A real `git revert`, in a clone that is thrown away. */
async function tellGitRevert(stage: Stage): Promise<void> {
  const { screen, folder, clone, made, past } = stage;
  const suspect = (made[suspectIn(past)] ?? "").slice(0, 7);
  const scratch = join(folder.path, "scratch");
  await git(folder.path, ["clone", "--quiet", clone, scratch], stage.git);
  const args = ["revert", "--no-edit", suspect];
  const { code, stdout, stderr } = await askGit(scratch, args, stage.git);
  await rm(scratch, { recursive: true, force: true });
  if (code === 0) return;
  screen.heading("Why not git revert?");
  screen.command(["git", ...args]);
  screen.quote([...stdout.split("\n"), ...stderr.split("\n")].filter((line) => /^(?:CONFLICT|error)/.test(line)));
  screen.tell("Lines collide: #485 changed the line below the one that #482 added. Objects do not.");
}

async function tellPlan(stage: Stage): Promise<void> {
  stage.screen.heading("What goes back? All but the memory of #485");
  await lastgood(["plan", TARGET, ...PARTS], stage);
}

async function tellPullRequest(stage: Stage): Promise<void> {
  const { screen, folder } = stage;
  screen.heading("The revert, as a pull request");
  await lastgood(["revert", TARGET, ...PARTS, "--reason", REASON, "--yes"], stage, true);
  const { title, body } = await pullRequest(stage);
  await writeFile(join(folder.path, "pull-request.md"), `# ${title}\n\n${body}`);
  const lines = body.trimEnd().split("\n");
  screen.tell("");
  screen.quote([`# ${title}`, "", ...lines.slice(0, BODY_LINES)].map((line) => `  ${line}`.trimEnd()));
  screen.quote([`  … and ${lines.length - BODY_LINES} more lines, in pull-request.md: the diff, the JSON Patch`]);
}

async function tellMerge(stage: Stage): Promise<void> {
  const { screen, engine, time, clock, clone, made, past, startMs } = stage;
  await stage.github.control.settle(); // GitHub finds out in the background whether it can be merged
  screen.heading("Merged, synced, healthy");
  await lastgood(["revert", TARGET, ...PARTS, "--merge", "--yes"], stage, true);
  time.nowMs = clock.nowMs();
  const { merged, number } = await pullRequest(stage);
  const live = await engine.sync();
  if (!merged || live.status !== "Current") throw new Error(`#${number} did not bring ${TARGET} back: ${live.message}`);
  screen.table(observedTable([live], clock.nowMs(), screen.style));
  await git(clone, ["pull", "--quiet", "--ff-only", "origin", "main"], stage.git);
  const good = (made[suspectIn(past) - 2] ?? "").slice(0, 7);
  const args = ["diff", "-U0", good, "main", "--", "apps/payments/api"];
  screen.command(["git", ...args]);
  screen.quote((await git(clone, args, stage.git)).split("\n").filter((line) => /^[-+][^-+]/.test(line)));
  const seconds = ((clock.nowMs() - startMs) / 1000).toFixed(1);
  screen.tell("That is all that main and the good revision differ in: the later work, #485.");
  screen.title(`Back to good. Everything on this page took ${seconds} s.`);
}

/** Commands as the person types them. */
async function lastgood(words: readonly string[], { screen, person }: Stage, quietly = false): Promise<void> {
  screen.command(["lastgood", ...words]);
  await runLine(words, screen.contextFor(person, quietly));
}

async function deploy(commit: PastCommit, stage: Stage): Promise<void> {
  const { clone, bare, github, made, startMs, time, engine, surroundings } = stage;
  const place = { clone, fixtures: fixturesOf(surroundings), forgeUrl: github.url, made, nowMs: startMs };
  made.push(await commitPast(commit, place, stage.git));
  await git(clone, ["push", "--quiet", bare, "main"], stage.git);
  time.nowMs = startMs - commit.ago;
  await engine.sync();
}

async function record(
  records: ReturnType<typeof checkpointsOf>,
  { screen, person, github, clock }: Stage,
): Promise<void> {
  const { log }: CommandContext = screen.contextFor(person);
  const location = { kind: "url", url: github.gitUrl(OWNER, NAME) } as const;
  const world = await openWorld({ location, reach: "remote", forge: { type: "github" }, clock, log }, person);
  try {
    await world.ledger.append(records);
  } finally {
    await world.close();
  }
}

interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly merged: boolean;
}

/** The demo's pull request, as GitHub has it. */
async function pullRequest({ github }: Stage): Promise<PullRequest> {
  const url = `${github.apiUrl}/repos/${OWNER}/${NAME}/pulls/${FIRST_PULL_REQUEST}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
  if (!answer.ok) throw new Error(`GET ${url} ended with ${answer.status}`);
  return (await answer.json()) as PullRequest;
}

function suspectIn({ commits }: Past): number {
  return commits.findIndex(({ suspect }) => suspect);
}

/** What is worth a look stays: the repository, a clone that needs no server, the pull request. */
async function leave({ screen, folder, bare, clone, git: own }: Stage): Promise<void> {
  const path = join(folder.path, `${NAME}.git`);
  await rename(bare, path);
  await git(clone, ["remote", "rename", "origin", "bare"], own);
  await git(clone, ["remote", "set-url", "bare", path], own);
  for (const name of ["github", "home"]) await rm(join(folder.path, name), { recursive: true, force: true });
  screen.heading("Look around");
  screen.command(["git", "-C", clone, "log", "--oneline"]);
  screen.command(["git", "-C", clone, "show", "HEAD^2"]);
  screen.command(["lastgood", "history", "--repo", path, TARGET]);
  screen.command(["cat", join(folder.path, "pull-request.md")]);
  screen.tell(`Everything lies in ${folder.path}, and nothing anywhere else.`);
}
