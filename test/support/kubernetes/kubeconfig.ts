import { stringify } from "yaml";

/** A kubeconfig with one context, `test`, in the namespace `gitops`. */
export function kubeconfigFor(server: string, user: object, cluster: object = {}): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, ...cluster } }],
    users: [{ name: "me", user }],
    contexts: [{ name: "test", context: { cluster: "test", user: "me", namespace: "gitops" } }],
    "current-context": "test",
  });
}
