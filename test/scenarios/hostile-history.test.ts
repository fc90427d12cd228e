/** Safety catalogue, H70-H86: shapes of history. */
import { describe, expect, it } from "vitest";
import { type CommitSpec, gitdir, type GitDir } from "../support/gitdir.ts";
import { runCli } from "../support/run-cli.ts";
import {
  configMap,
  DEPLOYMENT,
  deployment,
  expectDone,
  expectRefused,
  reads,
  revertTo,
  run,
  stateOf,
  twoCommits,
} from "./hostile.ts";

const at = (tag: string, more: Omit<CommitSpec, "files"> = {}): CommitSpec => ({
  files: { [DEPLOYMENT]: deployment(tag) },
  ...more,
});
const other = (name: string, more: CommitSpec = {}): CommitSpec => ({ files: { [`other/${name}`]: name }, ...more });

async function names(repo: GitDir, ...args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await reads(repo, "history", "./app", "-o", "name", ...args);
  return stdout.split("\n").filter((line) => line !== "");
}

describe("merges", () => {
  it("H70 a merge that brings the change is the revision, and goes back by its tree", async () => {
    const repo = gitdir([
      at("1.0", { as: "good" }),
      at("2.0", { branch: "topic", from: "good", as: "bad" }),
      other("x", { as: "meanwhile" }),
      at("2.0", { merge: ["bad"], as: "merge" }),
    ]);
    expect(await names(repo)).toEqual([repo.id("merge"), repo.id("good")]);
    const commit = await revertTo(repo, repo.id("good"));
    expect(repo.text(DEPLOYMENT, commit)).toBe(deployment("1.0"));
    expect(repo.text("other/x", commit)).toBe("x");
  });

  it("H70 an octopus, and an evil merge that changes what no parent holds", async () => {
    const repo = gitdir([
      at("1.0", { as: "good" }),
      other("a", { branch: "a", from: "good" }),
      other("b", { branch: "b", from: "good" }),
      at("6.6", { merge: ["a", "b"], as: "evil" }),
    ]);
    expect(await names(repo)).toEqual([repo.id("evil"), repo.id("good")]);
    const commit = await revertTo(repo, repo.id("good"));
    expect(repo.text(DEPLOYMENT, commit)).toBe(deployment("1.0"));
  });

  it("H71 a cherry-pick and its original have one content", async () => {
    const repo = gitdir([
      at("1.0", { as: "good" }),
      at("2.0", { branch: "topic", from: "good" }),
      other("x"),
      at("2.0"),
    ]);
    expect((await reads(repo, "plan", "./app", "--to", repo.id("topic"))).exit).toBe(5);
  });
});

describe("what is missing", () => {
  it("H72 refuses where a shallow clone ends, and says how to deepen it", async () => {
    const full = gitdir([at("1.0"), at("2.0"), at("3.0")]);
    const shallow = gitdir();
    shallow.git(["fetch", "--quiet", "--depth=1", `file://${full.path}`, "main:main"]);
    const told = await reads(shallow, "history", "./app");
    expect(told.stderr).toContain("shallow");
    await expectRefused(shallow, ["plan", "./app", "--to", full.commits[0] ?? ""], {
      exit: 1,
      code: "RepositoryShallow",
      says: "git fetch --unshallow",
    });
  });

  it("H73 holds for a revision that a force push has taken away", async () => {
    const repo = gitdir([at("1.0"), at("2.0"), at("2.1", { branch: "lost", from: "main" })]);
    await expectRefused(repo, ["plan", "./app", "--to", repo.id("lost")], { exit: 5, code: "NotAncestor" });
  });

  it("H74 finds no checkpoint where nothing is proven", async () => {
    const repo = twoCommits({});
    for (const command of ["plan", "revert"]) {
      await expectRefused(repo, [command, "./app", ...(command === "revert" ? ["--mode", "branch", "-y"] : [])], {
        exit: 3,
        code: "NoCheckpoint",
        says: "lastgood",
      });
    }
  });

  it("H75 has nowhere to go from a root commit", async () => {
    const repo = gitdir([at("1.0")]);
    await expectRefused(repo, ["plan", "./app"], { exit: 3, code: "NoCheckpoint" });
    await expectRefused(repo, ["plan", "./app", "--to", "~1"], { exit: 3, code: "NoCheckpoint" });
    expect((await reads(repo, "history", "./app")).exit).toBe(0);
  });

  it("H76 refuses an empty repository, and a HEAD that names no branch", async () => {
    const empty = gitdir();
    const before = stateOf(empty);
    const done = await run(empty, ["history", "./app"]);
    expect({ exit: done.exit, stdout: done.stdout }).toEqual({ exit: 1, stdout: "" });
    expect(done.stderr).toContain("RepositoryRef");
    expect(stateOf(empty)).toBe(before);
    const detached = gitdir([at("1.0", { branch: "release" }), at("2.0", { branch: "release" })]);
    await expectRefused(detached, ["history", "./app"], { exit: 1, code: "RepositoryRef" });
    detached.git(["update-ref", "--no-deref", "HEAD", detached.id("release")]);
    await expectRefused(detached, ["history", "./app"], { exit: 1, code: "RepositoryRef" });
    expectDone(await reads(detached, "plan", "./app", "--base", "release", "--to", "release~1"));
  });
});

describe("what has moved", () => {
  const moved = (tag: string): CommitSpec => ({ files: { "app/sub/d.yaml": deployment(tag) }, remove: [DEPLOYMENT] });

  it("H77 a moved and edited object goes back by its identity", async () => {
    const repo = gitdir([at("1.0"), moved("2.0")]);
    const commit = await revertTo(repo, "main~1");
    expect(repo.git(["rev-parse", `${commit}^{tree}`])).toBe(repo.git(["rev-parse", "main~1^{tree}"]));
    const part = await revertTo(repo, "main~1", "--only", ":image", "--branch", "part");
    expect(repo.text("app/sub/d.yaml", part)).toBe(deployment("1.0"));
  });
});

describe("what was before", () => {
  it("H78 a re-landed change has the content, and the verdict, of the first", async () => {
    const repo = gitdir([
      at("1.0"),
      at("2.0"),
      at("1.0", { message: 'Revert "bad"' }),
      at("2.0", { message: "again" }),
    ]);
    const marked = await runCli(["mark", "bad", "./app", repo.commits[1] ?? "", "--reason", "5xx"], { cwd: repo.path });
    expectDone(marked);
    const told = JSON.parse((await run(repo, ["history", "./app", "-o", "json"])).stdout);
    expect(told.status.revisions.map((one: { verdict: string }) => one.verdict)).toEqual([
      "bad",
      "unproven",
      "bad",
      "unproven",
    ]);
  });

  it("H81 holds when only other folders changed since", async () => {
    const repo = gitdir([at("1.0"), other("x"), other("y")]);
    const done = await reads(repo, "plan", "./app", "--to", "main~2");
    expectDone(done);
    expect(done.stdout).toContain("Nothing to do");
  });

  it("H83 counts 300 commits between, and says how many are dropped and stay", async () => {
    const repo = gitdir([
      at("1.0"),
      ...Array.from({ length: 30 }, (_, i) => at(`2.${i}`)),
      ...Array.from({ length: 270 }, (_, i) => other(String(i))),
    ]);
    const told = await reads(repo, "plan", "./app", "--to", repo.commits[0] ?? "");
    expect(told.stdout).toContain("the other 270 commits since then stay");
    expect(told.stdout).toContain("30 revisions");
  });

  it("H85 orders by the graph, whatever the clocks say", async () => {
    const repo = gitdir([
      at("1.0", { date: "2030-01-01T00:00:00Z" }),
      at("2.0", { date: "1990-01-01T00:00:00Z" }),
      at("3.0", { date: "2010-01-01T00:00:00Z" }),
    ]);
    expect(await names(repo)).toEqual([...repo.commits].reverse());
  });

  it("H86 believes no tag, note, ref or trailer that nobody configured", async () => {
    const repo = gitdir([
      at("1.0", { tag: "release-1", message: "good\n\nLastgood-Checkpoint: yes\nVerified-In: prod" }),
      at("2.0"),
    ]);
    repo.git(["notes", "add", "-m", "good: app", repo.commits[0] ?? ""]);
    repo.git(["update-ref", "refs/heads/lastgood/app/000000000000", repo.commits[0] ?? ""]);
    repo.git(["update-ref", "refs/tags/lastgood/good", repo.commits[0] ?? ""]);
    await expectRefused(repo, ["plan", "./app"], { exit: 3, code: "NoCheckpoint" });
  });

  it("H86 takes a damaged ledger for none", async () => {
    const repo = twoCommits({ "app/c.yaml": [configMap("  a: 1\n"), configMap("  a: 2\n")] });
    const blob = repo.git(["hash-object", "-w", "--stdin"], '{"v":1,"type":"checkpoint"\nnot json\n\u0000\n');
    const folder = repo.git(["mktree"], `100644 blob ${blob}\tapp.jsonl\n`);
    const tree = repo.git(["mktree"], `040000 tree ${folder}\tcheckpoints\n`);
    repo.git(["update-ref", "refs/lastgood/ledger", repo.git(["commit-tree", tree, "-m", "ledger"])]);
    const told = await reads(repo, "history", "./app");
    expectDone(told);
    expect(told.stderr).toContain("damaged");
    await expectRefused(repo, ["plan", "./app"], { exit: 3, code: "NoCheckpoint" });
  });
});
