import { describe, expect, it } from "vitest";
import { cancelJob } from "../../src/core/job/by-hand.ts";
import { EVENTS } from "../../src/core/model/event.ts";
import type { Notification } from "../../src/core/notification/notification.ts";
import type { Notifier } from "../../src/ports/notifier.ts";
import { beginDaemonStory, MINUTE } from "../support/daemon-story.ts";
import { breaks, outage, runsWell, untilEnded, untilProposed } from "../support/outage.ts";

interface Ear extends Notifier {
  readonly heard: Notification[];
  /** Nothing is taken: who tells it waits, and is killed over it. */
  isDeaf: boolean;
}

function ear(): Ear {
  return {
    name: "pager",
    on: new Set(EVENTS),
    heard: [],
    isDeaf: false,
    async notify(notification, signal) {
      if (this.isDeaf)
        throw await new Promise((resolve) => signal?.addEventListener("abort", () => resolve(new Error())));
      this.heard.push(notification);
    },
  };
}

function events({ heard }: Ear): readonly string[] {
  return heard.map(({ event }) => event);
}

const STORY = ["RegressionDetected", "RevertProposed", "RevertMerged", "RevertSynced", "RevertVerified"];

describe("what people are told over a restart", () => {
  it("is told once by who comes next, when a process was killed between its line and the message", async () => {
    const pager = ear();
    const story = await beginDaemonStory({ ledger: {}, notifiers: [pager] });
    await outage(story);
    await untilProposed(story);
    expect(events(pager)).toEqual(["RegressionDetected", "RevertProposed"]);
    pager.isDeaf = true;
    await story.runs(await story.merge(1), "Healthy");
    await untilEnded(story);
    expect(events(pager)).toHaveLength(2);

    pager.isDeaf = false;
    await story.start();
    await story.until(() => pager.heard.length === STORY.length);
    expect(events(pager)).toEqual(STORY);
    const keys = pager.heard.map(({ key }) => key);
    expect(new Set(keys).size).toBe(STORY.length);

    await story.start();
    await story.pass(MINUTE);
    expect(events(pager)).toEqual(STORY);
  });

  it("is not told again after a restart in good order, while a pull request waits or after the end", async () => {
    const pager = ear();
    const story = await beginDaemonStory({ notifiers: [pager] });
    await outage(story);
    await untilProposed(story);
    await story.pass(5 * MINUTE);
    await story.start();
    await story.pass(MINUTE);
    expect(events(pager)).toEqual(["RegressionDetected", "RevertProposed"]);

    await story.runs(await story.merge(1), "Healthy");
    await untilEnded(story);
    await story.pass(MINUTE);
    await story.start();
    await story.pass(MINUTE);
    expect(events(pager)).toEqual(STORY);
    // With the second line, once while the pull request waited, with the lines after the merge and the arrival, and at the end.
    expect(story.records().filter(({ type }) => type === "told")).toHaveLength(5);
  });

  it("is told once by one of two replicas, also where the other one takes over", async () => {
    const pager = ear();
    const story = await beginDaemonStory({ notifiers: [pager] });
    await runsWell(story);
    const first = await story.startReplica("lastgood-0");
    const second = await story.startReplica("lastgood-1");
    await story.pass(MINUTE);
    await breaks(story);
    await untilProposed(story);
    await story.pass(5 * MINUTE);
    await (first.held() ? first : second).stop();
    await story.pass(MINUTE);
    await story.runs(await story.merge(1), "Healthy");
    await untilEnded(story);
    await story.pass(MINUTE);
    expect(events(pager)).toEqual(STORY);
  });

  it("says that a person has cancelled what people were told of", async () => {
    const pager = ear();
    const story = await beginDaemonStory({ notifiers: [pager] });
    await outage(story);
    await untilProposed(story);
    const [job] = story.jobs();
    if (job === undefined) throw new Error("there is a job");
    const { clock } = story;
    const hand = { by: "dana", nowMs: clock.nowMs(), id: clock.newId(), jobId: clock.newId() };
    const cancelled = cancelJob(job, hand);
    if (cancelled.kind !== "record") throw new Error(cancelled.message);
    story.adds(cancelled.record);
    await story.pass(MINUTE);
    expect(pager.heard.at(-1)).toMatchObject({ event: "RevertSuperseded", message: "cancelled by dana" });
    expect(events(pager)).toEqual(["RegressionDetected", "RevertProposed", "RevertSuperseded"]);
  });
});
