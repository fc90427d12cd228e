import type { Checkpoint } from "../../src/core/checkpoint.ts";
import { describe, expect, it } from "vitest";

import { commandFor } from "../../src/app/delivery.ts";
import type { Goal } from "../../src/app/find-checkpoint.ts";
import { planTarget } from "../../src/app/plan-target.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import type { Hold } from "../../src/core/model/hold.ts";
import type { NothingToDo, Plan } from "../../src/core/plan/types.ts";
import { EVERYTHING, parseSelectors } from "../../src/core/selection.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import { fixedClock } from "../support/fixed-clock.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { gitdir, type GitDir } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { memoryLedger } from "../support/memory-ledger.ts";
import { silentLog } from "../support/silent-log.ts";

const API = "apps/api/deployment.yaml";
const v = (version: number): Readonly<Record<string, string>> => ({ [API]: deployment(`api:${version}`) });
const other = (text: string): Readonly<Record<string, string>> => ({ "README.md": `${text}\n` });

interface Ask {
  readonly path?: string;
  readonly only?: string;
}

async function ask(
  repo: GitDir,
  goal: Goal | string,
  { path = "apps/api", only }: Ask = {},
): Promise<Plan | NothingToDo | Hold> {
  const query = {
    target: plainTarget([path]),
    branch: "main",
    base: repo.head,
    goal: typeof goal === "string" ? ({ kind: "revision", text: goal } as const) : goal,
    selection: only === undefined ? EVERYTHING : { only: parseSelectors([only]), except: [] },
    patterns: { ...NO_PATTERNS, tags: ["release-*"] },
  };
  const world = { repository: openGitDir(repo), ledger: memoryLedger(), clock: fixedClock(), log: silentLog() };
  return (await planTarget(query, world)).plan;
}

async function planned(repo: GitDir, goal: Goal | string, more: Ask = {}): Promise<Plan> {
  const plan = await ask(repo, goal, more);
  if (plan.kind === "plan") return plan;
  throw new Error(plan.kind === "hold" ? `${plan.reason}: ${plan.message}` : plan.kind);
}

/** The revision that is gone back to. */
async function goalOf(repo: GitDir, goal: Goal | string): Promise<string> {
  return checkpointOf(await planned(repo, goal)).revision.revision.id;
}

function checkpointOf({ goal }: Plan): Checkpoint {
  if (goal.kind !== "checkpoint") throw new Error("the plan aims at a checkpoint");
  return goal.checkpoint;
}

const undone = (plan: Plan): readonly number[] => plan.undone.map(({ number }) => number);

describe("planTarget, where to", () => {
  const repo = (): GitDir =>
    gitdir([
      { files: v(1), tag: "release-1", as: "1" },
      { files: v(2), message: "Bump to 2 (#470)", tag: "release-2", as: "2" },
      { files: other("a"), as: "between" },
      { files: v(3), message: "Merge pull request #482 from acme/bump", as: "3" },
      { files: v(4), as: "4" },
    ]);

  it("goes to the last known good one when nothing is said, or 0", async () => {
    const git = repo();
    expect(await goalOf(git, { kind: "last-good" })).toBe(git.id("2"));
    expect(await goalOf(git, { kind: "number", number: 0 })).toBe(git.id("2"));
  });

  it.each([
    ["a full id", (git: GitDir) => git.id("3"), "3"],
    ["a short id", (git: GitDir) => git.id("3").slice(0, 7), "3"],
    ["a tag", () => "release-1", "1"],
    ["a full ref", () => "refs/tags/release-1", "1"],
    ["the good one before", () => "~1", "2"],
    ["the second good one before", () => "~2", "1"],
    ["the pull request of a squash", () => "#470", "2"],
    ["the pull request of a merge", () => "#482", "3"],
    ["a commit that does not touch the target", (git: GitDir) => git.id("between"), "between"],
  ])("goes to %s", async (_, text, name) => {
    const git = repo();
    expect(await goalOf(git, text(git))).toBe(git.id(name));
  });

  it("goes to a number of the history", async () => {
    const git = repo();
    expect(await goalOf(git, { kind: "number", number: 3 })).toBe(git.id("3"));
  });

  it.each([
    ["a revision that nobody knows", "v9"],
    ["a short id of nothing", "fffffff"],
    ["fewer digits than git asks for", "fff"],
    ["a pull request that nobody knows", "#9"],
    ["the zeroth good one", "~0"],
    ["an option", "--upload-pack=x"],
    ["an expression of git", "main^{tree}"],
    ["nothing", ""],
  ])("refuses %s", async (_, text) => {
    await expect(ask(repo(), text)).rejects.toMatchObject({ code: "UsageRevision", exit: 2 });
  });

  it("refuses a number that the history does not have, as kubectl does", async () => {
    await expect(ask(repo(), { kind: "number", number: 5 })).rejects.toMatchObject({
      code: "UsageRevision",
      message: "unable to find specified revision 5 in the history of apps/api",
      hint: expect.stringContaining("1 to 4"),
    });
  });

  it("refuses a name that means two commits", async () => {
    const git = repo();
    git.git(["branch", "release-1", git.id("3")]);
    await expect(ask(git, "release-1")).rejects.toMatchObject({
      code: "UsageRevision",
      message: expect.stringContaining("ambiguous"),
    });
  });

  it("holds when there are fewer good ones", async () => {
    expect(await ask(repo(), "~3")).toMatchObject({ kind: "hold", reason: "NoCheckpoint" });
  });

  it("holds on a commit that the branch does not come from", async () => {
    const git = repo();
    const [side = ""] = git.commit({ branch: "side", from: "main", files: v(9) });
    expect(await ask(git, side)).toMatchObject({ kind: "hold", reason: "NotAncestor" });
  });

  it("holds on a commit where the target is not", async () => {
    const git = gitdir([{ files: other("a"), as: "before" }, { files: v(1) }]);
    expect(await ask(git, git.id("before"))).toMatchObject({ kind: "hold", reason: "TargetGone" });
  });

  it("holds when nothing is known to be good", async () => {
    const git = gitdir([{ files: v(1) }, { files: v(2) }]);
    expect(await ask(git, { kind: "last-good" })).toMatchObject({ kind: "hold", reason: "NoCheckpoint" });
  });

  it("holds in a repository of one commit", async () => {
    const git = gitdir([{ files: v(1) }]);
    expect(await ask(git, { kind: "last-good" })).toMatchObject({ kind: "hold", reason: "NoCheckpoint" });
    expect(await ask(git, git.head)).toMatchObject({ kind: "nothing-to-do" });
  });

  it("holds when no commit touches the target", async () => {
    const git = gitdir([{ files: other("a") }]);
    expect(await ask(git, { kind: "last-good" })).toMatchObject({ kind: "hold", reason: "NoCheckpoint" });
    expect(await ask(git, git.head)).toMatchObject({ kind: "hold", reason: "TargetGone" });
    await expect(ask(git, { kind: "number", number: 1 })).rejects.toMatchObject({
      hint: expect.stringContaining("no commit"),
    });
  });

  it("brings back a target that was removed", async () => {
    const git = gitdir([
      { files: { ...v(1), ...other("a") }, tag: "release-1" },
      { remove: [API], tag: "release-2" },
    ]);
    const plan = await planned(git, { kind: "last-good" });
    expect(checkpointOf(plan).revision.revision.id).toBe(git.commits[0]);
    expect(plan.files).toMatchObject([{ path: API, action: "restore" }]);
  });
});

describe("planTarget, over shapes of history", () => {
  it("undoes what came after the checkpoint and counts what stays", async () => {
    const git = gitdir([
      { files: v(1), tag: "release-1" },
      { files: other("a") },
      { files: v(2) },
      { files: other("b") },
      { files: v(3) },
    ]);
    const plan = await planned(git, { kind: "last-good" });
    expect([undone(plan), plan.unrelated]).toEqual([[3, 2], 2]);
    expect(plan.suspect.number).toBe(3);
  });

  it("reverts a merge, an octopus and a squash by content", async () => {
    const git = gitdir([
      { files: v(1), tag: "release-1" },
      { branch: "a", from: "main", files: other("a") },
      { branch: "b", from: "main", files: v(2) },
      { branch: "c", from: "main", files: { "apps/api/more.yaml": "a: 1\n" } },
      { merge: ["a"], files: other("a"), as: "merge" },
      { merge: ["b", "c"], files: { ...v(2), "apps/api/more.yaml": "a: 1\n" }, message: "Octopus", as: "octopus" },
      { files: v(3), message: "Squashed (#9)" },
    ]);
    const plan = await planned(git, { kind: "last-good" });
    expect(undone(plan)).toEqual([3, 2]);
    expect(plan.files.map(({ path, action }) => [path, action])).toEqual([
      [API, "restore"],
      ["apps/api/more.yaml", "remove"],
    ]);
    expect(plan.unrelated).toBe(1);
  });

  it("goes to a commit of a side branch that was merged later", async () => {
    const git = gitdir([
      { files: v(1) },
      { branch: "work", from: "main", files: v(2), as: "side" },
      { branch: "work", files: v(3) },
      { files: other("a") },
      { merge: ["work"], files: v(3) },
      { files: v(4) },
    ]);
    const plan = await planned(git, git.id("side"));
    expect(undone(plan)).toEqual([3, 2]);
    expect(checkpointOf(plan).revision).toMatchObject({ number: 0, verdict: "unproven" });
  });

  it("goes back to the root commit", async () => {
    const git = gitdir([{ files: v(1) }, { files: v(2) }]);
    expect(undone(await planned(git, git.commits[0] ?? ""))).toEqual([2]);
  });

  it("orders by the graph, whatever the dates say", async () => {
    const git = gitdir([
      { files: v(1), tag: "release-1", date: "2030-01-01T00:00:00Z" },
      { files: v(2), date: "1999-01-01T00:00:00Z" },
      { files: v(3), date: "2010-01-01T00:00:00Z" },
    ]);
    const plan = await planned(git, { kind: "last-good" });
    expect([undone(plan), plan.suspect.number]).toEqual([[3, 2], 3]);
    expect(checkpointOf(plan).revision.liveForMs).toBe(0);
  });

  it("holds when the folder had another name at the good revision, and says where it begins", async () => {
    const git = gitdir([
      { files: { "services/api/deployment.yaml": deployment("api:1") }, as: "good" },
      { files: v(1), remove: ["services/api/deployment.yaml"] },
      { files: v(2) },
    ]);
    expect(await ask(git, git.id("good"))).toMatchObject({
      kind: "hold",
      reason: "TargetGone",
      hints: [expect.stringContaining("lastgood history apps/api")],
    });
    expect(undone(await planned(git, git.commits[1] ?? ""))).toEqual([2]);
  });

  it("moves a file back that was renamed within the target", async () => {
    const git = gitdir([
      { files: { "apps/api/deploy.yaml": deployment("api:1") }, tag: "release-1" },
      { files: v(2), remove: ["apps/api/deploy.yaml"] },
    ]);
    const plan = await planned(git, { kind: "last-good" });
    expect(plan.files.map(({ path }) => path).toSorted()).toEqual(["apps/api/deploy.yaml", API]);
  });

  it("refuses a selection that names nothing that differs", async () => {
    const git = gitdir([{ files: v(1), tag: "release-1" }, { files: v(2) }]);
    await expect(ask(git, { kind: "last-good" }, { only: "Deployment/web" })).rejects.toMatchObject({
      code: "UsageComponent",
    });
  });

  it("has nothing to do when the present is what was asked for", async () => {
    const git = gitdir([{ files: v(1), tag: "release-1" }, { files: other("a") }]);
    expect(await ask(git, { kind: "last-good" })).toMatchObject({ kind: "nothing-to-do" });
    expect(await ask(git, "main")).toMatchObject({ kind: "nothing-to-do" });
  });

  it("reads no object that is no file: links stay as they are", async () => {
    const link = { mode: "120000", text: "/etc/passwd" } as const;
    const git = gitdir([{ files: v(1), tag: "release-1" }, { files: { ...v(2), "apps/api/link.yaml": link } }]);
    const plan = await planned(git, { kind: "last-good" });
    expect(plan.files.map(({ path }) => path)).toEqual([API]);
    expect(plan.kept).toMatchObject([{ reason: "NotRestorable" }]);
  });
});

describe("commandFor", () => {
  it("shows the same plan, whatever the names hold", async () => {
    const folder = "apps/it's $(mine)";
    const file = `${folder}/deployment.yaml`;
    const git = gitdir([
      { files: { [file]: deployment("api:1") }, tag: "release-1" },
      { files: { [file]: deployment("api:2") } },
    ]);
    const plan = await planned(git, { kind: "last-good" }, { path: folder, only: ":image" });
    const to = git.commits[0]?.slice(0, 12) ?? "";
    expect(commandFor(plan)).toBe(`lastgood plan 'apps/it'\\''s $(mine)' --to ${to} --only :image`);
  });
});

describe("traffic carriers in files that do not change", () => {
  const pods = (colour: string, version: number): string =>
    deployment(`api:${version}`)
      .replace("  name: api", `  name: ${colour}`)
      .replace("labels: { app: api }", `labels: { app: api, colour: ${colour} }`);
  const carrier = (colour: string): string =>
    `apiVersion: v1\nkind: Service\nmetadata:\n  name: api\nspec:\n  selector:\n    app: api\n    colour: ${colour}\n`;
  const files = (green: number, to: string): Readonly<Record<string, string>> => ({
    "apps/api/blue.yaml": pods("blue", 1),
    "apps/api/green.yaml": pods("green", green),
    "apps/api/service.yaml": carrier(to),
    "apps/api/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: api\ndata: {}\n",
  });

  it("tell the strategy, though they stay as they are", async () => {
    const repo = gitdir([{ files: files(1, "green") }, { files: files(2, "green") }]);
    const plan = await planned(repo, repo.commits[0] ?? "");
    expect(plan.strategy).toMatchObject({ kind: "blue/green", carriers: ["Service/api"] });
    expect(plan.strategy?.message).toContain("stays as it is");
    expect(plan.trafficFirst).toBeUndefined();
    expect(plan.files.map(({ path }) => path)).toEqual(["apps/api/green.yaml"]);
  });

  it("tell what has to run for traffic to go back alone", async () => {
    const repo = gitdir([{ files: files(1, "blue") }, { files: files(2, "green") }]);
    const plan = await planned(repo, repo.commits[0] ?? "");
    expect(plan.trafficFirst).toEqual({
      only: ["Service/api"],
      needs: ["Deployment/blue"],
      stay: ["Deployment/green"],
    });
  });

  it("cannot be selected: they do not differ", async () => {
    const repo = gitdir([{ files: files(1, "green") }, { files: files(2, "green") }]);
    await expect(ask(repo, repo.commits[0] ?? "", { only: "Service/api" })).rejects.toMatchObject({
      code: "UsageComponent",
    });
  });
});
