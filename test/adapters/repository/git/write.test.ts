import { readdirSync } from "node:fs";

import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";

import { openClone, type OpenedClone } from "../../../../src/adapters/repository/git/clone.ts";
import type { CommitId } from "../../../../src/core/model/git.ts";
import type { FileWrite } from "../../../../src/core/model/git.ts";
import type { CommitRequest, Repository } from "../../../../src/ports/repository.ts";
import { gitdir, type GitDir } from "../../../support/gitdir.ts";

const opened: OpenedClone[] = [];
afterEach(async () => {
  for (const clone of opened.splice(0)) await clone.close();
});

async function open(repo: GitDir): Promise<Repository> {
  const clone = await openClone(repo.path, { env: process.env });
  opened.push(clone);
  return clone.repository;
}

function request(parent: CommitId, writes: readonly FileWrite[], more: Partial<CommitRequest> = {}): CommitRequest {
  return {
    parent,
    writes,
    message: "Revert api\n\nBack to good.\n",
    author: { name: "lastgood", email: "lastgood@example.com" },
    atMs: Date.parse("2026-03-01T10:00:00Z"),
    ...more,
  };
}

const start = () =>
  gitdir([
    { files: { "api/a.yaml": "good", "api/b.yaml": "b", "web/w.yaml": "w" } },
    { files: { "api/a.yaml": "bad", "api/run.sh": { mode: "100755", text: "x" } } },
  ]);

describe("commit", () => {
  it("changes exactly the asked paths", async () => {
    const repo = start();
    const repository = await open(repo);
    const id = await repository.commit(
      request(repo.head, [
        { path: "api/a.yaml", mode: "100644", blob: repo.blob("api/a.yaml", "main~1") },
        { path: "api/new/c.yaml", mode: "100755", bytes: Buffer.from("c\r\n") },
        { path: "api/run.sh", remove: true },
      ]),
    );
    expect(
      repo
        .git(["ls-tree", "-r", id])
        .split("\n")
        .map((line) => line.replace(/ blob [0-9a-f]+\t/, " ")),
    ).toEqual(["100644 api/a.yaml", "100644 api/b.yaml", "100755 api/new/c.yaml", "100644 web/w.yaml"]);
    expect(repo.text("api/a.yaml", id)).toBe("good");
    expect(repo.text("api/new/c.yaml", id)).toBe("c\r\n");
    expect(repo.git(["cat-file", "commit", id])).toMatch(
      /^tree .*\nparent .*\nauthor lastgood <lastgood@example.com> 1772359200 \+0000\ncommitter lastgood <lastgood@example.com> 1772359200 \+0000\n\nRevert api\n\nBack to good.$/,
    );
    expect(repo.git(["log", "-1", "--format=%P", id])).toBe(repo.head);
    repo.git(["fsck", "--strict"]);
  });

  it("gives the same id for the same request, and leaves no ref and no file behind", async () => {
    const repo = start();
    const repository = await open(repo);
    const before = [
      repo.git(["for-each-ref"]),
      ...readdirSync(repo.gitDir).sort(),
      ...readdirSync(`${repo.gitDir}/refs`).sort(),
    ];
    const wanted = request(repo.head, [{ path: "api/a.yaml", mode: "100644", bytes: Buffer.from("good") }]);
    expect(await repository.commit(wanted)).toBe(await repository.commit(wanted));
    await expect(
      repository.commit(request(repo.head, [{ path: "api/b.yaml/x", mode: "100644", bytes: Buffer.from("") }])),
    ).rejects.toMatchObject({ code: "RepositoryGit" });
    expect([
      repo.git(["for-each-ref"]),
      ...readdirSync(repo.gitDir).sort(),
      ...readdirSync(`${repo.gitDir}/refs`).sort(),
    ]).toEqual(before);
  });

  it("is never dated before its parent", async () => {
    const repo = gitdir([{ files: { a: "1" }, date: "2031-01-01T00:00:00Z" }]);
    const repository = await open(repo);
    const id = await repository.commit(request(repo.head, [{ path: "a", mode: "100644", bytes: Buffer.from("2") }]));
    expect((await repository.refs.revision(id)).committedAtMs).toBe(Date.parse("2031-01-01T00:00:00Z"));
  });

  it("keeps every name, message and path a name, a message and a path", async () => {
    const repo = start();
    const repository = await open(repo);
    const path = 'odd/"q" \\ \n\t -x:(glob)*é';
    const id = await repository.commit(
      request(repo.head, [{ path, mode: "100644", bytes: Buffer.from("data 5\ndone\n") }], {
        message: "Subject\n\ncommit refs/heads/main\nD api\n",
        author: { name: "Eve <x> 0 +0000\ncommitter Root", email: "a@b>\nparent x" },
      }),
    );
    expect((await repository.files(id, [{ kind: "file", path }])).map((entry) => entry.path)).toEqual([path]);
    const revision = await repository.refs.revision(id);
    expect(revision.author).toBe("Eve x 0 +0000committer Root");
    expect(revision.authorEmail).toBe("a@bparent x");
    expect(revision.message).toBe("Subject\n\ncommit refs/heads/main\nD api\n");
    expect(revision.parents).toEqual([repo.head]);
  });

  it("writes back any path that a tree can hold", async () => {
    const repo = start();
    const repository = await open(repo);
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
      .filter((text) => !/[/\0]|\p{Surrogate}/u.test(text) && !/^\.{1,2}$/.test(text) && !/git/i.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 3 }), async (names) => {
        const path = ["odd", ...names].join("/");
        const id = await repository.commit(request(repo.head, [{ path, mode: "100644", bytes: Buffer.from("1") }]));
        expect((await repository.refs.diff(repo.head, id)).map((change) => change.path)).toEqual([path]);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    "../x",
    "/x",
    "a//b",
    "a/.git/hooks/x",
    ".GIT/x",
    "",
    "a/",
    "\ud800",
    "a\0b",
    "x/".repeat(1200) + "x",
    "y".repeat(5000),
  ])("refuses the path %j", async (path) => {
    const repo = start();
    const repository = await open(repo);
    await expect(
      repository.commit(request(repo.head, [{ path, mode: "100644", bytes: Buffer.from("1") }])),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(?:RepositoryTree|RepositoryPath|LimitPath)$/) });
  });

  it("refuses what would change more than asked", async () => {
    const repo = start();
    const repository = await open(repo);
    const text = Buffer.from("1");
    for (const writes of [
      [{ path: "api", remove: true }],
      [{ path: "api", mode: "100644", bytes: text }],
      [{ path: "web/w.yaml/x", mode: "100644", bytes: text }],
    ] satisfies FileWrite[][]) {
      await expect(repository.commit(request(repo.head, writes))).rejects.toMatchObject({ code: "RepositoryGit" });
    }
    await expect(
      repository.commit(
        request(repo.head, [
          { path: "x", remove: true },
          { path: "x", mode: "100644", bytes: text },
        ]),
      ),
    ).rejects.toMatchObject({ code: "RepositoryPath" });
  });

  it("takes a file that makes room for a folder, and writes that change nothing", async () => {
    const repo = start();
    const repository = await open(repo);
    const id = await repository.commit(
      request(repo.head, [
        { path: "web/w.yaml/x", mode: "100644", bytes: Buffer.from("1") },
        { path: "web/w.yaml", remove: true },
        { path: "api/b.yaml", mode: "100644", bytes: Buffer.from("b") },
        { path: "none", remove: true },
      ]),
    );
    expect((await repository.refs.diff(repo.head, id)).map((change) => change.path)).toEqual([
      "web/w.yaml",
      "web/w.yaml/x",
    ]);
  });

  it("refuses parents and blobs that are not there", async () => {
    const repo = start();
    const repository = await open(repo);
    const missing = "1".repeat(40);
    await expect(
      repository.commit(request(repo.head, [{ path: "a", mode: "100644", blob: missing as never }])),
    ).rejects.toMatchObject({ code: "RepositoryObject", place: { file: "a" } });
    await expect(
      repository.commit(request(repo.head, [{ path: "a", mode: "100644", blob: repo.head as never }])),
    ).rejects.toMatchObject({ code: "RepositoryObject" });
    await expect(repository.commit(request(missing as CommitId, []))).rejects.toMatchObject({
      code: "RepositoryObject",
    });
  });

  it("keeps symbolic links and gitlinks as they are", async () => {
    const repo = gitdir([
      { files: { link: { mode: "120000", text: "/etc/passwd" }, sub: { mode: "160000", text: "1".repeat(40) } } },
      { files: { link: "x" }, remove: ["sub"] },
    ]);
    const repository = await open(repo);
    const [first] = repo.commits;
    if (first === undefined) throw new Error("no commit");
    const writes = (await repository.files(first)).map(({ path, mode, id }): FileWrite => ({ path, mode, blob: id }));
    const id = await repository.commit(request(repo.head, writes));
    expect(repo.git(["rev-parse", `${id}^{tree}`])).toBe(repo.git(["rev-parse", `${first}^{tree}`]));
  });

  it("works in sha256 repositories", async () => {
    const repo = gitdir([{ files: { a: "1" } }], { format: "sha256" });
    const repository = await open(repo);
    const id = await repository.commit(request(repo.head, [{ path: "a", mode: "100644", bytes: Buffer.from("2") }]));
    expect(id).toHaveLength(64);
    await repository.refs.update("refs/heads/next", id, undefined);
    expect(repo.text("a", "refs/heads/next")).toBe("2");
  });
});

describe("refs", () => {
  it("moves a ref by compare-and-swap only", async () => {
    const repo = start();
    const { refs } = await open(repo);
    const [first, second] = repo.commits;
    if (first === undefined || second === undefined) throw new Error("no commits");
    const ref = "refs/heads/lastgood/api/1";
    await refs.update(ref, first, undefined);
    await expect(refs.update(ref, second, undefined)).rejects.toMatchObject({ code: "RepositoryMoved" });
    await expect(refs.update(ref, second, second)).rejects.toMatchObject({ code: "RepositoryMoved" });
    await refs.update(ref, second, first);
    expect(repo.id(ref)).toBe(second);
    await expect(refs.update("refs/heads/none", second, first)).rejects.toMatchObject({ code: "RepositoryMoved" });
    await expect(refs.update("main", second, first)).rejects.toMatchObject({ code: "ConfigRef" });
    await expect(refs.update("refs/heads/x", "1".repeat(40) as CommitId, undefined)).rejects.toMatchObject({
      code: "RepositoryObject",
    });
  });

  it("lets one of two writers win", async () => {
    const repo = start();
    const [one, two] = [await open(repo), await open(repo)];
    const [first, second] = repo.commits;
    if (first === undefined || second === undefined) throw new Error("no commits");
    const ref = "refs/heads/race";
    const ends = await Promise.allSettled([
      one.refs.update(ref, first, undefined),
      two.refs.update(ref, second, undefined),
    ]);
    expect(ends.filter((end) => end.status === "fulfilled")).toHaveLength(1);
    expect(ends.find((end) => end.status === "rejected")?.reason).toMatchObject({ code: "RepositoryMoved" });
  });

  it("never moves what a work tree has checked out, nor through a symbolic ref", async () => {
    const repo = gitdir([{ files: { a: "1" } }, { files: { a: "2" } }], { worktree: true });
    const { refs } = await open(repo);
    const [first] = repo.commits;
    if (first === undefined) throw new Error("no commits");
    await expect(refs.update("refs/heads/main", first, repo.head)).rejects.toMatchObject({
      code: "RepositoryCheckedOut",
    });
    repo.git(["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    await refs.update("refs/heads/alias", first, repo.head);
    expect(repo.id("refs/heads/main")).toBe(repo.commits[1]);
  });

  it("counts first-parent commits between an ancestor and its descendant", async () => {
    const repo = gitdir([
      { files: { a: "1" }, as: "root" },
      { branch: "side", from: "root", files: { b: "1" }, as: "side" },
      { branch: "main", files: { a: "2" } },
      { merge: ["side"], files: { b: "1" }, as: "tip" },
    ]);
    const { refs } = await open(repo);
    expect(await refs.distance(repo.id("root"), repo.id("tip"))).toBe(2);
    expect(await refs.distance(repo.id("tip"), repo.id("tip"))).toBe(0);
    expect(await refs.distance(repo.id("tip"), repo.id("root"))).toBeUndefined();
    // Merged, not on the line of first parents.
    expect(await refs.distance(repo.id("side"), repo.id("tip"))).toBe(2);
    expect(await refs.distance(repo.id("side"), repo.commits[2] ?? repo.head)).toBeUndefined();
  });

  it("tells tags and notes with who and when", async () => {
    const repo = gitdir([{ files: { a: "1" }, tag: "light" }, { files: { a: "2" } }]);
    const [first] = repo.commits;
    repo.git(["tag", "-a", "-m", "Release 1\n\nGood.", "v1", first ?? ""]);
    repo.git(["tag", "-a", "-m", "nested", "v1-signed", "v1"]);
    repo.git(["tag", "blob", repo.blob("a")]);
    repo.git(["notes", "--ref=lastgood", "add", "-m", "bad first", first ?? ""]);
    repo.git(["notes", "--ref=lastgood", "add", "-m", "good", repo.head]);
    repo.git(["notes", "--ref=lastgood", "remove", first ?? ""]);
    const { refs } = await open(repo);
    const at = Date.parse("2026-01-01T00:00:00Z");
    expect(await refs.annotations(["refs/notes/lastgood", "refs/notes/none"])).toEqual([
      { kind: "tag", name: "light", commit: first, text: "", atMs: at },
      { kind: "tag", name: "v1", commit: first, text: "Release 1\n\nGood.", tagger: "Mina Kim", atMs: at },
      { kind: "tag", name: "v1-signed", commit: first, text: "nested", tagger: "Mina Kim", atMs: at },
      { kind: "note", name: "lastgood", commit: repo.head, text: "good", tagger: "Mina Kim", atMs: at },
    ]);
    await expect(refs.annotations(["--exec=x"])).rejects.toMatchObject({ code: "ConfigRef" });
  });

  it("compares two trees within a scope", async () => {
    const repo = start();
    const { refs } = await open(repo);
    const [first] = repo.commits;
    if (first === undefined) throw new Error("no commits");
    expect(await refs.diff(first, repo.head, [{ kind: "file", path: "api/a.yaml" }])).toEqual([
      {
        path: "api/a.yaml",
        before: { mode: "100644", id: repo.blob("api/a.yaml", "main~1") },
        after: { mode: "100644", id: repo.blob("api/a.yaml") },
      },
    ]);
    expect(await refs.diff(first, repo.head, [{ kind: "file", path: "web/w.yaml" }])).toEqual([]);
  });

  it("reads commits as they are: odd dates, odd names, other encodings", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const tree = repo.git(["rev-parse", "HEAD^{tree}"]);
    const write = (text: string | Buffer) =>
      repo.git(["hash-object", "-t", "commit", "-w", "--literally", "--stdin"], text) as CommitId;
    const { refs } = await open(repo);
    const latin = write(
      Buffer.from(
        `tree ${tree}\nauthor J\u00f6rg <j@x> 5 +0000\ncommitter J <j@x> 99999999999999999999 +9999\nencoding ISO-8859-1\n\ngr\u00fcn\n`,
        "latin1",
      ),
    );
    expect(await refs.revision(latin)).toMatchObject({
      author: "Jörg",
      message: "grün\n",
      authoredAtMs: 5000,
      committedAtMs: 0,
      parents: [],
    });
    const broken = write(`tree ${tree}\nauthor \ncommitter x\n\n`);
    expect(await refs.revision(broken)).toMatchObject({ author: "", authorEmail: "", authoredAtMs: 0, message: "" });
  });
});
