import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../../support/run-cli.ts";
import { begin } from "../../support/story.ts";
import { API, deployment, json, lastgood, payments, TARGET } from "./world.ts";

const REVERT = ["revert", TARGET, "--to", "#470", "--mode", "branch", "-y"];

describe("revert --mode branch", () => {
  it("makes one branch, tells it on stdout, and leaves everything else", async () => {
    const repo = payments();
    const before = repo.git(["for-each-ref"]);
    const { stdout, stderr, exit } = await lastgood(repo, [...REVERT, "--branch", "fix"]);
    expect(exit).toBe(0);
    expect(stdout).toBe(`${repo.id("fix")} fix\n`);
    expect(stderr).toContain("Next: git diff ");
    expect(
      repo
        .git(["for-each-ref"])
        .split("\n")
        .filter((line) => !line.endsWith("refs/heads/fix")),
    ).toEqual(before.split("\n"));
    expect(repo.git(["status", "--porcelain"])).toBe("");
    expect(repo.text(API, "fix")).toBe(deployment("1.7.4"));
    expect(repo.git(["diff", "--name-only", "main", "fix"])).toBe(API);
  });

  it("is called undo, too", async () => {
    const repo = payments();
    const { exit, stdout } = await lastgood(repo, ["undo", ...REVERT.slice(1), "-o", "name", "-q"]);
    expect(exit).toBe(0);
    expect(repo.text(API, stdout.trim())).toBe(deployment("1.7.4"));
  });

  it("finds its branch again, and refuses one that holds something else", async () => {
    const repo = payments();
    const first = await lastgood(repo, REVERT);
    const second = await lastgood(repo, REVERT);
    expect(second).toMatchObject({ exit: 0, stdout: first.stdout });
    const other = await lastgood(repo, [...REVERT, "--branch", "main"]);
    expect(other).toMatchObject({ exit: 2, stdout: "" });
    expect(other.stderr).toContain("--branch");
  });

  it("is a Revert for programs, and a Plan when there is nothing to do", async () => {
    const repo = payments();
    const document = json(await lastgood(repo, [...REVERT, "--branch", "fix", "--json"]));
    expect(document).toMatchObject({
      apiVersion: "lastgood.dev/v1alpha1",
      kind: "Revert",
      metadata: { target: "apps/payments/api" },
      spec: { mode: "branch", to: repo.commits[1] },
      status: {
        commit: repo.id("fix"),
        branch: "fix",
        base: repo.head,
        found: false,
        summary: { change: 2, files: 1 },
      },
    });
    const nothing = await lastgood(repo, ["revert", TARGET, "--to", "main", "--mode", "branch", "-y", "--json"]);
    expect(nothing.exit).toBe(0);
    expect(json(nothing)).toMatchObject({ kind: "Plan", status: { changes: [], files: [] } });
  });

  it("does exactly what a saved plan says, from wherever it lies", async () => {
    const repo = payments();
    const plan = await lastgood(repo, ["plan", TARGET, "--to", "#470", "--only", ":image", "--json"]);
    writeFileSync(join(repo.path, "plan.json"), plan.stdout);
    const done = await lastgood(repo, ["revert", "--plan", "plan.json", "--mode", "branch", "-y", "--branch", "fix"]);
    expect(done.exit).toBe(0);
    expect(repo.text(API, "fix")).toBe(deployment("1.7.4", 4));
    repo.commit({ files: { [API]: deployment("1.8.1", 4) } });
    const stale = await lastgood(repo, ["revert", "--plan", "plan.json", "--mode", "branch", "-y", "--branch", "late"]);
    expect(stale).toMatchObject({ exit: 6, stdout: "" });
    expect(stale.stderr).toContain("StalePlan");
  });
});

describe("mark", () => {
  it("records a verdict with its reason, and takes it back", async () => {
    const repo = payments();
    const verdict = async (): Promise<string | undefined> =>
      json(await lastgood(repo, ["history", TARGET, "--json"])).status.revisions[2]?.verdict;
    for (const word of ["good", "bad"]) {
      const marked = await lastgood(repo, ["mark", word, TARGET, "#470", "--reason", "load test"]);
      expect(marked).toMatchObject({ exit: 0, stdout: "" });
      expect(marked.stderr).toContain(`marked as ${word}`);
      expect(await verdict()).toBe(word);
    }
    expect(await lastgood(repo, ["mark", "bad", TARGET, "#470", "--clear"])).toMatchObject({ exit: 0 });
    expect(await verdict()).toBe("unproven");
  });

  it("escapes a reason that is no plain text", async () => {
    const repo = payments();
    await lastgood(repo, ["mark", "good", TARGET, "#470", "--reason", "\u001b[31mred\u202e"]);
    const { stdout } = await lastgood(repo, ["checkpoints", TARGET]);
    expect(stdout).toContain("\\x1b[31mred\\u202e");
  });
});

describe("exit codes of the forge", () => {
  const HISTORY = [{ files: { [API]: deployment("1.7.4") } }, { files: { [API]: deployment("1.8.0") } }];

  it("ends with 4 where nobody is logged in", async () => {
    const story = await begin(HISTORY);
    const { stdout, stderr, exit } = await story
      .person(null)
      .run(`lastgood revert ${TARGET} --to main~1 -y --repo ${story.url}`);
    expect({ exit, stdout }).toEqual({ exit: 4, stdout: "" });
    expect(stderr).toContain("Forge");
  });

  it("ends with 8 while the merge is waited for", async () => {
    const story = await begin(HISTORY);
    const line = `lastgood revert ${TARGET} --to main~1 -y --wait merged --timeout 1s --repo ${story.url}`;
    const { stdout, stderr, exit } = await story.person().run(line);
    expect(exit).toBe(8);
    expect(stdout).toContain("/pull/1");
    expect(stderr).toContain("not merged yet");
  });
});

describe("a reader that goes away", () => {
  it("is no failure", async () => {
    const repo = payments();
    const { exit, stderr } = await runCli(["history", TARGET], { cwd: repo.path, closedStdout: true });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: expect.not.stringContaining("EPIPE") });
  });
});
