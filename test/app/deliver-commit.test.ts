import { describe, expect, it } from "vitest";

import type { CommitVia } from "../../src/app/deliver-commit.ts";
import { runRevert } from "../../src/app/run-revert.ts";
import { type CommitId, commitId } from "../../src/core/model/git.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { ForgeCommitRequest, ForgeCommits } from "../../src/ports/forge-commits.ts";
import type { CommitSpec, GitDir } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { branchesOf, delivered, type RevertWorld, serve, serveOne, tipOf, wish } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const GOOD = deployment("api:1.7", { replicas: 2 });
const BAD = deployment("api:1.8", { replicas: 2 });

const HISTORY: readonly CommitSpec[] = [
  { files: { [API]: GOOD, "apps/api/run.sh": { mode: "100755", text: "one\n" } }, tag: "release-1" },
  { files: { [API]: BAD }, message: "Bump api to 1.8 (#2)", as: "bad" },
];

interface Options {
  readonly wanted?: string | undefined;
  readonly obstacle?: string;
  /** Instead of what is asked for. */
  readonly bytes?: string;
  readonly fails?: LastgoodError;
}

/** What a forge does: the same files on the same parent, with a committer and so an id of its own. */
function forgeCommits(origin: GitDir, options: Options = {}): ForgeCommits & { readonly made: ForgeCommitRequest[] } {
  const made: ForgeCommitRequest[] = [];
  const { wanted = "it signs them", obstacle, fails } = options;
  return {
    made,
    wanted: async () => ("wanted" in options ? options.wanted : wanted),
    cannot: () => obstacle,
    commit: async (request) => {
      made.push(request);
      if (fails !== undefined) throw fails;
      return commitOn(origin, request, options.bytes);
    },
  };
}

function commitOn(origin: GitDir, request: ForgeCommitRequest, other?: string): CommitId {
  const { branch, parent, writes, message } = request;
  if (tipOf(origin, branch) !== request.expected) throw new LastgoodError("RepositoryMoved", "moved");
  const files = Object.fromEntries(
    writes.flatMap((write) => ("remove" in write ? [] : [[write.path, other ?? Buffer.from(write.bytes)]])),
  );
  const remove = writes.flatMap((write) => ("remove" in write ? [write.path] : []));
  const [id = ""] = origin.commit({ branch, from: parent, files, remove, message, author: "bot <bot@example.com>" });
  return commitId(id);
}

async function setup(options: Options = {}, commits: readonly CommitSpec[] = HISTORY) {
  const { origin, world } = await serveOne(commits);
  const made = forgeCommits(origin, options);
  return { origin, made: made.made, world: { ...world, forge: { ...world.forge, commits: made } } };
}

const revert = async (world: RevertWorld, commitVia: CommitVia, mode: "propose" | "merge" | "push" = "propose") =>
  runRevert(wish({ mode, commitVia }), world);

describe("deliverCommit", () => {
  it("lets the forge make the commit where that is wanted, and proves what it made", async () => {
    const { origin, world, made } = await setup();
    const outcome = delivered(await revert(world, "auto"));
    expect(origin.git(["log", "-1", "--format=%an", outcome.commit])).toBe("bot");
    expect(tipOf(origin, outcome.branch)).toBe(outcome.commit);
    expect(outcome.pullRequest).toMatchObject({ head: outcome.commit });
    expect(origin.text(API, outcome.branch)).toBe(GOOD);
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ expected: undefined, parent: origin.id("bad") });
    expect(world.calls.filter((call) => call.startsWith("push"))).toEqual([]);
  });

  it("finds its own commit when the revert is run again", async () => {
    const { world, made } = await setup();
    const first = delivered(await revert(world, "auto"));
    const again = delivered(await revert(world, "auto"));
    expect(again).toMatchObject({ found: true, commit: first.commit, branch: first.branch });
    expect(made).toHaveLength(1);
  });

  it("pushes where nothing asks for the forge, and always when told so", async () => {
    const { world, made } = await setup({ wanted: undefined });
    expect(delivered(await revert(world, "auto")).found).toBe(false);
    const other = await setup();
    expect(delivered(await revert(other.world, "push")).found).toBe(false);
    expect([...made, ...other.made]).toEqual([]);
    expect(world.calls.some((call) => call.startsWith("push lastgood/"))).toBe(true);
  });

  it("pushes on a forge without an API for it, unless told not to", async () => {
    const { origin, world } = await serveOne(HISTORY);
    await expect(revert(world, "api")).rejects.toMatchObject({ code: "ForgeUnsupported" });
    expect(Object.keys(branchesOf(origin))).toEqual(["main"]);
    expect(delivered(await revert(world, "auto")).found).toBe(false);
  });

  it("pushes what the forge cannot make and says why, unless told not to", async () => {
    const { world, made } = await setup({ obstacle: "x is a symbolic link" });
    await expect(revert(world, "api")).rejects.toMatchObject({
      code: "ForgeUnsupported",
      message: expect.stringContaining("x is a symbolic link"),
    });
    expect(delivered(await revert(world, "auto")).found).toBe(false);
    expect(made).toEqual([]);
    expect(world.log.lines.join("\n")).toMatch(
      /warn: .* cannot make this commit, so it is pushed: x is a symbolic link/,
    );
  });

  it("pushes a file that changes its mode", async () => {
    const { world, made } = await setup({}, [
      ...HISTORY,
      { files: { "apps/api/run.sh": "one\n" }, message: "Lose the bit", as: "mode" },
    ]);
    expect(delivered(await revert(world, "auto")).found).toBe(false);
    expect(made).toEqual([]);
    expect(world.log.lines.join("\n")).toMatch(/run\.sh changes its mode/);
  });

  it("refuses what the forge made otherwise than planned", async () => {
    const { origin, world } = await setup({ bytes: "image: other\n" });
    await expect(revert(world, "auto")).rejects.toMatchObject({
      code: "ForgeConflict",
      message: expect.stringContaining(`${API} is not as planned`),
    });
    expect(world.calls).not.toContain("openPullRequest");
    expect(origin.text(API)).toBe(BAD);
  });

  it("plans again when the branch has moved under the forge", async () => {
    const { origin, world, made } = await setup();
    const [theirs] = origin.commit({ files: { "README.md": "new\n" } });
    const outcome = delivered(await revert(world, "auto", "push"));
    expect(outcome.landed).toBe(tipOf(origin, "main"));
    expect(made.map(({ parent }) => parent)).toEqual([origin.id("bad"), theirs]);
    expect(origin.text("README.md")).toBe("new\n");
  });

  it("goes on at a branch that an earlier run left empty", async () => {
    const { origin, world } = await setup();
    const first = delivered(await revert((await setup()).world, "push"));
    origin.git(["update-ref", `refs/heads/${first.branch}`, origin.id("bad")]);
    await world.remote.fetch([]);
    expect(delivered(await revert(world, "auto")).branch).toBe(first.branch);
    expect(origin.git(["rev-list", "--count", `main..${first.branch}`])).toBe("1");
  });

  it("goes on at a branch that was left empty where the base stood before", async () => {
    const { origin, world } = await setup();
    const first = delivered(await revert((await setup()).world, "push"));
    origin.git(["update-ref", `refs/heads/${first.branch}`, origin.id("bad")]);
    origin.commit({ files: { "apps/web/deployment.yaml": deployment("web:2") } });
    await world.remote.fetch([]);
    const { branch, commit } = delivered(await revert(world, "auto"));
    expect(branch).toBe(first.branch);
    expect(origin.git(["rev-list", "--parents", "-1", commit]).split(" ")).toEqual([commit, origin.id("bad")]);
    expect(Object.keys(branchesOf(origin))).toEqual([branch, "main"]);
  });

  it("takes a new name beside a branch that was brought up to date, and merged", async () => {
    const { origin, world } = await setup();
    const { branch } = delivered(await revert((await setup()).world, "push"));
    const [web] = origin.commit({ files: { "apps/web/deployment.yaml": deployment("web:2") } });
    origin.commit({ branch, from: "bad", files: { [API]: GOOD } });
    const [update] = origin.commit({
      branch,
      merge: [String(web)],
      files: { "apps/web/deployment.yaml": deployment("web:2") },
    });
    origin.commit({ merge: [String(update)], files: { [API]: GOOD } });
    origin.commit({ files: { [API]: BAD } });
    await world.remote.fetch([]);
    expect(delivered(await revert(world, "auto")).branch).toBe(`${branch}-2`);
  });

  it("pushes where the forge turns out to make none, and takes the branch that its try left", async () => {
    const fails = new LastgoodError("ForgeUnsupported", "no GraphQL");
    const { origin, world, made } = await setup({ fails });
    const commits = world.forge.commits;
    const leaving: ForgeCommits = {
      ...commits,
      commit: async (request) => {
        origin.git(["update-ref", `refs/heads/${request.branch}`, request.parent]);
        return commits.commit(request);
      },
    };
    const outcome = delivered(await revert({ ...world, forge: { ...world.forge, commits: leaving } }, "auto"));
    expect(made).toHaveLength(1);
    expect(origin.git(["rev-list", "--count", `main..${outcome.branch}`])).toBe("1");
  });

  it("adds to a branch of ours through the forge, too", async () => {
    const server = serve(HISTORY);
    const made = forgeCommits(server.origin);
    const world = await server.open();
    const through = { ...world, forge: { ...world.forge, commits: made } };
    const first = delivered(await revert(through, "auto"));
    const patched = deployment("api:1.7", { replicas: 3 });
    server.origin.commit({ files: { [API]: patched }, message: "Good again", tag: "release-2" });
    server.origin.commit({ files: { [API]: BAD }, message: "Bad again" });
    await through.remote.fetch([]);
    const second = delivered(await revert(through, "auto"));
    expect(made.made).toHaveLength(2);
    expect(second.branch).toBe(first.branch);
    expect(made.made[1]).toMatchObject({ expected: first.commit, parent: first.commit });
    expect(server.origin.text(API, second.branch)).toBe(patched);
  });
});
