import { describe, expect, it } from "vitest";

import { AT, NAME } from "../support/github-world.ts";
import { API, BAD, GOOD, HISTORY } from "../support/release-history.ts";
import { begin, type Person, type Story } from "../support/story.ts";

const revert = async (person: Person, story: Story, more = "") =>
  person.run(`lastgood revert ./apps/api --to #1 -y ${more} --repo ${story.url}`);

describe("a protected branch", () => {
  it("refuses the push with its own words, and the branch stays", async () => {
    const story = await begin(HISTORY);
    await story.github.control.protect(NAME, "main", { requiredApprovals: 1, enforceAdmins: true });
    const before = await story.branches();
    const { exit, stdout, stderr } = await revert(story.person(), story, "--mode push");
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toContain("RepositoryRejected");
    expect(stderr).toContain("Changes must be made through a pull request");
    expect(await story.branches()).toEqual(before);
  });

  it("keeps the merge pending until somebody approves", async () => {
    const story = await begin(HISTORY);
    await story.github.control.protect(NAME, "main", { requiredApprovals: 1, enforceAdmins: true });
    const mina = story.person();
    const waiting = await revert(mina, story, "--merge");
    expect(waiting).toMatchObject({ exit: 8, stdout: `${story.github.url}/acme/gitops/pull/1\n` });
    expect(waiting.stderr).toContain("an approving review is missing");
    expect(await story.text(API)).toBe(BAD);

    await story.github.octokit("app").pulls.createReview({ ...AT, pull_number: 1, event: "APPROVE" });
    expect(await revert(mina, story, "--merge")).toMatchObject({ exit: 0, stdout: waiting.stdout });
    expect(await story.text(API)).toBe(GOOD);
    expect(await story.pullRequests()).toHaveLength(1);
  });

  it("asks for an up-to-date branch: it is brought up to date, and merged with the other work", async () => {
    const story = await begin(HISTORY);
    const mina = story.person();
    await revert(mina, story);
    await story.push({ "README.md": "other work\n" });
    await story.github.control.protect(NAME, "main", {
      requiredChecks: { strict: true, checks: [] },
      enforceAdmins: true,
    });
    const behind = await revert(mina, story, "--merge");
    expect(behind.exit).toBe(0);
    expect(behind.stderr).toContain("up to date with main");
    expect(await story.text(API)).toBe(GOOD);
    expect(await story.text("README.md")).toBe("other work\n");
  });
});

describe("a token", () => {
  it("is asked for before anything is written", async () => {
    const story = await begin(HISTORY);
    const before = await story.branches();
    const { exit, stdout, stderr } = await revert(story.person(null), story);
    expect({ exit, stdout }).toEqual({ exit: 4, stdout: "" });
    expect(stderr).toContain("ForgeAuth");
    expect(stderr).toContain("Set GH_TOKEN");
    expect(await story.branches()).toEqual(before);
  });

  it.each(["", "--merge", "--mode push"])("without the right to write changes nothing (revert %s)", async (more) => {
    const story = await begin(HISTORY);
    const before = await story.branches();
    const { exit, stdout, stderr } = await revert(story.person("reader"), story, more);
    expect({ exit, stdout }).toEqual({ exit: 4, stdout: "" });
    expect(stderr).toContain("ForgePermission");
    expect(stderr).not.toContain("github_pat_");
    expect(await story.branches()).toEqual(before);
    expect(await story.pullRequests()).toEqual([]);
  });

  it("that was revoked changes nothing", async () => {
    const story = await begin(HISTORY);
    const mina = story.person("app");
    await revert(mina, story);
    story.github.control.revokeToken("ghs_app.token-of-an-app_with_write_permission");
    const { exit, stderr } = await revert(mina, story, "--merge");
    expect(exit).toBe(4);
    expect(stderr).not.toContain("ghs_app");
    expect(await story.text(API)).toBe(BAD);
  });
});

describe("a server that fails in the middle", () => {
  it.each([
    ["opening", "POST", /\/pulls$/],
    ["merging", "PUT", /\/pulls\/1\/merge$/],
  ] as const)("answers 502 after %s took effect, and nothing is done twice", async (_, method, path) => {
    const story = await begin(HISTORY);
    story.github.control.addFault({ method, path, when: "after", does: { kind: "answer", status: 502 } });
    expect(await revert(story.person(), story, "--merge")).toMatchObject({ exit: 0 });
    expect(story.github.control.unusedFaults()).toEqual([]);
    expect(await story.pullRequests()).toMatchObject([{ number: 1, merged: true }]);
    expect(await story.text(API)).toBe(GOOD);
  });

  it("drops the answer to a push that took effect, and nothing is done twice", async () => {
    const story = await begin(HISTORY);
    story.github.control.addFault({ path: /git-receive-pack$/, method: "POST", when: "after", does: { kind: "drop" } });
    expect(await revert(story.person(), story)).toMatchObject({ exit: 0 });
    expect(await story.pullRequests()).toHaveLength(1);
  });

  it("loses the run between the push and the pull request; the next one opens it", async () => {
    const story = await begin(HISTORY);
    story.github.control.addFault({
      method: "POST",
      path: /\/pulls$/,
      times: 20,
      does: { kind: "answer", status: 422 },
    });
    const mina = story.person();
    expect((await revert(mina, story)).exit).toBe(1);
    expect(await story.pullRequests()).toEqual([]);
    expect(Object.keys(await story.branches())).toHaveLength(2);

    story.github.control.clearFaults();
    expect(await revert(mina, story)).toMatchObject({ exit: 0, stdout: `${story.github.url}/acme/gitops/pull/1\n` });
    expect(Object.keys(await story.branches())).toHaveLength(2);
  });
});
