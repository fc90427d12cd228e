import { describe, expect, it } from "vitest";
import { explainObjects, podsOf } from "../../../src/adapters/engine/explain-workload.ts";
import { computeWith } from "../../../src/core/kstatus/custom-table.ts";
import type { ObjectId } from "../../../src/core/model/component.ts";
import type { Reason } from "../../../src/ports/engine.ts";
import { DATABASE, DATABASE_HEALTH, databaseCrd } from "../../support/kubernetes/database-crd.ts";
import { kubeWorld, type Manifest } from "../../support/kubernetes/kube-world.ts";
import { putObjects } from "../../support/kubernetes/put-objects.ts";
import { deploymentObjects, ownedBy, statefulSetObjects } from "../../support/kubernetes/workload-objects.ts";

const NAMESPACE = "payments";

function id(kind: string, name: string, apiVersion = "apps/v1"): ObjectId {
  return { apiVersion, kind, namespace: NAMESPACE, name };
}

/** `Kind/name Status Reason`, two spaces deeper per level. */
function draw(reasons: readonly Reason[], indent = ""): readonly string[] {
  return reasons.flatMap(({ id: { kind, name }, status, below, leftOut }) => [
    `${indent}${kind}/${name} ${status.status} ${status.reason}`,
    ...draw(below, `${indent}  `),
    ...(leftOut === undefined ? [] : [`${indent}  and ${leftOut} more`]),
  ]);
}

describe("explainObjects", () => {
  it("goes from a failed Deployment down to the container that crashes, the worst first", async () => {
    const { server, cluster, clock } = await kubeWorld();
    putObjects(server, ...deploymentObjects({ namespace: NAMESPACE, name: "web" }));
    putObjects(server, ...deploymentObjects({ namespace: NAMESPACE, name: "api", bad: true }));
    const reasons = await explainObjects(
      cluster,
      [id("Deployment", "web"), id("Deployment", "api"), id("ConfigMap", "api", "v1"), id("Deployment", "gone")],
      { nowMs: clock.nowMs() },
    );
    expect(draw(reasons)).toEqual([
      "Deployment/api Failed ProgressDeadlineExceeded",
      "  ReplicaSet/api-2 InProgress LessAvailable",
      "    Pod/api-2-0 Failed CrashLoopBackOff",
      "Deployment/gone NotFound NotFound",
      "Deployment/web Current Available",
      "  ReplicaSet/web-2 Current Available",
      "    Pod/web-2-0 Current PodReady",
    ]);
    expect(reasons[0]?.below[0]?.below[0]?.status.message).toContain("back-off 5m0s restarting failed container");
  });

  it("shows ten of many pods, and says how many it left out", async () => {
    const { server, cluster, clock } = await kubeWorld();
    putObjects(server, ...statefulSetObjects({ namespace: NAMESPACE, name: "db", replicas: 14, bad: true }));
    const [db] = await explainObjects(cluster, [id("StatefulSet", "db")], { nowMs: clock.nowMs() });
    expect(db?.below).toHaveLength(10);
    expect(db?.leftOut).toBe(4);
  });

  it("explains the twenty worst, and tells the status of all", async () => {
    const { server, cluster, clock } = await kubeWorld();
    const names = Array.from({ length: 25 }, (_, index) => `w-${index}`);
    for (const [index, name] of names.entries()) {
      putObjects(server, ...deploymentObjects({ namespace: NAMESPACE, name, bad: index >= 15 }));
    }
    const before = server.seen.length;
    const ids = names.map((name) => id("Deployment", name));
    const reasons = await explainObjects(cluster, ids, { nowMs: clock.nowMs() });
    expect(reasons.map(({ status }) => status.status)).toEqual([
      ...Array<string>(10).fill("Failed"),
      ...Array<string>(15).fill("Current"),
    ]);
    expect(reasons.map(({ below }) => below.length)).toEqual([...Array<number>(20).fill(1), 0, 0, 0, 0, 0]);
    const lists = server.seen.slice(before).filter(({ path }) => path.includes("/namespaces/"));
    expect(lists.map(({ path }) => path.replace(/\?.*/, ""))).toEqual([
      `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
      `/apis/apps/v1/namespaces/${NAMESPACE}/replicasets`,
      `/api/v1/namespaces/${NAMESPACE}/pods`,
    ]);
  });

  it("asks for the pods of few workloads by their selectors", async () => {
    const { server, cluster, clock } = await kubeWorld();
    putObjects(server, ...statefulSetObjects({ namespace: NAMESPACE, name: "db" }));
    await explainObjects(cluster, [id("StatefulSet", "db")], { nowMs: clock.nowMs() });
    expect(server.seen.at(-1)?.path).toContain("/pods?labelSelector=app%3Ddb&");
  });

  it("goes through the Jobs of a CronJob", async () => {
    const { server, cluster, clock } = await kubeWorld();
    const cronJob: Manifest = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "nightly", namespace: NAMESPACE },
      spec: { schedule: "0 0 * * *" },
    };
    const job: Manifest = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "nightly-1", namespace: NAMESPACE, ownerReferences: [ownedBy(cronJob)] },
      status: {
        conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "it was tried often" }],
      },
    };
    putObjects(server, cronJob, job);
    const reasons = await explainObjects(cluster, [id("CronJob", "nightly", "batch/v1")], { nowMs: clock.nowMs() });
    expect(draw(reasons).slice(1)).toEqual(["  Job/nightly-1 Failed BackoffLimitExceeded"]);
  });

  it("says what it may not read, and which kind is not there, and goes on", async () => {
    const { server, cluster, clock } = await kubeWorld();
    putObjects(server, ...deploymentObjects({ namespace: NAMESPACE, name: "api", bad: true }));
    server.uninstall("argoproj.io");
    server.faults.add({ path: /\/(pods|replicasets|jobs)/, times: 100, does: { kind: "answer", status: 403 } });
    const reasons = await explainObjects(
      cluster,
      [
        id("Deployment", "api"),
        id("Rollout", "front", "argoproj.io/v1alpha1"),
        id("Job", "migrate", "batch/v1"),
        id("Pod", "no-namespace", "v1"),
      ],
      { nowMs: clock.nowMs() },
    );
    expect(draw(reasons)).toEqual([
      "Deployment/api Failed ProgressDeadlineExceeded",
      "  Pod/* Unknown NotReadable",
      "Rollout/front Unknown NotReadable",
      "Job/migrate Unknown NotReadable",
      "Pod/no-namespace Unknown NotReadable",
    ]);
  });

  it("throws when the cluster does not answer", async () => {
    const { server, cluster, clock } = await kubeWorld();
    server.faults.add({ path: /deployments/, times: 100, does: { kind: "answer", status: 500 } });
    const explained = explainObjects(cluster, [id("Deployment", "api")], { nowMs: clock.nowMs() });
    await expect(explained).rejects.toMatchObject({ code: "EngineUnreachable" });
  });
});

describe("explainObjects with kinds of the configuration", () => {
  const judge = { compute: computeWith([DATABASE_HEALTH]), kinds: [DATABASE_HEALTH] };
  const database = (name: string, phase: string, namespace?: string): Manifest => ({
    ...DATABASE,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    status: { phase },
  });

  it("judges them by their expressions, of any version, one by one and many", async () => {
    const { server, cluster, clock, apply } = await kubeWorld();
    server.install(databaseCrd());
    const phases = { main: "Broken", copy: "Running", new: "Starting", old: "Running" };
    for (const [name, phase] of Object.entries(phases)) await apply(database(name, phase, NAMESPACE));
    await apply(database("main", "Running", "elsewhere"));
    const ids = Object.keys(phases).map((name) => id("Database", name, DATABASE.apiVersion));
    const by = { nowMs: clock.nowMs(), judge };
    const all = ["Database/main Failed FailedExpression", "Database/new InProgress NoExpressionTrue"];
    expect(draw(await explainObjects(cluster, ids, by)).slice(0, 2)).toEqual(all);
    expect(draw(await explainObjects(cluster, ids.slice(0, 1), by))).toEqual(all.slice(0, 1));
    expect(await explainObjects(cluster, ids, { nowMs: clock.nowMs() })).toEqual([]);
  });

  it("reads those that lie in no namespace", async () => {
    const { server, cluster, clock, apply } = await kubeWorld();
    server.install(databaseCrd("Cluster"));
    await apply(database("main", "Broken"));
    const by = { nowMs: clock.nowMs(), judge };
    const ids = ["main", "gone", "a", "b"].map((name) => ({ ...DATABASE, name }));
    for (const some of [ids.slice(0, 2), ids]) {
      expect(draw(await explainObjects(cluster, some, by)).slice(0, 2)).toEqual([
        "Database/main Failed FailedExpression",
        "Database/gone NotFound NotFound",
      ]);
    }
  });

  it("says what it cannot read: a kind that is not there, an object whose namespace nobody tells", async () => {
    const { server, cluster, clock } = await kubeWorld();
    const explain = async (): Promise<readonly string[]> =>
      draw(await explainObjects(cluster, [{ ...DATABASE, name: "main" }], { nowMs: clock.nowMs(), judge }));
    expect(await explain()).toEqual(["Database/main Unknown NotReadable"]);
    server.install(databaseCrd());
    clock.advance(3_600_000);
    expect(await explain()).toEqual(["Database/main Unknown NotReadable"]);
  });
});

describe("podsOf", () => {
  it("finds the pods of all workloads once, and none of others", async () => {
    const { server, cluster } = await kubeWorld();
    putObjects(server, ...deploymentObjects({ namespace: NAMESPACE, name: "api", replicas: 2 }));
    putObjects(server, ...statefulSetObjects({ namespace: NAMESPACE, name: "db", replicas: 2 }));
    putObjects(server, ...deploymentObjects({ namespace: NAMESPACE, name: "other" }));
    const pods = await podsOf(cluster, [id("Deployment", "api"), id("ReplicaSet", "api-2"), id("StatefulSet", "db")]);
    expect(pods.map((pod) => pod.id.name)).toEqual(["api-2-0", "api-2-1", "db-0", "db-1"]);
  });

  it("takes no pod that only has the labels of a workload", async () => {
    const { server, cluster } = await kubeWorld();
    const [deployment, ...others] = deploymentObjects({ namespace: NAMESPACE, name: "api" });
    if (deployment === undefined) throw new Error("no Deployment");
    putObjects(
      server,
      deployment,
      ...others.map((other) => ({ ...other, metadata: { ...other.metadata, ownerReferences: [] } })),
    );
    expect(await podsOf(cluster, [id("Deployment", "api")])).toEqual([]);
  });
});
