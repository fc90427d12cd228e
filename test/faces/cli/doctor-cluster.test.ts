import { describe, expect, it } from "vitest";

import { diagnose, type Diagnosis } from "../../support/doctor-world.ts";
import type { AccessRule } from "../../support/kubernetes/kube-access.ts";
import { kubeWorld, type KubeWorld, type Manifest } from "../../support/kubernetes/kube-world.ts";
import { LASTGOOD_RULES } from "../../support/kubernetes/lastgood-rules.ts";
import { payments } from "./world.ts";

interface ClusterDoctor {
  readonly world: KubeWorld;
  readonly diagnose: (args?: readonly string[]) => Promise<Diagnosis>;
}

/** The payments repository in an Argo CD of the look-alike, as `engines` say. */
async function clusterDoctor({
  engines = "[{ name: prod, type: argocd, context: test, namespace: argocd }]",
  health = "[{ engine: { name: prod, object: payments-api } }]",
  server = "{}",
} = {}): Promise<ClusterDoctor> {
  const world = await kubeWorld();
  const repo = payments(`apiVersion: lastgood.dev/v1alpha1
kind: Config
engines: ${engines}
server: ${server}
targets: [{ name: payments/api, paths: [apps/payments/api], health: ${health} }]
`);
  const env = { KUBECONFIG: world.kubeconfig };
  return { world, diagnose: async (args = []) => diagnose(args, { cwd: repo.path, env }) };
}

function application(spec: object = {}, annotations: object = {}): Manifest {
  const source = { repoURL: "https://github.com/acme/gitops", path: "apps/payments/api", targetRevision: "main" };
  const automated = { syncPolicy: { automated: { prune: true, selfHeal: true } } };
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "payments-api", namespace: "argocd", annotations },
    spec: { project: "default", source, ...automated, ...spec },
    status: { health: { status: "Healthy" }, sync: { status: "Synced" } },
  };
}

function controller(name: string, version: string, ready = 1): Manifest {
  const labels = { "app.kubernetes.io/part-of": "argocd", "app.kubernetes.io/version": version };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "argocd", labels },
    spec: { replicas: 1 },
    status: { readyReplicas: ready },
  };
}

const RULES: readonly AccessRule[] = [
  ...LASTGOOD_RULES,
  { apiGroups: ["argoproj.io"], resources: ["appprojects", "applicationsets"], verbs: ["list", "watch"] },
];

/** config/rbac/leader_election_role.yaml */
const LEASE_RULES: readonly AccessRule[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"], namespace: "lastgood-system" },
  {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    verbs: ["get", "patch"],
    namespace: "lastgood-system",
    resourceNames: ["lastgood"],
  },
];

describe("doctor on a cluster", () => {
  it("is content with lastgood's own role, and writes nothing but questions", async () => {
    const { world, diagnose: ask } = await clusterDoctor();
    world.server.rules = RULES;
    await world.apply(application());
    await world.apply(controller("argocd-server", "v3.1.0"));
    const before = world.server.seen.length;
    const { faults, find, titles } = await ask();
    expect(faults).toEqual(["warning NoLedger"]);
    expect(titles).toContain("Cluster test (prod)");
    expect(find("Cluster").message).toBe("test answers: Kubernetes v1.34.0");
    expect(find("Delivery").message).toBe("prod: 1 object, nothing keeps a revert in git from arriving");
    expect(find("LookNow").status).toBe("ok");
    expect(find("Clock").message).toBe("the clock agrees with the cluster test");
    const written = world.server.seen.slice(before).filter(({ method }) => method !== "GET");
    expect(new Set(written.map(({ path }) => path))).toEqual(
      new Set(["/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"]),
    );
  });

  it("finds rights that are missing, and those that are too many", async () => {
    const { world, diagnose: ask } = await clusterDoctor();
    world.server.rules = [];
    const poor = await ask();
    expect(poor.find("Rights")).toMatchObject({
      status: "failed",
      message: expect.stringContaining("list/watch applications.argoproj.io in argocd"),
    });
    expect(poor.exit).toBe(1);
    world.server.rules = undefined;
    const rich = await ask();
    expect(rich.find("RightsExcess")).toMatchObject({
      status: "warning",
      message: expect.stringContaining("get/list secrets"),
    });
  });

  it("asks about the Lease where replicas share one, by name, and says what to grant", async () => {
    const { world, diagnose: ask } = await clusterDoctor({
      server: "{ lease: { context: test, namespace: lastgood-system } }",
    });
    world.server.rules = [...RULES, ...LEASE_RULES];
    await world.apply(application());
    const sound = await ask();
    expect(sound.titles).toContain("Cluster test (prod, the Lease)");
    expect(sound.find("Lease")).toMatchObject({
      status: "ok",
      message: expect.stringContaining("lastgood-system/lastgood"),
    });
    world.server.rules = [...RULES, ...LEASE_RULES.filter(({ verbs }) => !verbs.includes("patch"))];
    const poor = await ask();
    expect(poor.exit).toBe(1);
    expect(poor.find("Lease")).toMatchObject({
      status: "failed",
      message: `lastgood's account may not get/patch leases.coordination.k8s.io "lastgood" in lastgood-system`,
      remedy: [
        expect.stringContaining("config/rbac/leader_election_role.yaml"),
        expect.stringContaining("auth can-i get leases.coordination.k8s.io/lastgood -n lastgood-system"),
      ],
    });
    expect(world.server.seen.filter(({ path }) => path.includes("/leases"))).toEqual([]);
  });

  it("finds the Lease in a cluster that no engine is in, and asks nothing where none is configured", async () => {
    const { diagnose: ask } = await clusterDoctor({
      engines: "[]",
      health: "[]",
      server: "{ lease: { namespace: lastgood-system } }",
    });
    const { titles, find } = await ask();
    expect(titles).toContain("Cluster at hand (the Lease)");
    expect(find("Lease").status).toBe("ok");
    const none = await clusterDoctor();
    expect((await none.diagnose()).findings.map(({ name }) => name)).not.toContain("Lease");
  });

  it("finds a context that is not there, and a cluster that does not answer, once each", async () => {
    const other = await clusterDoctor({ engines: "[{ name: prod, type: argocd, context: staging }]" });
    const { find, faults } = await other.diagnose();
    expect(find("Cluster")).toMatchObject({
      status: "failed",
      code: "EngineConfig",
      remedy: ["Name one with --context: test."],
    });
    expect(faults.filter((fault) => fault.startsWith("failed"))).toEqual(["failed Cluster"]);
    expect(find("Rights")).toMatchObject({ status: "skipped", message: "the cluster cannot be reached" });
    const { world, diagnose: ask } = await clusterDoctor();
    await world.server.close();
    expect((await ask()).find("Cluster")).toMatchObject({ status: "failed", code: "EngineUnreachable" });
  });

  it("finds a token that the cluster refuses, and shows nothing of it", async () => {
    const { world, diagnose: ask } = await clusterDoctor();
    world.server.token = "another-token";
    const diagnosis = await ask();
    expect(diagnosis.find("Cluster")).toMatchObject({ status: "failed", code: "EngineAuth" });
    expect(JSON.stringify(diagnosis.findings)).not.toContain("first-token");
  });

  it("looks at another context with --context, and at no cluster offline", async () => {
    const other = await clusterDoctor({
      engines: "[{ name: prod, type: argocd, context: staging, namespace: argocd }]",
    });
    expect((await other.diagnose(["--context", "test"])).find("Cluster").status).toBe("ok");
    const { world, diagnose: ask } = await clusterDoctor();
    const before = world.server.seen.length;
    expect((await ask(["--offline"])).titles).toEqual(["Configuration", "Git", "Forge", "Clock"]);
    expect(world.server.seen.length).toBe(before);
  });

  it("finds an engine that is not installed there", async () => {
    const { world, diagnose: ask } = await clusterDoctor({
      engines: "[{ name: prod, type: flux, context: test }]",
      health: "[]",
    });
    for (const group of ["kustomize", "helm", "source"]) world.server.uninstall(`${group}.toolkit.fluxcd.io`);
    expect((await ask()).find("EngineMissing")).toMatchObject({
      status: "failed",
      message: "Flux is not installed in test: it has none of its kinds",
    });
  });

  it("finds controllers without a pod, and says versions", async () => {
    const { world, diagnose: ask } = await clusterDoctor();
    await world.apply(controller("argocd-repo-server", "v3.1.0", 0));
    await world.apply(controller("argocd-server", "v3.1.0"));
    const { find } = await ask();
    expect(find("ControllerDown")).toMatchObject({
      status: "failed",
      message: "argocd-repo-server has no pod that is ready (0 of 1)",
    });
    expect(find("EngineVersion").message).toBe("Argo CD v3.1.0");
    await world.apply(controller("argocd-server", "v2.4.9"));
    await world.apply(controller("argocd-repo-server", "v2.4.9"));
    expect((await ask()).find("EngineVersion")).toMatchObject({
      status: "warning",
      message: "Argo CD v2.4.9 is older than 2.6",
    });
  });

  it("finds an object that is not there", async () => {
    const { diagnose: ask } = await clusterDoctor();
    expect((await ask()).find("ObjectMissing")).toMatchObject({
      status: "failed",
      message: "payments/api: prod has no object payments-api",
    });
  });

  it.each([
    ["AutoSyncOff", "failed", { syncPolicy: {} }],
    ["PruneOff", "warning", { syncPolicy: { automated: {} } }],
    [
      "FixedRevision",
      "failed",
      { source: { repoURL: "https://github.com/acme/gitops", path: "apps/payments/api", targetRevision: "v1.2.3" } },
    ],
  ])("says what keeps a revert from arriving: %s", async (name, status, spec) => {
    const { world, diagnose: ask } = await clusterDoctor();
    await world.apply(application(spec));
    const finding = (await ask()).find(name);
    expect(finding).toMatchObject({ status, message: expect.stringMatching(/^payments\/api: /) });
    expect(finding.meaning).toMatch(/\.$/);
    expect(finding.remedy?.length).toBeGreaterThan(0);
  });

  it("warns of image automation that writes a target", async () => {
    const { world, diagnose: ask } = await clusterDoctor();
    const annotations = { "argocd-image-updater.argoproj.io/image-list": "api=ghcr.io/acme/api" };
    await world.apply(application({}, annotations));
    const finding = (await ask()).find("ImageAutomation");
    expect(finding).toMatchObject({ status: "warning", message: "Application argocd/payments-api updates images" });
    expect(finding.remedy?.[0]).toBe(
      "kubectl --context test -n argocd annotate application payments-api argocd-image-updater.argoproj.io/image-list-    stops it",
    );
  });
});

describe("doctor on image automation in git", () => {
  const CONFIG = `apiVersion: lastgood.dev/v1alpha1
kind: Config
targets: [{ name: payments/api, paths: [apps/payments/api] }]
`;

  it("finds the markers of Flux in files of targets, and only there", async () => {
    const repo = payments(CONFIG);
    const marked = 'image: ghcr.io/acme/api:1.8.0 # {"$imagepolicy": "flux-system:api"}\n';
    repo.commit({ files: { "apps/web/marked.yaml": marked } });
    expect((await diagnose(["--offline"], { cwd: repo.path })).find("ImageMarkers").status).toBe("ok");
    repo.commit({ files: { "apps/payments/api/marked.yaml": marked } });
    expect((await diagnose(["--offline"], { cwd: repo.path })).find("ImageMarkers")).toMatchObject({
      status: "warning",
      message: "Flux writes images into apps/payments/api/marked.yaml",
      remedy: [
        expect.stringContaining("flux suspend image update"),
        expect.stringContaining("lastgood quarantine add"),
      ],
    });
  });

  it("finds what argocd-image-updater is told, and what it has written", async () => {
    const repo = payments(CONFIG);
    repo.commit({ files: { "apps/payments/api/.argocd-source-payments-api.yaml": "kustomize: {}\n" } });
    expect((await diagnose(["--offline"], { cwd: repo.path })).find("ImageMarkers").message).toBe(
      "argocd-image-updater writes images for apps/payments/api/.argocd-source-payments-api.yaml",
    );
  });
});
