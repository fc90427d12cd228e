import { onTestFinished } from "vitest";

import { openMirror } from "../../src/adapters/repository/git/mirror.ts";
import type { Delivery, DeliveryWorld, RevertRequest } from "../../src/app/delivery.ts";
import type { RevertOutcome } from "../../src/app/run-revert.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import { type CommitId, commitId } from "../../src/core/model/git.ts";
import { EVERYTHING, parseSelectors, type Selection } from "../../src/core/selection.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Forge, MergeRequest } from "../../src/ports/forge.ts";
import type { Remote } from "../../src/ports/repository.ts";
import { type FixedClock, fixedClock } from "./fixed-clock.ts";
import { type CommitSpec, gitdir, type GitDir, temporaryFolder } from "./gitdir.ts";
import { memoryForge, type MemoryForge } from "./memory-forge.ts";
import { memoryLedger } from "./memory-ledger.ts";
import { type SilentLog, silentLog } from "./silent-log.ts";

/** What everybody works on: a bare repository, and a forge in memory that merges in it with real git. */
export interface Server {
  readonly origin: GitDir;
  readonly forge: MemoryForge;
  /** One person's lastgood: a mirror, a clock and a log of its own. */
  open(): Promise<RevertWorld>;
}

export interface RevertWorld extends DeliveryWorld {
  readonly forge: Forge;
  readonly remote: Remote;
  readonly clock: FixedClock;
  readonly log: SilentLog;
  /** What was asked of the forge and the remote, in order: `findPullRequest`, `push main`, … */
  readonly calls: string[];
  /** Runs before the next call with that beginning, once. */
  before(call: string, run: () => Promise<void> | void): void;
}

/** A server whose `main` holds these commits. */
export function serve(commits: readonly CommitSpec[]): Server {
  const origin = gitdir(commits);
  const forge = memoryForge({
    findBranch: async (branch) => tipOf(origin, branch),
    merge: async (request) => squash(origin, request),
    update: async (branch, base) => updateBranch(origin, branch, base),
  });
  let people = 0;
  return { origin, forge, open: async () => openWorld(origin, forge, (people += 1)) };
}

/** The one world of a server with these commits. */
export async function serveOne(commits: readonly CommitSpec[]): Promise<Server & { readonly world: RevertWorld }> {
  const server = serve(commits);
  return { ...server, world: await server.open() };
}

/** What a branch of a repository holds. */
export function tipOf(repository: GitDir, branch: string): CommitId | undefined {
  const id = repository.git(["for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`]);
  return id === "" ? undefined : commitId(id);
}

/** The branches of a repository, with their tips. */
export function branchesOf(repository: GitDir): Readonly<Record<string, string>> {
  const lines = repository
    .git(["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads"])
    .split("\n");
  return Object.fromEntries(lines.map((line) => line.split(" ") as [string, string]));
}

export interface Wish extends Partial<Omit<RevertRequest, "target" | "selection">> {
  /** Path of the target; default `apps/api`. */
  readonly path?: string;
  /** `--to`; default: the last known good one. */
  readonly to?: string;
  readonly only?: string;
}

/** The delivery that a revert came to; fails when it came to something else. */
export function delivered(outcome: RevertOutcome): Delivery {
  if (outcome.kind === "delivered") return outcome;
  throw new Error(`not delivered: ${outcome.kind === "hold" ? `${outcome.reason}: ${outcome.message}` : outcome.kind}`);
}

/** What a person asks for who answers every question with yes. */
export function wish({ path = "apps/api", to, only, ...rest }: Wish = {}): RevertRequest {
  const selection: Selection = only === undefined ? EVERYTHING : { only: parseSelectors([only]), except: [] };
  return {
    target: plainTarget([path]),
    branch: "main",
    goal: to === undefined ? { kind: "last-good" } : { kind: "revision", text: to },
    selection,
    patterns: { ...NO_PATTERNS, tags: ["release-*"] },
    mode: "propose",
    by: "Mina Kim",
    author: { name: "Mina Kim", email: "mina@example.com" },
    style: "git",
    draft: false,
    labels: [],
    reviewers: [],
    confirm: async () => true,
    confirmAgain: async () => true,
    ...rest,
  };
}

const START_MS = Date.parse("2026-08-22T13:46:40Z");

/** No two people make the same commit: their clocks differ by a minute. */
async function openWorld(origin: GitDir, server: MemoryForge, person: number): Promise<RevertWorld> {
  const env = { PATH: process.env["PATH"] };
  const mirror = await openMirror({ cacheDir: temporaryFolder("mirrors"), url: origin.path, env, allowLocal: true });
  onTestFinished(() => mirror.close());
  const calls: string[] = [];
  const hooks: { readonly call: string; readonly run: () => Promise<void> | void }[] = [];
  const note = async (call: string): Promise<void> => {
    calls.push(call);
    const index = hooks.findIndex((hook) => call.startsWith(hook.call));
    if (index !== -1) await hooks.splice(index, 1)[0]?.run();
  };
  return {
    repository: mirror.repository,
    remote: watchRemote(mirror.remote, note),
    forge: watchForge(server, note),
    ledger: memoryLedger(),
    clock: fixedClock(START_MS + person * 60_000),
    log: silentLog(),
    calls,
    before: (call, run) => void hooks.push({ call, run }),
  };
}

type Note = (call: string) => Promise<void>;

function watchRemote(remote: Remote, note: Note): Remote {
  return {
    url: remote.url,
    fetch: async (refs, progress) => {
      await note("fetch");
      await remote.fetch(refs, progress);
    },
    push: async (request) => {
      await note(`push ${request.branch}`);
      await remote.push(request);
    },
  };
}

function watchForge(forge: Forge, note: Note): Forge {
  return {
    name: forge.name,
    ...(forge.talk === undefined ? {} : { talk: forge.talk }),
    ...(forge.issues === undefined ? {} : { issues: forge.issues }),
    mergeStanding: async (number, head) => {
      await note("mergeStanding");
      return (await forge.mergeStanding?.(number, head)) ?? { ordered: false };
    },
    reverts: async (sinceMs) => {
      await note("reverts");
      return (await forge.reverts?.(sinceMs)) ?? { clockMs: 0, reverts: [] };
    },
    defaultBranch: forge.defaultBranch,
    mergeCommitOf: async (number) => forge.mergeCommitOf(number),
    findPullRequest: async (branch) => {
      await note("findPullRequest");
      return forge.findPullRequest(branch);
    },
    openPullRequest: async (request) => {
      await note("openPullRequest");
      return forge.openPullRequest(request);
    },
    updatePullRequest: async (number, text) => {
      await note("updatePullRequest");
      return forge.updatePullRequest(number, text);
    },
    mergePullRequest: async (request) => {
      await note("mergePullRequest");
      return forge.mergePullRequest(request);
    },
    updateBranch: async (number, head) => {
      await note("updateBranch");
      return (await forge.updateBranch?.(number, head)) ?? { kind: "refused", reason: "it cannot" };
    },
    cancelMerge: async (number) => {
      await note("cancelMerge");
      await forge.cancelMerge?.(number);
    },
  };
}

/** What GitHub's squash does: the merge of both sides as one commit on the base. */
async function squash(origin: GitDir, request: MergeRequest & { readonly base: string }): Promise<CommitId> {
  const base = `refs/heads/${request.base}`;
  const [tree = ""] = mergeTree(origin, base, request.expectedHead).split("\n");
  const message = `${request.title}\n\n${request.message}`;
  const commit = commitId(origin.git(["commit-tree", tree, "-p", base, "-m", message]));
  origin.git(["update-ref", base, commit]);
  return commit;
}

/** What GitHub's "Update branch" does: a merge commit of the base into the branch. */
function updateBranch(origin: GitDir, branch: string, base: string): CommitId | undefined {
  try {
    const [tree = ""] = origin.git(["merge-tree", "--write-tree", branch, base]).split("\n");
    const parents = ["-p", `refs/heads/${branch}`, "-p", `refs/heads/${base}`];
    const commit = commitId(origin.git(["commit-tree", tree, ...parents, "-m", `Merge branch '${base}'`]));
    origin.git(["update-ref", `refs/heads/${branch}`, commit]);
    return commit;
  } catch {
    return undefined;
  }
}

function mergeTree(origin: GitDir, base: string, head: string): string {
  try {
    return origin.git(["merge-tree", "--write-tree", base, head]);
  } catch (cause) {
    throw new LastgoodError("ForgeConflict", "it conflicts with the base", { cause });
  }
}
