import { createKubernetesCluster } from "../../src/adapters/cluster/kubernetes/kubernetes-cluster.ts";
import { openKubeConnection } from "../../src/adapters/cluster/kubernetes/kube-connection.ts";
import { createKubeTransport } from "../../src/adapters/cluster/kubernetes/kube-transport.ts";
import { createSystemClock } from "../../src/faces/system-clock.ts";
import type { ClusterWorld } from "./cluster-tools.ts";

export interface Reach {
  readonly bookmarkSeconds: number;
  /** One that is there; undefined: a new one is made. */
  readonly namespace?: string;
}

/** The world of the suite on a server that a kubeconfig names, in real time. */
export async function reachCluster(kubeconfig: string, { bookmarkSeconds, namespace }: Reach): Promise<ClusterWorld> {
  const clock = createSystemClock();
  const connection = await openKubeConnection({ kubeconfig, env: {} });
  const transport = createKubeTransport(connection, clock);
  const cluster = createKubernetesCluster(connection, { clock, pace: { pageSize: 2 } });
  if (namespace !== undefined) return { cluster, connection, transport, namespace, bookmarkSeconds };
  const name = `lastgood-${clock.newId().toLowerCase()}`;
  const body = JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const { status, text } = await transport.send({ method: "POST", path: "/api/v1/namespaces", body });
  if (status !== 201) throw new Error(text);
  return { cluster, connection, transport, namespace: name, bookmarkSeconds };
}
