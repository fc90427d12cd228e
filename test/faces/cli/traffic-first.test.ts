import { describe, expect, it } from "vitest";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ago } from "../../support/ago.ts";
import { gitdir, type GitDir, temporaryFolder } from "../../support/gitdir.ts";
import { kubeWorld } from "../../support/kubernetes/kube-world.ts";
import { runDeployment } from "../../support/kubernetes/running-deployment.ts";
import { liveApplication } from "../../support/live-application.ts";
import type { CliRun } from "../../support/run-cli.ts";
import { comesGreen } from "../../support/two-colours.ts";
import { lastgood } from "./world.ts";

const MINUTE = 60_000;
const URL = "https://git.example.com/acme/gitops.git";
const CONFIG = `apiVersion: lastgood.dev/v1alpha1
kind: Config
forge: { type: none }
engines:
  - { name: prod, type: argocd, context: test }
targets:
  - name: shop
    paths: [apps/shop]
    health: [{ engine: { name: prod, object: shop } }]
`;

function shop(): GitDir {
  const repo = gitdir(comesGreen(), { worktree: true });
  repo.git(["remote", "add", "origin", URL]);
  return repo;
}

interface Shop {
  readonly repo: GitDir;
  readonly run: (...args: readonly string[]) => Promise<CliRun>;
}

/** Where a cluster can be asked: blue with a pod that is ready, or not. */
async function deployed(isReady: boolean, policy = ""): Promise<Shop> {
  const repo = shop();
  const world = await kubeWorld();
  const workloads = ["blue", "green"];
  await world.apply(liveApplication({ name: "shop", url: URL, revision: repo.head, health: "Degraded", workloads }));
  await runDeployment(world, {
    namespace: "payments",
    name: "blue",
    labels: { app: "shop", colour: "blue" },
    image: "ghcr.io/acme/shop:1",
    isReady,
    since: ago(30 * MINUTE),
  });
  const config = join(temporaryFolder("config"), "lastgood.yaml");
  writeFileSync(config, `${CONFIG}${policy}`);
  return {
    repo,
    run: (...args) => lastgood(repo, [...args, "--config", config], { env: { KUBECONFIG: world.kubeconfig } }),
  };
}

describe("traffic first", () => {
  it("moves the traffic alone when what gets it is seen to run, and says what stays bad and what comes next", async () => {
    const { repo, run } = await deployed(true);
    const { exit, stdout, stderr } = await run("plan", "shop", "--to", repo.commits[0] ?? "", "--traffic-first");
    expect(stderr).toContain("traffic first: Service/shop alone: Deployment/blue gets the traffic, and is Current");
    expect(stdout).toContain("Service/shop");
    expect(stdout).toContain("Deployment/green containers[shop].image ghcr.io/acme/shop:2 (not selected)");
    expect(stdout).toContain(
      `! only traffic goes back: Deployment/green stays as it is; the rest goes back with: lastgood revert shop --to ${(repo.commits[0] ?? "").slice(0, 7)}`,
    );
    expect(stderr).toMatch(/^Next: lastgood revert shop .*--traffic-first --to /m);
    expect(exit).toBe(0);
  });

  it("refuses when what would get the traffic does not run", async () => {
    const { repo, run } = await deployed(false);
    const { exit, stderr } = await run("plan", "shop", "--to", repo.commits[0] ?? "", "--traffic-first");
    expect(stderr).toContain("Deployment/blue, which would get it, is Failed");
    expect(stderr).toContain("--no-traffic-first");
    expect(exit).toBe(5);
  });

  it("is what a policy asks for, as far as it can be; else all goes back", async () => {
    const policy = "policies:\n  default: { strategy: traffic-first }\n";
    const well = await deployed(true, policy);
    const to = ["--to", well.repo.commits[0] ?? ""];
    expect((await well.run("plan", "shop", ...to, "-o", "name")).stdout).toBe("apps/shop/service.yaml\n");
    expect((await well.run("plan", "shop", ...to, "--no-traffic-first", "-o", "name")).stdout).toBe(
      "apps/shop/green.yaml\napps/shop/service.yaml\n",
    );
    const ill = await deployed(false, policy);
    const all = await ill.run("plan", "shop", "--to", ill.repo.commits[0] ?? "", "-o", "name");
    expect(all.stdout).toBe("apps/shop/green.yaml\napps/shop/service.yaml\n");
    expect(all.stderr).toContain("note: not traffic first: shop: traffic cannot go back alone");
  });

  it("warns a person where no cluster can be asked, and does nothing that nobody looks at", async () => {
    const repo = shop();
    const to = ["./apps/shop", "--to", repo.commits[0] ?? "", "--traffic-first"];
    const planned = await lastgood(repo, ["plan", ...to, "-o", "name"]);
    expect(planned.stdout).toBe("apps/shop/service.yaml\n");
    expect(planned.stderr).toContain("Deployment/blue must be Current to get the traffic, and nobody has seen that");
    const branch = await lastgood(repo, ["revert", ...to, "--mode", "branch", "-y"]);
    expect(branch.exit).toBe(0);
    const [commit = ""] = branch.stdout.split(" ");
    expect(repo.git(["show", "--format=", "--name-only", commit])).toBe("apps/shop/service.yaml");
  });
});
