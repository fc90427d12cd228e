import type { Manifest } from "./kubernetes/kube-world.ts";
import { ago } from "./ago.ts";

export interface LiveApplication {
  /** Default: `api`. It is made from `apps/NAME`. */
  readonly name?: string;
  /** Of the repository, and the commit of it that runs. */
  readonly url: string;
  readonly revision: string;
  readonly health: string;
  /** Since when it runs, and is as it is; RFC 3339. Default: when it is well since just now, else for five minutes. */
  readonly since?: string;
  /** When Argo CD looked last; RFC 3339. Default: just now. */
  readonly seen?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Names of the Deployments that it has. */
  readonly workloads?: readonly string[];
}

const NAMESPACE = "payments";

/** An Application as Argo CD has it at this moment: synced, by itself. Its workloads are in the namespace `payments`. */
export function liveApplication(facts: LiveApplication): Manifest {
  const { name = "api", url, revision, health, annotations = {}, workloads = [] } = facts;
  const { since = ago(health === "Healthy" ? 0 : 300_000), seen = ago(0) } = facts;
  const source = { repoURL: url, path: `apps/${name}`, targetRevision: "main" };
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd", generation: 1, annotations },
    spec: {
      project: "default",
      destination: { server: "https://kubernetes.default.svc", namespace: NAMESPACE },
      source,
      syncPolicy: { automated: { prune: true } },
    },
    status: {
      reconciledAt: seen,
      resources: workloads.map((workload) => deploymentOf(workload)),
      sync: { status: "Synced", revision, comparedTo: { source } },
      health: { status: health, lastTransitionTime: since },
      operationState: {
        phase: "Succeeded",
        startedAt: since,
        finishedAt: since,
        operation: { initiatedBy: { automated: true }, sync: { revision } },
        syncResult: { revision, source },
      },
      history: [{ id: 1, revision, deployedAt: since, source }],
    },
  };
}

function deploymentOf(name: string): object {
  return { group: "apps", version: "v1", kind: "Deployment", namespace: NAMESPACE, name, status: "Synced" };
}
