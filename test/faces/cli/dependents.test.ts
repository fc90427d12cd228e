import { describe, expect, it } from "vitest";

import { gitdir } from "../../support/gitdir.ts";
import { API, deployment, lastgood } from "./world.ts";

function kustomization(name: string, more = ""): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: flux-system }
spec:
  path: ./apps/${name === "api" ? "payments/api" : name}
  sourceRef: { kind: GitRepository, name: flux-system }
${more}`;
}

const config = (health: string): string => `apiVersion: lastgood.dev/v1alpha1
kind: Config
engines: [{ name: prod, type: flux }]
targets: [{ name: payments, paths: [apps/payments/api]${health} }]
`;

describe("who waits for a target", () => {
  it.each([
    ["found by its manifest", "flux-system/api", config("")],
    ["in the configuration, by its paths", "payments", config("")],
    [
      "in the configuration, by its engine's object",
      "payments",
      config(", health: [{ engine: { name: prod, object: flux-system/api } }]"),
    ],
  ])("is said in the plan and in the pull request of one that is %s", async (_, target, text) => {
    const repo = gitdir(
      [
        {
          files: {
            "lastgood.yaml": text,
            "clusters/api.yaml": kustomization("api"),
            "clusters/web.yaml": kustomization("web", "  dependsOn: [{ name: api }]\n"),
            "apps/web/web.yaml": "a: 1\n",
            [API]: deployment("1.7.4"),
          },
        },
        { files: { [API]: deployment("1.8.0") } },
      ],
      { worktree: true },
    );
    for (const show of ["fields", "pr"]) {
      const { stdout, stderr, exit } = await lastgood(repo, ["plan", target, "--to", "HEAD~1", "--show", show]);
      expect({ exit, stderr }).toMatchObject({ exit: 0 });
      expect(stdout).toMatch(
        /flux-system\/web depends on it \(dependsOn\): it is not reconciled until this is ready again/,
      );
    }
  });
});
