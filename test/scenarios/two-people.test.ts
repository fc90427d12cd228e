import { describe, expect, it } from "vitest";

import { deployment } from "../support/manifests.ts";
import { API, GOOD, HISTORY } from "../support/release-history.ts";
import { begin, type Story } from "../support/story.ts";

/** Mina and the bot see the same alert and type the same command. */
async function both(story: Story, more: string) {
  const people = [story.person("mina"), story.person("app")];
  return Promise.all(
    people.map(async (one) => one.run(`lastgood revert ./apps/api --to #1 -y ${more} --repo ${story.url}`)),
  );
}

describe("two people at once", () => {
  it("share one branch and one pull request", async () => {
    const story = await begin(HISTORY);
    const runs = await both(story, "");
    expect(runs.map(({ exit, stdout }) => ({ exit, stdout }))).toEqual([
      { exit: 0, stdout: `${story.github.url}/acme/gitops/pull/1\n` },
      { exit: 0, stdout: `${story.github.url}/acme/gitops/pull/1\n` },
    ]);
    const pulls = await story.pullRequests();
    expect(pulls).toHaveLength(1);
    expect(new Set(Object.keys(await story.branches()))).toEqual(new Set(["main", pulls[0]?.branch]));
    expect(await story.text(API, pulls[0]?.branch)).toBe(GOOD);
  });

  it("push one commit", async () => {
    const story = await begin(HISTORY);
    const runs = await both(story, "--mode push");
    expect(runs.map(({ exit }) => exit)).toEqual([0, 0]);
    expect(runs.map(({ stdout }) => stdout).toSorted()).toEqual(["", `${await story.tip()}\n`]);
    expect(await story.text(API)).toBe(GOOD);
  });

  it("merge once", async () => {
    const story = await begin(HISTORY);
    const runs = await both(story, "--merge");
    expect(runs.map(({ exit }) => exit)).toEqual([0, 0]);
    expect(await story.pullRequests()).toMatchObject([{ number: 1, merged: true }]);
    expect(await story.text(API)).toBe(GOOD);
  });

  it("stay out of each other's way: a fix that is faster wins", async () => {
    const story = await begin(HISTORY);
    const fix = deployment("api:1.8.1");
    story.github.control.addFault({
      path: /git-receive-pack/,
      does: { kind: "run", run: async () => void (await story.push({ [API]: fix }, "Fix forward")) },
    });
    const mina = story.person();
    const { exit, stderr } = await mina.run(`lastgood revert ./apps/api --to #1 -y --mode push --repo ${story.url}`);
    expect(exit).toBe(6);
    expect(stderr).toContain("StalePlan");
    expect(await story.text(API)).toBe(fix);
  });

  it("do not answer for each other: who closed it is named, who pushed keeps the branch", async () => {
    const story = await begin(HISTORY);
    const mina = story.person();
    const revert = async (more = "") => mina.run(`lastgood revert ./apps/api --to #1 ${more} --repo ${story.url}`);
    await revert("-y");
    const [pull] = await story.pullRequests();
    await story.push({ "notes.md": "looking into it\n" }, "Notes", pull?.branch);
    const held = await revert("-y --only :image");
    expect(held).toMatchObject({ exit: 5, stdout: "" });
    expect(held.stderr).toContain("Vetoed");

    await story.github.octokit("app").pulls.update({ owner: "acme", repo: "gitops", pull_number: 1, state: "closed" });
    expect(await revert()).toMatchObject({ exit: 2, stdout: "" });
    const again = await revert("-y");
    expect(again.stderr).toContain("lastgood[bot] closed the revert of this suspect before");
    expect(again).toMatchObject({ exit: 0, stdout: `${story.github.url}/acme/gitops/pull/2\n` });
  });
});
