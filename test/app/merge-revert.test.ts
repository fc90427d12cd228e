import { describe, expect, it } from "vitest";

import { runRevert } from "../../src/app/run-revert.ts";
import { waitMerged } from "../../src/app/wait-merged.ts";
import type { CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { branchesOf, delivered, serve, serveOne, wish } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const GOOD = deployment("api:1.7", { replicas: 2 });
const BAD = deployment("api:1.8", { replicas: 2 });

const HISTORY: readonly CommitSpec[] = [
  { files: { [API]: GOOD }, tag: "release-1" },
  { files: { [API]: BAD }, message: "Bump api to 1.8 (#2)" },
];

const merge = () => wish({ mode: "merge" });

describe("mergeRevert", () => {
  it("merges, and says which commit landed", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const { landed, mode, pending, job } = delivered(await runRevert(merge(), world));
    expect(mode).toBe("merge");
    expect(pending).toBeUndefined();
    expect(landed).toBe(origin.head);
    expect(origin.text(API)).toBe(GOOD);
    expect(origin.git(["log", "-1", "--format=%B"])).toContain(`Lastgood-Job: ${job}`);
  });

  it("has nothing to do when run again", async () => {
    const { world } = await serveOne(HISTORY);
    await runRevert(merge(), world);
    world.calls.length = 0;
    expect(await runRevert(merge(), world)).toMatchObject({ kind: "nothing-to-do" });
    expect(world.calls).toEqual([]);
  });

  it("merges the pull request that an earlier run proposed, with its job", async () => {
    const { world } = await serveOne(HISTORY);
    const first = delivered(await runRevert(wish(), world));
    await world.remote.fetch([]);
    const { pullRequest, landed, job } = delivered(await runRevert(merge(), world));
    expect(pullRequest?.number).toBe(1);
    expect(landed).toBeDefined();
    expect(job).toBe(first.job);
  });

  it("is pending while the forge waits for a check", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    forge.answerMerge({ kind: "waiting", reason: 'check "ci" has not reported' });
    const outcome = delivered(await runRevert(merge(), world));
    expect(outcome).toMatchObject({ mode: "merge", pending: 'check "ci" has not reported' });
    expect(outcome.landed).toBeUndefined();
    expect(origin.text(API)).toBe(BAD);
  });

  it("does not merge what carries a hold label or is a draft", async () => {
    const { forge, origin, world } = await serveOne(HISTORY);
    await runRevert(wish(), world);
    await world.remote.fetch([]);
    forge.draft(1);
    expect(delivered(await runRevert(merge(), world)).pending).toContain("draft");
    forge.label(1, "lastgood: hold");
    world.calls.length = 0;
    expect(await runRevert(merge(), world)).toMatchObject({ kind: "hold", reason: "Vetoed" });
    expect(world.calls).not.toContain("mergePullRequest");
    expect(origin.text(API)).toBe(BAD);
  });

  it("plans again when the base moves under the merge", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    forge.answerMerge({ kind: "base-moved", reason: "Base branch was modified" });
    world.before("mergePullRequest", () => void origin.commit({ files: { "README.md": "hello\n" } }));
    world.before("fetch", () => forge.answerMerge(undefined));
    const { landed, commit } = delivered(await runRevert(merge(), world));
    expect(landed).toBe(origin.head);
    expect(origin.text("README.md")).toBe("hello\n");
    expect(origin.text(API)).toBe(GOOD);
    expect(world.calls.filter((call) => call.startsWith("push"))).toHaveLength(1);
    expect(commit).not.toBe(landed);
  });

  it("is pending, not in a loop, when only an updated branch may be merged", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    await runRevert(wish(), world);
    origin.commit({ files: { "README.md": "hello\n" } });
    await world.remote.fetch([]);
    forge.answerMerge({ kind: "base-moved", reason: "its branch is behind the base" });
    world.calls.length = 0;
    const { pending } = delivered(await runRevert(merge(), world));
    expect(pending).toContain("its branch is behind the base: bring lastgood/apps-api/");
    expect(world.calls).toEqual(["findPullRequest", "mergePullRequest"]);
  });

  it("merges a branch that a person brought up to date", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const { branch } = delivered(await runRevert(wish(), world));
    origin.commit({ files: { "README.md": "hello\n" } });
    origin.commit({ branch, merge: ["main"], files: { "README.md": "hello\n" }, message: "Merge branch 'main'" });
    await world.remote.fetch([]);
    const { landed, job } = delivered(await runRevert(merge(), world));
    expect(landed).toBe(origin.head);
    expect(origin.git(["log", "-1", "--format=%B"])).toContain(`Lastgood-Job: ${job}`);
  });

  it("gives up after five moves", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    let count = 0;
    const move = (): void => {
      origin.commit({ files: { "README.md": `${(count += 1)}\n` } });
      world.before("push main", move);
    };
    world.before("push main", move);
    await expect(runRevert(wish({ mode: "push" }), world)).rejects.toMatchObject({
      code: "RepositoryMoved",
      message: "main, or the branch of the revert, moved 5 times while the revert was made",
    });
    expect(count).toBe(5);
    expect(origin.text(API)).toBe(BAD);
    expect(await forge.pullRequests()).toEqual([]);
  });

  it("never overwrites a fix that lands between the plan and the merge", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    const fix = deployment("api:1.8.1", { replicas: 2 });
    forge.answerMerge({ kind: "base-moved", reason: "it conflicts with the base" });
    world.before("mergePullRequest", () => void origin.commit({ files: { [API]: fix } }));
    expect(await runRevert(merge(), world)).toMatchObject({ kind: "hold", reason: "StalePlan" });
    expect(origin.text(API)).toBe(fix);
  });

  it("reports a fix that git could merge with the revert", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const scaled = deployment("api:1.8", { replicas: 6 });
    world.before("mergePullRequest", () => void origin.commit({ files: { [API]: scaled } }));
    await expect(runRevert(merge(), world)).rejects.toMatchObject({
      code: "ForgeConflict",
      message: `after the merge ${API} is not what the plan says`,
    });
    expect(origin.text(API)).toBe(deployment("api:1.7", { replicas: 6 }));
  });

  it("reports another file of the target that changed between the plan and the merge", async () => {
    const { origin, world } = await serveOne(HISTORY);
    world.before("mergePullRequest", () => void origin.commit({ files: { "apps/api/config.yaml": "a: 1\n" } }));
    await expect(runRevert(merge(), world)).rejects.toMatchObject({
      message: "after the merge apps/api/config.yaml is not what the plan says",
    });
  });

  it("accepts other people's work on other paths", async () => {
    const { origin, world } = await serveOne(HISTORY);
    world.before("mergePullRequest", () => void origin.commit({ files: { "apps/web/web.yaml": "a: 1\n" } }));
    expect(delivered(await runRevert(merge(), world)).landed).toBe(origin.head);
  });

  it("reports a merge that is not the plan, whoever changed it", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const { branch } = delivered(await runRevert(wish(), world));
    await world.remote.fetch([]);
    // The forge merges something else than the head that was asked for.
    world.before("fetch", () => {
      origin.commit({ files: { [API]: deployment("api:0.1") } });
    });
    const forge = {
      ...world.forge,
      mergePullRequest: async () => ({ kind: "merged", commit: origin.id("main") }) as const,
    };
    await expect(runRevert(merge(), { ...world, forge })).rejects.toMatchObject({ code: "ForgeConflict" });
    expect(branchesOf(origin)).toHaveProperty([branch]);
  });

  it("merges once when two people merge at once", async () => {
    const server = serve(HISTORY);
    const worlds = [await server.open(), await server.open()];
    const outcomes = await Promise.all(worlds.map(async (world) => runRevert(merge(), world)));
    expect(await server.forge.pullRequests()).toHaveLength(1);
    expect(server.origin.git(["rev-list", "--count", "main"])).toBe("3");
    for (const outcome of outcomes) expect(["delivered", "nothing-to-do"]).toContain(outcome.kind);
  });
});

describe("waitMerged", () => {
  it("answers at once when it has landed, or when there is nothing to wait for", async () => {
    const { world } = await serveOne(HISTORY);
    const done = delivered(await runRevert(merge(), world));
    expect(await waitMerged(done, world, 60_000)).toBe(done);
    const { pullRequest: _, landed: __, ...local } = done;
    expect(await waitMerged(local, world, 60_000)).toBe(local);
    expect(world.clock.sleeps).toEqual([]);
  });

  it("waits for a person to merge, and checks what landed", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    const proposed = delivered(await runRevert(wish(), world));
    let polls = 0;
    const later = (): void => {
      polls += 1;
      if (polls < 3) return world.before("findPullRequest", later);
      void forge.mergePullRequest({ number: 1, expectedHead: proposed.commit, title: "t", message: "m" });
    };
    world.before("findPullRequest", later);
    const waited = await waitMerged(proposed, world, 600_000);
    expect(waited.landed).toBe(origin.head);
    expect(waited.pullRequest?.state).toBe("merged");
    expect(world.clock.sleeps.length).toBeGreaterThanOrEqual(2);
  });

  it("reports that a person merged something else", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    const proposed = delivered(await runRevert(wish(), world));
    const [head = proposed.commit] = origin.commit({
      branch: proposed.branch,
      files: { [API]: deployment("api:0.1") },
    });
    await forge.mergePullRequest({ number: 1, expectedHead: head, title: "t", message: "m" });
    await expect(waitMerged(proposed, world, 60_000)).rejects.toMatchObject({ code: "ForgeConflict" });
  });

  it("is pending when nobody merges in time, and when somebody closes it", async () => {
    const { forge, world } = await serveOne(HISTORY);
    const proposed = delivered(await runRevert(wish(), world));
    expect((await waitMerged(proposed, world, 60_000)).pending).toBe("nobody has merged it");
    expect(world.clock.sleeps).toEqual(Array.from({ length: 6 }, () => 10_000));
    forge.close(1, "dana");
    expect((await waitMerged(proposed, world, 60_000)).pending).toBe("dana closed it");
  });
});
