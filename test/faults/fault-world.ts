import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Octokit } from "@octokit/rest";

import { mirrorPath } from "../../src/adapters/repository/git/mirror-path.ts";
import type { Mode, RevertRequest } from "../../src/app/delivery.ts";
import { runRevert } from "../../src/app/run-revert.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { openWorld } from "../../src/faces/compose.ts";
import type { OpenedWorld } from "../../src/faces/compose-parts.ts";
import type { GraphQLExecutor } from "../../src/standins/github/graphql/executor.ts";
import { startGitHub, type GitHub } from "../../src/standins/github/start-github.ts";
import { fixedClock } from "../support/fixed-clock.ts";
import { type FaultyProxy, startFaultyProxy } from "../support/faulty-proxy.ts";
import { gitdir, gitTestEnv } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { silentLog } from "../support/silent-log.ts";

export const API = "apps/api/deployment.yaml";
export const GOOD = deployment("api:1.7");
export const BAD = deployment("api:1.8");
export const FIX = deployment("api:1.8.1");
/** The same instant in all cases: what is made is the same, too, down to its id. */
const NOW_MS = Date.parse("2026-08-22T13:46:40Z");
/** A line that somebody adds to the file. */
export const NOTE = "# the cache is warm from 1.8.1 on\n";
export const WORK = deployment("web:2");
export const PUSHED = deployment("web:3");
const NAME = "gitops";
const OTHER = "apps/web/deployment.yaml";

const BOT = "ghs_bot0000000000000000000000000000000000";
const PERSON = "ghp_mkim000000000000000000000000000000000";

/** How a revert is to go. */
export interface Way {
  readonly mode: Mode;
  /** Who makes the commit: git, and it is pushed; or GitHub, through its API. */
  readonly via: "push" | "api";
}

/** A GitHub behind a network that can be made to fail; every case gets a repository of its own, one after the other. */
export interface FaultHost {
  readonly github: GitHub;
  readonly proxy: FaultyProxy;
  newRepository(): Promise<FaultRepository>;
  close(): Promise<void>;
}

export interface FaultRepository {
  /** Clones it, as an earlier command had done. */
  warm(): Promise<void>;
  /** One command of a person's, from beginning to end. */
  attempt(way: Way): Promise<Attempt>;
  /** What a colleague may do meanwhile; false: there was nothing to do it to. */
  readonly people: Readonly<Record<PersonAct, () => Promise<boolean>>>;
  state(): Promise<RepositoryState>;
  /** There is one at a time. */
  remove(): Promise<void>;
}

export const PERSON_ACTS = ["fixes", "notes", "works elsewhere", "pushes to the branch", "closes", "merges"] as const;
export type PersonAct = (typeof PERSON_ACTS)[number];

/** How a command ended: its outcome, or the code of its error. */
export interface Attempt {
  readonly end: string;
  /** Nothing more would come of asking again. */
  readonly final: boolean;
  readonly unexpected?: string;
}

export interface RepositoryState {
  readonly api: string;
  readonly branches: readonly string[];
  readonly pulls: readonly {
    readonly number: number;
    readonly state: string;
    readonly merged: boolean;
    readonly labels: readonly string[];
    readonly comments: readonly string[];
  }[];
  /** Subjects on main, newest first. */
  readonly main: readonly string[];
  /** The other team's file on main. */
  readonly other: string;
  /** The same on the branch of the revert, while there is one. */
  readonly otherOnBranch: string | undefined;
}

export async function openFaultHost(graphql: GraphQLExecutor): Promise<FaultHost> {
  const root = await mkdtemp(join(tmpdir(), "lastgood-faults-"));
  const github = await startGitHub({ root, graphql, searchPath: process.env["PATH"] ?? "" });
  const [permissions, limit] = ["write", 1e9] as const;
  github.control.addToken(BOT, { user: "lastgood[bot]", app: { id: 1, slug: "lastgood" }, permissions, limit });
  github.control.addToken(PERSON, { user: "mkim", permissions, limit });
  const proxy = await startFaultyProxy(github.url, async () => github.control.settle());
  github.control.setClock(() => NOW_MS);
  const source = gitdir([
    { files: { [API]: GOOD, [OTHER]: deployment("web:1") }, message: "Bump api to 1.7 (#101)" },
    { files: { [API]: BAD }, message: "Bump api to 1.8 (#102)" },
  ]);
  await unpack(source.path);
  let made = 0;
  const clones = { first: undefined };
  return {
    github,
    proxy,
    newRepository: async () => {
      made += 1;
      proxy.forget();
      const { dir } = await github.control.createRepository("acme", NAME);
      for (const part of ["objects", "refs"]) await cp(join(source.path, part), join(dir, part), { recursive: true });
      return repositoryAt({ github, proxy, dir, cache: join(root, `cache-${made}`), clones, attempts: { count: 0 } });
    },
    close: async () => {
      await proxy.close();
      await github.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

interface Place {
  readonly github: GitHub;
  readonly proxy: FaultyProxy;
  /** What GitHub has of it. */
  readonly dir: string;
  /** What lastgood keeps of it. */
  readonly cache: string;
  readonly attempts: { count: number };
  /** The first clone, once it is made. */
  readonly clones: { first: string | undefined };
}

function repositoryAt(place: Place): FaultRepository {
  const { github, dir, cache } = place;
  const at = { owner: "acme", repo: NAME };
  const octokit = new Octokit({ baseUrl: github.url, auth: PERSON });
  const write = async (branch: string, path: string, change: (text: string) => string): Promise<boolean> => {
    const { data } = await octokit.repos.getContent({ ...at, path, ref: branch });
    const [sha, before] =
      "content" in data ? [data.sha, Buffer.from(data.content, "base64").toString("utf8")] : ["", ""];
    const content = Buffer.from(change(before)).toString("base64");
    await octokit.repos.createOrUpdateFileContents({
      ...at,
      path,
      branch,
      content,
      sha,
      message: `A person writes ${path}`,
    });
    return true;
  };
  const ours = async () => {
    const { data } = await octokit.pulls.list({ ...at, state: "open" });
    return data.find(({ head }) => head.ref.startsWith("lastgood/"));
  };
  return {
    warm: async () => warm(place),
    attempt: async (way) => attempt(place, way),
    people: {
      fixes: async () => write("main", API, () => FIX),
      notes: async () => write("main", API, (text) => NOTE + text),
      "works elsewhere": async () => write("main", OTHER, () => WORK),
      "pushes to the branch": async () => {
        const refs = (await octokit.git.listMatchingRefs({ ...at, ref: "heads/lastgood/" })).data;
        const [branch] = refs.map(({ ref }) => ref.replace("refs/heads/", ""));
        return branch !== undefined && write(branch, OTHER, () => PUSHED);
      },
      closes: async () => {
        const pull = await ours();
        if (pull === undefined) return false;
        await octokit.pulls.update({ ...at, pull_number: pull.number, state: "closed" });
        return true;
      },
      merges: async () => {
        const pull = await ours();
        if (pull === undefined) return false;
        await octokit.pulls.merge({ ...at, pull_number: pull.number });
        return true;
      },
    },
    state: async () => stateOf(octokit, at),
    remove: async () => {
      github.control.deleteRepository(`acme/${NAME}`);
      await Promise.all([dir, cache].map(async (path) => rm(path, { recursive: true, force: true })));
    },
  };
}

type At = { readonly owner: string; readonly repo: string };

async function stateOf(octokit: Octokit, at: At): Promise<RepositoryState> {
  const text = async (path: string, ref: string): Promise<string> => {
    const { data } = await octokit.repos.getContent({ ...at, path, ref });
    return "content" in data ? Buffer.from(data.content, "base64").toString("utf8") : "";
  };
  const branches = (await octokit.repos.listBranches({ ...at, per_page: 100 })).data.map((branch) => branch.name);
  const pulls = (await octokit.pulls.list({ ...at, state: "all" })).data;
  const own = branches.find((branch) => branch !== "main");
  return {
    api: await text(API, "main"),
    branches,
    main: (await octokit.repos.listCommits({ ...at, per_page: 100 })).data.map(
      ({ commit }) => commit.message.split("\n")[0] ?? "",
    ),
    other: await text(OTHER, "main"),
    otherOnBranch: own === undefined ? undefined : await text(OTHER, own),
    pulls: await Promise.all(
      pulls.map(async ({ number, state, merged_at, labels }) => ({
        number,
        state,
        merged: merged_at !== null,
        labels: labels.map((label) => label.name),
        comments: (await octokit.issues.listComments({ ...at, issue_number: number })).data.map(
          ({ body }) => body ?? "",
        ),
      })),
    ),
  };
}

/** The command from start to end, in a process of its own as far as anybody can tell: nothing is kept but the cache on disk. */
async function attempt(place: Place, way: Way): Promise<Attempt> {
  try {
    const world = await openPlace(place);
    try {
      const outcome = await runRevert(requestFor(way), world);
      if (outcome.kind === "delivered") {
        const pending = outcome.pending === undefined ? "" : ", pending";
        return { end: `${outcome.mode}${pending}`, final: outcome.pending === undefined };
      }
      return { end: outcome.kind === "hold" ? outcome.reason : outcome.kind, final: true };
    } finally {
      await world.close();
    }
  } catch (error) {
    if (error instanceof LastgoodError && error.code !== "Internal") return { end: error.code, final: false };
    return { end: "unexpected", final: true, unexpected: error instanceof Error ? (error.stack ?? "") : String(error) };
  }
}

/** One clone serves for all: the repositories begin alike. */
async function warm(place: Place): Promise<void> {
  const mirrors = join(place.cache, "lastgood", "mirrors");
  const own = mirrorPath(mirrors, urlOf(place));
  if (place.clones.first === undefined) {
    await (await openPlace(place)).close();
    place.clones.first = `${place.cache}-first`;
    await unpack(own);
    await cp(own, place.clones.first, { recursive: true });
    return;
  }
  await mkdir(mirrors, { recursive: true, mode: 0o700 });
  await cp(place.clones.first, own, { recursive: true });
}

/** Objects one by one, as small fetches and pushes leave them. */
async function unpack(gitDir: string): Promise<void> {
  const folder = join(gitDir, "objects", "pack");
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name));
    await rm(join(folder, name), { force: true });
    if (name.endsWith(".pack"))
      execFileSync("git", ["unpack-objects", "-q"], { cwd: gitDir, env: gitTestEnv(), input: bytes });
  }
}

function urlOf({ proxy }: Place): string {
  return `${proxy.url}/acme/${NAME}.git`;
}

async function openPlace(place: Place): Promise<OpenedWorld> {
  const { cache } = place;
  const url = urlOf(place);
  const env = { ...gitTestEnv(), GH_TOKEN: BOT, XDG_CACHE_HOME: cache };
  const parts = { clock: nextClock(place), log: silentLog(), branch: "main" };
  return openWorld(
    { location: { kind: "url", url }, reach: "remote", forge: { type: "github" }, ...parts },
    surroundings(env),
  );
}

/** Each attempt is made a minute after the last one, and names its jobs anew. */
function nextClock({ github, attempts }: Place): Clock {
  attempts.count += 1;
  const attempt = attempts.count;
  const startMs = NOW_MS + attempt * 60_000;
  github.control.setClock(() => startMs);
  const clock = fixedClock(startMs);
  return { ...clock, newId: () => clock.newId().replace(/^.{5}/, `01J${String(attempt).padStart(2, "0")}`) };
}

function surroundings(env: Readonly<Record<string, string | undefined>>): Parameters<typeof openWorld>[1] {
  const stream = { write: () => true, on: () => undefined };
  return {
    calledAs: "lastgood",
    version: "0.0.0-test",
    args: [],
    env,
    cwd: "/",
    home: "/nonexistent",
    stdout: stream,
    stderr: stream,
    signal: new AbortController().signal,
    platform: "test",
    packageRoot: "/nonexistent",
  };
}

/** Back to the first commit; a person who closed one is not overruled. */
function requestFor({ mode, via }: Way): RevertRequest {
  return {
    target: plainTarget(["apps/api"], { name: "api" }),
    branch: "main",
    onto: "refs/heads/main",
    goal: { kind: "revision", text: "#101" },
    selection: { only: [], except: [] },
    patterns: NO_PATTERNS,
    mode,
    commitVia: via,
    author: { name: "Mina Kim", email: "mina@example.test" },
    by: "Mina Kim",
    style: "git",
    draft: false,
    labels: [],
    reviewers: [],
    // Agreed to for what was seen: a plan that takes back somebody's later work as well is declined.
    confirm: async ({ undone }) => undone.length === 1,
    confirmAgain: async () => false,
  };
}
