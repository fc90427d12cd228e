import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import { seenImages, uniteSeen } from "../../src/core/seen-images.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const DAYS = ["2026-08-20T00:00:00Z", "2026-08-21T00:00:00Z", "2026-08-22T00:00:00Z"] as const;

function template(image: string): JsonObject {
  return { spec: { initContainers: [{ name: "wait", image: "busybox:1.36" }], containers: [{ name: "api", image }] } };
}

function replicaSet(revision: number, image: string, replicas = 0): JsonObject {
  return {
    metadata: {
      creationTimestamp: DAYS[revision - 1] ?? "",
      annotations: { "deployment.kubernetes.io/revision": String(revision) },
    },
    spec: { replicas, template: template(image) },
  };
}

function pod(image: string, status: JsonObject): JsonObject {
  return {
    spec: { containers: [{ name: "api", image }] },
    status: { containerStatuses: [{ name: "api", ...status }] },
  };
}

const DEPLOYMENT: JsonObject = { spec: { template: template("api:3") } };

describe("seenImages", () => {
  it("tells that a ReplicaSet ran until the next one came, and that the newest, and what is scaled up, runs", () => {
    const revisions = [replicaSet(3, "api:3"), replicaSet(1, "api:1"), replicaSet(2, "api:2", 1)];
    const { kept } = seenImages([{ value: DEPLOYMENT, revisions, pods: [] }]);
    expect(kept.filter(({ image }) => image !== "busybox:1.36")).toEqual([
      { image: "api:1", untilMs: Date.parse(DAYS[1]) },
      { image: "api:2" },
      { image: "api:3" },
    ]);
  });

  it("reads ControllerRevisions, which hold the template as a patch", () => {
    const revision = (number: number, image: string): JsonObject => ({
      metadata: { creationTimestamp: DAYS[number - 1] ?? "" },
      revision: number,
      data: { spec: { template: { ...template(image), $patch: "replace" } } },
    });
    const { kept } = seenImages([
      { value: DEPLOYMENT, revisions: [revision(2, "api:2"), revision(1, "api:1")], pods: [] },
    ]);
    expect(kept.map(({ image }) => image)).toEqual(["busybox:1.36", "api:1", "busybox:1.36", "api:2"]);
    expect(kept[1]).toEqual({ image: "api:1", untilMs: Date.parse(DAYS[1]) });
  });

  it("takes a pod's image for pulled when the node says its id, and for refused when the kubelet cannot have it", () => {
    const pods = [
      pod("api:2", { imageID: `docker.io/library/api@${DIGEST}`, state: { waiting: { reason: "CrashLoopBackOff" } } }),
      pod("api:3", { imageID: "", state: { waiting: { reason: "ImagePullBackOff" } } }),
      pod("api:4", { imageID: "", state: { waiting: { reason: "ContainerCreating" } } }),
    ];
    const { pulled, refused } = seenImages([{ value: DEPLOYMENT, revisions: [], pods }]);
    expect(pulled).toEqual([`api:2@${DIGEST}`]);
    expect(refused).toEqual([{ image: "api:3", why: "ImagePullBackOff" }]);
  });

  it("tells nothing of a workload whose revisions may not be read, but what its pods show", () => {
    const pods = [pod("api:3", { imageID: `api@${DIGEST}` })];
    expect(seenImages([{ value: DEPLOYMENT, pods }])).toMatchObject({
      pulled: [`api:3@${DIGEST}`],
      kept: [],
      told: [],
    });
  });

  it("tells of every image that a workload and its revisions name", () => {
    const { told } = seenImages([{ value: DEPLOYMENT, revisions: [replicaSet(1, "old/api:1")], pods: [] }]);
    expect(told).toEqual(["busybox:1.36", "api:3", "busybox:1.36", "old/api:1"]);
  });

  it("takes a revision whose time or number cannot be read for one that may run", () => {
    const torn: JsonObject = { metadata: { creationTimestamp: "yesterday" }, spec: { template: template("api:1") } };
    const { kept } = seenImages([{ value: {}, revisions: [torn, replicaSet(2, "api:2")], pods: [{}] }]);
    expect(kept.map(({ untilMs }) => untilMs)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("unites what several clusters show", () => {
    const one = seenImages([{ value: DEPLOYMENT, revisions: [replicaSet(1, "api:1")], pods: [] }]);
    const two = seenImages([{ value: {}, pods: [pod("api:2", { imageID: `api@${DIGEST}` })] }]);
    expect(uniteSeen([one, two])).toEqual({ ...one, pulled: two.pulled });
  });
});
