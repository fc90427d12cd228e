/** Every engine, as the suite of the port tries it: on the look-alike and on a real API server. */
import { createArgoEngine } from "../../src/adapters/engine/argocd/argo-engine.ts";
import { createFluxEngine } from "../../src/adapters/engine/flux/flux-engine.ts";
import { createWorkloadsEngine } from "../../src/adapters/engine/workloads/workloads-engine.ts";
import type { JsonObject } from "../../src/core/model/json.ts";
import { argoFixture } from "./argo-application.ts";
import type { EngineTrial, TargetShape } from "./engine-contract.ts";
import { condition, mergeChange, type Change } from "./flux-objects.ts";
import type { Manifest } from "./kubernetes/kube-world.ts";
import { readEngineFixtures } from "./kubernetes/put-objects.ts";
import { deploymentObjects } from "./kubernetes/workload-objects.ts";

/** Its one Deployment has its name. */
function applicationObjects({
  name,
  bad,
  commit,
  labels = {},
  annotations = {},
  images,
}: TargetShape): readonly Manifest[] {
  const revision = commit.repeat(40);
  const source = { repoURL: "https://git.example.com/acme/gitops.git", path: `apps/${name}`, targetRevision: "main" };
  const application = argoFixture("application", {
    metadata: { name, labels: { ...labels }, annotations: { "lastgood.dev/mode": null, ...annotations } },
    spec: { source },
    status: {
      sync: { revision },
      health: { status: bad ? "Degraded" : "Healthy" },
      operationState: { operation: { sync: { revision } }, syncResult: { revision } },
      history: [{ id: 8, revision, deployedAt: "2026-08-22T13:30:20Z", source }],
      resources: [{ group: "apps", version: "v1", kind: "Deployment", namespace: "payments", name, status: "Synced" }],
    },
  });
  return [application as unknown as Manifest, ...deploymentObjects({ namespace: "payments", name, bad, ...images })];
}

/** A fixture of Flux by `Kind/name`, changed. */
export function named(name: string, change: Change = {}): Manifest {
  const found = readEngineFixtures("flux/cluster").find(({ kind, metadata }) => `${kind}/${metadata.name}` === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return mergeChange(found as unknown as JsonObject, change) as unknown as Manifest;
}

/** Its one Deployment has its name; its source is its own. */
function kustomizationObjects({
  name,
  bad,
  commit,
  labels = {},
  annotations = {},
  images,
}: TargetShape): readonly Manifest[] {
  const revision = `main@sha1:${commit.repeat(40)}`;
  const ready = bad
    ? condition("Ready", "False", "HealthCheckFailed", "timeout")
    : condition("Ready", "True", "ReconciliationSucceeded");
  const kustomization = named("Kustomization/apps", {
    metadata: { name, labels: { ...labels }, annotations: { "lastgood.dev/mode": undefined, ...annotations } },
    spec: { sourceRef: { name: `${name}-source` }, dependsOn: undefined },
    status: {
      lastAppliedRevision: revision,
      lastAttemptedRevision: revision,
      conditions: [ready],
      inventory: { entries: [{ id: `payments_${name}_apps_Deployment`, v: "v1" }] },
    },
  });
  const source = named("GitRepository/deploy", {
    metadata: { name: `${name}-source` },
    status: { artifact: { revision } },
  });
  return [kustomization, source, ...deploymentObjects({ namespace: "payments", name, bad, ...images })];
}

function workloadObjects({ name, bad, labels = {}, annotations = {}, images }: TargetShape): readonly Manifest[] {
  const [deployment, ...rest] = deploymentObjects({ namespace: "payments", name, bad, ...images });
  if (deployment === undefined) return rest;
  return [{ ...deployment, metadata: { ...deployment.metadata, labels, annotations } }, ...rest];
}

export const ARGO_TRIAL: EngineTrial = {
  type: "argocd",
  kind: { apiVersion: "argoproj.io/v1alpha1", kind: "Application" },
  namespace: "argocd",
  path: /applications/,
  create: createArgoEngine,
  target: applicationObjects,
  lookAnnotation: "argocd.argoproj.io/refresh",
};

export const FLUX_TRIAL: EngineTrial = {
  type: "flux",
  kind: { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" },
  namespace: "flux-system",
  path: /kustomizations/,
  create: createFluxEngine,
  target: kustomizationObjects,
  lookAnnotation: "reconcile.fluxcd.io/requestedAt",
};

export const WORKLOADS_TRIAL: EngineTrial = {
  type: "workloads",
  kind: { apiVersion: "apps/v1", kind: "Deployment" },
  namespace: "payments",
  path: /deployments/,
  create: createWorkloadsEngine,
  target: workloadObjects,
};
