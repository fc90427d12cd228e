import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { replayPage } from "../../../src/faces/cli/render/replay-page.ts";
import { commitUrl } from "../../../src/faces/cli/render/replay-report.ts";
import type { ReplayResult } from "../../../src/core/replay/types.ts";
import { commitId } from "../../../src/core/model/git.ts";
import { buildProgram } from "../../support/build-program.ts";
import { gitTestEnv, temporaryFolder } from "../../support/gitdir.ts";
import { replayRepository } from "../../support/replay-repository.ts";
import { runCli } from "../../support/run-cli.ts";

const git = replayRepository();

async function replay(...args: readonly string[]) {
  return runCli(["replay", "--repo", git.path, "--since", "2020-01-01", ...args], { env: { XDG_CACHE_HOME: cache } });
}

const cache = temporaryFolder("cache");

describe("lastgood replay", () => {
  it("prints a row per revert on a pipe, and the totals beside it", async () => {
    const { stdout, stderr, exit } = await replay();
    expect(exit).toBe(0);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(rows).toContainEqual([
      git.id("near"),
      git.id("near-bad"),
      "named",
      "equal",
      "conflict",
      "adjacent-conflict",
      "7200s",
      'Revert "Bump api again (#5)" (#6)',
    ]);
    expect(stderr).toContain("lastgood    5 equal, 1 conflict, 2 different");
    expect(stderr).toContain("git revert  4 equal, 2 conflict, 2 different");
    expect(stderr).toContain("1 as the person did where git revert was not");
  });

  it("prints a versioned document", async () => {
    const { stdout } = await replay("-o", "json");
    const document = JSON.parse(stdout) as { readonly status: { readonly results: readonly object[] } };
    expect(document).toMatchObject({
      apiVersion: "lastgood.dev/v1alpha1",
      kind: "Replay",
      metadata: { repository: git.path, base: git.head },
      status: { summary: { cases: 8, worse: 0, better: 1 }, skipped: [{ found: "named" }] },
    });
    expect(document.status.results).toContainEqual(
      expect.objectContaining({ found: "marked", secondsToRevert: 7200, worse: false, class: "clean" }),
    );
  });

  it("lists on a terminal only what somebody did not get, unless all is asked for", async () => {
    const env = { XDG_CACHE_HOME: cache };
    const args = ["replay", "--repo", git.path, "--since", "2020-01-01"];
    const short = await runCli(args, { tty: true, env });
    const all = await runCli([...args, "--all"], { tty: true, env });
    const rows = (text: string): number => text.split("\n").filter((line) => /^\S*[0-9a-f]{7}\b/.test(line)).length;
    expect([rows(short.stdout), rows(all.stdout)]).toEqual([4, 8]);
    expect(short.stdout).toContain("8 reverts done again");
    expect(short.stderr).toContain("--all");
  });

  it("links the reverts of a repository on GitHub", async () => {
    const linked = replayRepository();
    linked.git(["config", "remote.origin.url", "https://github.com/acme/gitops.git"]);
    const args = ["replay", "--repo", linked.path, "--since", "2020-01-01", "--limit", "2"];
    const wide = await runCli([...args, "-o", "wide"]);
    const page = join(temporaryFolder("page"), "replay.html");
    expect((await runCli([...args, "--html", page])).exit).toBe(0);
    const url = `https://github.com/acme/gitops/commit/${linked.id("again")}`;
    expect([wide.stdout.includes(url), readFileSync(page, "utf8").includes(`href="${url}"`)]).toEqual([true, true]);
  });

  it("writes a page that needs nothing else", async () => {
    const folder = temporaryFolder("page");
    const { exit } = await replay("--html", join(folder, "replay.html"));
    expect(exit).toBe(0);
    const page = readFileSync(join(folder, "replay.html"), "utf8");
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<link|<img|src=|@import|url\(/i);
    expect(page).toContain("prefers-color-scheme:dark");
    expect(page).toContain('<span class="chip different">different</span>');
  });

  it.each([
    [["--since", "soon"], "--since soon"],
    [["--jobs", "99"], "--jobs 99"],
    [["--limit", "x"], "--limit x"],
    [["--base", "nowhere"], "--base nowhere"],
    [["--html", "no/such/folder/x.html"], "--html no/such/folder/x.html"],
  ])("refuses %j", async (args, message) => {
    const { exit, stderr } = await replay(...args);
    expect(exit).toBe(2);
    expect(stderr).toContain(message);
  });

  it("does again what the cache has lost, and only that", async () => {
    const own = temporaryFolder("cache");
    const env = { XDG_CACHE_HOME: own };
    const run = () => runCli(["replay", "--repo", git.path, "--since", "2020-01-01", "-o", "json"], { env });
    const first = await run();
    const folder = join(own, "lastgood", "replay");
    const [name = ""] = readdirSync(folder);
    const lines = readFileSync(join(folder, name), "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(9);
    writeFileSync(join(folder, name), `${lines.slice(0, 5).join("\n")}\n{"human":\n`);
    expect(await run()).toEqual(first);
    expect(readFileSync(join(folder, name), "utf8").trimEnd().split("\n")).toHaveLength(10);
  });

  it("gives the same from threads", async () => {
    const here = await replay("-o", "json");
    const env = { ...gitTestEnv(), XDG_CACHE_HOME: temporaryFolder("cache") };
    // Threads need the program as people run it.
    const main = buildProgram();
    const args = ["replay", "--repo", git.path, "--since", "2020-01-01", "-o", "json"];
    const done = spawnSync(process.execPath, [main, ...args], { env, encoding: "utf8" });
    expect({ status: done.status, document: JSON.parse(done.stdout) as object }).toEqual({
      status: 0,
      document: JSON.parse(here.stdout) as object,
    });
  });
});

describe("replayPage", () => {
  const evil = "</code><script>alert(1)</script>\u202e\u0007\"'&";
  const commit = { id: commitId("a".repeat(40)), subject: evil, author: evil, atMs: 0 };
  const result: ReplayResult = {
    kind: "marked",
    human: commit,
    base: commit.id,
    bad: [commit],
    class: "human-differed",
    lastgood: { verdict: "different", paths: [evil], notes: [] },
    git: { verdict: "conflict", paths: [evil], notes: [] },
    otherFiles: 1,
    diffs: [{ path: evil, text: `@@ -1 +1 @@\n-${evil}\n+${evil}` }],
  };

  it("escapes all that a repository says", () => {
    const frame = { repository: evil, base: commit.id, sinceMs: 0, target: evil };
    const page = replayPage({ results: [result], skipped: [], commits: 1, known: 0 }, frame);
    expect(page).not.toContain("<script");
    expect(page).not.toMatch(/[\u202e\u0007]/);
    expect(page.match(/alert\(1\)/g)?.length).toBeGreaterThan(8);
  });

  it("shows a repository without reverts", () => {
    const page = replayPage(
      { results: [], skipped: [], commits: 0, known: 0 },
      { repository: "x", base: commit.id, sinceMs: 0 },
    );
    expect(page).toContain("0 reverts, done again");
  });
});

describe("commitUrl", () => {
  const id = commitId("a".repeat(40));

  it.each(["https://github.com/acme/gitops.git", "git@github.com:acme/gitops.git", "ssh://git@github.com/acme/gitops"])(
    "links %s",
    (url) => {
      expect(commitUrl(url, id)).toBe(`https://github.com/acme/gitops/commit/${id}`);
    },
  );

  it.each([
    "/srv/gitops",
    "https://github.com.evil.example/a/b",
    "https://gitlab.com/a/b",
    'https://github.com/a/b"onx=1',
  ])("links nothing for %s", (url) => {
    expect(commitUrl(url, id)).toBeUndefined();
  });
});
