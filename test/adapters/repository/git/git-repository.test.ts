import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { openClone, type OpenedClone, type OpenOptions } from "../../../../src/adapters/repository/git/clone.ts";
import { commitId, type RevisionChange } from "../../../../src/core/model/git.ts";
import type { Scope } from "../../../../src/core/model/target.ts";
import { gitdir, temporaryFolder, type GitDir } from "../../../support/gitdir.ts";

const opened: OpenedClone[] = [];
afterEach(async () => {
  for (const clone of opened.splice(0)) await clone.close();
});

async function open(path: string, options: Partial<OpenOptions> = {}): Promise<OpenedClone> {
  const clone = await openClone(path, { env: process.env, ...options });
  opened.push(clone);
  return clone;
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const folder = (path: string): Scope => [{ kind: "folder", path, recurse: true, files: "all" }];
const api = folder("apps/api");
const summary = ({ revision, changes }: RevisionChange) => ({
  message: revision.message.trimEnd(),
  changes: changes.map(
    ({ path, before, after }) => `${before === undefined ? "+" : after === undefined ? "-" : "~"}${path}`,
  ),
});

const history = (): GitDir =>
  gitdir([
    { files: { "apps/api/a.yaml": "1", "apps/web/w.yaml": "1" }, message: "Start", as: "root" },
    { files: { "apps/web/w.yaml": "2" }, message: "Web only" },
    { branch: "fix", from: "root", files: { "apps/api/a.yaml": "2" }, message: "Fix" },
    { branch: "main", merge: ["fix"], files: { "apps/api/a.yaml": "2" }, message: "Merge fix", as: "merge" },
    { files: { "apps/api/b.yaml": "1" }, remove: ["apps/api/a.yaml"], message: "Rename\n\nBody: text\n" },
    { message: "Empty" },
  ]);

describe("history", () => {
  it("tells what each first-parent commit changed in a scope, newest first", async () => {
    const repo = history();
    const { repository } = await open(repo.path);
    const found = await all(repository.history({ from: repo.head, scope: api }));
    expect(found.map(summary)).toEqual([
      { message: "Rename\n\nBody: text", changes: ["-apps/api/a.yaml", "+apps/api/b.yaml"] },
      { message: "Merge fix", changes: ["~apps/api/a.yaml"] },
      { message: "Start", changes: ["+apps/api/a.yaml"] },
    ]);
    expect(found[1]?.revision).toEqual({
      id: repo.commits[3],
      parents: [repo.commits[1], repo.commits[2]],
      author: "Mina Kim",
      authorEmail: "mina@example.com",
      authoredAtMs: Date.parse("2026-01-01T03:00:00Z"),
      committedAtMs: Date.parse("2026-01-01T03:00:00Z"),
      message: "Merge fix",
    });
    expect(found[0]?.changes[1]?.after).toEqual({ mode: "100644", id: repo.blob("apps/api/b.yaml") });
  });

  it("without a scope tells every commit, empty ones too", async () => {
    const repo = history();
    const { repository } = await open(repo.path);
    const found = await all(repository.history({ from: repo.head }));
    expect(found.map((one) => one.changes.length)).toEqual([0, 2, 1, 1, 2]);
  });

  it("ends before `until` and after `limit`, and when the caller stops", async () => {
    const repo = history();
    const { repository } = await open(repo.path);
    const until = repo.id("merge");
    expect(await all(repository.history({ from: repo.head, until, scope: api }))).toHaveLength(1);
    expect(await all(repository.history({ from: repo.head, limit: 2 }))).toHaveLength(2);
    expect(await all(repository.history({ from: repo.head, limit: 0 }))).toHaveLength(0);
    for await (const one of repository.history({ from: repo.head })) {
      expect(one.revision.id).toBe(repo.head);
      break;
    }
  });

  it("skips commits whose changes are filtered out in process", async () => {
    const repo = gitdir([{ files: { "a/x.yaml": "1" } }, { files: { "a/README.md": "1" } }]);
    const { repository } = await open(repo.path);
    const scope: Scope = [{ kind: "folder", path: "a", recurse: true, files: "manifests" }];
    expect((await all(repository.history({ from: repo.head, scope }))).map((one) => one.revision.id)).toEqual([
      repo.commits[0],
    ]);
  });

  it("compares an octopus merge with its first parent", async () => {
    const repo = gitdir([
      { files: { a: "1" }, as: "root" },
      { branch: "b1", from: "root", files: { b: "1" } },
      { branch: "b2", from: "root", files: { c: "1" } },
      { branch: "main", merge: ["b1", "b2"], files: { b: "1", c: "evil" }, message: "Octopus" },
    ]);
    const { repository } = await open(repo.path);
    const [merge] = await all(repository.history({ from: repo.head, limit: 1 }));
    expect(merge?.revision.parents).toHaveLength(3);
    expect(merge?.changes.map(({ path }) => path)).toEqual(["b", "c"]);
  });

  it("orders by the graph, whatever the dates say", async () => {
    const repo = gitdir([
      { files: { a: "1" }, date: "2099-01-01T00:00:00Z" },
      { files: { a: "2" }, date: "1971-01-01T00:00:00Z" },
      { files: { a: "3" }, date: "2050-01-01T00:00:00Z" },
    ]);
    const { repository } = await open(repo.path);
    const found = await all(repository.history({ from: repo.head, scope: [{ kind: "file", path: "a" }] }));
    expect(found.map((one) => one.revision.id)).toEqual(repo.commits.toReversed());
  });

  it("agrees with git log over many commits and chunks", async () => {
    const commits = Array.from({ length: 1500 }, (_, index) => ({
      files: { [`apps/app-${index % 7}/v.yaml`]: `v: ${index}\n` },
      message: `Change ${index}\n\n${"x".repeat(index % 300)}`,
    }));
    const repo = gitdir(commits);
    const { repository } = await open(repo.path);
    const found = await all(repository.history({ from: repo.head, scope: folder("apps/app-3") }));
    const expected = repo.git(["log", "--format=%H", "--", "apps/app-3"]).split("\n");
    expect(found.map((one) => one.revision.id)).toEqual(expected);
  });
});

describe("files and blobs", () => {
  it("lists the files of a scope in order, links and gitlinks unfollowed", async () => {
    const repo = gitdir([
      {
        files: {
          "a/x.yaml": "1",
          "a-b": "2",
          "a/link": { mode: "120000", text: "/etc/passwd" },
          "a/run.sh": { mode: "100755", text: "#!/bin/sh\n" },
          "a/sub": { mode: "160000", text: "1".repeat(40) },
          "b/y.yaml": "3",
        },
      },
    ]);
    const { repository } = await open(repo.path);
    expect((await repository.files(repo.head, folder("a"))).map(({ mode, path }) => `${mode} ${path}`)).toEqual([
      "120000 a/link",
      "100755 a/run.sh",
      "160000 a/sub",
      "100644 a/x.yaml",
    ]);
    expect((await repository.files(repo.head)).map(({ path }) => path)).toEqual([
      "a-b",
      "a/link",
      "a/run.sh",
      "a/sub",
      "a/x.yaml",
      "b/y.yaml",
    ]);
    expect(await repository.files(repo.head, [{ kind: "file", path: "../a-b" }])).toEqual([]);
  });

  it("takes every path literally", async () => {
    const paths = ["-x", "*", ":(glob)x", "a\nb", "a\tb", 'q"q', "back\\slash", "é", "?", "[a]"];
    const repo = gitdir([{ files: Object.fromEntries(["plain", ...paths].map((path) => [path, path])) }]);
    const { repository } = await open(repo.path);
    for (const path of paths) {
      const scope: Scope = [{ kind: "file", path }];
      expect((await repository.files(repo.head, scope)).map((entry) => entry.path)).toEqual([path]);
      const [commit] = await all(repository.history({ from: repo.head, scope }));
      expect(commit?.changes.map((change) => change.path)).toEqual([path]);
    }
  });

  it("reads blobs in the order asked, whatever their bytes", async () => {
    const repo = gitdir([
      { files: { empty: "", lines: "a\n\nb\n", bytes: Uint8Array.of(0, 255, 10, 0), big: "x".repeat(300_000) } },
    ]);
    const { repository } = await open(repo.path);
    const ids = ["big", "empty", "bytes", "lines", "big"].map((path) => repo.blob(path));
    const found = await repository.blobs(ids);
    expect(found.map((bytes) => bytes.length)).toEqual([300_000, 0, 4, 5, 300_000]);
    expect(Buffer.from(found[2] ?? [])).toEqual(Buffer.of(0, 255, 10, 0));
    expect(await repository.blobs([])).toEqual([]);
  });

  it("answers many askers at once", async () => {
    const repo = gitdir([
      { files: Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`f${n}`, `content ${n}`])) },
    ]);
    const { repository } = await open(repo.path);
    const ids = (await repository.files(repo.head)).map(({ id }) => id);
    const answers = await Promise.all([
      repository.blobs(ids),
      repository.blobs(ids.toReversed()),
      repository.blobs(ids.slice(5, 9)),
    ]);
    expect(answers[0].map(String)).toEqual(answers[1].toReversed().map(String));
    expect(answers[2]).toHaveLength(4);
  });

  it("asks for the size first", async () => {
    const repo = gitdir([{ files: { big: "x".repeat(101) } }]);
    const { repository } = await open(repo.path);
    await expect(repository.blobs([repo.blob("big")], 100)).rejects.toMatchObject({ code: "LimitBlob" });
    expect(await repository.blobs([repo.blob("big")], 101)).toHaveLength(1);
  });

  it("refuses what is missing or no blob", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const { repository } = await open(repo.path);
    const missing = "1".repeat(40) as ReturnType<GitDir["blob"]>;
    await expect(repository.blobs([missing])).rejects.toMatchObject({ code: "RepositoryObject" });
    await expect(repository.blobs([repo.head as never])).rejects.toMatchObject({ code: "RepositoryObject" });
    await expect(repository.files(missing as never)).rejects.toMatchObject({ code: "RepositoryObject" });
    await expect(all(repository.history({ from: missing as never }))).rejects.toMatchObject({
      code: "RepositoryObject",
    });
    await expect(repository.refs.revision(missing as never)).rejects.toMatchObject({ code: "RepositoryObject" });
  });

  it("goes on after its process was ended", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const clone = await open(repo.path);
    const { repository } = clone;
    const read = async () => String(await repository.blobs([repo.blob("a")]));
    const first = await read();
    await clone.close();
    expect(await read()).toBe(first);
  });
});

describe("resolve", () => {
  const repo = gitdir([
    { files: { a: "1" }, as: "one", tag: "v1" },
    { files: { a: "2" }, as: "two" },
    { branch: "-x", from: "one", files: { b: "1" } },
    { branch: "twice", from: "one", files: { b: "2" }, as: "twice" },
  ]);
  repo.git(["tag", "-a", "-m", "Release", "annotated", repo.id("one")]);
  repo.git(["tag", "twice", repo.id("two")]);
  repo.git(["tag", "main", repo.id("two")]);
  repo.git(["update-ref", "refs/tags/refs/heads/ghost", repo.id("one")]);
  repo.git(["update-ref", "refs/heads/--upload-pack=touch${IFS}x", repo.id("one")]);

  it.each([
    ["HEAD", "two"],
    ["main", "two"],
    ["refs/heads/main", "two"],
    ["v1", "one"],
    ["annotated", "one"],
    ["refs/tags/annotated", "one"],
    ["refs/heads/twice", "twice"],
    ["refs/tags/twice", "two"],
    ["--upload-pack=touch${IFS}x", "one"],
  ])("finds %s", async (name, expected) => {
    const { repository } = await open(repo.path);
    expect(await repository.resolve(name)).toBe(repo.id(expected));
  });

  it("finds abbreviated and full ids", async () => {
    const { repository } = await open(repo.path);
    expect(await repository.resolve(repo.id("one"))).toBe(repo.id("one"));
    expect(await repository.resolve(repo.id("one").slice(0, 7))).toBe(repo.id("one"));
    expect(await repository.resolve(repo.id("one").slice(0, 6))).toBeUndefined();
    expect(await repository.resolve(repo.blob("a").slice(0, 12))).toBeUndefined();
  });

  it.each([
    "nope",
    "refs/heads/nope",
    "refs/heads/ghost",
    "heads/main",
    "@",
    "main@{0}",
    "main~99",
    "main^7",
    "~1",
    "^main",
    ":/commit",
    "",
    "-x y",
    "a..b",
    "f".repeat(40),
  ])("does not guess %j", async (name) => {
    const { repository } = await open(repo.path);
    expect(await repository.resolve(name)).toBeUndefined();
  });

  it("finds ancestors as git writes them: HEAD~1, main^, main^^", async () => {
    const line = gitdir([{}, {}, {}]);
    const { repository } = await open(line.path);
    for (const name of ["HEAD~1", "main^", "main~", "refs/heads/main~1", `${line.head}^1`]) {
      expect(await repository.resolve(name)).toBe(line.commits[1]);
    }
    expect(await repository.resolve("main^^")).toBe(line.commits[0]);
  });

  it("refuses a name that means two commits", async () => {
    const { repository } = await open(repo.path);
    await expect(repository.resolve("twice")).rejects.toMatchObject({ code: "UsageRevision" });
  });

  it("follows a detached HEAD and answers undefined for an unborn one", async () => {
    const empty = gitdir();
    expect(await (await open(empty.path)).repository.resolve("HEAD")).toBeUndefined();
    expect(await (await open(empty.path)).repository.refs.defaultBranch()).toBeUndefined();
    const other = gitdir([{ files: { a: "1" } }], { worktree: true });
    other.git(["checkout", "--quiet", "--detach"]);
    const { repository } = await open(other.path);
    expect(await repository.resolve("HEAD")).toBe(other.head);
    expect(await repository.refs.defaultBranch()).toBeUndefined();
  });
});

describe("openClone", () => {
  it("opens from inside a work tree and a linked one", async () => {
    const repo = gitdir([{ files: { "a/b.yaml": "1" } }], { worktree: true });
    const linked = join(temporaryFolder(), "linked");
    repo.git(["worktree", "add", "--quiet", "-b", "side", linked]);
    repo.git(["config", "remote.origin.url", "https://x:tok@github.com/acme/gitops.git"]);
    const inside = await open(join(repo.path, "a"));
    expect(inside.root).toBe(repo.path);
    expect(await inside.remoteUrl()).toBe("https://github.com/acme/gitops.git");
    expect(await inside.remoteUrl("upstream")).toBeUndefined();
    const other = await open(linked);
    expect(other.root).toBe(linked);
    expect(await other.repository.refs.defaultBranch()).toBe("side");
    expect(await other.repository.files(repo.head)).toHaveLength(1);
    await expect(other.repository.refs.update("refs/heads/main", repo.head, repo.head)).rejects.toMatchObject({
      code: "RepositoryCheckedOut",
    });
  });

  it("refuses folders that are none or hold none", async () => {
    await expect(open("/nonexistent/x")).rejects.toMatchObject({ code: "RepositoryNotFound" });
    await expect(open(temporaryFolder())).rejects.toMatchObject({ code: "RepositoryNotFound" });
    await expect(open("/dev/null")).rejects.toMatchObject({ code: "RepositoryNotFound" });
  });

  it("says when git is missing", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    await expect(open(repo.path, { program: "/nonexistent/git" })).rejects.toMatchObject({ code: "ConfigGit" });
  });

  it("reads sha256 repositories", async () => {
    const repo = gitdir([{ files: { a: "1" } }, { files: { a: "2" } }], { format: "sha256" });
    const { repository } = await open(repo.path);
    const [newest] = await all(repository.history({ from: repo.head, scope: folder("") }));
    expect(newest?.revision.id).toBe(repo.head);
    expect(String(await repository.blobs([repo.blob("a")]))).toBe("2");
  });

  it("leaves the user's clone untouched", async () => {
    const repo = gitdir([{ files: { "a.yaml": "1" } }, { files: { "a.yaml": "2" }, tag: "v1" }], { worktree: true });
    writeFileSync(join(repo.path, "a.yaml"), "dirty");
    const before = fingerprint(repo.gitDir);
    const clone = await open(repo.path);
    const { repository } = clone;
    await all(repository.history({ from: repo.head, scope: folder("") }));
    await repository.blobs((await repository.files(repo.head)).map(({ id }) => id));
    await repository.refs.annotations(["refs/notes/commits"]);
    await repository.refs.diff(repo.id("HEAD~1"), repo.head);
    await repository.resolve("main");
    await clone.close();
    expect(fingerprint(repo.gitDir)).toBe(before);
    expect(readFileSync(join(repo.path, "a.yaml"), "utf8")).toBe("dirty");
  });
});

function fingerprint(root: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(root, { recursive: true }).map(String).sort()) {
    const path = join(root, name);
    const stat = statSync(path);
    hash.update(`${name} ${stat.mtimeMs} `);
    if (stat.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest("hex");
}

describe("what the repository configures", () => {
  it("runs nothing and changes no answer", async () => {
    const repo = gitdir(
      [{ files: { a: "1" }, message: "One" }, { files: { a: "2", b: { mode: "160000", text: "1".repeat(40) } } }],
      {
        worktree: true,
      },
    );
    const mark = join(temporaryFolder(), "ran");
    const script = join(temporaryFolder(), "evil.sh");
    writeFileSync(script, `#!/bin/sh\necho ran >> ${mark}\ncat\n`);
    chmodSync(script, 0o755);
    for (const hook of ["reference-transaction", "post-index-change", "pre-auto-gc"]) {
      const path = join(repo.gitDir, "hooks", hook);
      writeFileSync(path, `#!/bin/sh\necho ran >> ${mark}\n`);
      chmodSync(path, 0o755);
    }
    const settings = {
      "core.fsmonitor": script,
      "core.pager": script,
      "core.hooksPath": join(repo.gitDir, "hooks"),
      "core.worktree": "/",
      "diff.external": script,
      "diff.renames": "true",
      "diff.ignoreSubmodules": "all",
      "diff.relative": "true",
      "gpg.program": script,
      "log.showSignature": "true",
      "log.follow": "true",
      "log.showRoot": "false",
      "log.diffMerges": "off",
      "log.decorate": "full",
      "color.ui": "always",
      "alias.log": `!${script}`,
      "format.pretty": "oneline",
      "filter.x.smudge": script,
      "i18n.logOutputEncoding": "UTF-16",
    };
    for (const [key, value] of Object.entries(settings)) repo.git(["config", key, value]);
    writeFileSync(join(repo.gitDir, "info", "attributes"), "* diff=x filter=x\n");

    const { repository } = await open(repo.gitDir);
    const head = await repository.resolve("main");
    if (head === undefined) throw new Error("no main");
    const found = await all(repository.history({ from: head, scope: folder("") }));
    expect(found.map(summary)).toEqual([
      { message: "commit 2", changes: ["~a", "+b"] },
      { message: "One", changes: ["+a"] },
    ]);
    expect((await repository.files(head)).map(({ path }) => path)).toEqual(["a", "b"]);
    const made = await repository.commit({
      parent: head,
      writes: [{ path: "a", mode: "100644", bytes: Buffer.from("3") }],
      message: "Three",
      author: { name: "L", email: "l@example.com" },
      atMs: 0,
    });
    await repository.refs.update("refs/heads/new", made, undefined);
    expect(() => statSync(mark)).toThrow("ENOENT");
  });

  it("ignores replace refs and grafts", async () => {
    const repo = gitdir([
      { files: { a: "1" } },
      { files: { a: "2" } },
      { branch: "other", from: "main", files: { a: "evil" } },
    ]);
    const [first, , evil] = repo.commits;
    repo.git(["replace", repo.head, evil ?? ""]);
    repo.git(["replace", repo.git(["rev-parse", `${first}:a`]), repo.git(["rev-parse", `${evil}:a`])]);
    writeFileSync(join(repo.gitDir, "info", "grafts"), `${repo.head}\n`);
    const { repository } = await open(repo.path);
    const found = await all(repository.history({ from: repo.head }));
    expect(found.map((one) => one.revision.message)).toEqual(["commit 2", "commit 1"]);
    const [entry] = first === undefined ? [] : await repository.files(first);
    expect(String(await repository.blobs(entry === undefined ? [] : [entry.id]))).toBe("1");
  });
});

describe("hostile trees", () => {
  const entry = (mode: string, name: string | Buffer, id: string): Buffer =>
    Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.of(0), Buffer.from(id, "hex")]);

  async function withTree(build: (blob: string, tree: (entries: readonly Buffer[]) => string) => string) {
    const repo = gitdir([{ files: { a: "1" } }]);
    const tree = (entries: readonly Buffer[]): string =>
      repo.git(["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], Buffer.concat(entries));
    const top = build(repo.blob("a"), tree);
    const head = repo.git(["commit-tree", "-m", "Evil", top]) as typeof repo.head;
    return { head, repository: (await open(repo.path)).repository };
  }

  it.each(["..", ".", ".git", ".GIT", "git~1", ".git.", ".git ", ".g\u200cit", "", "x/y"])(
    "refuses the name %j",
    async (name) => {
      const { head, repository } = await withTree((blob, tree) => tree([entry("100644", name, blob)]));
      await expect(repository.files(head)).rejects.toMatchObject({ code: "RepositoryTree" });
      const nested = await withTree((blob, tree) => tree([entry("40000", "d", tree([entry("100644", name, blob)]))]));
      await expect(nested.repository.files(nested.head, folder("d"))).rejects.toMatchObject({ code: "RepositoryTree" });
    },
  );

  it("refuses doubled, unsorted and twofold entries", async () => {
    const double = await withTree((blob, tree) => tree([entry("100644", "a", blob), entry("100644", "a", blob)]));
    await expect(double.repository.files(double.head)).rejects.toMatchObject({ code: "RepositoryTree" });
    const unsorted = await withTree((blob, tree) => tree([entry("100644", "b", blob), entry("100644", "a", blob)]));
    await expect(unsorted.repository.files(unsorted.head)).rejects.toMatchObject({ code: "RepositoryTree" });
    const both = await withTree((blob, tree) =>
      tree([
        entry("100644", "a", blob),
        entry("100644", "a.b", blob),
        entry("40000", "a", tree([entry("100644", "x", blob)])),
      ]),
    );
    await expect(both.repository.files(both.head)).rejects.toMatchObject({ code: "RepositoryTree" });
  });

  it("takes names that only look like it", async () => {
    const names = [".github", ".gitignore", "...", "a.b", "a.git", "git"].sort();
    const { head, repository } = await withTree((blob, tree) => tree(names.map((name) => entry("100644", name, blob))));
    expect((await repository.files(head)).map(({ path }) => path)).toEqual(names);
  });

  it("refuses paths without end", async () => {
    const long = gitdir([{ files: { [`${`${"n".repeat(240)}/`.repeat(20)}x`]: "1" } }]);
    await expect((await open(long.path)).repository.files(long.head)).rejects.toMatchObject({ code: "LimitPath" });
    const deep = gitdir([{ files: { [`${"d/".repeat(1000)}x`]: "1" } }]);
    await expect((await open(deep.path)).repository.files(deep.head)).rejects.toMatchObject({ code: "LimitPath" });
  });

  it("ends a listing of too many files, and lists a part of it", async () => {
    const { head, repository } = await withTree((blob, tree) =>
      tree(Array.from({ length: 100_001 }, (_, index) => entry("100644", String(index).padStart(6, "0"), blob))),
    );
    await expect(repository.files(head)).rejects.toMatchObject({ code: "LimitFiles" });
    expect(await repository.files(head, [{ kind: "file", path: "000007" }])).toHaveLength(1);
  });

  it("leaves out paths that are no text, and says which", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const tree = repo.git(
      ["hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
      Buffer.concat(
        [
          entry("100644", "a", repo.blob("a")),
          entry("100644", Buffer.of(0x61, 0xff), repo.blob("a")),
          entry("100644", "a\ufffd", repo.blob("a")),
        ].sort((a, b) => Buffer.compare(a, b)),
      ),
    );
    const head = repo.git(["commit-tree", "-m", "x", tree]) as typeof repo.head;
    const told: string[] = [];
    const { repository } = await open(repo.path, { onUnreadablePath: (path) => told.push(path) });
    expect((await repository.files(head)).map(({ path }) => path)).toEqual(["a", "a\ufffd"]);
    const [commit] = await all(repository.history({ from: head }));
    expect(commit?.changes.map(({ path }) => path)).toEqual(["a", "a\ufffd"]);
    expect(told).toEqual(["a\\xff"]);
  });
});

describe("mergeBase", () => {
  it("is the newest commit that both descend from, and none where there is none", async () => {
    const repo = gitdir([{ files: { a: "1" }, as: "root" }, { files: { a: "2" }, as: "fork" }, { files: { a: "3" } }]);
    const [change = repo.head] = repo.commit({ branch: "change", from: repo.id("fork"), files: { b: "1" } });
    const { repository } = await open(repo.path);
    const main = repo.id("main");
    expect(await repository.refs.mergeBase(main, change)).toBe(repo.id("fork"));
    expect(await repository.refs.mergeBase(change, main)).toBe(repo.id("fork"));
    expect(await repository.refs.mergeBase(main, repo.id("root"))).toBe(repo.id("root"));
    const tree = repo.git(["rev-parse", "main^{tree}"]);
    const alone = commitId(repo.git(["commit-tree", tree, "-m", "alone"]));
    expect(await repository.refs.mergeBase(main, alone)).toBeUndefined();
  });

  it("is not guessed in a shallow clone", async () => {
    const repo = gitdir([{ files: { a: "1" }, as: "fork" }, { files: { a: "2" } }, { files: { a: "3" } }]);
    repo.commit({ branch: "change", from: repo.id("fork"), files: { b: "1" } });
    const path = join(temporaryFolder(), "shallow");
    repo.git(["clone", "--quiet", "--bare", "--depth=1", "--no-single-branch", `file://${repo.path}`, path]);
    const { repository } = await open(path);
    const asked = repository.refs.mergeBase(repo.id("main"), repo.id("change"));
    await expect(asked).rejects.toMatchObject({ code: "RepositoryShallow" });
  });
});

describe("clones that lack something", () => {
  it("refuses an answer that lies beyond a shallow clone", async () => {
    const repo = history();
    const path = join(temporaryFolder(), "shallow");
    repo.git(["clone", "--quiet", "--bare", "--depth=2", `file://${repo.path}`, path]);
    const clone = await open(path);
    expect(await clone.isShallow()).toBe(true);
    const { repository } = clone;
    await expect(all(repository.history({ from: repo.head, scope: api }))).rejects.toMatchObject({
      code: "RepositoryShallow",
    });
    await expect(all(repository.history({ from: repo.head, scope: folder("none") }))).rejects.toMatchObject({
      code: "RepositoryShallow",
    });
    expect(await all(repository.history({ from: repo.head, limit: 1 }))).toHaveLength(1);
    await expect(repository.refs.distance(repo.id("root"), repo.head)).rejects.toMatchObject({
      code: expect.stringMatching(/^Repository/),
    });
    expect(await (await open(repo.path)).isShallow()).toBe(false);
  });

  it("never fetches what a partial clone lacks", async () => {
    const repo = gitdir([{ files: { a: "1" } }, { files: { a: "2" } }]);
    repo.git(["config", "uploadpack.allowFilter", "true"]);
    const path = join(temporaryFolder(), "partial");
    repo.git(["clone", "--quiet", "--bare", "--filter=blob:none", `file://${repo.path}`, path]);
    const { repository } = await open(path);
    expect(await all(repository.history({ from: repo.head }))).toHaveLength(2);
    await expect(repository.blobs([repo.blob("a")])).rejects.toMatchObject({ code: "RepositoryObject" });
    await expect(repository.blobs([repo.blob("a")])).rejects.toMatchObject({ code: "RepositoryObject" });
    expect(await repository.resolve("HEAD")).toBe(repo.head);
  });
});
