import { describe, expect, it } from "vitest";
import { beginDaemonStory, type DaemonStory, MANIFEST, MINUTE, type StoryReplica } from "../support/daemon-story.ts";
import { deployment } from "../support/manifests.ts";
import { breaks, runsWell, untilEnded, untilProposed } from "../support/outage.ts";

interface Replicas {
  readonly story: DaemonStory;
  /** It has taken the Lease. */
  readonly first: StoryReplica;
  readonly second: StoryReplica;
}

/** Two replicas look at `api`, which was good, and which a release has broken. */
async function outage(firstDiesAfter?: string): Promise<Replicas> {
  const story = await beginDaemonStory();
  await runsWell(story);
  const first = await story.startReplica("first", firstDiesAfter);
  const second = await story.startReplica("second");
  await story.pass(MINUTE);
  await breaks(story);
  return { story, first, second };
}

/** A person merges the only pull request that there is, and the target is well again. */
async function seenThrough(story: DaemonStory): Promise<void> {
  await untilProposed(story);
  expect(await story.pullRequests()).toHaveLength(1);
  await story.runs(await story.merge(1), "Healthy");
  await untilEnded(story);
  expect(story.jobs()).toMatchObject([{ status: "Completed", outcome: "verified" }]);
  expect(await story.text(MANIFEST)).toBe(deployment("api:1.7.4"));
  expect(await story.pullRequests()).toHaveLength(1);
}

describe("replicas of the daemon", () => {
  it("do the work once: one acts, the other looks and writes nothing", async () => {
    const { story, first, second } = await outage();
    await seenThrough(story);
    expect([first.held(), second.held()]).toEqual([true, false]);
    expect(first.steps).toContain("propose");
    expect(second.steps).toEqual([]);
    expect(story.told.filter(({ event }) => event === "RevertProposed")).toHaveLength(1);
  });

  it("go on where the one that acted was killed in the middle of a job, as soon as its Lease is over", async () => {
    const { story, first, second } = await outage("record-job");
    await story.until(() => first.steps.includes("record-job"));
    const diedAtMs = story.clock.nowMs();
    const [{ id } = { id: "" }] = story.jobs();
    expect(await story.pullRequests()).toEqual([]);
    await story.until(() => second.held());
    expect(story.clock.nowMs() - diedAtMs).toBeLessThanOrEqual(35_000);
    await seenThrough(story);
    expect([first.steps, second.steps.includes("propose")]).toEqual([["record-job"], true]);
    expect(story.jobs().map((job) => job.id)).toEqual([id]);
  });

  it("do not write against each other when the one that acted loses its Lease and lives on", async () => {
    const { story, first, second } = await outage();
    await untilProposed(story);
    first.cut();
    await story.until(() => second.held());
    expect(first.held()).toBe(false);
    const before = [...first.steps];
    await seenThrough(story);
    expect(first.steps).toEqual(before);
    expect(second.steps).toContain("end");
  });

  it("hand over at once when the one that acts ends in good order", async () => {
    const { story, first, second } = await outage();
    await story.until(() => first.steps.includes("record-job"));
    await first.stop();
    const stoppedAtMs = story.clock.nowMs();
    await story.until(() => second.held());
    expect(story.clock.nowMs() - stoppedAtMs).toBeLessThanOrEqual(6000);
    await seenThrough(story);
  });
});
