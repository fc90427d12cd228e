import { describe, expect, it } from "vitest";
import { beginDaemonStory, type DaemonStory, MANIFEST, MINUTE } from "../support/daemon-story.ts";
import { deployment } from "../support/manifests.ts";
import { breaks, type Outage, untilEnded, untilProposed } from "../support/outage.ts";

/** `api` has run well for long enough, then a release breaks it. Answers the commits. */
async function outage(story: DaemonStory): Promise<Outage> {
  const good = await story.tip();
  await story.runs(good, "Healthy");
  await story.start();
  await story.until(() => story.records().some(({ type }) => type === "checkpoint"));
  return { good, bad: await breaks(story) };
}

describe("the daemon", () => {
  it("takes a bad image from the first symptom to verified recovery, with a person's merge in between", async () => {
    const story = await beginDaemonStory();
    const { good } = await outage(story);

    await untilProposed(story);
    const [pull] = await story.pullRequests();
    expect(pull).toMatchObject({
      number: 1,
      state: "open",
      title: 'Revert "feat(api): bump image to 1.8.0" in api (prod)',
    });
    expect(await story.text(MANIFEST, pull?.branch)).toBe(deployment("api:1.7.4"));
    expect(story.jobs()).toMatchObject([
      { status: "In Progress", station: "pull request", target: "api", trigger: "health Failed", checkpoint: good },
    ]);

    const merged = await story.merge(1);
    await story.until(() => story.jobs()[0]?.station === "sync");
    await story.runs(merged, "Progressing");
    await story.pass(MINUTE);
    await story.runs(merged, "Healthy");
    await untilEnded(story);

    expect(story.jobs()).toMatchObject([
      { status: "Completed", outcome: "verified", landed: merged, landedBy: "mina" },
    ]);
    expect(story.records().filter(({ type }) => type === "quarantine")).toMatchObject([
      { artifact: { kind: "image", tag: "1.8.0" } },
      { artifact: { kind: "content" } },
    ]);
    expect((await story.pullRequests())[0]?.labels).toEqual(["lastgood", "lastgood: verified"]);
    expect(story.told.map(({ event }) => event)).toEqual([
      "RegressionDetected",
      "RevertProposed",
      "RevertMerged",
      "RevertSynced",
      "RevertVerified",
    ]);
  });
});
