import { describe, expect, it } from "vitest";

import { NAME } from "../support/github-world.ts";
import { deployment } from "../support/manifests.ts";
import { API, BAD, GOOD, HISTORY } from "../support/release-history.ts";
import { begin, type Story } from "../support/story.ts";

const CHECKS = { strict: false, checks: [{ context: "ci" }] };
const MERGE = "lastgood revert ./apps/api --to #1 -y --merge";

async function pass(story: Story): Promise<void> {
  const [pull] = await story.pullRequests();
  const { repos } = story.github.octokit("mina");
  const sha = (await story.branches())[pull?.branch ?? ""] ?? "";
  await repos.createCommitStatus({ owner: "acme", repo: "gitops", sha, state: "success", context: "ci" });
  await story.github.control.settle();
}

describe("a merge, as the repository allows it", () => {
  it("waits for a check and says which; once it has passed, the same command merges", async () => {
    const story = await begin(HISTORY);

    await story.github.control.protect(NAME, "main", { requiredChecks: CHECKS, enforceAdmins: true });
    const line = `${MERGE} --repo ${story.url}`;
    const mina = story.person();
    const waiting = await mina.run(line);
    expect(waiting.exit).toBe(8);
    expect(waiting.stderr).toContain("not merged yet: 1 check has not reported: ci");
    await pass(story);
    expect(await mina.run(line)).toMatchObject({ exit: 0 });
    expect(await story.text(API)).toBe(GOOD);
  });

  it("is armed while somebody waits, and the order is taken back when the time is up", async () => {
    const story = await begin(HISTORY);
    story.github.control.allowAutoMerge(NAME);
    await story.github.control.protect(NAME, "main", { requiredChecks: CHECKS });
    const { exit, stderr } = await story.person().run(`${MERGE} --wait merged --timeout 1s --repo ${story.url}`);
    expect(exit).toBe(8);
    expect(stderr).toContain("1 check has not reported: ci");
    const asked = story.github.control
      .requests()
      .flatMap(({ body }) => JSON.stringify(body ?? "").match(/(?:en|dis)ablePullRequestAutoMerge/g) ?? []);
    expect(asked).toEqual(["enablePullRequestAutoMerge", "disablePullRequestAutoMerge"]);
    await pass(story);
    expect(await story.pullRequests()).toMatchObject([{ merged: false }]);
    expect(await story.text(API)).toBe(BAD);
  });

  it("is brought up to date where that is asked for, and merged with what came in", async () => {
    const story = await begin(HISTORY);
    const line = `lastgood revert ./apps/api --to #1 -y --repo ${story.url}`;
    await story.person().run(line);
    await story.push({ "apps/web/web.yaml": "a: 1\n" }, "Work on web");
    story.github.control.addRuleset(NAME, { rules: [{ type: "required_status_checks", strict: true, checks: [] }] });
    expect(await story.person().run(`${line} --merge`)).toMatchObject({ exit: 0 });
    expect(await story.text(API)).toBe(GOOD);
    expect(await story.text("apps/web/web.yaml")).toBe("a: 1\n");
  });

  it("never overwrites a fix that comes in while the branch is brought up to date", async () => {
    const story = await begin(HISTORY);
    const line = `lastgood revert ./apps/api --to #1 -y --repo ${story.url}`;
    await story.person().run(line);
    await story.push({ "apps/web/web.yaml": "a: 1\n" }, "Work on web");
    story.github.control.addRuleset(NAME, { rules: [{ type: "required_status_checks", strict: true, checks: [] }] });
    const fix = deployment("api:1.8", { replicas: 9 });
    story.github.control.addFault({
      method: "PUT",
      path: /update-branch$/,
      when: "before",
      does: { kind: "run", run: async () => commitFix(story, fix) },
    });
    expect((await story.person().run(`${line} --merge`)).exit).not.toBe(0);
    expect(await story.text(API)).toBe(fix);
    expect(await story.pullRequests()).toMatchObject([{ merged: false }]);
  });

  it("goes through the merge queue where there is one", async () => {
    const story = await begin(HISTORY);
    story.github.control.addRuleset(NAME, { rules: [{ type: "merge_queue", method: "squash" }] });
    const { exit, stderr } = await story.person().run(`${MERGE} --repo ${story.url}`);
    expect(exit).toBe(8);
    expect(stderr).toContain("merge queue of main");
    await story.github.control.settle();
    expect(await story.text(API)).toBe(GOOD);
  });
});

/** Past the rules of main: straight into the repository, as an administrator would. */
async function commitFix(story: Story, text: string): Promise<void> {
  await story.push({ [API]: text }, "Fix forward");
}
