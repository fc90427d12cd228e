import { describe, expect, it } from "vitest";

import { bodyJob } from "../../src/app/body-job.ts";
import { runRevert } from "../../src/app/run-revert.ts";
import { type CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { branchesOf, delivered, serve, serveOne, type Server, tipOf, wish } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const GOOD = deployment("api:1.7", { env: { CACHE: "v1" } });
const BAD = deployment("api:1.8", { env: { CACHE: "v2" } });

const HISTORY: readonly CommitSpec[] = [
  { files: { [API]: GOOD, "apps/web/web.yaml": deployment("web:1", { name: "web" }) }, tag: "release-1", as: "good" },
  { files: { [API]: BAD }, message: "Bump api to 1.8 (#2)", as: "bad" },
];

/** Somebody works in a clone of their own: the next commit of a branch. */
function push(server: Pick<Server, "origin">, branch: string, spec: CommitSpec): string {
  const [id] = server.origin.commit({ ...spec, branch });
  return id ?? "";
}

const writes = (calls: readonly string[]): readonly string[] =>
  calls.filter((call) => call !== "findPullRequest" && call !== "fetch");

describe("proposeRevert", () => {
  it("makes one branch, one commit and one pull request", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    const { branch, commit, pullRequest, found } = delivered(await runRevert(wish(), world));
    expect(branch).toMatch(/^lastgood\/apps-api\/[0-9a-f]{12}$/);
    expect(branchesOf(origin)).toEqual({ main: origin.id("bad"), [branch]: commit });
    expect(origin.git(["rev-list", "--parents", "-1", commit]).split(" ").slice(1)).toEqual([origin.id("bad")]);
    expect(origin.text(API, commit)).toBe(GOOD);
    expect(pullRequest).toMatchObject({ number: 1, state: "open", base: "main", head: commit, draft: false });
    expect(pullRequest?.labels).toEqual(["lastgood", "lastgood: awaiting review"]);
    expect(found).toBe(false);
    expect(await forge.pullRequests()).toHaveLength(1);
    expect(world.calls).toEqual(["findPullRequest", `push ${branch}`, "openPullRequest"]);
  });

  it("changes nothing but the plan's files and keeps their modes", async () => {
    const script = { mode: "100755", text: "#!/bin/sh\nexit 0\n" } as const;
    const { origin, world } = await serveOne([
      { files: { [API]: GOOD, "apps/api/run.sh": script }, tag: "release-1" },
      { files: { [API]: BAD, "apps/api/run.sh": { ...script, text: "#!/bin/sh\nexit 1\n" } } },
    ]);
    const { commit } = delivered(await runRevert(wish(), world));
    expect(origin.git(["ls-tree", "-r", commit])).toBe(origin.git(["ls-tree", "-r", "main~1"]));
  });

  it("finds both on a second run, an hour later, and writes nothing", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    const first = delivered(await runRevert(wish(), world));
    const before = branchesOf(origin);
    world.clock.advance(3_600_000);
    world.calls.length = 0;
    await world.remote.fetch([]);
    const second = delivered(await runRevert(wish(), world));
    expect(second).toMatchObject({ found: true, commit: first.commit, branch: first.branch, job: first.job });
    expect(second.pullRequest).toEqual(first.pullRequest);
    expect(branchesOf(origin)).toEqual(before);
    expect(await forge.pullRequests()).toHaveLength(1);
    expect(world.calls).toEqual(["fetch", "findPullRequest"]);
  });

  it("finds them from another machine, whose clone knows nothing yet", async () => {
    const server = serve(HISTORY);
    const [one, other] = [await server.open(), await server.open()];
    const first = delivered(await runRevert(wish(), one));
    const second = delivered(await runRevert(wish({ author: { name: "Dana", email: "dana@example.com" } }), other));
    expect(second).toMatchObject({ found: true, commit: first.commit });
    expect(writes(other.calls)).toEqual([]);
  });

  it("makes one branch and one pull request when two people run it at once", async () => {
    const server = serve(HISTORY);
    const worlds = [await server.open(), await server.open()];
    const outcomes = await Promise.all(worlds.map(async (world) => delivered(await runRevert(wish(), world))));
    expect(new Set(outcomes.map(({ commit }) => commit)).size).toBe(1);
    expect(outcomes.map(({ pullRequest }) => pullRequest?.number)).toEqual([1, 1]);
    expect(await server.forge.pullRequests()).toHaveLength(1);
    expect(Object.keys(branchesOf(server.origin))).toHaveLength(2);
  });

  it("opens the pull request of a branch that a killed run left behind", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    world.before("openPullRequest", () => {
      throw new Error("killed");
    });
    await expect(runRevert(wish(), world)).rejects.toThrow("killed");
    const [left] = Object.keys(branchesOf(origin)).filter((name) => name !== "main");
    expect(await forge.pullRequests()).toEqual([]);

    world.clock.advance(60_000);
    await world.remote.fetch([]);
    const { branch, commit, job, pullRequest } = delivered(await runRevert(wish(), world));
    expect(branch).toBe(left);
    expect(tipOf(origin, branch)).toBe(commit);
    expect(origin.git(["rev-list", "--count", `main..${branch}`])).toBe("1");
    expect(bodyJob(pullRequest?.body ?? "")).toBe(job);
    expect(origin.git(["log", "-1", "--format=%B", commit])).toContain(`Lastgood-Job: ${job}`);
  });

  it("opens it although unrelated work has landed since", async () => {
    const { origin, world } = await serveOne(HISTORY);
    world.before("openPullRequest", () => {
      throw new Error("killed");
    });
    await expect(runRevert(wish(), world)).rejects.toThrow("killed");
    push({ origin }, "main", { files: { "README.md": "hello\n" } });
    await world.remote.fetch([]);
    world.calls.length = 0;
    const { branch, pullRequest } = delivered(await runRevert(wish(), world));
    expect(pullRequest?.number).toBe(1);
    expect(writes(world.calls)).toEqual(["openPullRequest"]);
    expect(origin.git(["rev-list", "--count", `main..${branch}`])).toBe("1");
  });

  it("leaves an open one alone when unrelated work lands on the base", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const first = delivered(await runRevert(wish(), world));
    push({ origin }, "main", { files: { "README.md": "hello\n", "apps/web/web.yaml": "changed: 1\n" } });
    await world.remote.fetch([]);
    world.calls.length = 0;
    const second = delivered(await runRevert(wish(), world));
    expect(second).toMatchObject({ found: true, commit: first.commit });
    expect(writes(world.calls)).toEqual([]);
  });

  it("follows a changed selection with a commit on top and a new text", async () => {
    const { origin, forge, world } = await serveOne(HISTORY);
    const whole = delivered(await runRevert(wish(), world));
    await world.remote.fetch([]);
    world.calls.length = 0;
    const image = delivered(await runRevert(wish({ only: ":image" }), world));
    expect(writes(world.calls)).toEqual([`push ${whole.branch}`, "updatePullRequest"]);
    expect(image.branch).toBe(whole.branch);
    expect(origin.git(["rev-parse", `${image.commit}^`])).toBe(whole.commit);
    expect(origin.text(API, image.commit)).toBe(deployment("api:1.7", { env: { CACHE: "v2" } }));
    const [pull, ...others] = await forge.pullRequests();
    expect(others).toEqual([]);
    expect(pull).toMatchObject({ number: 1, head: image.commit });
    expect(pull?.body).toContain("--only :image");
    expect(bodyJob(pull?.body ?? "")).toBe(image.job);
  });

  it("comes back to the whole with a third commit, equal to the first", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const whole = delivered(await runRevert(wish(), world));
    await world.remote.fetch([]);
    await runRevert(wish({ only: ":env" }), world);
    await world.remote.fetch([]);
    const again = delivered(await runRevert(wish(), world));
    expect(again.commit).not.toBe(whole.commit);
    expect(origin.git(["diff", "--stat", whole.commit, again.commit])).toBe("");
    expect(origin.git(["rev-list", "--count", `main..${again.branch}`])).toBe("3");
  });

  it("brings the text up to date when the run that changed the branch was killed", async () => {
    const { forge, world } = await serveOne(HISTORY);
    await runRevert(wish(), world);
    await world.remote.fetch([]);
    world.before("updatePullRequest", () => {
      throw new Error("killed");
    });
    await expect(runRevert(wish({ only: ":image" }), world)).rejects.toThrow("killed");
    await world.remote.fetch([]);
    world.calls.length = 0;
    const { job } = delivered(await runRevert(wish({ only: ":image" }), world));
    const [pull] = await forge.pullRequests();
    expect(pull?.body).toContain("--only :image");
    expect(bodyJob(pull?.body ?? "")).toBe(job);
    expect(writes(world.calls)).toEqual(["updatePullRequest"]);

    world.calls.length = 0;
    expect(delivered(await runRevert(wish({ only: ":image" }), world)).found).toBe(true);
    expect(writes(world.calls)).toEqual([]);
  });

  it("keeps a text that a person wrote", async () => {
    const { forge, world } = await serveOne(HISTORY);
    await runRevert(wish(), world);
    await forge.updatePullRequest(1, { title: "Mine", body: "Rewritten by Mina" });
    await world.remote.fetch([]);
    expect(delivered(await runRevert(wish(), world)).found).toBe(true);
    expect((await forge.pullRequests())[0]).toMatchObject({ title: "Mine", body: "Rewritten by Mina" });
  });

  it("opens a draft, asks reviewers and sets labels when told so", async () => {
    const { forge, world } = await serveOne(HISTORY);
    await runRevert(wish({ draft: true, labels: ["sev1"], reviewers: ["team:payments"] }), world);
    const [pull] = await forge.pullRequests();
    expect(pull).toMatchObject({ draft: true, labels: ["lastgood", "lastgood: awaiting review", "sev1"] });
  });

  it("updates its own draft", async () => {
    const { world } = await serveOne(HISTORY);
    await runRevert(wish({ draft: true }), world);
    await world.remote.fetch([]);
    expect(delivered(await runRevert(wish({ draft: true, only: ":image" }), world)).found).toBe(false);
  });

  it("refuses to take over a pull request that goes to another branch", async () => {
    const { origin, world } = await serveOne([...HISTORY, { branch: "stage", from: "main" }]);
    const { pullRequest } = delivered(await runRevert(wish({ branch: "stage" }), world));
    await world.remote.fetch([]);
    const before = branchesOf(origin);
    await expect(runRevert(wish(), world)).rejects.toMatchObject({
      code: "ForgeConflict",
      message: `${pullRequest?.url ?? ""} goes to stage, not to main`,
    });
    expect(branchesOf(origin)).toEqual(before);
  });

  it("needs a forge before it writes anything", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const { forge: _, ...alone } = world;
    await expect(runRevert(wish(), alone)).rejects.toMatchObject({ code: "ForgeUnsupported" });
    expect(Object.keys(branchesOf(origin))).toEqual(["main"]);
  });
});

describe("proposeRevert, where a person was before", () => {
  async function proposed() {
    const server = serve(HISTORY);
    const world = await server.open();
    const first = delivered(await runRevert(wish(), world));
    await world.remote.fetch([]);
    world.calls.length = 0;
    return { ...server, world, first };
  }

  it("leaves a branch alone that somebody pushed to", async () => {
    const { origin, world, first } = await proposed();
    const id = push({ origin }, first.branch, {
      files: { "notes.md": "mine\n" },
      author: "Dana Lee <dana@example.com>",
    });
    expect(await runRevert(wish({ only: ":image" }), world)).toMatchObject({
      kind: "hold",
      reason: "Vetoed",
      message: `Dana Lee pushed ${id.slice(0, 7)} on ${first.branch}: lastgood leaves this revert alone`,
    });
    expect(tipOf(origin, first.branch)).toBe(id);
    expect(writes(world.calls)).toEqual([]);
  });

  it("sees a foreign commit below its own", async () => {
    const { origin, world, first } = await proposed();
    push({ origin }, first.branch, { files: { "notes.md": "mine\n" } });
    const message = origin.git(["log", "-1", "--format=%B", first.commit]);
    push({ origin }, first.branch, { files: { "more.md": "x\n" }, message });
    expect(await runRevert(wish(), world)).toMatchObject({ kind: "hold", reason: "Vetoed" });
  });

  it("takes a branch with more commits than it makes for a person's", async () => {
    const { origin, world, first } = await proposed();
    const message = origin.git(["log", "-1", "--format=%B", first.commit]);
    const many = Array.from({ length: 60 }, (_, i) => ({ files: { "n.md": `${i}\n` }, message, branch: first.branch }));
    origin.commit(...many);
    expect(await runRevert(wish(), world)).toMatchObject({ kind: "hold", reason: "Vetoed" });
  });

  it("leaves a commit alone that somebody amended", async () => {
    const { origin, world, first } = await proposed();
    const message = origin.git(["log", "-1", "--format=%B", first.commit]);
    const tree = origin.git(["rev-parse", "main^{tree}"]);
    const amended = origin.git(["commit-tree", tree, "-p", "main", "-m", message]);
    // Amending keeps the author's date and sets the committer's.
    const text = origin.git(["cat-file", "commit", amended]).replace(/^(committer .*>) \d+/m, "$1 1767229200");
    const id = origin.git(["hash-object", "-t", "commit", "-w", "--stdin"], `${text}\n`);
    origin.git(["update-ref", `refs/heads/${first.branch}`, id]);
    expect(await runRevert(wish(), world)).toMatchObject({
      reason: "Vetoed",
      message: expect.stringContaining(`rewrote ${id.slice(0, 7)}`),
    });
    expect(tipOf(origin, first.branch)).toBe(id);
  });

  it("goes on when somebody only merged the base into the branch", async () => {
    const { origin, world, first } = await proposed();
    push({ origin }, "main", { files: { "README.md": "hello\n" } });
    const merge = push({ origin }, first.branch, {
      merge: ["main"],
      files: { "README.md": "hello\n" },
      message: "Merge branch 'main'",
    });
    await world.remote.fetch([]);
    expect(delivered(await runRevert(wish(), world))).toMatchObject({ found: true, commit: merge });
    const image = delivered(await runRevert(wish({ only: ":image" }), world));
    expect(origin.git(["rev-parse", `${image.commit}^`])).toBe(merge);
    expect(origin.text("README.md", image.commit)).toBe("hello\n");
  });

  it("leaves a merge alone that also changes what is reverted", async () => {
    const { origin, world, first } = await proposed();
    push({ origin }, "main", { files: { "README.md": "hello\n" } });
    push({ origin }, first.branch, {
      merge: ["main"],
      files: { "README.md": "hello\n", [API]: deployment("api:1.6") },
    });
    await world.remote.fetch([]);
    expect(await runRevert(wish(), world)).toMatchObject({ kind: "hold", reason: "Vetoed" });
  });

  it.each([
    ["that is a draft now", (server: Server) => server.forge.draft(1)],
    ["that carries a hold label", (server: Server) => server.forge.label(1, "lastgood: hold")],
  ])("does not change one %s", async (_, act) => {
    const { world, ...server } = await proposed();
    act(server);
    expect(await runRevert(wish({ only: ":image" }), world)).toMatchObject({ kind: "hold", reason: "Vetoed" });
    expect(delivered(await runRevert(wish(), world)).found).toBe(true);
    expect(writes(world.calls)).toEqual([]);
  });

  it("asks before it opens another one after a person closed the first", async () => {
    const { forge, world, first } = await proposed();
    forge.close(1, "dana");
    const asked: string[] = [];
    const refuse = async (who: string, url: string): Promise<boolean> => {
      asked.push(`${who} ${url}`);
      return false;
    };
    expect(await runRevert(wish({ confirmAgain: refuse }), world)).toMatchObject({
      reason: "Vetoed",
      message: expect.stringContaining(`dana closed ${first.pullRequest?.url ?? ""}`),
    });
    expect(asked).toEqual([`dana ${first.pullRequest?.url ?? ""}`]);
    expect(writes(world.calls)).toEqual([]);
  });

  it("uses the next name when told to go on, and asks no more once that is open", async () => {
    const { forge, world, first } = await proposed();
    forge.close(1, "dana");
    const second = delivered(await runRevert(wish(), world));
    expect(second.branch).toBe(`${first.branch}-2`);
    expect(second.pullRequest?.number).toBe(2);
    await world.remote.fetch([]);
    const fail = async (): Promise<boolean> => expect.fail("nobody needs to be asked");
    expect(delivered(await runRevert(wish({ confirmAgain: fail }), world))).toMatchObject({
      found: true,
      branch: second.branch,
    });
    expect(await forge.pullRequests()).toHaveLength(2);
  });

  it("takes a deleted branch for a no", async () => {
    const { origin, world, first } = await proposed();
    origin.git(["update-ref", "-d", `refs/heads/${first.branch}`]);
    await world.remote.fetch([]);
    expect(await runRevert(wish({ confirmAgain: async () => false }), world)).toMatchObject({ reason: "Vetoed" });
    expect(tipOf(origin, first.branch)).toBeUndefined();
  });

  it("reverts the same content again under a new name after it was merged and landed again", async () => {
    const { origin, forge, world, first } = await proposed();
    await runRevert(wish({ mode: "merge" }), world);
    push({ origin }, "main", { files: { [API]: BAD }, message: "Reapply 1.8" });
    await world.remote.fetch([]);
    const again = delivered(await runRevert(wish(), world));
    expect(again.branch).toBe(`${first.branch}-2`);
    expect(origin.text(API, again.commit)).toBe(GOOD);
    expect((await forge.pullRequests()).map(({ state }) => state)).toEqual(["merged", "open"]);
  });

  it("opens no second one when a person merges the first during the run", async () => {
    const { origin, forge, world, first } = await proposed();
    world.before("findPullRequest", async () => {
      await forge.mergePullRequest({ number: 1, expectedHead: first.commit, title: "t", message: "m" });
    });
    expect(await runRevert(wish(), world)).toMatchObject({ kind: "nothing-to-do" });
    expect(await forge.pullRequests()).toHaveLength(1);
    expect(Object.keys(branchesOf(origin))).toHaveLength(2);
  });

  it("goes on under a new name when the history with the merge was thrown away", async () => {
    const { origin, world, first } = await proposed();
    await runRevert(wish({ mode: "merge" }), world);
    origin.git(["update-ref", "refs/heads/main", origin.id("bad")]);
    await world.remote.fetch([]);
    expect(delivered(await runRevert(wish(), world)).branch).toBe(`${first.branch}-2`);
  });

  it("steps over a branch that was merged without a pull request", async () => {
    const { origin, world } = await serveOne(HISTORY);
    world.before("openPullRequest", () => {
      throw new Error("killed");
    });
    await expect(runRevert(wish(), world)).rejects.toThrow("killed");
    const [left = ""] = Object.keys(branchesOf(origin)).filter((name) => name !== "main");
    origin.git(["update-ref", "refs/heads/main", `refs/heads/${left}`]);
    push({ origin }, "main", { files: { [API]: BAD } });
    await world.remote.fetch([]);
    expect(delivered(await runRevert(wish(), world)).branch).toBe(`${left}-2`);
  });

  it("hands off when somebody pushes during the run", async () => {
    const { origin, world, first } = await proposed();
    world.before("push", () => void push({ origin }, first.branch, { files: { "notes.md": "mine\n" } }));
    expect(await runRevert(wish({ only: ":image" }), world)).toMatchObject({ kind: "hold", reason: "Vetoed" });
    expect(origin.text("notes.md", first.branch)).toBe("mine\n");
  });
});
