import { describe, expect, it } from "vitest";
import { beginDaemonStory, type DaemonStory, MANIFEST, MINUTE } from "../support/daemon-story.ts";
import { AT } from "../support/github-world.ts";
import { deployment } from "../support/manifests.ts";
import { outage, untilEnded, untilProposed } from "../support/outage.ts";

async function comments(story: DaemonStory): Promise<string> {
  const { data } = await story.github.octokit("mina").issues.listComments({ ...AT, issue_number: 1 });
  return data.map(({ body }) => body ?? "").join("\n");
}

/** Somebody's fix comes while the pull request waits. */
async function fixed(story: DaemonStory): Promise<string> {
  const fix = await story.push({ [MANIFEST]: deployment("api:1.8.1") }, "fix(api): bump image to 1.8.1");
  await untilEnded(story);
  expect(story.jobs()).toMatchObject([{ status: "Completed", outcome: "superseded" }]);
  return fix;
}

describe("a pull request that a newer fix has made needless", () => {
  it("is closed with a word why, which is nobody's no: comes the same back, it is opened again", async () => {
    const story = await beginDaemonStory();
    await outage(story);
    await untilProposed(story);
    const fix = await fixed(story);
    const [closed] = await story.pullRequests();
    expect(closed).toMatchObject({ number: 1, state: "closed", labels: ["lastgood", "lastgood: superseded"] });
    expect(await comments(story)).toContain(`closed: ${fix.slice(0, 7)} took the place of what #`);
    expect(story.told.map(({ event }) => event)).toContain("RevertSuperseded");
    await story.runs(fix, "Healthy");
    await story.pass(5 * MINUTE);

    const again = await story.push({ [MANIFEST]: deployment("api:1.8.0") }, "feat(api): bump image to 1.8.0 again");
    await story.runs(again, "Degraded");
    await story.until(() => story.jobs()[0]?.pullRequest !== undefined && story.jobs().length === 2);
    await story.pass(MINUTE);
    const pulls = await story.pullRequests();
    expect(pulls).toMatchObject([{ number: 1, state: "open", labels: ["lastgood", "lastgood: awaiting review"] }]);
    expect(await story.text(MANIFEST, pulls[0]?.branch)).toBe(deployment("api:1.7.4"));
    const merged = await story.merge(1);
    await story.runs(merged, "Healthy");
    await untilEnded(story);
    expect(story.jobs()[0]).toMatchObject({ outcome: "verified", pullRequest: 1, landed: merged });
  });

  it("is left open, and told, where a person has reviewed it", async () => {
    const story = await beginDaemonStory();
    await outage(story);
    await untilProposed(story);
    const { pulls } = story.github.octokit("mina");
    await pulls.createReview({ ...AT, pull_number: 1, event: "COMMENT", body: "Let us look at it first" });
    await fixed(story);
    expect((await story.pullRequests())[0]?.state).toBe("open");
    expect(await comments(story)).toMatch(/1 reverts; it stays open: mina reviewed it/);
  });

  it("stays a person's no where a person closed it, also with the label on it", async () => {
    const story = await beginDaemonStory();
    await outage(story);
    await untilProposed(story);
    await story.github.octokit("mina").issues.addLabels({ ...AT, issue_number: 1, labels: ["lastgood: superseded"] });
    await story.close(1);
    await untilEnded(story);
    expect(story.jobs()).toMatchObject([{ outcome: "rejected" }]);
    await story.pass(10 * MINUTE);
    expect((await story.pullRequests())[0]?.state).toBe("closed");
  });
});
