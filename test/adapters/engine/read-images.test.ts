import { describe, expect, it } from "vitest";
import { readImages } from "../../../src/adapters/engine/read-images.ts";
import type { ObjectId } from "../../../src/core/model/component.ts";
import { lookAlikeWorld } from "../../support/engine-contract.ts";
import { deploymentObjects, statefulSetObjects } from "../../support/kubernetes/workload-objects.ts";
import { describePastImages } from "../../support/past-images-contract.ts";

const NAMESPACE = "payments";

function id(kind: string, name: string, apiVersion = "apps/v1"): ObjectId {
  return { apiVersion, kind, namespace: NAMESPACE, name };
}

describe("readImages", () => {
  describePastImages(lookAlikeWorld);

  it("asks for one workload by its selector: three requests, and no more", async () => {
    const { server, cluster, put } = await lookAlikeWorld();
    await put(...deploymentObjects({ namespace: NAMESPACE, name: "api" }));
    await cluster.get(id("Deployment", "api"));
    const before = server.seen.length;
    await readImages(cluster, [
      id("Deployment", "api"),
      id("ConfigMap", "api", "v1"),
      id("Job", "migrate", "batch/v1"),
    ]);
    const asked = server.seen.slice(before).map(({ path }) => path.replace(/&limit=.*/, ""));
    expect(asked.filter((path) => path.includes("/namespaces/"))).toEqual([
      `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/api`,
      `/apis/apps/v1/namespaces/${NAMESPACE}/replicasets?labelSelector=app%3Dapi`,
      `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app%3Dapi`,
    ]);
  });

  it("asks for all of a namespace once where there are many workloads", async () => {
    const { server, cluster, put } = await lookAlikeWorld();
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names)
      await put(...deploymentObjects({ namespace: NAMESPACE, name, oldImage: `acme/${name}:1` }));
    const before = server.seen.length;
    const seen = await readImages(
      cluster,
      names.map((name) => id("Deployment", name)),
    );
    expect(server.seen.slice(before).filter(({ path }) => path.includes("/namespaces/"))).toHaveLength(3);
    expect(seen?.told).toEqual(expect.arrayContaining(names.map((name) => `acme/${name}:1`)));
  });

  it("tells nothing where pods may not be read", async () => {
    const { server, cluster, put } = await lookAlikeWorld();
    await put(...deploymentObjects({ namespace: NAMESPACE, name: "api" }));
    server.faults.add({ path: /\/pods/, times: 100, does: { kind: "answer", status: 403 } });
    expect(await readImages(cluster, [id("Deployment", "api")])).toBeUndefined();
  });

  it("tells nothing of workloads whose revisions may not be read, and all of the others", async () => {
    const { server, cluster, put } = await lookAlikeWorld();
    await put(...deploymentObjects({ namespace: NAMESPACE, name: "api", image: "acme/api:1" }));
    const imageId = `acme/db@sha256:${"a".repeat(64)}`;
    await put(...statefulSetObjects({ namespace: NAMESPACE, name: "db", image: "acme/db:1", imageId }));
    server.faults.add({ path: /\/controllerrevisions/, times: 100, does: { kind: "answer", status: 403 } });
    const seen = await readImages(cluster, [id("Deployment", "api"), id("StatefulSet", "db")]);
    expect(new Set(seen?.told)).toEqual(new Set(["acme/api:1"]));
    expect(seen?.pulled).toEqual([`acme/db:1@sha256:${"a".repeat(64)}`]);
  });

  it("tells nothing where there is no workload that lasts", async () => {
    const { cluster } = await lookAlikeWorld();
    expect(await readImages(cluster, [id("Deployment", "gone"), id("CronJob", "nightly", "batch/v1")])).toBeUndefined();
    expect(await readImages(cluster, [])).toBeUndefined();
  });

  it("passes on that the cluster does not answer", async () => {
    const { server, cluster, put } = await lookAlikeWorld();
    await put(...deploymentObjects({ namespace: NAMESPACE, name: "api" }));
    server.faults.add({ path: /\/replicasets/, times: 100, does: { kind: "answer", status: 500 } });
    await expect(readImages(cluster, [id("Deployment", "api")])).rejects.toMatchObject({ code: /^Engine/ });
  });
});
