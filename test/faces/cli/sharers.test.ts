import { describe, expect, it } from "vitest";
import { API_CONFIG } from "../../support/api-config.ts";
import { gitdir } from "../../support/gitdir.ts";
import { kubeWorld } from "../../support/kubernetes/kube-world.ts";
import { liveApplication } from "../../support/live-application.ts";
import { brokenApi } from "./broken-api.ts";
import { deployment, lastgood } from "./world.ts";

const BASE = "base/deployment.yaml";

function kustomization(name: string): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: flux-system }
spec: { path: ./apps/${name}, sourceRef: { kind: GitRepository, name: flux-system } }
`;
}

const CONFIG = `apiVersion: lastgood.dev/v1alpha1
kind: Config
targets: [{ name: payments, paths: [apps/api] }, { name: shop, paths: [apps/shop] }]
`;

const APPS = ["api", "shop", "web"];

const SHARED = {
  "base/kustomization.yaml": "resources: [deployment.yaml]\n",
  ...Object.fromEntries(APPS.map((name) => [`clusters/${name}.yaml`, kustomization(name)])),
  ...Object.fromEntries(APPS.map((name) => [`apps/${name}/kustomization.yaml`, "resources: [../../base]\n"])),
};
const files = { ...SHARED, "lastgood.yaml": CONFIG, [BASE]: deployment("1.7.4") };

describe("who else uses a file that a revert changes", () => {
  it.each([
    ["found by its manifest", "flux-system/api", "fields"],
    ["found by its manifest", "flux-system/api", "pr"],
    ["in the configuration", "payments", "fields"],
    ["a path", "./apps/api", "fields"],
  ])("is said of a target that is %s (%s, %s), each under one name", async (_, target, show) => {
    const repo = gitdir([{ files }, { files: { [BASE]: deployment("1.8.0") } }], { worktree: true });
    const { stdout, stderr, exit } = await lastgood(repo, ["plan", target, "--to", "HEAD~1", "--show", show]);
    expect({ exit, stderr }).toMatchObject({ exit: 0 });
    expect(stdout).toMatch(
      /base\/deployment\.yaml.? is outside of the target's folder, and used by flux-system\/web, shop as well/,
    );
  });

  it("is said in the pull request that the daemon opens", async () => {
    const kube = await kubeWorld();
    const config = `${API_CONFIG}policies: { default: { mode: propose, bad: { for: 1s, samples: 1 } } }\n`;
    const around = { manifest: BASE, files: SHARED };
    const api = await brokenApi({ config, token: "app", kubeconfig: kube.kubeconfig, around });
    await kube.apply(liveApplication({ url: api.story.url, revision: api.bad, health: "Degraded" }));
    expect((await api.run(["mark", "good", "api", api.good, "--reason", "it was"])).exit).toBe(0);
    const stop = new AbortController();
    const opened = (text: string): void => {
      if (text.includes('"msg":"api: opened #1"')) stop.abort();
    };
    await api.run(["daemon", "--once"], { signal: stop.signal, onStderr: opened });
    const [pull] = await api.story.pullRequests();
    expect(pull?.body).toMatch(
      /outside of the target's folder, and used by flux-system\/shop, flux-system\/web as well/,
    );
  });
});
