import { describe, expect, it } from "vitest";
import { beginDaemonStory, type DaemonStory, MINUTE } from "../support/daemon-story.ts";
import { putObjects } from "../support/kubernetes/put-objects.ts";
import { deploymentObjects } from "../support/kubernetes/workload-objects.ts";
import { releases, runsWell, untilProposed } from "../support/outage.ts";

const LIVE = { workloads: ["api"] };
const DOUBT = "nothing shows that acme/api:1.7.4 can still be pulled";

/** A release breaks `api`, of which the cluster keeps an older ReplicaSet with this image. */
async function outage(oldImage: string): Promise<DaemonStory> {
  const story = await beginDaemonStory();
  await runsWell(story);
  await story.start();
  await story.pass(MINUTE);
  const bad = await releases(story);
  const shape = { namespace: "payments", name: "api", bad: true, image: "acme/api:1.8.0", oldImage };
  putObjects(story.kube.server, ...deploymentObjects(shape));
  await story.runs(bad, "Degraded", LIVE);
  return story;
}

function asksForPast({ kube: { server } }: DaemonStory): number {
  return server.seen.filter(({ path }) => path.includes("/replicasets?")).length;
}

describe("the daemon, with an image that the cluster has forgotten", () => {
  it("proposes the revert all the same, says so in the pull request, and asks once for it", async () => {
    const story = await outage("acme/api:1.7.2");
    await untilProposed(story);
    const [pull] = await story.pullRequests();
    expect(pull?.body).toContain(`- ⚠️ Deployment/api: ${DOUBT}: no pod and no revision`);
    const asked = asksForPast(story);
    expect(asked).toBe(1);
    await story.pass(10 * MINUTE);
    expect(asksForPast(story)).toBe(asked);
    expect((await story.pullRequests())[0]?.body).toBe(pull?.body);
  });

  it("says nothing where an older ReplicaSet has it", async () => {
    const story = await outage("acme/api:1.7.4");
    await untilProposed(story);
    const [pull] = await story.pullRequests();
    expect(pull?.body).toContain("Check before merging");
    expect(pull?.body).not.toContain("can still be pulled");
  });

  it("proposes the revert without a word of it where the cluster does not answer", async () => {
    const story = await outage("acme/api:1.7.2");
    story.kube.server.faults.add({ path: /replicasets/, times: 1000, does: { kind: "answer", status: 500 } });
    await untilProposed(story);
    expect((await story.pullRequests())[0]?.body).not.toContain("can still be pulled");
  });
});
