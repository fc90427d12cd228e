import { describe, expect, it } from "vitest";

import { runRevert } from "../../src/app/run-revert.ts";
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
    expect(world.calls).toEqual(["findPullRequest", "fetch", "mergePullRequest"]);
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

  it("relies on no forge to pin the base, as classic protection tells only administrators whether it does: what changed in files of the plan is planned again, never merged", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const scaled = deployment("api:1.8", { replicas: 6 }); // git could merge that with the revert
    world.before("openPullRequest", () => void origin.commit({ files: { [API]: scaled } }));
    expect(await runRevert(merge(), world)).toMatchObject({ kind: "hold", reason: "StalePlan" });
    expect(world.calls).not.toContain("mergePullRequest");
    expect(origin.text(API)).toBe(scaled);
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
    const forge = {
      ...world.forge,
      mergePullRequest: async () => {
        origin.commit({ files: { [API]: deployment("api:0.1") } });
        return { kind: "merged", commit: origin.id("main") } as const;
      },
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

describe("waiting until it is merged", () => {
  const stay = (waitMergedMs = 600_000) => wish({ mode: "merge", waitMergedMs });
  const WAITING = { kind: "waiting", reason: "1 check is running: ci" } as const;

  it("takes no time when it is merged at once, or when there is nothing to wait for", async () => {
    const { world } = await serveOne(HISTORY);
    expect(delivered(await runRevert(stay(), world)).landed).toBeDefined();
    expect(world.clock.sleeps).toEqual([]);
  });

  it("waits for a person to merge what was proposed, and checks what landed", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    let polls = 0;
    const later = async (): Promise<void> => {
      polls += 1;
      const [pull] = await forge.pullRequests();
      if (polls < 4 || pull === undefined) return world.before("findPullRequest", later);
      await forge.mergePullRequest({ number: 1, expectedHead: pull.head, title: "t", message: "m" });
    };
    world.before("findPullRequest", later);
    const waited = delivered(await runRevert(wish({ waitMergedMs: 600_000 }), world));
    expect(waited.landed).toBe(origin.head);
    expect(waited.pullRequest?.state).toBe("merged");
    expect(world.clock.sleeps.length).toBeGreaterThanOrEqual(2);
  });

  it("reports that a person merged something else", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    const { branch } = delivered(await runRevert(wish(), world));
    await world.remote.fetch([]);
    world.before("findPullRequest", () =>
      world.before("findPullRequest", async () => {
        const [head] = origin.commit({ branch, files: { [API]: deployment("api:0.1") } });
        if (head !== undefined)
          await forge.mergePullRequest({ number: 1, expectedHead: head, title: "t", message: "m" });
      }),
    );
    const waiting = runRevert(wish({ waitMergedMs: 60_000 }), world);
    await expect(waiting).rejects.toMatchObject({ code: "ForgeConflict" });
  });

  it("is pending when nobody merges in time, and when somebody closes it", async () => {
    const { forge, world } = await serveOne(HISTORY);
    expect(delivered(await runRevert(wish({ waitMergedMs: 60_000 }), world)).pending).toBe("nobody has merged it");
    expect(world.clock.sleeps).toEqual(Array.from({ length: 6 }, () => 10_000));
    await world.remote.fetch([]);
    world.before("findPullRequest", () => world.before("findPullRequest", () => forge.close(1, "dana")));
    expect(delivered(await runRevert(wish({ waitMergedMs: 60_000 }), world)).pending).toBe("dana closed it");
  });

  it("goes on trying by itself until nothing is missing", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    forge.answerMerge(WAITING);
    world.before("mergePullRequest", () => world.before("mergePullRequest", () => forge.answerMerge(undefined)));
    const { landed, pending } = delivered(await runRevert(stay(), world));
    expect(landed).toBe(origin.head);
    expect(pending).toBeUndefined();
  });

  it("says at the end what is still missing", async () => {
    const { forge, world } = await serveOne(HISTORY);
    forge.answerMerge(WAITING);
    expect(delivered(await runRevert(stay(30_000), world)).pending).toBe("1 check is running: ci");
  });

  it("does not wait where only a person can go on", async () => {
    const { forge, world } = await serveOne(HISTORY);
    forge.answerMerge({ kind: "refused", reason: "Cannot update this protected ref." });
    expect(delivered(await runRevert(stay(), world)).pending).toBe("Cannot update this protected ref.");
    expect(world.clock.sleeps).toEqual([]);
  });

  it("checks what the forge merged by itself", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    forge.allowAutoMerge();
    forge.answerMerge(WAITING);
    let polls = 0;
    const later = (): void => {
      polls += 1;
      if (polls < 4) return world.before("findPullRequest", later);
      forge.answerMerge(undefined);
    };
    world.before("findPullRequest", later);
    const { landed, pullRequest } = delivered(await runRevert(stay(), world));
    expect(pullRequest).toMatchObject({ state: "merged" });
    expect(landed).toBe(origin.head);
    expect(origin.text(API)).toBe(GOOD);
  });

  it("brings a branch up to date where the forge wants that, and merges it then", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    await runRevert(wish(), world);
    origin.commit({ files: { "README.md": "hello\n" } });
    await world.remote.fetch([]);
    forge.answerMerge({ kind: "base-moved", reason: "it is behind", how: "behind" });
    world.before("updateBranch", () => forge.answerMerge(undefined));
    const { landed, commit } = delivered(await runRevert(merge(), world));
    expect(landed).toBe(origin.head);
    expect(origin.text("README.md")).toBe("hello\n");
    expect(origin.text(API)).toBe(GOOD);
    expect(world.calls.filter((call) => call === "updateBranch")).toHaveLength(1);
    expect(origin.git(["log", "-1", "--format=%P", commit]).split(" ")).toHaveLength(2);
  });

  it("hands off when the head becomes another one while it waits, and takes the order back", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    forge.allowAutoMerge();
    forge.answerMerge(WAITING);
    const { branch } = delivered(await runRevert(wish(), world));
    await world.remote.fetch([]);
    world.before("mergePullRequest", () =>
      world.before("findPullRequest", () =>
        world.before("findPullRequest", () => void origin.commit({ branch, files: { [API]: deployment("api:0.1") } })),
      ),
    );
    expect(await runRevert(stay(), world)).toMatchObject({ kind: "hold", reason: "Vetoed" });
    expect(world.calls).toContain("cancelMerge");
    forge.answerMerge(undefined);
    expect(await forge.pullRequests()).toMatchObject([{ state: "open" }]);
    expect(origin.text(API)).toBe(BAD);
  });

  it("takes the order back when somebody holds it or makes it a draft", async () => {
    for (const stop of ["label", "draft"] as const) {
      const { forge, world } = await serveOne(HISTORY);
      forge.allowAutoMerge();
      forge.answerMerge(WAITING);
      world.before("mergePullRequest", () =>
        world.before("findPullRequest", () =>
          world.before("findPullRequest", () => (stop === "draft" ? forge.draft(1) : forge.label(1, "lastgood: hold"))),
        ),
      );
      const outcome = await runRevert(stay(60_000), world);
      expect(outcome.kind).toBe(stop === "draft" ? "delivered" : "hold");
      expect((await forge.pullRequests())[0]).not.toHaveProperty("armedBy");
    }
  });
});

describe("a fix that somebody pushes to the target", () => {
  const FIX = deployment("api:1.8.1", { replicas: 2 });

  const CALLS = ["findPullRequest", "push lastgood/", "openPullRequest", "mergePullRequest"] as const;

  it.each(CALLS.flatMap((call) => [false, true].map((wait) => [call, wait] as const)))(
    "just before %s survives (waiting: %s)",
    async (call, wait) => {
      const { origin, forge, world } = await serveOne(HISTORY);
      forge.allowAutoMerge();
      let fix = "";
      world.before(call, () => {
        [fix = ""] = origin.commit({ files: { [API]: FIX } });
        forge.answerMerge({ kind: "base-moved", reason: "it conflicts with the base", how: "conflict" });
      });
      const outcome = await runRevert(wish({ mode: "merge", ...(wait ? { waitMergedMs: 60_000 } : {}) }), world);
      expect(origin.text(API)).toBe(FIX);
      expect(origin.head).toBe(fix);
      expect(outcome.kind === "hold" || (outcome.kind === "delivered" && outcome.landed === undefined)).toBe(true);
    },
  );

  it("while the forge waits to merge is seen, the order is taken back, and the fix survives", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    forge.allowAutoMerge();
    forge.answerMerge({ kind: "waiting", reason: "1 check is running: ci" });
    const scaled = deployment("api:1.8", { replicas: 6 }); // git could merge that with the revert
    world.before("mergePullRequest", () =>
      world.before("findPullRequest", () => void origin.commit({ files: { [API]: scaled } })),
    );
    expect(await runRevert(wish({ mode: "merge", waitMergedMs: 60_000 }), world)).toMatchObject({
      kind: "hold",
      reason: "StalePlan",
    });
    expect(world.calls).toContain("cancelMerge");
    forge.answerMerge(undefined);
    expect(await forge.pullRequests()).toMatchObject([{ state: "open" }]);
    expect(origin.text(API)).toBe(scaled);
  });
});
