import { describe, expect, it } from "vitest";
import { beginDaemonStory, type DaemonStory, MANIFEST, MINUTE, POLICY } from "../support/daemon-story.ts";
import { AT } from "../support/github-world.ts";
import { deployment } from "../support/manifests.ts";

async function outage(story: DaemonStory): Promise<void> {
  const good = (await story.branches())["main"] ?? "";
  story.wasGood(good);
  await story.runs(good, "Healthy");
  await story.start();
  await story.pass(MINUTE);
  const bad = await story.push({ [MANIFEST]: deployment("api:1.8.0") }, "feat(api): bump image to 1.8.0");
  await story.runs(bad, "Degraded");
}

describe("the daemon, allowed to go further", () => {
  it("pushes the revert itself in mode push: no pull request, one commit, and the incident tells of it", async () => {
    const story = await beginDaemonStory();
    story.policy = { ...POLICY, mode: "push" };
    await outage(story);
    await story.until(() => story.jobs()[0]?.landed !== undefined);
    const landed = story.jobs()[0]?.landed ?? "";
    expect((await story.branches())["main"]).toBe(landed);
    expect(await story.text(MANIFEST)).toBe(deployment("api:1.7.4"));
    await story.runs(landed, "Healthy");
    await story.until(() => story.jobs()[0]?.endedAtMs !== undefined);
    expect(story.jobs()).toMatchObject([{ status: "Completed", outcome: "verified", landed }]);
    expect(await story.pullRequests()).toEqual([]);
    expect(Object.keys(await story.branches())).toEqual(["main"]);
    const { data } = await story.github.octokit("mina").issues.listForRepo({ ...AT });
    expect(data).toMatchObject([{ number: 1, body: expect.stringContaining(landed.slice(0, 7)) }]);
    expect(story.told.map(({ event }) => event)).toEqual([
      "RegressionDetected",
      "RevertMerged",
      "RevertSynced",
      "RevertVerified",
    ]);
  });
});
