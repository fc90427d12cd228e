import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createGitHubForge, type GitHubForgeOptions } from "../../../src/adapters/forge/github/github-forge.ts";
import { commitId, type CommitId } from "../../../src/core/model/git.ts";
import type { ForgeCommitRequest, ForgeCommits, ForgeWrite } from "../../../src/ports/forge-commits.ts";
import type { FaultAction } from "../../../src/standins/github/faults.ts";
import { startGitHub, type GitHub } from "../../../src/standins/github/start-github.ts";
import { fixedClock, type FixedClock } from "../../support/fixed-clock.ts";
import { gitdir, temporaryFolder, type CommitSpec, type GitDir } from "../../support/gitdir.ts";
import { executeGraphQL } from "../../support/github-graphql.ts";
import { silentLog } from "../../support/silent-log.ts";

const BOT = "ghs_bot0000000000000000000000000000000000";
const PERSON = "ghp_mina000000000000000000000000000000000";
const READER = "ghp_rita000000000000000000000000000000000";
const BRANCH = "lastgood/payments/api-3f9c2ab";
const MESSAGE = 'Revert "Set the image"\n\nIt was bad.\n\nLastgood-Target: payments/api\nLastgood-Job: 01J9\n';

const START = {
  "apps/api.yaml": "image: api:2\n",
  "apps/old.yaml": "old: 1\n",
  "apps/deep/er/x.yaml": "x: 1\n",
  "README.md": "gitops\r\n",
  "run.sh": { mode: "100755", text: "#!/bin/sh\n" },
} as const;

let github: GitHub;
let repositories = 0;

beforeAll(async () => {
  github = await startGitHub({ root: temporaryFolder("github"), graphql: executeGraphQL });
  const permissions = { metadata: "read", contents: "write", pull_requests: "write" } as const;
  github.control.addToken(BOT, { user: "lastgood[bot]", app: { id: 1, slug: "lastgood" }, permissions });
  github.control.addToken(PERSON, { user: "mina", permissions: "write" });
  github.control.addToken(READER, { user: "rita", permissions: "read" });
});

afterAll(async () => github.close());

interface Setup {
  readonly name: string;
  readonly source: GitDir;
  readonly base: CommitId;
  readonly commits: ForgeCommits;
  readonly clock: FixedClock;
  /** On the server's repository. */
  readonly git: (...args: readonly string[]) => string;
}

async function setup(options: Partial<GitHubForgeOptions> = {}): Promise<Setup> {
  repositories += 1;
  const repo = `gitops-${repositories}`;
  const source = gitdir([{ files: START }]);
  const { dir } = await github.control.createRepository("acme", repo, { from: source.path, private: true });
  const clock = fixedClock();
  const token = async (): Promise<string> => BOT;
  const at = { baseUrl: github.apiUrl, owner: "acme", repo, token, clock, log: silentLog(), paced: false };
  const { commits } = await createGitHubForge({ ...at, ...options });
  if (commits === undefined) throw new Error("GitHub makes commits");
  const git = (...args: readonly string[]): string => source.git([`--git-dir=${dir}`, ...args]);
  return { name: `acme/${repo}`, source, base: source.head, commits, clock, git };
}

const text = (path: string, content: string): ForgeWrite => ({
  path,
  mode: "100644",
  bytes: new TextEncoder().encode(content),
});

function request(base: CommitId, changes: Partial<ForgeCommitRequest> = {}): ForgeCommitRequest {
  const writes = [text("apps/api.yaml", "image: api:1\n")];
  return { branch: BRANCH, expected: undefined, parent: base, writes, message: MESSAGE, ...changes };
}

/** Somebody else's commit on a branch. */
function pushTheirs({ git, source }: Setup, branch: string, from: CommitId): CommitId {
  const id = commitId(source.git(["commit-tree", `${from}^{tree}`, "-p", from, "-m", "Theirs"]));
  source.git(["update-ref", "refs/heads/theirs", id]);
  git("fetch", "--quiet", source.path, `+refs/heads/theirs:refs/heads/${branch}`);
  return id;
}

const countOn = ({ git }: Setup, branch = BRANCH): string => git("rev-list", "--count", `main..refs/heads/${branch}`);
const branches = ({ git }: Setup): string => git("for-each-ref", "--format=%(refname:short)", "refs/heads/");

function fault(when: "before" | "after", does: FaultAction, body = /createCommitOnBranch/): void {
  github.control.addFault({ path: /graphql/, body, when, does });
}

describe("a commit made by GitHub", () => {
  it("stands on a new branch at its parent, Verified, with the message as it was given", async () => {
    const world = await setup();
    const commit = await world.commits.commit(request(world.base));
    expect(world.git("rev-parse", `refs/heads/${BRANCH}`, `${commit}^`)).toBe(`${commit}\n${world.base}`);
    expect(world.git("log", "-1", "--format=%B", commit).trim()).toBe(MESSAGE.trim());
    expect(world.git("log", "-1", "--format=%an %cn %ce", commit)).toBe("lastgood[bot] GitHub noreply@github.com");
    const headers = { authorization: `token ${BOT}` };
    const shown = await fetch(`${github.apiUrl}/repos/${world.name}/commits/${commit}`, { headers });
    expect(await shown.json()).toMatchObject({ commit: { verification: { verified: true, reason: "valid" } } });
  });

  it("follows on a branch that is where it is expected", async () => {
    const world = await setup();
    const first = await world.commits.commit(request(world.base));
    const writes = [text("apps/api.yaml", "image: api:0\n")];
    const second = await world.commits.commit(request(first, { expected: first, writes }));
    expect(world.git("rev-parse", `${second}^`)).toBe(first);
  });

  it("has a subject only when that is the whole message", async () => {
    const world = await setup();
    const commit = await world.commits.commit(request(world.base, { message: "Revert" }));
    expect(world.git("log", "-1", "--format=%B", commit).trim()).toBe("Revert");
  });
});

const MANY = Object.fromEntries(
  Array.from({ length: 200 }, (_, index) => [`many/${index % 7}/${index}.yaml`, `${index}\n`]),
);

const SHAPES: readonly (readonly [string, CommitSpec])[] = [
  ["a change", { files: { "apps/api.yaml": "image: api:1\n" } }],
  ["an addition", { files: { "new.yaml": "n: 1\n" } }],
  ["an addition in new folders", { files: { "a/b/c/d.yaml": "d: 1\n" } }],
  ["a deletion", { remove: ["apps/old.yaml"] }],
  ["the deletion of a folder's last file", { remove: ["apps/deep/er/x.yaml"] }],
  ["a rename", { files: { "apps/renamed.yaml": "old: 1\n" }, remove: ["apps/old.yaml"] }],
  ["a path that is not ASCII", { files: { "apps/größe – 大小.yaml": "s: 1\n", "apps/a b'\"$.yaml": "q\n" } }],
  ["CRLF", { files: { "README.md": "one\r\ntwo\r\n" } }],
  ["no newline at the end", { files: { "README.md": "one" } }],
  ["a byte order mark", { files: { "README.md": "\uFEFFone\n" } }],
  ["bytes that are no text", { files: { "blob.bin": Uint8Array.from([0, 255, 254, 10, 13, 0, 128]) } }],
  ["an empty file", { files: { "empty.yaml": "" } }],
  ["200 files", { files: MANY }],
  [
    "all at once",
    { files: { "x/y.yaml": "y\n", "README.md": "r\n", empty: "" }, remove: ["apps/old.yaml", "apps/api.yaml"] },
  ],
];

describe("the tree of a commit made by GitHub", () => {
  it.each(SHAPES)("is that of the same commit made here: %s", async (_, spec) => {
    const world = await setup();
    const { source, base, commits } = world;
    const [local] = source.commit({ ...spec, branch: "local", from: base });
    const writes: readonly ForgeWrite[] = [
      ...Object.entries(spec.files ?? {}).map(([path, content]): ForgeWrite => {
        if (typeof content === "string") return text(path, content);
        if (content instanceof Uint8Array) return { path, mode: "100644", bytes: content };
        throw new Error("only plain files");
      }),
      ...(spec.remove ?? []).map((path): ForgeWrite => ({ path, remove: true })),
    ];
    expect(commits.cannot(writes)).toBeUndefined();
    const made = await commits.commit(request(base, { writes }));
    expect(world.git("rev-parse", `${made}^{tree}`)).toBe(source.git(["rev-parse", `${local ?? ""}^{tree}`]));
  });
});

describe("the same request again", () => {
  it("gives the commit made before", async () => {
    const world = await setup();
    const first = await world.commits.commit(request(world.base));
    expect(await world.commits.commit(request(world.base))).toBe(first);
    expect(countOn(world)).toBe("1");
  });

  it("gives it on a branch that was there, too", async () => {
    const world = await setup();
    const first = await world.commits.commit(request(world.base, { branch: "main", expected: world.base }));
    expect(await world.commits.commit(request(world.base, { branch: "main", expected: world.base }))).toBe(first);
  });

  it("finds its way after a run that ended between branch and commit", async () => {
    const world = await setup();
    world.git("update-ref", `refs/heads/${BRANCH}`, world.base);
    const commit = await world.commits.commit(request(world.base));
    expect(world.git("rev-parse", `refs/heads/${BRANCH}`)).toBe(commit);
  });
});

describe("a fault on the way", () => {
  const badGateway: FaultAction = { kind: "answer", status: 502, body: "bad gateway" };
  const gaveUp = { errors: [{ message: "Something went wrong while executing your query." }] };
  const wrong: FaultAction = { kind: "answer", status: 200, body: gaveUp };
  const internal = { data: { createCommitOnBranch: null }, errors: [{ type: "INTERNAL", message: "oh" }] };

  it.each<[string, FaultAction]>([
    ["a dropped connection", { kind: "drop" }],
    ["an answer that is cut", { kind: "cut" }],
    ["a 502", badGateway],
    ["GitHub giving up", wrong],
    ["an internal error", { kind: "answer", status: 200, body: internal }],
    ["an answer without the commit", { kind: "answer", status: 200, body: { data: { createCommitOnBranch: {} } } }],
  ])("after the commit was made costs nothing: %s", async (_, does) => {
    const world = await setup();
    fault("after", does);
    const commit = await world.commits.commit(request(world.base));
    expect(world.git("rev-parse", `refs/heads/${BRANCH}`)).toBe(commit);
    expect(countOn(world)).toBe("1");
    expect(github.control.unusedFaults()).toEqual([]);
  });

  it.each<[string, FaultAction]>([
    ["a dropped connection", { kind: "drop" }],
    ["a 502", badGateway],
    ["GitHub giving up", wrong],
  ])("before the commit was made is told, and leaves nothing: %s", async (_, does) => {
    const world = await setup();
    fault("before", does);
    await expect(world.commits.commit(request(world.base))).rejects.toMatchObject({ code: "ForgeUnavailable" });
    expect(branches(world)).toBe("main");
    expect(world.clock.sleeps).toEqual([1000, 2000, 4000]);
    expect(await world.commits.commit(request(world.base))).toBe(world.git("rev-parse", `refs/heads/${BRANCH}`));
  });

  it("keeps a branch that was there before it", async () => {
    const world = await setup();
    world.git("update-ref", `refs/heads/${BRANCH}`, world.base);
    fault("before", { kind: "drop" });
    const wanted = request(world.base, { expected: world.base });
    await expect(world.commits.commit(wanted)).rejects.toMatchObject({ code: "ForgeUnavailable" });
    expect(world.git("rev-parse", `refs/heads/${BRANCH}`)).toBe(world.base);
  });

  it("after the branch was made costs nothing", async () => {
    const world = await setup();
    github.control.addFault({ method: "POST", path: /git\/refs$/, when: "after", does: { kind: "drop" } });
    const commit = await world.commits.commit(request(world.base));
    expect(world.git("rev-parse", `refs/heads/${BRANCH}`)).toBe(commit);
    expect(github.control.unusedFaults()).toEqual([]);
  });

  it("before the branch was made is told", async () => {
    const world = await setup();
    github.control.addFault({ method: "POST", path: /git\/refs$/, does: badGateway });
    await expect(world.commits.commit(request(world.base))).rejects.toMatchObject({ code: "ForgeUnavailable" });
    expect(branches(world)).toBe("main");
  });

  it("that ends our patience while GitHub still works is waited out", async () => {
    let late: Promise<unknown> = Promise.resolve();
    const impatient: typeof fetch = async (url, init) => {
      if (typeof init?.body !== "string" || !init.body.includes("createCommitOnBranch")) return fetch(url, init);
      late = fetch(url, { ...init, signal: null });
      throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
    };
    const clock = fixedClock();
    const sleep = async (ms: number): Promise<void> => {
      await late;
      await clock.sleep(ms);
    };
    const world = await setup({ fetch: impatient, clock: { ...clock, sleep } });
    expect(await world.commits.commit(request(world.base))).toBe(world.git("rev-parse", `refs/heads/${BRANCH}`));
    expect(countOn(world)).toBe("1");
  });

  it("that is a limit is waited for", async () => {
    const world = await setup();
    const body = { errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded" }] };
    fault("before", { kind: "answer", status: 200, headers: { "retry-after": "5" }, body });
    await world.commits.commit(request(world.base));
    expect(world.clock.sleeps).toEqual([5000]);
    expect(countOn(world)).toBe("1");
  });
});

describe("somebody else", () => {
  it("who has the branch already is not overwritten", async () => {
    const world = await setup();
    const theirs = pushTheirs(world, BRANCH, world.base);
    await expect(world.commits.commit(request(world.base))).rejects.toMatchObject({ code: "RepositoryMoved" });
    expect(world.git("rev-parse", `refs/heads/${BRANCH}`)).toBe(theirs);
  });

  it("who moved the branch since is not built upon", async () => {
    const world = await setup();
    const theirs = pushTheirs(world, "main", world.base);
    const wanted = request(world.base, { branch: "main", expected: world.base });
    await expect(world.commits.commit(wanted)).rejects.toMatchObject({ code: "RepositoryMoved" });
    expect(world.git("rev-parse", "refs/heads/main")).toBe(theirs);
  });

  it("who is faster by a moment wins", async () => {
    const world = await setup();
    let theirs = "";
    const run = async (): Promise<void> => {
      theirs = pushTheirs(world, BRANCH, world.base);
    };
    github.control.addFault({ path: /graphql/, body: /createCommit/, when: "during", does: { kind: "run", run } });
    await expect(world.commits.commit(request(world.base))).rejects.toMatchObject({ code: "RepositoryMoved" });
    expect(world.git("rev-parse", `refs/heads/${BRANCH}`)).toBe(theirs);
  });

  it("who deleted the branch is heard", async () => {
    const world = await setup();
    const wanted = request(world.base, { expected: world.base });
    await expect(world.commits.commit(wanted)).rejects.toMatchObject({ code: "RepositoryMoved" });
    expect(branches(world)).toBe("main");
  });
});

describe("a refusal", () => {
  it("of the token is told, and no branch is left behind", async () => {
    const world = await setup({ token: async () => READER });
    await expect(world.commits.commit(request(world.base))).rejects.toMatchObject({ code: "ForgePermission" });
    expect(branches(world)).toBe("main");
  });

  it("of a rule is told in GitHub's words, and no branch is left behind", async () => {
    const world = await setup();
    github.control.addRuleset(world.name, {
      include: [`refs/heads/${BRANCH}`],
      rules: [{ type: "update" }],
    });
    const refused = world.commits.commit(request(world.base));
    await expect(refused).rejects.toMatchObject({
      code: "ForgeValidation",
      message: expect.stringContaining("Cannot update this protected ref."),
    });
    expect(branches(world)).toBe("main");
  });

  it("of a protected branch is told", async () => {
    const world = await setup();
    await github.control.protect(world.name, "main", { requiredApprovals: 1 });
    const wanted = request(world.base, { branch: "main", expected: world.base });
    await expect(world.commits.commit(wanted)).rejects.toMatchObject({ code: "ForgeValidation" });
    expect(world.git("rev-parse", "refs/heads/main")).toBe(world.base);
  });

  it("of a server without GraphQL names the other way", async () => {
    const old = await startGitHub({ root: temporaryFolder("github") });
    try {
      old.control.addToken(BOT, { user: "lastgood[bot]", permissions: "write" });
      const source = gitdir([{ files: START }]);
      await old.control.createRepository("acme", "old", { from: source.path });
      const at = { baseUrl: old.apiUrl, owner: "acme", repo: "old", clock: fixedClock(), log: silentLog() };
      const { commits } = await createGitHubForge({ ...at, token: async () => BOT, paced: false });
      await expect(commits?.commit(request(source.head))).rejects.toMatchObject({
        code: "ForgeUnsupported",
        hint: expect.stringContaining("--commit-via push"),
      });
    } finally {
      await old.close();
    }
  });
});

describe("wanted", () => {
  it("is everything an App commits", async () => {
    const { commits } = await setup();
    expect(await commits.wanted([BRANCH, "main"])).toMatch(/App/);
  });

  it("is nothing on a server that makes no commits", async () => {
    const old = await startGitHub({ root: temporaryFolder("github") });
    try {
      old.control.addToken(BOT, { user: "lastgood[bot]", permissions: "write" });
      const at = { baseUrl: old.apiUrl, owner: "acme", repo: "old", clock: fixedClock(), log: silentLog() };
      const { commits } = await createGitHubForge({ ...at, token: async () => BOT, paced: false });
      expect(await commits?.wanted([BRANCH, "main"])).toBeUndefined();
    } finally {
      await old.close();
    }
  });

  it("is told as unknown when GitHub cannot be asked", async () => {
    const { commits } = await setup();
    github.control.addFault({ path: /graphql/, times: 4, does: { kind: "drop" } });
    await expect(commits.wanted([BRANCH])).rejects.toMatchObject({ code: "ForgeUnavailable" });
    expect(github.control.unusedFaults()).toEqual([]);
  });

  it("is nothing a person commits, without a rule", async () => {
    const { commits } = await setup({ token: async () => PERSON });
    expect(await commits.wanted([BRANCH, "main"])).toBeUndefined();
  });

  it("is what a ruleset asks for, of the branch that is not there yet too", async () => {
    const { commits, name } = await setup({ token: async () => PERSON });
    github.control.addRuleset(name, { include: ["refs/heads/lastgood/**"], rules: [{ type: "required_signatures" }] });
    expect(await commits.wanted(["main"])).toBeUndefined();
    expect(await commits.wanted([BRANCH, "main"])).toMatch(/signed/);
  });

  it("is what classic protection asks for, which needs no administrator to be read", async () => {
    const { commits, name } = await setup({ token: async () => PERSON });
    await github.control.protect(name, "main", { requireSignatures: true });
    expect(await commits.wanted([BRANCH, "main"])).toMatch(/signed/);
  });
});

describe("cannot", () => {
  const bytes = new Uint8Array(1);

  it.each<[string, readonly ForgeWrite[], RegExp]>([
    ["an executable file", [{ path: "run.sh", mode: "100755", bytes }], /^run\.sh is an executable file$/],
    ["a symbolic link", [{ path: "link", mode: "120000", bytes }], /^link is a symbolic link$/],
    ["a submodule", [{ path: "sub", mode: "160000", bytes }], /^sub is a submodule$/],
    ["too much", [{ path: "big", mode: "100644", bytes: new Uint8Array(10 * 1024 * 1024 + 1) }], /larger than 10 MiB/],
    ["too many", Array.from({ length: 1001 }, (_, index) => text(`f${index}`, "")), /more than 1000 files/],
    ["a file that becomes a folder", [{ path: "a", remove: true }, text("a/b", "b")], /^a is a file on one side/],
    ["a folder that becomes a file", [{ path: "a/b/c", remove: true }, text("a", "b")], /^a is a file on one side/],
    ["a hostile name", [{ path: "a\u001b[31m\n", mode: "100755", bytes }], /^[^\u001b\n]*$/],
  ])("be %s", async (_, writes, why) => {
    const { commits } = await setup();
    expect(commits.cannot(writes)).toMatch(why);
  });

  it("is nothing for plain files and removals, whatever was removed", async () => {
    const { commits } = await setup();
    expect(commits.cannot([text("a/b", ""), text("a.b", ""), { path: "run.sh", remove: true }])).toBeUndefined();
  });
});
