/** A GitOps repository, and the cluster that it is deployed to: Argo CD and Flux objects on the look-alike API server. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ago } from "../../support/ago.ts";
import { gitdir, type GitDir, temporaryFolder } from "../../support/gitdir.ts";
import { kubeWorld, type KubeWorld, type Manifest, pathOf } from "../../support/kubernetes/kube-world.ts";
import { type CliOptions, type CliRun, runCli } from "../../support/run-cli.ts";
import { deployment } from "./world.ts";

const URL = "https://git.example.com/acme/gitops.git";
const PATHS = { api: "apps/payments/api", web: "apps/web", shop: "clusters/shop", other: "apps/other" } as const;

export interface StatusWorld extends KubeWorld {
  readonly repo: GitDir;
  /** The commit that runs well, and the one that broke `api`. */
  readonly good: string;
  readonly bad: string;
  readonly run: (args: readonly string[], options?: CliOptions) => Promise<CliRun>;
  /** An Application that Argo CD knows. */
  readonly application: (facts: ApplicationFacts) => Promise<void>;
  readonly kustomization: (facts: KustomizationFacts) => Promise<void>;
  /** The Deployment `api` of the namespace `payments`, and its pod that crashes. */
  readonly failingPods: () => Promise<void>;
}

export interface ApplicationFacts {
  readonly name: keyof typeof PATHS;
  readonly revision: string;
  readonly health?: string;
  readonly message?: string;
  /** Since when its health is what it is; default 40 minutes. */
  readonly sinceMs?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Over what it would be. */
  readonly spec?: object;
  readonly status?: object;
}

export interface KustomizationFacts {
  readonly name: keyof typeof PATHS;
  readonly revision: string;
  readonly ready?: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly suspend?: boolean;
  /** Default: lastgood is told to take it. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly inventory?: object;
}

const MINUTE = 60_000;

function source(name: keyof typeof PATHS): object {
  return { repoURL: URL, path: PATHS[name], targetRevision: "main" };
}

function applicationManifest(name: keyof typeof PATHS): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd
spec:
  destination: { server: https://kubernetes.default.svc, namespace: payments }
  source: { repoURL: ${URL}, path: ${PATHS[name]}, targetRevision: main }
`;
}

export async function statusWorld(config?: string): Promise<StatusWorld> {
  const world = await kubeWorld();
  const kube = { ...world, apply: async (manifest: Manifest) => applyWhole(world, manifest) };
  await kube.apply({
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: { name: "gitops", namespace: "flux-system", generation: 1 },
    spec: { url: URL, ref: { branch: "main" }, interval: "1m" },
    status: { observedGeneration: 1, conditions: [{ type: "Ready", status: "True", reason: "Succeeded" }] },
  });
  const files = {
    "argocd/api.yaml": applicationManifest("api"),
    "argocd/web.yaml": applicationManifest("web"),
    "apps/web/web.yaml": deployment("2.0.0"),
    "clusters/shop/shop.yaml": deployment("3.0.0"),
    "apps/payments/api/deployment.yaml": deployment("1.7.4"),
  };
  const repo = gitdir(
    [
      { files, message: "fix(api): bump image to 1.7.4 (#470)" },
      {
        files: { "apps/payments/api/deployment.yaml": deployment("1.8.0") },
        message: "feat(api): bump image to 1.8.0 (#482)",
        author: "renovate[bot] <r@example.com>",
      },
    ],
    { worktree: true },
  );
  repo.git(["remote", "add", "origin", URL]);
  const folder = temporaryFolder("config");
  const file = join(folder, "lastgood.yaml");
  if (config !== undefined) writeFileSync(file, config);
  const [good = "", bad = ""] = repo.commits;
  return {
    ...kube,
    repo,
    good,
    bad,
    run: (args, { env, ...options } = {}) =>
      runCli([...args, ...(config === undefined ? [] : ["--config", file])], {
        cwd: repo.path,
        env: { KUBECONFIG: kube.kubeconfig, ...env },
        ...options,
      }),
    application: async ({
      name,
      revision,
      health = "Healthy",
      message,
      sinceMs = 40 * MINUTE,
      annotations,
      spec,
      status,
    }) =>
      kube.apply({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: { name, namespace: "argocd", generation: 1, ...(annotations === undefined ? {} : { annotations }) },
        spec: {
          project: "default",
          destination: { server: "https://kubernetes.default.svc", namespace: "payments" },
          source: source(name),
          syncPolicy: { automated: { prune: true } },
          ...spec,
        },
        status: {
          reconciledAt: ago(MINUTE),
          sync: { status: "Synced", revision, comparedTo: { source: source(name) } },
          health: { status: health, lastTransitionTime: ago(sinceMs), ...(message === undefined ? {} : { message }) },
          operationState: {
            phase: "Succeeded",
            message: "successfully synced (all tasks run)",
            startedAt: ago(46 * MINUTE),
            finishedAt: ago(45 * MINUTE),
            operation: { initiatedBy: { automated: true }, sync: { revision } },
            syncResult: { revision, source: source(name) },
          },
          history: [
            ...(revision === good
              ? []
              : [{ id: 1, revision: good, deployedAt: ago(26 * 60 * MINUTE), source: source(name) }]),
            { id: 2, revision, deployedAt: ago(45 * MINUTE), source: source(name) },
          ],
          ...status,
        },
      }),
    failingPods: async () => failingPods(kube),
    kustomization: async ({
      name,
      revision,
      ready = "True",
      reason = "ReconciliationSucceeded",
      message = "",
      suspend,
      annotations = { "lastgood.dev/enabled": "true" },
      inventory,
    }) =>
      kube.apply({
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name, namespace: "flux-system", generation: 1, annotations },
        spec: {
          path: `./${PATHS[name]}`,
          interval: "10m",
          wait: true,
          prune: true,
          sourceRef: { kind: "GitRepository", name: "gitops" },
          ...(suspend === undefined ? {} : { suspend }),
        },
        status: {
          observedGeneration: 1,
          lastAppliedRevision: `main@sha1:${revision}`,
          lastAttemptedRevision: `main@sha1:${revision}`,
          ...(inventory === undefined ? {} : { inventory }),
          conditions: [
            {
              type: "Ready",
              status: ready,
              reason,
              message,
              lastTransitionTime: ago(40 * MINUTE),
              observedGeneration: 1,
            },
            ...(ready === "True"
              ? [{ type: "Healthy", status: "True", reason: "Succeeded", lastTransitionTime: ago(40 * MINUTE) }]
              : []),
          ],
        },
      }),
  };
}

const STATUS_WITHIN: ReadonlySet<string> = new Set(["Application", "Database"]);

/** Most kinds take their status by a way of its own. */
async function applyWhole({ apply, server }: KubeWorld, manifest: Manifest): Promise<void> {
  await apply(manifest);
  if (STATUS_WITHIN.has(manifest.kind)) return;
  const { status } = manifest;
  const headers = { "content-type": "application/merge-patch+json" };
  const body = JSON.stringify({ status });
  const answer = await fetch(`${server.url}${pathOf(manifest)}/status`, { method: "PATCH", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}

const LABELS = { app: "api" };

async function failingPods({ apply, cluster }: KubeWorld): Promise<void> {
  const template = {
    metadata: { labels: LABELS },
    spec: { containers: [{ name: "api", image: "ghcr.io/acme/api:1.8.0" }] },
  };
  const namespaced = { namespace: "payments", generation: 1, labels: LABELS };
  const ownedBy = async (kind: string, name: string): Promise<object> => {
    const owner = await cluster.get({ apiVersion: "apps/v1", kind, namespace: "payments", name });
    return { ownerReferences: [{ apiVersion: "apps/v1", kind, name, uid: owner?.uid, controller: true }] };
  };
  const timedOut = {
    type: "Progressing",
    status: "False",
    reason: "ProgressDeadlineExceeded",
    message: "it timed out",
  };
  await apply({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "api", ...namespaced, annotations: { "deployment.kubernetes.io/revision": "2" } },
    spec: { replicas: 1, progressDeadlineSeconds: 600, selector: { matchLabels: LABELS }, template },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, conditions: [timedOut] },
  });
  await apply({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: "api-7f",
      ...namespaced,
      annotations: { "deployment.kubernetes.io/revision": "2" },
      ...(await ownedBy("Deployment", "api")),
    },
    spec: { replicas: 1, selector: { matchLabels: LABELS }, template },
    status: { observedGeneration: 1, replicas: 1 },
  });
  const waiting = { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container=api" };
  await apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "api-7f-x", ...namespaced, ...(await ownedBy("ReplicaSet", "api-7f")) },
    spec: template.spec,
    status: {
      phase: "Running",
      startTime: ago(30 * MINUTE),
      conditions: [
        { type: "Ready", status: "False", reason: "ContainersNotReady", lastTransitionTime: ago(30 * MINUTE) },
      ],
      containerStatuses: [
        { name: "api", ready: false, restartCount: 9, image: "ghcr.io/acme/api:1.8.0", state: { waiting } },
      ],
    },
  });
}

/** What a table says, ages and ids of this run left out. */
export function plainRows(text: string, world: Pick<StatusWorld, "good" | "bad">): readonly string[] {
  const known = text.replaceAll(world.good, "GOOD").replaceAll(world.bad, "BAD");
  return known
    .trimEnd()
    .split("\n")
    .map((line) => line.replaceAll(/\t\d+s\t/g, "\tAGE\t"));
}
