import { describe, expect, it } from "vitest";
import { toIso } from "../../src/core/model/time.ts";
import { beginDaemonStory, type DaemonStory, MINUTE, POLICY } from "../support/daemon-story.ts";
import { runDeployment } from "../support/kubernetes/running-deployment.ts";
import { outage, untilEnded, untilProposed } from "../support/outage.ts";

/** Until the revert of a release runs, before it is seen well for long enough. */
async function arrived(): Promise<{
  readonly story: DaemonStory;
  readonly landed: string;
}> {
  const story = await beginDaemonStory();
  await outage(story);
  await untilProposed(story);
  const landed = await story.merge(1);
  await story.runs(landed, "Healthy", { workloads: ["api"] });
  const since = toIso(story.clock.nowMs());
  const image = "api:1.7.4";
  await runDeployment(story.kube, {
    namespace: "payments",
    name: "api",
    labels: { app: "api" },
    image,
    isReady: true,
    since,
  });
  await story.until(() => story.jobs()[0]?.reachedAt !== undefined);
  return { story, landed };
}

describe("a job of the daemon that is verified", () => {
  it("confirms each component once: as planned in git, and how it is in the cluster", async () => {
    const { story, landed } = await arrived();
    expect(story.confirmed).toEqual([]);
    await untilEnded(story);
    await story.pass(5 * MINUTE);
    const [job] = story.jobs();
    expect(job).toMatchObject({ outcome: "verified" });
    const api = { name: "Deployment/api", isPlanned: true, status: "Current" };
    expect(story.confirmed).toEqual([{ job: job?.id, landed, components: [api] }]);
  });

  it("ends all the same when what was planned is not found again, which is said", async () => {
    const { story } = await arrived();
    story.policy = { ...POLICY, components: { only: ["Service/other"], except: [] } };
    await untilEnded(story);
    await story.pass(MINUTE);
    expect(story.jobs()).toMatchObject([{ outcome: "verified" }]);
    expect(story.confirmed).toEqual([]);
    expect(story.log.lines.filter((line) => line.includes("cannot be confirmed"))).toEqual([
      "warn: api: its components cannot be confirmed one by one: UsageComponent: " +
        '"Service/other" matches nothing that differs from the checkpoint',
    ]);
  });
});
