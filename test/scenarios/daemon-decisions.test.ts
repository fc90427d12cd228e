import { describe, expect, it } from "vitest";
import { type DecisionRecord, replayDecision } from "../../src/core/decision/decision-record.ts";
import { beginDaemonStory, type DaemonStory, MINUTE } from "../support/daemon-story.ts";
import { AT } from "../support/github-world.ts";
import { outage, untilEnded, untilProposed } from "../support/outage.ts";

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
});
