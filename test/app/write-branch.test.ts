import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { DeliveryWorld } from "../../src/app/delivery.ts";
import { runRevert } from "../../src/app/run-revert.ts";
import { fixedClock } from "../support/fixed-clock.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { type CommitSpec, gitdir, type GitDir } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { memoryLedger } from "../support/memory-ledger.ts";
import { delivered, tipOf, type Wish, wish } from "../support/revert-world.ts";
import { silentLog } from "../support/silent-log.ts";

const API = "apps/api/deployment.yaml";
const GOOD = deployment("api:1.7", { replicas: 2 });
const BAD = deployment("api:1.8", { replicas: 4 });

const HISTORY: readonly CommitSpec[] = [
  { files: { [API]: GOOD }, tag: "release-1" },
  { files: { [API]: BAD }, message: "Bump api to 1.8 (#2)", as: "bad" },
];

function worldOf(clone: GitDir): DeliveryWorld & { readonly clock: ReturnType<typeof fixedClock> } {
  return { repository: openGitDir(clone), ledger: memoryLedger(), clock: fixedClock(), log: silentLog() };
}

const branch = (more: Wish = {}) => wish({ mode: "branch", ...more });

/** Every file below a folder with its bytes; objects only by name. */
function snapshot(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, "latin1")]));
}

describe("writeBranch", () => {
  it("makes a branch with one commit on the base", async () => {
    const clone = gitdir(HISTORY, { worktree: true });
    const { commit, branch: name, found } = delivered(await runRevert(branch(), worldOf(clone)));
    expect(found).toBe(false);
    expect(tipOf(clone, name)).toBe(commit);
    expect(clone.git(["rev-parse", `${commit}^`])).toBe(clone.id("bad"));
    expect(clone.text(API, commit)).toBe(GOOD);
  });

  it("adds objects, one ref and its log to the clone, and changes nothing else", async () => {
    const clone = gitdir(HISTORY, { worktree: true });
    clone.git(["status"]);
    const before = snapshot(clone.path);
    const { branch: name } = delivered(await runRevert(branch(), worldOf(clone)));
    const after = snapshot(clone.path);
    const fresh = Object.keys(after).filter((path) => !(path in before) && !path.includes("/objects/"));
    expect(fresh.map((path) => path.slice(clone.path.length + 1)).toSorted()).toEqual([
      `.git/logs/refs/heads/${name}`,
      `.git/refs/heads/${name}`,
    ]);
    expect(Object.keys(before).filter((path) => after[path] !== before[path])).toEqual([]);
  });

  it("finds the branch of the same revert again, with the same commit", async () => {
    const clone = gitdir(HISTORY);
    const world = worldOf(clone);
    const first = delivered(await runRevert(branch(), world));
    world.clock.advance(3_600_000);
    const second = delivered(await runRevert(branch(), world));
    expect(second).toMatchObject({ commit: first.commit, branch: first.branch, found: true });
  });

  it("finds it although unrelated work has landed on the base", async () => {
    const clone = gitdir(HISTORY);
    const world = worldOf(clone);
    const first = delivered(await runRevert(branch(), world));
    clone.commit({ files: { "README.md": "hello\n" } });
    expect(delivered(await runRevert(branch(), world))).toMatchObject({ commit: first.commit, found: true });
  });

  it("uses the name that it is given", async () => {
    const clone = gitdir(HISTORY);
    const { branch: name } = delivered(await runRevert(branch({ branchName: "hotfix/api" }), worldOf(clone)));
    expect(name).toBe("hotfix/api");
    expect(clone.text(API, "hotfix/api")).toBe(GOOD);
  });

  it.each([
    ["the base", "main"],
    ["the good revision", "stable"],
    ["a person's work", "feature"],
  ])("refuses a branch that holds %s", async (_, branchName) => {
    const clone = gitdir([...HISTORY, { branch: "feature", from: "main", files: { [API]: GOOD } }]);
    clone.git(["branch", "stable", "release-1"]);
    const before = clone.git(["for-each-ref"]);
    await expect(runRevert(branch({ branchName }), worldOf(clone))).rejects.toMatchObject({
      code: "UsageArgument",
      message: `branch ${branchName} exists and holds something else`,
    });
    expect(clone.git(["for-each-ref"])).toBe(before);
  });

  it("refuses its own branch when the selection is another", async () => {
    const clone = gitdir(HISTORY);
    const world = worldOf(clone);
    const first = delivered(await runRevert(branch(), world));
    await expect(runRevert(branch({ only: ":image" }), world)).rejects.toMatchObject({ code: "UsageArgument" });
    expect(tipOf(clone, first.branch)).toBe(first.commit);
  });

  it.each(["-x", "HEAD", "a..b", "a b", "refs//x", "x.lock", "HEAD~1"])("refuses the name %j", async (branchName) => {
    const clone = gitdir(HISTORY);
    await expect(runRevert(branch({ branchName }), worldOf(clone))).rejects.toMatchObject({ exit: 2 });
    expect(clone.git(["for-each-ref", "--format=%(refname)", "refs/heads"])).toBe("refs/heads/main");
  });

  it("stands on another revision when told so", async () => {
    const clone = gitdir([...HISTORY, { files: { [API]: deployment("api:2.0") } }]);
    const { commit } = delivered(await runRevert(branch({ onto: clone.id("bad"), branch: "main" }), worldOf(clone)));
    expect(clone.git(["rev-parse", `${commit}^`])).toBe(clone.id("bad"));
  });

  it("makes one branch when two run at once", async () => {
    const clone = gitdir(HISTORY);
    const outcomes = await Promise.all(
      [worldOf(clone), worldOf(clone)].map(async (world, n) => {
        world.clock.advance(n * 60_000);
        return delivered(await runRevert(branch(), world));
      }),
    );
    expect(new Set(outcomes.map(({ commit }) => commit)).size).toBe(1);
  });
});
