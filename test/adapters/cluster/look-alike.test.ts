import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { describeCluster } from "../../support/cluster-contract.ts";
import { reachCluster } from "../../support/cluster-world.ts";
import { ENGINE_CRDS } from "../../support/kubernetes/engine-crds.ts";
import { kubeconfigFor } from "../../support/kubernetes/kubeconfig.ts";
import { startKubernetes } from "../../support/kubernetes/start-kubernetes.ts";
import { WIDGET_CRD } from "../../support/kubernetes/widget-crd.ts";

const server = await startKubernetes();
const folder = mkdtempSync(join(tmpdir(), "lastgood-kube-"));
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe("the look-alike behaves as lastgood expects Kubernetes to:", () => {
  describeCluster(async () => {
    for (const crd of [...ENGINE_CRDS, WIDGET_CRD]) server.install(crd);
    const kubeconfig = join(folder, "config");
    writeFileSync(kubeconfig, kubeconfigFor(server.url, { token: "any" }));
    return reachCluster(kubeconfig, { bookmarkSeconds: 1 });
  });
});
