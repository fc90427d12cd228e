import { describe, expect, it } from "vitest";
import { beginDaemonStory, MANIFEST, POLICY } from "../support/daemon-story.ts";
import { AT } from "../support/github-world.ts";
import { deployment } from "../support/manifests.ts";
import { outage, untilEnded, untilLanded } from "../support/outage.ts";

describe("the daemon, allowed to go further", () => {
  it("pushes the revert itself in mode push: no pull request, one commit, and the incident tells of it", async () => {
    const story = await beginDaemonStory();
    story.policy = { ...POLICY, mode: "push" };
    await outage(story);
    const landed = await untilLanded(story);
    expect(await story.tip()).toBe(landed);
    expect(await story.text(MANIFEST)).toBe(deployment("api:1.7.4"));
    await story.runs(landed, "Healthy");
    await untilEnded(story);
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
