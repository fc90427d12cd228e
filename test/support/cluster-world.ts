import { createKubernetesCluster } from "../../src/adapters/cluster/kubernetes/kubernetes-cluster.ts";
import { openKubeConnection } from "../../src/adapters/cluster/kubernetes/kube-connection.ts";
import { createKubeTransport } from "../../src/adapters/cluster/kubernetes/kube-transport.ts";
import { createSystemClock } from "../../src/faces/system-clock.ts";
import type { ClusterWorld } from "./cluster-tools.ts";

/** The world of the suite on a server that a kubeconfig names: real time, and a namespace of its own. */
export async function reachCluster(
  kubeconfig: string,
  { bookmarkSeconds }: { readonly bookmarkSeconds: number },
): Promise<ClusterWorld> {
  const clock = createSystemClock();
  const connection = await openKubeConnection({ kubeconfig, env: {} });
  const transport = createKubeTransport(connection, clock);
  const namespace = `lastgood-${clock.newId().toLowerCase()}`;
  const body = JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const { status, text } = await transport.send({ method: "POST", path: "/api/v1/namespaces", body });
  if (status !== 201) throw new Error(text);
  const cluster = createKubernetesCluster(connection, { clock, pace: { pageSize: 2 } });
  return { cluster, transport, namespace, bookmarkSeconds };
}
