import { describe, expect, it } from "vitest";

import type { DeliveryJob } from "../../src/app/delivery.ts";
import { planGoal } from "../../src/app/plan-goal.ts";
import { type AttemptQuery, readAttempt } from "../../src/app/read-attempt.ts";
import { findBase, runRevert } from "../../src/app/run-revert.ts";
import { branchName } from "../../src/core/change/branch.ts";
import { LastgoodError } from "../../src/errors.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import type { CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { delivered, type RevertWorld, serveOne, type Server, tipOf, wish } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const HISTORY: readonly CommitSpec[] = [
  { files: { [API]: deployment("api:1.7", { replicas: 2 }), "apps/web/web.yaml": "a: 1\n" }, tag: "release-1" },
  { files: { [API]: deployment("api:1.8", { replicas: 3 }) }, message: "Bump api to 1.8" },
];

interface Story extends Server {
  readonly world: RevertWorld;
  readonly query: AttemptQuery;
  readonly job: DeliveryJob;
  /** Name of the revert's branch. */
  readonly branch: string;
  /** How it has come along, seen by a daemon that knows nothing. */
  readonly read: (more?: Partial<AttemptQuery>) => ReturnType<typeof readAttempt>;
}

async function story(): Promise<Story> {
  const server = await serveOne(HISTORY);
  const { world } = server;
  const request = wish({ patterns: { ...NO_PATTERNS, tags: ["release-*"] } });
  const { plan, key, scope } = await planGoal({ ...request, base: await findBase(request, world) }, world);
  if (plan.kind !== "plan") throw new Error(plan.kind);
  const query = { target: plan.target.name, key, branch: "main", scope };
  return {
    ...server,
    query,
    job: { request, plan, key, scope },
    branch: branchName(plan.target.name, key),
    read: async (more = {}) => {
      await world.remote.fetch([]);
      return readAttempt({ ...query, ...more }, world);
    },
  };
}

async function proposed(): Promise<Story> {
  const told = await story();
  delivered(await runRevert(wish(), told.world));
  return told;
}

async function mergeIt({ forge, origin, branch }: Story): Promise<void> {
  const expectedHead = tipOf(origin, branch);
  if (expectedHead === undefined) throw new Error("no branch");
  await forge.mergePullRequest({ number: 1, expectedHead, title: "Revert", message: "why" });
}

describe("readAttempt", () => {
  it("finds nothing where nothing was done, writes nothing and asks once", async () => {
    const { read, world, job } = await story();
    expect(await read({ job })).toEqual({ kind: "none" });
    expect(world.calls).toEqual(["fetch", "findPullRequest"]);
  });

  it("finds an open one, its job and its head", async () => {
    const { read, job, origin, branch, world } = await proposed();
    const { pullRequest, job: id } = delivered(await runRevert(wish(), world));
    const open = {
      kind: "open",
      number: 1,
      url: pullRequest?.url,
      openedAtMs: pullRequest?.createdAtMs,
      job: id,
      head: tipOf(origin, branch),
    };
    expect(await read({ job })).toEqual(open);
    expect(await read()).toEqual(open);
  });

  it("finds it by a replica that has never seen it, without a ledger", async () => {
    const told = await proposed();
    expect(await readAttempt(told.query, await told.open())).toEqual(await told.read());
  });

  it("says that its branch holds another plan than that of now, and leaves no object behind at each look", async () => {
    const { read, query, world } = await proposed();
    const request = wish({ only: ":image" });
    const { plan, scope } = await planGoal({ ...request, base: await findBase(request, world) }, world);
    if (plan.kind !== "plan") throw new Error(plan.kind);
    const job: DeliveryJob = { request, plan, key: query.key, scope };
    expect(await read({ job })).toMatchObject({ kind: "open", outdated: true });
    const made: string[] = [];
    const commit: typeof world.repository.commit = async (asked) => {
      const id = await world.repository.commit(asked);
      made.push(id);
      return id;
    };
    for (let i = 0; i < 2; i += 1) {
      world.clock.advance(60_000);
      await readAttempt({ ...query, job }, { ...world, repository: { ...world.repository, commit } });
    }
    expect([made.length, new Set(made).size]).toEqual([2, 1]);
  });

  it("says that lastgood has ordered it to be merged, and leaves a person's order to the person", async () => {
    const { forge, query, world } = await proposed();
    const armedBy = async (login: string) => {
      const findPullRequest = async (branch: string) => {
        const pull = await forge.findPullRequest(branch);
        return pull === undefined ? undefined : { ...pull, armedBy: login };
      };
      await world.remote.fetch([]);
      return readAttempt(query, { ...world, forge: { ...world.forge, findPullRequest } });
    };
    expect(await armedBy("lastgood[bot]")).toMatchObject({ kind: "open", armed: true });
    const theirs = await armedBy("mkim");
    expect(theirs).toMatchObject({ kind: "open" });
    expect(theirs).not.toHaveProperty("armed");
  });

  it("says what it waits for, and what only a person can change", async () => {
    const { forge, read } = await proposed();
    expect(await read()).not.toHaveProperty("waitingFor");
    forge.answerMerge({ kind: "waiting", reason: "1 check is running: ci\u202e" });
    expect(await read()).toMatchObject({ kind: "open", waitingFor: "1 check is running: ci\\u202e" });
    forge.answerMerge({ kind: "refused", reason: "nobody may merge" });
    expect(await read()).toMatchObject({ kind: "open", refused: "nobody may merge" });
  });

  it("is open though the forge does not say what it waits for", async () => {
    const { world, query } = await proposed();
    const mergeStanding = async (): Promise<never> => {
      throw new LastgoodError("ForgeUnavailable", "GitHub: HTTP 502");
    };
    await world.remote.fetch([]);
    const seen = await readAttempt(query, { ...world, forge: { ...world.forge, mergeStanding } });
    expect(seen).toMatchObject({ kind: "open", number: 1 });
    expect(seen).not.toHaveProperty("armed");
  });

  it("says that it stands in the merge queue by our order, in whatever way it was taken over", async () => {
    const { forge, world, query } = await proposed();
    const mergeStanding = async () => ({ ordered: true, waitingFor: "it is in the merge queue of main" });
    const there = { ...world, forge: { ...world.forge, mergeStanding } };
    await world.remote.fetch([]);
    expect(await readAttempt(query, there)).toMatchObject({ kind: "open", armed: true });
    forge.draft(1);
    expect(await readAttempt(query, there)).toMatchObject({ kind: "taken-over", armed: true });
  });

  it.each<[string, (told: Story) => Promise<unknown> | void, RegExp]>([
    ["a draft", ({ forge }) => forge.draft(1), /^somebody made it a draft$/],
    ["an edited text", ({ forge }) => forge.edit(1, "mkim", { body: "mine now" }), /^mkim edited its text$/],
    ["an edited title", ({ forge }) => forge.edit(1, "mkim", { title: "WIP" }), /^mkim edited its text$/],
    ["the hold label", ({ forge }) => forge.label(1, "lastgood: hold"), /mkim set the label "lastgood: hold"/],
    [
      "a foreign commit",
      ({ origin, branch }) => void origin.commit({ branch, from: branch, files: { [API]: "a: 1\n" }, message: "Mine" }),
      /pushed [0-9a-f]{7} on lastgood\//,
    ],
  ])("takes %s for a person who has taken it over", async (_, act, message) => {
    const told = await proposed();
    await act(told);
    expect(await told.read()).toMatchObject({ kind: "taken-over", number: 1, message: expect.stringMatching(message) });
    expect(await told.read({ job: told.job })).toMatchObject({ kind: "taken-over" });
  });

  it("does not take its own drafts for a person's", async () => {
    const { forge, read } = await proposed();
    forge.draft(1);
    expect(await read({ draft: true })).toMatchObject({ kind: "open" });
  });

  it("does not hear the hold label from somebody without write access", async () => {
    const { forge, read } = await proposed();
    forge.label(1, "lastgood: hold", "visitor");
    expect(await read()).toMatchObject({ kind: "open" });
  });

  it("tells who closed it, also by deleting its branch", async () => {
    const { forge, read } = await proposed();
    forge.close(1, "mkim");
    expect(await read()).toMatchObject({ kind: "closed", number: 1, by: "mkim" });
    const other = await proposed();
    other.forge.talk.note(1, { kind: "branch-deleted", by: "dlee" });
    other.origin.git(["update-ref", "-d", `refs/heads/${other.branch}`]);
    expect(await other.read()).toMatchObject({ kind: "closed", by: "dlee" });
  });

  it("tells what a person asked for after a veto", async () => {
    const { forge, read, world } = await proposed();
    forge.close(1, "mkim");
    await world.remote.fetch([]);
    delivered(await runRevert(wish(), world));
    expect(await read()).toMatchObject({ kind: "open", number: 2 });
  });

  it("finds a merged one, with its commit, and that it holds the plan", async () => {
    const told = await proposed();
    await mergeIt(told);
    const landed = await told.read();
    expect(landed).toMatchObject({ kind: "landed", number: 1, commit: told.origin.id("main"), by: "lastgood" });
    expect(landed).not.toHaveProperty("altered");
    expect(landed).not.toHaveProperty("told");
    told.origin.git(["update-ref", "-d", `refs/heads/${told.branch}`]);
    expect(await told.read()).toEqual(landed);
  });

  it("says that a merged one was told of already", async () => {
    const told = await proposed();
    await mergeIt(told);
    told.forge.label(1, "lastgood: verified");
    expect(await told.read()).toMatchObject({ kind: "landed", told: true });
  });

  it("says that the target does not hold the plan after the merge, and does not mind other work", async () => {
    const told = await proposed();
    told.origin.commit({ files: { "apps/web/web.yaml": "a: 2\n" }, message: "Elsewhere" });
    await mergeIt(told);
    expect(await told.read()).not.toHaveProperty("altered");
    const raced = await proposed();
    raced.origin.commit({ files: { "apps/api/extra.yaml": "kind: X\n" }, message: "In the target" });
    await mergeIt(raced);
    expect(await raced.read()).toMatchObject({ kind: "landed", altered: true });
  });

  it("finds one that was pushed, by its words and by what stood there before", async () => {
    const { read, world, origin } = await story();
    await runRevert(wish({ mode: "push" }), world);
    expect(await read()).toEqual({ kind: "landed", commit: origin.id("main"), atMs: expect.any(Number) });
    expect(await read({ key: "000000000000" })).toEqual({ kind: "none" });
  });

  it("finds a branch without a pull request", async () => {
    const { read, world, origin, branch } = await story();
    world.before("openPullRequest", () => {
      throw new LastgoodError("ForgeUnavailable", "killed");
    });
    await expect(runRevert(wish(), world)).rejects.toThrow("killed");
    expect(await read()).toEqual({ kind: "branch", branch, head: tipOf(origin, branch), job: expect.any(String) });
  });

  it("finds a branch that was merged by hand", async () => {
    const { read, world, origin, branch } = await story();
    world.before("openPullRequest", () => {
      throw new LastgoodError("ForgeUnavailable", "killed");
    });
    await expect(runRevert(wish(), world)).rejects.toThrow("killed");
    origin.git(["update-ref", "refs/heads/main", `refs/heads/${branch}`]);
    expect(await read()).toMatchObject({ kind: "landed", commit: origin.id("main") });
  });

  it("does not know when the forge cannot be asked: what it saw before is no answer", async () => {
    const { read, world, query } = await proposed();
    const findPullRequest = async (): Promise<never> => {
      throw new LastgoodError("ForgeUnavailable", "GitHub: HTTP 502\u202e");
    };
    expect(await read()).toMatchObject({ kind: "open" });
    expect(await readAttempt(query, { ...world, forge: { ...world.forge, findPullRequest } })).toEqual({
      kind: "unknown",
      message: "GitHub: HTTP 502\\u202e",
    });
  });

  it("does not hide a fault of its own", async () => {
    const { world, query } = await story();
    const findPullRequest = async (): Promise<never> => {
      throw new TypeError("a bug");
    };
    const broken = { ...world, forge: { ...world.forge, findPullRequest } };
    await expect(readAttempt(query, broken)).rejects.toThrow("a bug");
  });
});
