import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type MirrorOptions, openMirror, type OpenedMirror } from "../../../../src/adapters/repository/git/mirror.ts";
import type { CommitId } from "../../../../src/core/model/git.ts";
import type { Repository } from "../../../../src/ports/repository.ts";
import { hasHttpBackend, serveGit, type ServedGit } from "../../../support/git-http-server.ts";
import { type CommitSpec, gitdir, type GitDir, temporaryFolder } from "../../../support/gitdir.ts";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const STORY: readonly CommitSpec[] = [
  { files: { "apps/a/x.yaml": "a: 1\n", "apps/a/y.yaml": "y: 1\n", "apps/b/z.yaml": "z: 1\n" } },
  { files: { "apps/a/x.yaml": "a: 2\n" } },
  { files: { "apps/b/z.yaml": "z: 2\n" } },
];

async function serve(repo: GitDir, filters: boolean, old = false): Promise<ServedGit> {
  repo.git(["config", "uploadpack.allowFilter", String(filters)]);
  const served = await serveGit(repo, { old });
  ends.push(served.close);
  return served;
}

async function open(url: string, more: Partial<MirrorOptions> = {}): Promise<OpenedMirror> {
  const env = { PATH: process.env["PATH"], TMPDIR: tmpdir() };
  const mirror = await openMirror({ cacheDir: temporaryFolder("cache"), url, env, allowLocal: true, ...more });
  ends.push(async () => await mirror.close());
  return mirror;
}

/** How many times the server is talked to meanwhile. */
async function fetchesOf(served: ServedGit, work: () => Promise<unknown>): Promise<number> {
  const before = served.asked.length;
  await work();
  // Each conversation begins so (gitprotocol-http(5)).
  return served.asked.slice(before).filter((one) => one === "GET refs").length;
}

async function textsAt(repository: Repository, commit: CommitId): Promise<readonly string[]> {
  const files = await repository.files(commit, [{ kind: "folder", path: "apps", recurse: true, files: "all" }]);
  const blobs = await repository.blobs(files.map(({ id }) => id));
  return blobs.map((bytes) => Buffer.from(bytes).toString());
}

/** Objects of the remote that are not here. */
function missing(repo: GitDir, gitDir: string): number {
  const ids = repo.git(["rev-list", "--objects", "--all", "--no-object-names"]);
  const found = repo.git(["--git-dir", gitDir, "cat-file", "--batch-check"], `${ids}\n`);
  return found.split("\n").filter((line) => line.endsWith(" missing")).length;
}

describe.skipIf(!hasHttpBackend)("a partial clone", () => {
  it("takes no file from the remote before one is wanted, and then all that are wanted with it in one fetch", async () => {
    const repo = gitdir(STORY);
    const served = await serve(repo, true);
    const { repository, gitDir } = await open(served.url);
    expect(missing(repo, gitDir)).toBe(5);
    expect(await fetchesOf(served, async () => expect(await textsAt(repository, repo.head)).toHaveLength(3))).toBe(1);
    expect(missing(repo, gitDir)).toBe(2);
    expect(await fetchesOf(served, () => textsAt(repository, repo.head))).toBe(0);
  });

  it("brings what was listed together when one of it is wanted", async () => {
    const repo = gitdir(STORY);
    const served = await serve(repo, true);
    const { repository } = await open(served.url);
    const [first] = repo.commits;
    const changes = await repository.refs.diff(first as CommitId, repo.head);
    const [one, ...others] = changes.flatMap(({ before, after }) => [before?.id ?? [], after?.id ?? []].flat());
    const asked = await fetchesOf(served, async () => {
      await repository.blobs([one as never]);
      await Promise.all(others.map(async (id) => repository.blobs([id])));
    });
    expect(asked).toBe(1);
  });

  it("answers questions about history without any file", async () => {
    const repo = gitdir([...STORY, { files: { "apps/c/x.yaml": "a: 2\n" }, remove: ["apps/a/x.yaml"] }]);
    const served = await serve(repo, true);
    const { repository } = await open(served.url);
    const scope = [{ kind: "folder", path: "apps/a", recurse: true, files: "all" }] as const;
    const seen: string[] = [];
    const asked = await fetchesOf(served, async () => {
      for await (const { revision } of repository.history({ from: repo.head, scope })) seen.push(revision.id);
    });
    expect(seen).toEqual([repo.commits[3], repo.commits[1], repo.commits[0]]);
    expect(asked).toBe(0);
  });

  it("fetches new commits without their files, and pushes a revert that takes a file back", async () => {
    const repo = gitdir(STORY);
    const served = await serve(repo, true);
    const { repository, remote, gitDir } = await open(served.url);
    repo.commit({ files: { "apps/a/x.yaml": "a: 3\n" } });
    await remote.fetch([]);
    expect(await repository.resolve("main")).toBe(repo.head);
    expect(missing(repo, gitDir)).toBe(6);
    const commit = await repository.commit({
      parent: repo.head,
      writes: [
        { path: "apps/a/x.yaml", mode: "100644", blob: repo.blob("apps/a/x.yaml", repo.commits[0]) },
        { path: "apps/a/new.yaml", mode: "100644", bytes: Buffer.from("new: 1\n") },
      ],
      message: "Back",
      author: { name: "l", email: "l@example.com" },
      atMs: 0,
    });
    await remote.push({ branch: "main", commit, expected: repo.head });
    expect([repo.text("apps/a/x.yaml"), repo.text("apps/a/new.yaml")]).toEqual(["a: 1\n", "new: 1\n"]);
    expect(repo.git(["fsck", "--strict"])).not.toMatch(/missing|broken/);
  });

  it("reads notes, which are files too", async () => {
    const repo = gitdir(STORY);
    repo.git(["-c", "user.name=a", "-c", "user.email=a@example.com", "notes", "add", "-m", "fine", repo.head]);
    const served = await serve(repo, true);
    const { repository, remote } = await open(served.url);
    await remote.fetch(["refs/notes/commits"]);
    expect(await repository.refs.annotations(["refs/notes/commits"])).toMatchObject([
      { commit: repo.head, text: "fine" },
    ]);
  });

  it("never asks for the commit of a submodule", async () => {
    const link = { mode: "160000", text: "1".repeat(40) } as const;
    const repo = gitdir([{ files: { "apps/a/x.yaml": "a: 1\n", "apps/sub": link } }]);
    const served = await serve(repo, true);
    const { repository } = await open(served.url);
    const files = await repository.files(repo.head, [{ kind: "folder", path: "apps", recurse: true, files: "all" }]);
    const own = files.filter(({ mode }) => mode === "100644").map(({ id }) => id);
    expect(await repository.blobs(own)).toHaveLength(1);
  });

  it("is a whole clone where the server takes no filter", async () => {
    const repo = gitdir(STORY);
    const served = await serve(repo, false);
    const { repository, gitDir, remote } = await open(served.url);
    expect(missing(repo, gitDir)).toBe(0);
    expect(await fetchesOf(served, () => textsAt(repository, repo.head))).toBe(0);
    repo.commit({ files: { "apps/a/x.yaml": "a: 3\n" } });
    await remote.fetch([]);
    expect(missing(repo, gitDir)).toBe(0);
  });

  it("is completed where a look through the whole past is wanted, and stays so", async () => {
    const repo = gitdir(STORY);
    const served = await serve(repo, true);
    const cacheDir = temporaryFolder("cache");
    expect(missing(repo, (await open(served.url, { cacheDir })).gitDir)).toBe(5);
    const whole = await open(served.url, { cacheDir, whole: true });
    expect(missing(repo, whole.gitDir)).toBe(0);
    repo.commit({ files: { "apps/a/x.yaml": "a: 4\n" } });
    const again = await open(served.url, { cacheDir });
    await again.remote.fetch([]);
    expect(missing(repo, again.gitDir)).toBe(0);
  });

  it("is completed where the server hands out nothing but what refs name", async () => {
    const repo = gitdir(STORY);
    const served = await serve(repo, true, true);
    const { repository, gitDir } = await open(served.url);
    expect(missing(repo, gitDir)).toBe(5);
    expect(await textsAt(repository, repo.head)).toContain("a: 2\n");
    expect(missing(repo, gitDir)).toBe(0);
  });

  it("says that the remote cannot be reached when a file is wanted that is not here", async () => {
    const repo = gitdir(STORY);
    const served = await serve(repo, true);
    const { repository } = await open(served.url);
    const id = repo.blob("apps/b/z.yaml", repo.commits[0]);
    await served.close();
    await expect(repository.blobs([id])).rejects.toMatchObject({ code: "RepositoryTransport", transient: true });
  });

  it("keeps few packs however often it fetches, and loses nothing", async () => {
    const repo = gitdir(STORY);
    const served = await serve(repo, true);
    const { repository, remote, gitDir } = await open(served.url);
    for (let round = 0; round < 45; round += 1) {
      repo.commit({ files: { "apps/a/x.yaml": `round: ${round}\n` } });
      await remote.fetch([]);
    }
    const packs = readdirSync(join(gitDir, "objects", "pack")).filter((name) => name.endsWith(".pack"));
    expect(packs.length).toBeLessThan(41);
    expect(await textsAt(repository, repo.head)).toContain("round: 44\n");
    const seen: string[] = [];
    for await (const { revision } of repository.history({ from: repo.head })) seen.push(revision.id);
    expect(seen).toHaveLength(48);
    expect(existsSync(join(gitDir, "shallow"))).toBe(false);
  });
});
