import { describe, expect, it } from "vitest";
import { toIso } from "../../src/core/model/time.ts";
import { beginDaemonStory, type DaemonStory, MINUTE, POLICY } from "../support/daemon-story.ts";
import { runDeployment } from "../support/kubernetes/running-deployment.ts";
import { untilEnded, untilLanded } from "../support/outage.ts";
import { carrier, pods } from "../support/two-colours.ts";

const GREEN = "apps/api/green.yaml";
const SERVICE = "apps/api/service.yaml";

const WORKLOADS = ["blue", "green"];

/** How the pods of a colour are, from now on. */
async function pod(story: DaemonStory, name: string, isReady: boolean): Promise<void> {
  const since = toIso(story.clock.nowMs());
  const labels = { app: "shop", colour: name };
  await runDeployment(story.kube, {
    namespace: "payments",
    name,
    labels,
    image: "ghcr.io/acme/shop:1",
    isReady,
    since,
  });
}

interface Switched {
  readonly story: DaemonStory;
  readonly good: string;
  /** The first revert. */
  readonly landed: string;
}

/** Blue and green run version 1, and blue has the traffic. Then green gets version 2 and the traffic, and fails. */
async function switched(isBlueReady: boolean): Promise<Switched> {
  const story = await beginDaemonStory({
    files: { "apps/api/blue.yaml": pods("blue", 1), [GREEN]: pods("green", 1), [SERVICE]: carrier("blue") },
  });
  story.policy = {
    ...POLICY,
    mode: "merge",
    strategy: "traffic-first",
    bad: { forMs: MINUTE / 2, samples: 2 },
    verify: { forMs: MINUTE, timeoutMs: 2 * MINUTE },
  };
  const good = await story.tip();
  story.wasGood(good);
  await pod(story, "blue", isBlueReady);
  await pod(story, "green", false);
  await story.runs(good, "Healthy", { workloads: WORKLOADS });
  await story.start();
  await story.pass(MINUTE / 2);
  const bad = await story.push({ [GREEN]: pods("green", 2), [SERVICE]: carrier("green") }, "feat(shop): 2 on green");
  await story.runs(bad, "Degraded", { workloads: WORKLOADS });
  return { story, good, landed: await untilLanded(story) };
}

describe("the daemon, with traffic first", () => {
  it("takes the traffic back while the old colour runs, and is content when the traffic is well again, though the bad colour still fails", async () => {
    const { story, good, landed } = await switched(true);
    expect(await story.text(SERVICE)).toBe(carrier("blue"));
    expect(await story.text(GREEN)).toBe(pods("green", 2));
    const [pull] = await story.pullRequests();
    expect(pull?.body).toContain("only traffic goes back: Deployment/green stays as it is");
    const began = story.jobs()[0]?.timeline[0]?.detail;
    expect(began).toContain(`api back to ${good.slice(0, 7)}, traffic first (Service/shop alone: Deployment/blue gets`);

    await story.runs(landed, "Degraded", { workloads: WORKLOADS });
    // The job of the rest may begin, and wait for its turn, at the same moment.
    await story.until(() => story.jobs().at(-1)?.endedAtMs !== undefined);
    const first = story.jobs().at(-1);
    expect(first).toMatchObject({ status: "Completed", outcome: "verified" });
    expect(first?.detail).toContain("only traffic went back: Deployment/green stays as before");
    expect(story.confirmed).toMatchObject([{ components: [{ name: "Service/shop", isPlanned: true }] }]);
    expect(story.records().filter(({ type }) => type === "quarantine")).toMatchObject([
      { artifact: { kind: "image", tag: "2" } },
      { artifact: { kind: "content" } },
    ]);
  });

  it("does not call the traffic well when what gets it fails after all", async () => {
    const { story, landed } = await switched(true);
    await pod(story, "blue", false);
    await story.runs(landed, "Degraded", { workloads: WORKLOADS });
    await untilEnded(story);
    expect(story.jobs()).toMatchObject([{ status: "Exception", outcome: "still unhealthy" }]);
    expect(story.jobs()[0]?.detail).toContain("Deployment/blue, which the traffic takes, is Failed");
    expect(story.records().filter(({ type }) => type === "quarantine")).toEqual([]);
  });

  it("takes the rest back in a job of its own, when the cooldown is over and the budget allows it", async () => {
    const { story, good, landed: first } = await switched(true);
    story.policy = { ...story.policy, limits: { ...POLICY.limits, cooldownMs: MINUTE, perTarget: 2 } };
    await story.runs(first, "Degraded", { workloads: WORKLOADS });
    await story.until(() => story.jobs().length === 2 && story.jobs()[0]?.landed !== undefined);
    expect(story.jobs()[1]).toMatchObject({ outcome: "verified", landed: first });
    expect(await story.text(GREEN)).toBe(pods("green", 1));
    const second = story.jobs()[0]?.landed ?? "";
    await pod(story, "green", true);
    await story.runs(second, "Healthy", { workloads: WORKLOADS });
    await untilEnded(story);
    expect(story.jobs()).toMatchObject([
      { outcome: "verified", checkpoint: good },
      { outcome: "verified", checkpoint: good },
    ]);
    expect(await story.pullRequests()).toHaveLength(2);
  });

  it("takes all of it back when the old colour does not run", async () => {
    const { story, landed } = await switched(false);
    expect(await story.text(SERVICE)).toBe(carrier("blue"));
    expect(await story.text(GREEN)).toBe(pods("green", 1));
    await story.runs(landed, "Healthy", { workloads: WORKLOADS });
    await untilEnded(story);
    expect(story.jobs()).toMatchObject([{ status: "Completed", outcome: "verified" }]);
  });
});
