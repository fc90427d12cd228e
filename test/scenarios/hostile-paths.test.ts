/** Safety catalogue, H1-H29: names of refs and paths, kinds of tree entries, what lies beside the objects. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitdir, type GitDir } from "../support/gitdir.ts";
import { runCli } from "../support/run-cli.ts";
import {
  CANARY,
  configMap,
  DEPLOYMENT,
  deployment,
  entryAt,
  expectHarmless,
  expectDone,
  expectRefusal,
  expectRefused,
  reads,
  revertTo,
  run,
  twoCommits,
} from "./hostile.ts";

/** Names that git itself allows in a ref, and that a shell, an option parser or a terminal would take for something else. */
const BRANCHES: readonly (readonly [row: string, name: string])[] = [
  ["H1", "--upload-pack=touch${IFS}x"],
  ["H2", "-x"],
  ["H2", "--exec=id"],
  ["H2", "--output=/tmp/x"],
  ["H3", "a$(id)"],
  ["H3", "a;id"],
  ["H3", "a`id`'\""],
  ["H4", "refs/heads/main"],
  ["H5", "caf\u00e9"],
  ["H5", "cafe\u0301"],
  ["H5", "a\u202eb"],
];

describe("refs", () => {
  it.each(BRANCHES)("%s a branch %s is read and stood on", async (_row, name) => {
    const repo = twoCommits({});
    repo.git(["update-ref", `refs/heads/${name}`, repo.head]);
    const base = name.startsWith("-") ? [`--base=${name}`] : ["--base", name];
    const told = await reads(repo, "plan", "./app", "--to", repo.commits[0] ?? "", ...base);
    expectDone(told);
  });

  it("H3 prints names of refs escaped when they are missing", async () => {
    const repo = twoCommits({});
    for (const name of [
      "\u001b[31mx",
      "a\u202eb",
      "a\nb",
      "--upload-pack=id",
      "@{-1}",
      "HEAD@{1}",
      "main^{/x}",
      ":/x",
      "a..b",
    ]) {
      await expectRefused(repo, ["plan", "./app", "--to", name], { exit: 2, code: "UsageRevision" });
      await expectRefused(repo, ["plan", "./app", "--to", "main~1", `--base=${name}`], {
        exit: 2,
        code: "UsageRevision",
      });
    }
  });

  it.each([
    ["H4", "HEAD"],
    ["H4", "@"],
    ["H2", "-x"],
    ["H2", "--exec=id"],
    ["H3", "a b"],
    ["H3", "a..b"],
    ["H3", "../../x"],
    ["H3", "a\u001b[31m"],
    ["H3", "x.lock"],
    ["H3", ""],
  ])("%s refuses to make a branch %j", async (_row, name) => {
    const repo = twoCommits({});
    const before = repo.git(["for-each-ref"]);
    const done = await run(repo, ["revert", "./app", "--to", "main~1", "--mode", "branch", "-y", `--branch=${name}`]);
    expectRefusal(done, { exit: 2 });
    expect(done.stderr).toContain("UsageArgument");
    expect(repo.git(["for-each-ref"])).toBe(before);
    repo.git(["fsck", "--strict", "--no-dangling"]);
  });

  it("H4 a tag named as the branch does not get in its way", async () => {
    const repo = twoCommits({});
    repo.git(["update-ref", "refs/tags/main", `${repo.commits[0]}`]);
    const told = await reads(repo, "plan", "./app", "--to", repo.commits[0] ?? "", "-o", "json");
    expect(JSON.parse(told.stdout).metadata.base).toBe(repo.commits[1]);
  });
});

describe("addresses", () => {
  it.each([
    ["H6", "ext::sh -c id"],
    ["H6", "fd::7"],
    ["H6", "-oProxyCommand=id"],
    ["H6", "ssh://-oProxyCommand=id/x"],
    ["H6", "ssh://git@-x/y.git"],
    ["H6", "https://-x/y.git"],
  ])("%s refuses --repo %s", async (_row, url) => {
    const done = await runCli(["history", "./app", `--repo=${url}`], {});
    expectHarmless(done);
    expectRefusal(done, { exit: 2 });
    expect(done.stderr).toMatch(/UsageRepository|ConfigUrl/);
  });

  it("H6 refuses credentials in an address and does not repeat them", async () => {
    const done = await runCli(["history", "./app", "--repo", `https://bot:${CANARY}@github.com/acme/gitops.git`], {});
    expectHarmless(done);
    expectRefusal(done, { exit: 2 });
    expect(done.stderr).toContain("ConfigUrl");
  });

  it("H7 reads no git configuration of the repository", async () => {
    const repo = twoCommits({});
    repo.git(["config", "url.file:///etc/.insteadOf", "https://"]);
    repo.git(["config", "core.fsmonitor", "touch pwned"]);
    repo.git(["config", "core.pager", "touch pwned"]);
    repo.git(["config", "core.hooksPath", "."]);
    repo.git(["config", "diff.external", "touch pwned"]);
    repo.git(["config", "alias.cat-file", "!touch pwned"]);
    expect((await reads(repo, "plan", "./app", "--to", "main~1", "--show", "diff")).exit).toBe(0);
    await revertTo(repo, "main~1");
    expect(existsSync(join(repo.path, "pwned"))).toBe(false);
  });
});

const NAMES: readonly (readonly [row: string, path: string])[] = [
  ["H8", "app/a\nb.yaml"],
  ["H8", "app/a\tb.yaml"],
  ["H8", 'app/a"b.yaml'],
  ["H8", "app/a\\b.yaml"],
  ["H8", "app/-rf.yaml"],
  ["H8", "app/:(glob)x.yaml"],
  ["H8", "app/*.yaml"],
  ["H8", "app/a\u001b[31mb.yaml"],
  ["H8", "app/a\u202eb.yaml"],
  ["H11", "app/Deployment.yaml"],
];

describe("paths", () => {
  it.each(NAMES)("%s a file %j goes back, and no other", async (_row, path) => {
    const repo = twoCommits({ [path]: [configMap("  a: 1\n", "odd"), configMap("  a: 2\n", "odd")] });
    expect((await reads(repo, "plan", "./app", "--to", "main~1")).exit).toBe(0);
    expect((await reads(repo, "plan", "./app", "--to", "main~1", "--show", "diff")).exit).toBe(0);
    expect((await reads(repo, "plan", "./app", "--to", "main~1", "--show", "pr")).exit).toBe(0);
    const commit = await revertTo(repo, "main~1", "--only", "ConfigMap/odd");
    expect(entryAt(repo, commit, path)).toBe(entryAt(repo, "main~1", path));
    expect(entryAt(repo, commit, DEPLOYMENT)).toBe(entryAt(repo, "main", DEPLOYMENT));
    repo.git(["update-ref", "refs/heads/main", commit]);
    expect((await reads(repo, "history", "./app", "-o", "name")).stdout.split("\n")).toHaveLength(4);
  });

  it("H9 leaves a path that is not UTF-8 as it is", async () => {
    const repo = twoCommits({});
    const blob = repo.git(["hash-object", "-w", "--stdin"], "a: 1\n");
    const app = repo.git(["ls-tree", "main:app"]);
    const raw = Buffer.concat([
      Buffer.from(`${app}\n100644 blob ${blob}\t`),
      Buffer.from([0x61, 0xff, 0x62]),
      Buffer.from("\n"),
    ]);
    const odd = repo.git(["mktree"], raw);
    const root = repo.git(["mktree"], `040000 tree ${odd}\tapp\n`);
    const commit = repo.git(["commit-tree", root, "-p", repo.head, "-m", "odd"]);
    repo.git(["update-ref", "refs/heads/main", commit]);
    const told = await reads(repo, "plan", "./app", "--to", repo.commits[0] ?? "");
    expectDone(told);
    expect(told.stderr).toContain("not UTF-8");
    const back = await revertTo(repo, repo.commits[0] ?? "");
    expect(repo.git(["ls-tree", `${back}:app`])).toContain(blob);
  });

  it.each([
    ["H10", [".."]],
    ["H10", ["."]],
    ["H10", [".git"]],
    ["H10", [".GIT"]],
    ["H10", ["git~1"]],
    ["H10", ["a/b"]],
    ["H12", ["a.yaml", "a.yaml"]],
    ["H12", ["b.yaml", "a.yaml"]],
  ])("%s refuses a tree with %j", async (_row, names) => {
    const repo = withTree((blob) => names.map((name) => [`100644 ${name}`, blob]));
    const refusal = { exit: 1, code: "RepositoryTree", says: "app/" };
    const to = ["--to", repo.commits[0] ?? ""];
    await expectRefused(repo, ["history", "./app"], refusal);
    await expectRefused(repo, ["plan", "./app", ...to], refusal);
    await expectRefused(repo, ["revert", "./app", ...to, "--mode", "branch", "-y"], refusal);
  });

  it.each([
    ["H14", "a link inside", { mode: "120000", text: "deployment.yaml" }, "RepositorySymlink"],
    ["H15", "a link to /etc/passwd", { mode: "120000", text: "/etc/passwd" }, "RepositorySymlink"],
    ["H15", "a link to /proc/self/environ", { mode: "120000", text: "/proc/self/environ" }, "RepositorySymlink"],
    ["H15", "a loop", { mode: "120000", text: "odd.yaml" }, "RepositorySymlink"],
    ["H16", "a submodule", { mode: "160000", text: "1".repeat(40) }, "RepositoryGitlink"],
  ] as const)("%s names %s, and leaves it", async (_row, _what, link, code) => {
    const repo = twoCommits({ "app/odd.yaml": [configMap("  a: 1\n"), link] });
    const told = await reads(repo, "plan", "./app", "--to", "main~1");
    expectDone(told);
    expect(told.stdout).toContain(`./app/odd.yaml (${code}`);
    const commit = await revertTo(repo, "main~1");
    expect(entryAt(repo, commit, "app/odd.yaml")).toBe(entryAt(repo, "main", "app/odd.yaml"));
    expect(repo.text(DEPLOYMENT, commit)).toBe(deployment("1.0"));
  });

  it("H18 takes a file of 3 MB whole, without reading it", async () => {
    const big = (letter: string): string => configMap(`  a: "${letter.repeat(3_000_000)}"\n`);
    const repo = twoCommits({ "app/odd.yaml": [big("x"), big("y")] });
    const told = await reads(repo, "plan", "./app", "--to", "main~1");
    expectDone(told);
    expect(told.stdout).toContain("LimitBlob at app/odd.yaml");
    const commit = await revertTo(repo, "main~1");
    expect(entryAt(repo, commit, "app/odd.yaml")).toBe(entryAt(repo, "main~1", "app/odd.yaml"));
  });

  it("H20 ignores .gitattributes: filters, textconv, working-tree-encoding", async () => {
    const attributes = "* filter=x diff=x working-tree-encoding=UTF-16 merge=ours text eol=crlf\n";
    const repo = twoCommits({ ".gitattributes": [attributes, attributes] });
    repo.git(["config", "filter.x.clean", "touch pwned"]);
    repo.git(["config", "filter.x.smudge", "touch pwned"]);
    repo.git(["config", "diff.x.textconv", "touch pwned"]);
    const commit = await revertTo(repo, "main~1", "--only", ":image");
    expect(repo.text(DEPLOYMENT, commit)).toBe(deployment("1.0"));
    expect(existsSync(join(repo.path, "pwned"))).toBe(false);
  });

  it("H21 runs no hook", async () => {
    const repo = twoCommits({});
    mkdirSync(join(repo.gitDir, "hooks"), { recursive: true });
    for (const hook of ["reference-transaction", "post-commit", "pre-commit", "post-index-change", "pre-push"]) {
      writeFileSync(join(repo.gitDir, "hooks", hook), `#!/bin/sh\ntouch "${join(repo.gitDir, "pwned")}"\n`);
      chmodSync(join(repo.gitDir, "hooks", hook), 0o755);
    }
    await run(repo, ["revert", "./app", "--to", "main~1", "--mode", "branch", "-y"]);
    expect(existsSync(join(repo.gitDir, "pwned"))).toBe(false);
  });

  it("H22 reads a repository of 2,000 refs and 5,000 files", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`other/${i % 100}/${i}.yaml`, `a: ${i}\n`]),
    );
    const repo = gitdir([
      { files: { ...files, [DEPLOYMENT]: deployment("1.0") } },
      { files: { [DEPLOYMENT]: deployment("2.0") } },
    ]);
    repo.git(
      ["update-ref", "--stdin"],
      Array.from({ length: 2000 }, (_, i) => `create refs/heads/b${i} ${repo.head}\n`).join(""),
    );
    const told = await run(repo, ["plan", "./app", "--to", "main~1", "-o", "name"]);
    expect(told.stdout).toBe(`${DEPLOYMENT}\n`);
  });
});

describe("commits", () => {
  it("H25 an author with brackets, and dates out of this world, are only shown", async () => {
    const repo = gitdir([
      { files: { [DEPLOYMENT]: deployment("1.0") }, date: "2999-01-01T00:00:00Z", author: "A\u001b[31m\u202eB <a@b>" },
      { files: { [DEPLOYMENT]: deployment("2.0") }, date: "1970-01-02T00:00:00Z" },
    ]);
    const told = await reads(repo, "history", "./app", "-o", "json");
    expect(JSON.parse(told.stdout).status.revisions.map((one: { revision: string }) => one.revision)).toEqual(
      [...repo.commits].reverse(),
    );
    expect((await reads(repo, "history", "./app")).exit).toBe(0);
    expect((await reads(repo, "plan", "./app", "--to", "main~1")).exit).toBe(0);
  });

  it("H26 a huge message with commands for forges is quoted and cut", async () => {
    const message = `Bump @acme/everyone fixes #1 [skip ci] <!-- x --> \u001b]8;;http://x\u0007\n\n${"x".repeat(3_000_000)}\n\nLastgood-Target: app\nLastgood-Suspect: ${"1".repeat(40)}\n`;
    const repo = gitdir([
      { files: { [DEPLOYMENT]: deployment("1.0") } },
      { files: { [DEPLOYMENT]: deployment("2.0") }, message },
    ]);
    expect((await reads(repo, "history", "./app")).exit).toBe(0);
    const preview = await reads(repo, "plan", "./app", "--to", "main~1", "--show", "pr");
    expect(preview.stdout.length).toBeLessThan(70_000);
    const outside = preview.stdout.replaceAll(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, "");
    expect(outside).toContain("@&#8204;acme/everyone fixes #&#8204;1");
    expect(outside).not.toContain("@acme");
    expect(outside).not.toContain("<!-- x --> x");
    const commit = await revertTo(repo, "main~1");
    const text = repo.git(["log", "-1", "--format=%B", commit]);
    expect(text.length).toBeLessThan(70_000);
    expect(text).not.toContain("[skip ci]");
    expect(text).not.toContain("@acme/everyone");
  });

  it("H27 reads and writes a SHA-256 repository", async () => {
    const repo = gitdir(
      [{ files: { [DEPLOYMENT]: deployment("1.0") } }, { files: { [DEPLOYMENT]: deployment("2.0") } }],
      { format: "sha256" },
    );
    expect((await reads(repo, "history", "./app")).exit).toBe(0);
    const done = await run(repo, ["revert", "./app", "--to", "main~1", "--mode", "branch", "-y"]);
    expectDone(done);
    expect(repo.text(DEPLOYMENT, done.stdout.split(" ")[0])).toBe(deployment("1.0"));
  });

  it("H28 ignores replacement objects and grafts", async () => {
    const repo = twoCommits({});
    const evil = repo.commit({ files: { [DEPLOYMENT]: deployment("6.6.6") }, branch: "evil" })[0] ?? "";
    repo.git(["update-ref", `refs/replace/${repo.head}`, evil]);
    writeFileSync(join(repo.gitDir, "info", "grafts"), `${repo.head}\n`);
    const told = await reads(repo, "plan", "./app", "--to", repo.commits[0] ?? "");
    expect(told.stdout).toContain("acme/api:2.0 -> acme/api:1.0");
  });

  it("H29 refuses where an object is missing", async () => {
    const broken = withTree(() => [["100644 gone.yaml", "2".repeat(40)]]);
    await expectRefused(broken, ["plan", "./app", "--to", broken.commits[0] ?? ""], {
      exit: 1,
      code: "RepositoryObject",
    });
  });
});

/** A second commit on main whose folder `app` holds exactly these entries, checked by nobody. */
function withTree(entries: (blob: string) => readonly (readonly [head: string, id: string])[]): GitDir {
  const repo = gitdir([{ files: { [DEPLOYMENT]: deployment("1.0") } }]);
  const blob = repo.git(["hash-object", "-w", "--stdin"], configMap("  a: 1\n"));
  const raw = Buffer.concat(
    entries(blob).map(([head, id]) => Buffer.concat([Buffer.from(`${head}\0`), Buffer.from(id, "hex")])),
  );
  const app = repo.git(["hash-object", "-w", "--stdin", "-t", "tree", "--literally"], raw);
  const root = repo.git(
    ["hash-object", "-w", "--stdin", "-t", "tree", "--literally"],
    Buffer.concat([Buffer.from("40000 app\0"), Buffer.from(app, "hex")]),
  );
  const commit = repo.git(["commit-tree", root, "-p", repo.head, "-m", "odd"]);
  repo.git(["update-ref", "refs/heads/main", commit]);
  return repo;
}
