import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, it, vi } from "vitest";

import { openMirror, type MirrorOptions, type OpenedMirror } from "../../../../src/adapters/repository/git/mirror.ts";
import { mirrorPath } from "../../../../src/adapters/repository/git/mirror-path.ts";
import type { CommitId } from "../../../../src/core/model/git.ts";
import { gitdir, temporaryFolder, type GitDir } from "../../../support/gitdir.ts";

const opened: OpenedMirror[] = [];
afterEach(async () => {
  for (const mirror of opened.splice(0)) await mirror.close();
});

async function open(repo: Pick<GitDir, "path">, options: Partial<MirrorOptions> = {}): Promise<OpenedMirror> {
  const mirror = await openMirror({
    cacheDir: join(temporaryFolder("cache"), "mirrors"),
    url: repo.path,
    env: process.env,
    allowLocal: true,
    ...options,
  });
  opened.push(mirror);
  return mirror;
}

async function commitOn(mirror: OpenedMirror, parent: CommitId, text: string): Promise<CommitId> {
  return await mirror.repository.commit({
    parent,
    writes: [{ path: "a", mode: "100644", bytes: Buffer.from(text) }],
    message: `Write ${text}`,
    author: { name: "lastgood", email: "lastgood@example.com" },
    atMs: Date.parse("2026-05-01T00:00:00Z"),
  });
}

const upstream = () => gitdir([{ files: { a: "1" } }, { files: { a: "2" }, tag: "v1" }]);

function hook(repo: Pick<GitDir, "gitDir">, name: string, script: string): void {
  mkdirSync(join(repo.gitDir, "hooks"), { recursive: true });
  const path = join(repo.gitDir, "hooks", name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

describe("openMirror", () => {
  it("clones once, into a folder for the owner only", async () => {
    const repo = upstream();
    const cacheDir = join(temporaryFolder("cache"), "deep", "mirrors");
    const first = await open(repo, { cacheDir });
    expect(first.cloned).toBe(true);
    expect(first.gitDir).toBe(mirrorPath(cacheDir, repo.path));
    expect(statSync(cacheDir).mode & 0o777).toBe(0o700);
    expect(readdirSync(cacheDir)).toHaveLength(1);
    expect(await first.repository.resolve("main")).toBe(repo.head);
    expect(await first.repository.refs.defaultBranch()).toBe("main");
    expect((await open(repo, { cacheDir })).cloned).toBe(false);
  });

  it("clones with somebody to tell of the progress, from a remote and from a clone at hand", async () => {
    const repo = upstream();
    const progress = (): void => undefined;
    expect(await (await open(repo, { progress })).repository.resolve("main")).toBe(repo.head);
    const seed = gitdir([], { worktree: true });
    seed.git(["pull", "--quiet", repo.path, "main"]);
    expect(await (await open(repo, { progress, seed: seed.path })).repository.resolve("main")).toBe(repo.head);
  });

  it("is safe against another process that clones at the same time", async () => {
    const repo = upstream();
    const cacheDir = temporaryFolder("cache");
    const both = await Promise.all([open(repo, { cacheDir }), open(repo, { cacheDir })]);
    for (const { repository } of both) expect(await repository.resolve("main")).toBe(repo.head);
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  it("makes a broken clone anew", async () => {
    const repo = upstream();
    const cacheDir = temporaryFolder("cache");
    const { gitDir } = await open(repo, { cacheDir });
    writeFileSync(join(gitDir, "HEAD"), "garbage");
    const again = await open(repo, { cacheDir });
    expect(again.cloned).toBe(true);
    expect(await again.repository.resolve("HEAD")).toBe(repo.head);
  });

  it("sweeps stale locks and half clones, and leaves fresh ones", async () => {
    const repo = upstream();
    const cacheDir = temporaryFolder("cache");
    const { gitDir } = await open(repo, { cacheDir });
    const stale = join(gitDir, "packed-refs.lock");
    const fresh = join(gitDir, "refs", "heads", "main.lock");
    const half = join(cacheDir, "tmp-old");
    mkdirSync(half);
    for (const path of [stale, fresh]) writeFileSync(path, "");
    const longAgo = new Date("2020-01-01");
    for (const path of [stale, half]) utimesSync(path, longAgo, longAgo);
    await open(repo, { cacheDir });
    expect([stale, fresh, half].map((path) => existsSync(path))).toEqual([false, true, false]);
  });

  it("takes objects from a local clone and refs from the remote", async () => {
    const repo = upstream();
    const seed = gitdir([], { worktree: true });
    seed.git(["fetch", "--quiet", repo.path, "refs/heads/main:refs/heads/mine"]);
    repo.commit({ files: { a: "3" } });
    const { repository, cloned } = await open(repo, { seed: seed.path });
    expect(cloned).toBe(true);
    expect(await repository.resolve("main")).toBe(repo.head);
    expect(await repository.resolve("mine")).toBeUndefined();
    expect(await repository.refs.defaultBranch()).toBe("main");
    expect(await (await open(repo, { seed: "/nonexistent" })).repository.resolve("main")).toBe(repo.head);
  });

  it("refuses an empty remote, an absent one, and a URL that is none", async () => {
    await expect(open(gitdir())).rejects.toMatchObject({ code: "RepositoryRef" });
    await expect(open({ path: "/nonexistent/repo.git" })).rejects.toMatchObject({ code: "RepositoryNotFound" });
    await expect(open(upstream(), { allowLocal: false })).rejects.toMatchObject({ code: "ConfigUrl" });
    await expect(open({ path: "ext::sh -c x" })).rejects.toMatchObject({ code: "ConfigUrl" });
  });

  it("refuses trees that git fsck refuses", async () => {
    const repo = upstream();
    const entry = Buffer.concat([Buffer.from("100644 ..\0"), Buffer.from(repo.blob("a"), "hex")]);
    const tree = repo.git(["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], entry);
    repo.git(["update-ref", "refs/heads/evil", repo.git(["commit-tree", "-m", "x", tree])]);
    await expect(open(repo)).rejects.toMatchObject({ code: "RepositoryTree" });
  });

  it("ends a clone that is aborted or takes too long", async () => {
    const repo = upstream();
    const cacheDir = temporaryFolder("cache");
    const stop = new Error("stopped");
    await expect(open(repo, { cacheDir, signal: AbortSignal.abort(stop) })).rejects.toBe(stop);
    const hanging = join(temporaryFolder(), "bin");
    mkdirSync(hanging);
    writeFileSync(join(hanging, "git"), '#!/bin/sh\ncase "$*" in *clone*) exec sleep 60;; esac\n');
    chmodSync(join(hanging, "git"), 0o755);
    const env = { ...process.env, PATH: `${hanging}:${process.env["PATH"]}` };
    await expect(open(repo, { cacheDir, env, cloneTimeoutMs: 300 })).rejects.toMatchObject({ code: "LimitFetch" });
    expect(readdirSync(cacheDir)).toEqual([]);
  });

  it("goes on working while it is packed and indexed", async () => {
    const repo = upstream();
    const mirror = await open(repo);
    await mirror.optimize();
    repo.commit({ files: { a: "3" } });
    await mirror.remote.fetch([]);
    const found: string[] = [];
    for await (const one of mirror.repository.history({ from: repo.head, scope: [{ kind: "file", path: "a" }] })) {
      found.push(one.revision.id);
    }
    expect(found).toEqual(repo.commits.toReversed());
    expect(existsSync(join(mirror.gitDir, "objects", "info", "commit-graphs"))).toBe(true);
    expect(existsSync(join(mirror.gitDir, "lastgood-history"))).toBe(true);
  });

  it("leaves a process behind that writes the graph of a large clone, for the next time", async () => {
    const repo = gitdir([{ files: { large: randomBytes(9 * 1024 * 1024) } }]);
    const mirror = await open(repo);
    const graphs = join(mirror.gitDir, "objects", "info", "commit-graphs");
    expect(existsSync(graphs)).toBe(false);
    await mirror.close();
    await vi.waitFor(() => expect(existsSync(join(graphs, "commit-graph-chain"))).toBe(true), 20_000);
  });
});

describe("fetch", () => {
  it("brings branches, tags and extra refs, and forgets what is gone", async () => {
    const repo = upstream();
    repo.git(["update-ref", "refs/heads/gone", repo.head]);
    repo.git(["update-ref", "refs/lastgood/ledger", repo.head]);
    const { repository, remote } = await open(repo);
    expect(await repository.resolve("refs/heads/gone")).toBe(repo.head);
    expect(await repository.resolve("refs/lastgood/ledger")).toBeUndefined();

    repo.git(["update-ref", "-d", "refs/heads/gone"]);
    repo.git(["update-ref", "refs/heads/-x", repo.head]);
    const [next] = repo.commit({ files: { a: "3" }, tag: "v2" });
    const stages: string[] = [];
    await remote.fetch(["refs/lastgood/ledger", "refs/notes/none"], ({ stage }) => stages.push(stage));
    expect(await repository.resolve("main")).toBe(next);
    expect(await repository.resolve("refs/tags/v2")).toBe(next);
    expect(await repository.resolve("refs/heads/-x")).toBe(repo.commits[1]);
    expect(await repository.resolve("refs/heads/gone")).toBeUndefined();
    expect(await repository.resolve("refs/lastgood/ledger")).toBe(repo.commits[1]);

    repo.git(["update-ref", "-d", "refs/lastgood/ledger"]);
    await remote.fetch(["refs/lastgood/ledger"]);
    expect(await repository.resolve("refs/lastgood/ledger")).toBeUndefined();
  });

  it("follows a force-push and a renamed default branch", async () => {
    const repo = upstream();
    const { repository, remote } = await open(repo);
    repo.git(["update-ref", "refs/heads/trunk", repo.id("main~1")]);
    repo.git(["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    repo.git(["update-ref", "-d", "refs/heads/main"]);
    await remote.fetch([]);
    expect(await repository.refs.defaultBranch()).toBe("trunk");
    expect(await repository.resolve("HEAD")).toBe(repo.commits[0]);
    repo.git(["update-ref", "refs/heads/trunk", repo.commits[1] ?? ""]);
    await remote.fetch([]);
    expect(await repository.resolve("HEAD")).toBe(repo.commits[1]);
  });

  it("refuses refs that are none", async () => {
    const { remote } = await open(upstream());
    await expect(remote.fetch(["--upload-pack=x"])).rejects.toMatchObject({ code: "ConfigRef" });
    await expect(remote.fetch(["refs/heads/*:refs/heads/x"])).rejects.toMatchObject({ code: "ConfigRef" });
  });
});

describe("push", () => {
  it("makes and moves a branch by compare-and-swap", async () => {
    const repo = upstream();
    const mirror = await open(repo);
    const one = await commitOn(mirror, repo.head, "3");
    const two = await commitOn(mirror, one, "4");
    const branch = "lastgood/api/1";
    await mirror.remote.push({ branch, commit: one, expected: undefined });
    expect(repo.id(`refs/heads/${branch}`)).toBe(one);
    await mirror.remote.push({ branch, commit: two, expected: one });
    expect(repo.id(`refs/heads/${branch}`)).toBe(two);
    await mirror.remote.push({ branch, commit: two, expected: one });
  });

  it("never overwrites what others have pushed", async () => {
    const repo = upstream();
    const mirror = await open(repo);
    const base = repo.head;
    const mine = await commitOn(mirror, base, "mine");
    const [theirs] = repo.commit({ files: { a: "theirs" } });
    await expect(mirror.remote.push({ branch: "main", commit: mine, expected: base })).rejects.toMatchObject({
      code: "RepositoryMoved",
    });
    await expect(mirror.remote.push({ branch: "main", commit: mine, expected: undefined })).rejects.toMatchObject({
      code: "RepositoryMoved",
    });
    await mirror.remote.fetch([]);
    if (theirs === undefined) throw new Error("no commit");
    // The lease would hold: only the check for a fast-forward stops this one.
    await expect(mirror.remote.push({ branch: "main", commit: mine, expected: theirs })).rejects.toMatchObject({
      code: "RepositoryMoved",
    });
    await expect(mirror.remote.push({ branch: "none", commit: mine, expected: base })).rejects.toMatchObject({
      code: "RepositoryMoved",
    });
    expect(repo.head).toBe(theirs);
  });

  it("tells what a hook of the remote says, escaped", async () => {
    const repo = upstream();
    const mirror = await open(repo);
    hook(repo, "pre-receive", "printf 'no \\033[31mred\\033[0m pushes\\nask the owners\\n' >&2; exit 1");
    const commit = await commitOn(mirror, repo.head, "3");
    const error: unknown = await mirror.remote
      .push({ branch: "main", commit, expected: repo.head })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "RepositoryRejected", transient: false });
    expect(String(error)).toContain("ask the owners");
    expect(String(error)).not.toContain("\u001b");
  });

  it("takes a push for done when it took effect and only the answer was lost", async () => {
    const repo = upstream();
    const bin = temporaryFolder("bin");
    const git = readPath("git");
    const env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}` };
    const mirror = await open(repo, { env });
    const commit = await commitOn(mirror, repo.head, "3");
    writeFileSync(
      join(bin, "git"),
      `#!/bin/sh\n${git} "$@"\ncode=$?\ncase "$*" in *" push "*) echo 'fatal: the remote end hung up unexpectedly' >&2; exit 128;; esac\nexit $code\n`,
    );
    chmodSync(join(bin, "git"), 0o755);
    await mirror.remote.push({ branch: "main", commit, expected: repo.head });
    expect(repo.head).toBe(commit);
  });

  it("fails as transport when the remote is gone", async () => {
    const repo = upstream();
    const mirror = await open(repo);
    writeFileSync(join(repo.gitDir, "HEAD"), "garbage");
    await expect(mirror.remote.fetch([])).rejects.toMatchObject({ code: "RepositoryNotFound" });
  });

  it("runs no hook of the mirror and refuses names that are no branch", async () => {
    const repo = upstream();
    const mirror = await open(repo);
    const mark = join(temporaryFolder(), "ran");
    hook(mirror, "pre-push", `echo ran > ${mark}`);
    const commit = await commitOn(mirror, repo.head, "3");
    await mirror.remote.push({ branch: "side", commit, expected: undefined });
    expect(existsSync(mark)).toBe(false);
    await expect(mirror.remote.push({ branch: "a:b", commit, expected: undefined })).rejects.toMatchObject({
      code: "ConfigRef",
    });
  });

  it("moves the ledger's ref, forward only", async () => {
    const repo = upstream();
    const { transport, repository } = await open(repo);
    const ref = "refs/lastgood/ledger";
    expect(await transport.fetchRef(ref)).toBeUndefined();
    const [one, two] = repo.commits;
    if (one === undefined || two === undefined) throw new Error("no commits");
    await transport.pushRef({ ref, commit: one, expected: undefined });
    await transport.pushRef({ ref, commit: two, expected: one });
    await expect(transport.pushRef({ ref, commit: one, expected: two })).rejects.toMatchObject({
      code: "RepositoryMoved",
    });
    expect(await transport.fetchRef(ref, "refs/lastgood/theirs")).toBe(two);
    expect(await repository.resolve("refs/lastgood/theirs")).toBe(two);
    expect(await repository.resolve(ref)).toBeUndefined();
  });
});

function readPath(program: string): string {
  const found = (process.env["PATH"] ?? "")
    .split(":")
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${program} is not in PATH`);
  return found;
}
