import { describe, expect, it } from "vitest";
import { type DecisionRecord, replayDecision } from "../../src/core/decision/decision-record.ts";
import { beginDaemonStory, type DaemonStory, MINUTE, POLICY } from "../support/daemon-story.ts";
import { AT } from "../support/github-world.ts";
import { outage, untilEnded, untilLanded, untilProposed } from "../support/outage.ts";

function decisions(story: DaemonStory): readonly DecisionRecord[] {
  return story.records().filter((record) => record.type === "decision");
}

/** What was decided, in order: how far it goes, or why it holds. */
function said(story: DaemonStory): readonly string[] {
  return decisions(story).map(({ mode, reason }) => mode ?? reason ?? "");
}

describe("decisions on record", () => {
  it("say when something else is decided while a job waits, with all they were made from, and nothing while nothing changes", async () => {
    const story = await beginDaemonStory();
    await outage(story);
    await untilProposed(story);
    await story.pass(10 * MINUTE);
    expect(said(story)).toEqual(["propose", "AlreadyOpen"]);

    const { issues } = story.github.octokit("mina");
    const { data } = await issues.create({ ...AT, title: "Not now", labels: ["lastgood: disable"] });
    await story.until(() => said(story).length > 2);
    await story.pass(5 * MINUTE);
    await issues.update({ ...AT, issue_number: data.number, state: "closed" });
    await story.until(() => said(story).length > 3);
    await story.pass(5 * MINUTE);
    expect(said(story)).toEqual(["propose", "AlreadyOpen", "Disabled", "AlreadyOpen"]);
    expect(decisions(story)[2]?.message).toContain("mina");
    expect(decisions(story).map(replayDecision)).toEqual(["same", "same", "same", "same"]);
    expect(story.jobs()).toMatchObject([{ status: "In Progress", station: "pull request" }]);

    await story.runs(await story.merge(1), "Healthy");
    await untilEnded(story);
    const count = decisions(story).length;
    await story.start();
    await story.pass(5 * MINUTE);
    expect(decisions(story)).toHaveLength(count);
  });

  it("hold a job that is under way once somebody who may throws the kill switch, before its next write, until it is lifted", async () => {
    const story = await beginDaemonStory();
    story.policy = { ...POLICY, mode: "merge" };
    const { issues } = story.github.octokit("mina");
    await outage(story);
    await story.until(() => story.jobs().length > 0);
    expect(story.jobs()[0]?.landed).toBeUndefined();
    const { data } = await issues.create({ ...AT, title: "Not now", labels: ["lastgood: disable"] });
    await story.until(() => said(story).at(-1) === "Disabled");
    const written = await writes(story);
    await story.pass(5 * MINUTE);
    expect(await writes(story)).toEqual(written);
    expect(story.jobs()[0]).toMatchObject({ target: "api" });
    expect(story.jobs()[0]?.landed).toBeUndefined();
    expect(decisions(story).at(-1)?.message).toContain("mina");

    await issues.update({ ...AT, issue_number: data.number, state: "closed" });
    const landed = await untilLanded(story);
    await story.runs(landed, "Healthy");
    await untilEnded(story);
    expect(story.jobs()).toMatchObject([{ outcome: "verified", landed }]);
  });

  it("do not count a kill switch of somebody who may set labels and not write", async () => {
    const story = await beginDaemonStory();
    story.github.control.setRole("acme/gitops", "mina", "triage");
    const { issues } = story.github.octokit("mina");
    await issues.create({ ...AT, title: "lastgood: disable", labels: ["lastgood: disable"] });
    await outage(story);
    await untilProposed(story);
    expect(said(story)).not.toContain("Disabled");
    expect(decisions(story)[0]?.facts).toMatchObject({
      forge: { killSwitch: { state: "set", by: "mina", access: "none" } },
    });
  });
});

/** What is on the forge: pull requests with their heads, and the branch. */
async function writes(story: DaemonStory): Promise<unknown> {
  return [await story.pullRequests(), await story.branches()];
}
