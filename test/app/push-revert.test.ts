import { describe, expect, it } from "vitest";

import { planGoal } from "../../src/app/plan-goal.ts";
import { planHash } from "../../src/app/plan-target.ts";
import { runRevert } from "../../src/app/run-revert.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { branchesOf, serve, serveOne, type Wish, wish } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const GOOD = deployment("api:1.7", { replicas: 2 });
const BAD = deployment("api:1.8", { replicas: 2 });

const HISTORY: readonly CommitSpec[] = [
  { files: { [API]: GOOD }, tag: "release-1" },
  { files: { [API]: BAD }, message: "Bump api to 1.8 (#2)", as: "bad" },
];

const push = (more: Wish = {}) => wish({ mode: "push", ...more });

describe("pushRevert", () => {
  it("fast-forwards the branch with one commit", async () => {
    const { origin, world } = await serveOne(HISTORY);
    expect(await runRevert(push(), world)).toMatchObject({
      kind: "delivered",
      mode: "push",
      branch: "main",
      landed: origin.head,
    });
    expect(origin.git(["rev-parse", "main^"])).toBe(origin.id("bad"));
    expect(origin.text(API)).toBe(GOOD);
    expect(world.calls).toEqual(["push main"]);
  });

  it("has nothing to do when run again", async () => {
    const { origin, world } = await serveOne(HISTORY);
    await runRevert(push(), world);
    const before = origin.head;
    await world.remote.fetch([]);
    expect(await runRevert(push(), world)).toMatchObject({ kind: "nothing-to-do" });
    expect(origin.head).toBe(before);
  });

  it("plans again on top of unrelated work that lands meanwhile, and asks once", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const land = (): void => void origin.commit({ files: { "README.md": "hello\n" } });
    world.before("push", land);
    let asked = 0;
    const confirm = async (): Promise<boolean> => (asked += 1) > 0;
    expect(await runRevert(push({ confirm }), world)).toMatchObject({ kind: "delivered", landed: origin.head });
    expect(asked).toBe(1);
    expect(origin.text("README.md")).toBe("hello\n");
    expect(origin.text(API)).toBe(GOOD);
    expect(world.calls).toEqual(["push main", "fetch", "push main"]);
  });

  it.each([
    ["fixes it", { files: { [API]: deployment("api:1.8.1", { replicas: 2 }) } }],
    ["changes the same file", { files: { [API]: deployment("api:1.8", { replicas: 4 }) } }],
    ["adds a file to the target", { files: { "apps/api/config.yaml": "a: 1\n" } }],
    ["removes the target", { remove: [API] }],
  ])("writes nothing when a commit meanwhile %s", async (_, spec: CommitSpec) => {
    const { origin, world } = await serveOne(HISTORY);
    world.before("push", () => void origin.commit(spec));
    const outcome = await runRevert(push(), world);
    expect(outcome).toMatchObject({ kind: "hold", reason: "StalePlan" });
    expect(origin.git(["rev-list", "--count", "main"])).toBe("3");
  });

  it("has nothing to do when somebody else reverts it meanwhile", async () => {
    const { origin, world } = await serveOne(HISTORY);
    world.before("push", () => void origin.commit({ files: { [API]: GOOD } }));
    expect(await runRevert(push(), world)).toMatchObject({ kind: "nothing-to-do" });
  });

  it("writes nothing when the good verdict moves on meanwhile", async () => {
    const { origin, world } = await serveOne([{ files: { [API]: deployment("api:1.6") } }, ...HISTORY]);
    world.before("push", () => {
      origin.commit({ files: { "README.md": "hello\n" } });
      origin.git(["tag", "-d", "release-1"]);
      origin.git(["tag", "release-0", origin.commits[0] ?? ""]);
    });
    expect(await runRevert(push(), world)).toMatchObject({ kind: "hold", reason: "StalePlan" });
    expect(origin.text(API)).toBe(BAD);
  });

  it("pushes once when two people push at once", async () => {
    const server = serve(HISTORY);
    const worlds = [await server.open(), await server.open()];
    const outcomes = await Promise.all(worlds.map(async (world) => runRevert(push(), world)));
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(["delivered", "nothing-to-do"]);
    expect(server.origin.git(["rev-list", "--count", "main"])).toBe("3");
  });

  it("writes nothing when the person says no", async () => {
    const { origin, world } = await serveOne(HISTORY);
    expect(await runRevert(push({ confirm: async () => false }), world)).toEqual({ kind: "declined" });
    expect(origin.head).toBe(origin.id("bad"));
    expect(world.calls).toEqual([]);
  });

  it("moves the branch of a repository that has no remote", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const { remote: _, forge: __, ...alone } = world;
    const outcome = await runRevert(push(), alone);
    expect(outcome).toMatchObject({ kind: "delivered", landed: await world.repository.resolve("refs/heads/main") });
    expect(origin.head).toBe(origin.id("bad"));
  });

  it("does not try again what the server refuses", async () => {
    const { world } = await serveOne(HISTORY);
    world.before("push", () => {
      throw new LastgoodError("RepositoryRejected", "the remote refused the push");
    });
    await expect(runRevert(push(), world)).rejects.toMatchObject({ code: "RepositoryRejected" });
    expect(world.calls).toEqual(["push main"]);
  });

  it("stops when the branch is renamed meanwhile", async () => {
    const { origin, world } = await serveOne(HISTORY);
    world.before("push", () => void origin.git(["branch", "-m", "main", "trunk"]));
    await expect(runRevert(push(), world)).rejects.toMatchObject({
      code: "RepositoryRef",
      hint: expect.stringContaining("--base"),
    });
    expect(branchesOf(origin)).toEqual({ trunk: origin.id("bad") });
  });

  it("names the branch that does not exist", async () => {
    const { world } = await serveOne(HISTORY);
    await expect(runRevert(push({ branch: "trunk" }), world)).rejects.toMatchObject({
      code: "RepositoryRef",
      message: '"trunk" does not exist in this repository',
    });
  });
});

describe("runRevert with a saved plan", () => {
  async function savedHash(world: Parameters<typeof runRevert>[1], query: Wish = {}): Promise<string> {
    const base = await world.repository.resolve("refs/heads/main");
    if (base === undefined) throw new Error("no main");
    const { plan } = await planGoal({ ...wish(query), base }, world);
    if (plan.kind !== "plan") throw new Error(plan.kind);
    return planHash(plan);
  }

  it("does what the plan said, although unrelated work has landed since", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const expectedHash = await savedHash(world);
    origin.commit({ files: { "README.md": "hello\n" } });
    await world.remote.fetch([]);
    expect(await runRevert(push({ expectedHash }), world)).toMatchObject({ kind: "delivered" });
    expect(origin.text(API)).toBe(GOOD);
  });

  it("writes nothing when the target changed since, and asks nobody", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const expectedHash = await savedHash(world);
    const [fix = ""] = origin.commit({ files: { [API]: deployment("api:1.8.1") } });
    await world.remote.fetch([]);
    const confirm = async (): Promise<boolean> => expect.fail("nothing is left to be asked");
    expect(await runRevert(push({ expectedHash, confirm }), world)).toMatchObject({
      kind: "hold",
      reason: "StalePlan",
      message: `apps/api changed since the plan was made: its newest revision is ${fix.slice(0, 7)}`,
    });
    expect(branchesOf(origin)).toEqual({ main: fix });
  });

  it("tells plans apart by what they write, not by what they stand on", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const whole = await savedHash(world);
    expect(await savedHash(world)).toBe(whole);
    origin.commit({ files: { "README.md": "hello\n" } });
    await world.remote.fetch([]);
    expect(await savedHash(world)).toBe(whole);
    origin.commit({ files: { [API]: deployment("api:1.8", { replicas: 4 }) } });
    await world.remote.fetch([]);
    expect(await savedHash(world)).not.toBe(whole);
    expect(await savedHash(world, { only: ":image" })).not.toBe(await savedHash(world));
  });
});
