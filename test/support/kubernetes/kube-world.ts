import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { FollowPace } from "../../../src/adapters/cluster/kubernetes/follow-kind.ts";
import { openKubernetesCluster } from "../../../src/adapters/cluster/kubernetes/kubernetes-cluster.ts";
import type { Cluster } from "../../../src/ports/cluster.ts";
import { manualClock, type ManualClock } from "../manual-clock.ts";
import { ENGINE_CRDS } from "./engine-crds.ts";
import { kubeconfigFor } from "./kubeconfig.ts";
import { startKubernetes, type LookAlike, type LookAlikeOptions } from "./start-kubernetes.ts";

/** A look-alike with the engines' kinds, and lastgood's adapter on it. Everything is gone after the test. */
export interface KubeWorld {
  readonly server: LookAlike;
  readonly cluster: Cluster;
  readonly clock: ManualClock;
  readonly kubeconfig: string;
  /** Writes the kubeconfig anew. */
  readonly signIn: (token: string) => Promise<void>;
  /** Creates or replaces an object by its manifest, past HTTP and its log. */
  readonly apply: (manifest: Manifest) => Promise<void>;
  readonly remove: (manifest: Manifest) => Promise<void>;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** Jitter is none: random is 0. */
export async function kubeWorld(pace: Partial<FollowPace> = {}, options: LookAlikeOptions = {}): Promise<KubeWorld> {
  const clock = manualClock();
  const server = await startKubernetes({ nowMs: () => clock.nowMs(), ...options });
  for (const crd of ENGINE_CRDS) server.install(crd);
  const folder = await mkdtemp(join(tmpdir(), "lastgood-kube-"));
  const kubeconfig = join(folder, "config");
  const signIn = async (token: string): Promise<void> => writeFile(kubeconfig, kubeconfigFor(server.url, { token }));
  await signIn("first-token");
  onTestFinished(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  const cluster = await openKubernetesCluster({ kubeconfig, env: {}, clock, random: () => 0, pace });
  const send = async (method: string, path: string, body?: unknown): Promise<void> => {
    const headers = { "content-type": "application/apply-patch+yaml", ...authorization(server.token) };
    const answer = await fetch(server.url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  const apply = async (manifest: Manifest): Promise<void> =>
    send("PATCH", `${pathOf(manifest)}?fieldManager=test`, manifest);
  return { server, cluster, clock, kubeconfig, signIn, apply, remove: (manifest) => send("DELETE", pathOf(manifest)) };
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** The path of an object on a server that knows its kind by its usual plural. */
export function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${root}${scope}/${kind.toLowerCase().replace(/y$/, "ie")}s/${metadata.name}`;
}
