import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { createKubernetesLease } from "../../src/adapters/lease/kubernetes/kubernetes-lease.ts";
import { giveLease, takeLease } from "../../src/core/lease.ts";
import { listAt, stringAt } from "../../src/core/model/json.ts";
import { createSystemClock } from "../../src/faces/system-clock.ts";
import { describeCluster } from "../support/cluster-contract.ts";
import { application, configMap, MERGE, toolsFor, type ApiTools } from "../support/cluster-tools.ts";
import { reachCluster } from "../support/cluster-world.ts";
import { describeEngine } from "../support/engine-contract.ts";
import { ARGO_TRIAL, FLUX_TRIAL, WORKLOADS_TRIAL } from "../support/engine-trials.ts";
import { describePastImages } from "../support/past-images-contract.ts";
import { ENGINE_CRDS } from "../support/kubernetes/engine-crds.ts";
import { LASTGOOD_RULES, LEASE_RULES, LOOK_RULES } from "../support/kubernetes/lastgood-rules.ts";
import { findAssets, startRealKubernetes, type RealKubernetes } from "../support/kubernetes/real-kubernetes.ts";
import { realEngineWorld } from "../support/kubernetes/real-engine-world.ts";
import { WIDGET_CRD } from "../support/kubernetes/widget-crd.ts";

// A bookmark comes about two seconds before the server ends a watch.
const BOOKMARK_SECONDS = 6;
const assets = findAssets(process.env);

if (assets === undefined) {
  const what = "set KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver (setup-envtest)";
  process.stderr.write(`SKIPPED: no real API server was asked: ${what}\n`);
  it.skipIf(true)(`a real API server was not asked: ${what}`, () => undefined);
} else {
  describe("a real API server behaves as lastgood expects Kubernetes to:", () => {
    askRealServer(assets);
  });
}

function askRealServer(folder: string): void {
  let server: RealKubernetes;
  beforeAll(async () => {
    server = await startRealKubernetes(folder);
    return server.stop;
  }, 120_000);
  beforeAll(async () => installKinds(server), 60_000);

  describeCluster(async () => reachCluster(server.adminKubeconfig, { bookmarkSeconds: BOOKMARK_SECONDS }));

  describe("engines", () => {
    const open = async (): ReturnType<typeof realEngineWorld> => {
      const admin = toolsFor(await reachCluster(server.adminKubeconfig, { bookmarkSeconds: BOOKMARK_SECONDS }));
      return realEngineWorld(server.adminKubeconfig, admin);
    };
    for (const trial of [ARGO_TRIAL, FLUX_TRIAL, WORKLOADS_TRIAL]) describeEngine(trial, open);
    describePastImages(open);
  });

  describe("lastgood's own rights", () => {
    let admin: ApiTools;
    let user: ApiTools;
    beforeAll(async () => {
      admin = toolsFor(await reachCluster(server.adminKubeconfig, { bookmarkSeconds: BOOKMARK_SECONDS }));
      await bind(admin, server.user);
      user = toolsFor(
        await reachCluster(server.userKubeconfig, { bookmarkSeconds: BOOKMARK_SECONDS, namespace: admin.namespace }),
      );
    });

    it("suffice to read, to ask an engine to look and to create Events", async () => {
      const { send, at, namespace } = admin;
      await send("POST", at.applications, application("mine"));
      const id = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace, name: "mine" };
      const about = await user.cluster.get(id);
      if (about === undefined) throw new Error("it is not there");
      for (const kind of ["Deployment", "ReplicaSet", "ControllerRevision"]) {
        expect(await user.cluster.list({ apiVersion: "apps/v1", kind, namespace })).toEqual([]);
      }
      await user.cluster.askToLook(about, { engine: "argocd", hard: false });
      const event = { about, type: "Normal", reason: "Tested", message: "rights", key: "1" } as const;
      await user.cluster.recordEvent(event);
      await user.cluster.recordEvent(event);
    });

    it("suffice to keep the one Lease of its replicas, and no other", async () => {
      const { connection, namespace } = user;
      const clock = createSystemClock();
      const store = createKubernetesLease(connection, { lease: { name: "lastgood", namespace }, clock });
      const at = "2026-08-22T13:46:40.000Z";
      expect(await store.read()).toBeUndefined();
      const made = await store.write(takeLease(undefined, "a", at), undefined);
      const given = await store.write(giveLease(made.record, at), made.version);
      expect(await store.read()).toEqual(given);
      const other = createKubernetesLease(connection, { lease: { name: "other", namespace }, clock });
      await expect(other.read()).rejects.toMatchObject({ code: "EngineForbidden" });
    });

    it("are what can be asked for", async () => {
      const { cluster, namespace } = user;
      const rights = [
        { verb: "list", group: "argoproj.io", resource: "applications" },
        { verb: "patch", group: "argoproj.io", resource: "applications", namespace },
        { verb: "patch", group: "apps", resource: "deployments" },
        { verb: "list", group: "", resource: "secrets", namespace },
        { verb: "create", group: "", resource: "pods", subresource: "exec" },
      ];
      expect(await cluster.canI?.(rights)).toEqual([true, true, false, false, false]);
    });

    it("do not suffice to write a workload, nor to read other things", async () => {
      const { send, at, cluster, namespace } = user;
      const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" } };
      expect(await send("POST", at.deployments, deployment)).toMatchObject({
        status: 403,
        body: { reason: "Forbidden" },
      });
      expect(await send("PATCH", `${at.deployments}/x`, { spec: {} }, MERGE)).toMatchObject({ status: 403 });
      expect(await send("DELETE", `${at.applications}/mine`)).toMatchObject({ status: 403 });
      expect(await send("POST", at.configMaps, configMap("x"))).toMatchObject({ status: 403 });
      const listed = cluster.list({ apiVersion: "v1", kind: "ConfigMap", namespace });
      await expect(listed).rejects.toMatchObject({ code: "EngineForbidden", exit: 4 });
    });
  });
}

/** A kind is there once its definition says Established; discovery follows a moment later. */
async function installKinds({ adminKubeconfig }: RealKubernetes): Promise<void> {
  const { send } = toolsFor(await reachCluster(adminKubeconfig, { bookmarkSeconds: BOOKMARK_SECONDS }));
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  for (const crd of [...ENGINE_CRDS, WIDGET_CRD]) {
    const created = await send("POST", path, crd);
    if (created.status !== 201) throw new Error(JSON.stringify(created.body));
    const name = `${path}/${crd.metadata.name}`;
    for (;;) {
      const conditions = listAt((await send("GET", name)).body, "status", "conditions");
      const isEstablished = (condition: (typeof conditions)[number]): boolean =>
        stringAt(condition, "type") === "Established" && stringAt(condition, "status") === "True";
      if (conditions.some(isEstablished)) break;
      await wait(100);
    }
  }
  const names = (body: Parameters<typeof listAt>[0]): number => listAt(body, "resources").length;
  while (names((await send("GET", "/apis/lastgood.test/v1")).body) === 0) await wait(100);
}

async function bind({ send, namespace }: ApiTools, user: string): Promise<void> {
  const root = "/apis/rbac.authorization.k8s.io/v1";
  const metadata = { name: "lastgood" };
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const role = { apiVersion, kind: "ClusterRole", metadata, rules: [...LASTGOOD_RULES, ...LOOK_RULES] };
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "lastgood" };
  const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }];
  const binding = { apiVersion, kind: "ClusterRoleBinding", metadata, roleRef, subjects };
  expect(await send("POST", `${root}/clusterroles`, role)).toMatchObject({ status: 201 });
  expect(await send("POST", `${root}/clusterrolebindings`, binding)).toMatchObject({ status: 201 });
  const own = `${root}/namespaces/${namespace}`;
  const lease = { apiVersion, kind: "Role", metadata, rules: LEASE_RULES };
  const leaseBinding = { apiVersion, kind: "RoleBinding", metadata, roleRef: { ...roleRef, kind: "Role" }, subjects };
  expect(await send("POST", `${own}/roles`, lease)).toMatchObject({ status: 201 });
  expect(await send("POST", `${own}/rolebindings`, leaseBinding)).toMatchObject({ status: 201 });
}
