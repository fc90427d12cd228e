import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ago } from "../../support/ago.ts";
import { type GitDir, temporaryFolder } from "../../support/gitdir.ts";
import { kubeWorld, type KubeWorld } from "../../support/kubernetes/kube-world.ts";
import { putObjects } from "../../support/kubernetes/put-objects.ts";
import { deploymentObjects } from "../../support/kubernetes/workload-objects.ts";
import { liveApplication } from "../../support/live-application.ts";
import type { CliRun } from "../../support/run-cli.ts";
import { lastgood, payments } from "./world.ts";

const DAY = 86_400_000;
const URL = "https://git.example.com/acme/gitops.git";
const CONFIG = `apiVersion: lastgood.dev/v1alpha1
kind: Config
forge: { type: none }
engines:
  - { name: prod, type: argocd, context: test }
targets:
  - name: api
    paths: [apps/payments/api]
    health: [{ engine: { name: prod, object: api } }]
`;
const DOUBT =
  "! Deployment/api: nothing shows that ghcr.io/acme/api:1.7.4 can still be pulled: no pod and no revision that the cluster keeps has it, and registries clean up old tags";

interface World {
  readonly repo: GitDir;
  readonly kube: KubeWorld;
  readonly run: (...args: readonly string[]) => Promise<CliRun>;
}

/** `api` runs 1.8.0, with an older ReplicaSet of this image. */
async function deployed(oldImage: string): Promise<World> {
  const repo = payments();
  repo.git(["remote", "add", "origin", URL]);
  const kube = await kubeWorld();
  await kube.apply(
    liveApplication({ name: "api", url: URL, revision: repo.head, health: "Degraded", workloads: ["api"] }),
  );
  const image = "ghcr.io/acme/api:1.8.0";
  const shape = { namespace: "payments", name: "api", bad: true, image, oldImage, since: ago(3 * DAY) };
  putObjects(kube.server, ...deploymentObjects(shape));
  const config = join(temporaryFolder("config"), "lastgood.yaml");
  writeFileSync(config, CONFIG);
  return {
    repo,
    kube,
    run: (...args) => lastgood(repo, [...args, "--config", config], { env: { KUBECONFIG: kube.kubeconfig } }),
  };
}

function asksForPast({ kube: { server } }: World): number {
  return server.seen.filter(({ path }) => path.includes("/replicasets?")).length;
}

describe("an image that a plan brings back", () => {
  it("is doubted where the cluster keeps nothing that has it: in the plan, its document and the pull request", async () => {
    const { run } = await deployed("ghcr.io/acme/api:1.7.2");
    const plan = await run("plan", "api", "--to", "main~1");
    expect(plan.stderr.replace(/^Next: .*$/m, "")).not.toContain("!");
    expect(plan.stdout.split("\n")).toContain(DOUBT);
    expect(plan.exit).toBe(0);
    const { stdout } = await run("plan", "api", "--to", "main~1", "-o", "json");
    const document = JSON.parse(stdout) as { status: { risks: readonly unknown[] } };
    expect(document.status.risks).toContainEqual({ code: "ImageNotSeen", message: DOUBT.slice(2), blocks: false });
    const preview = await run("plan", "api", "--to", "main~1", "--show", "pr");
    expect(preview.stdout).toContain(`- ⚠️ ${DOUBT.slice(2, 60)}`);
  });

  it("is not doubted where an older ReplicaSet has it", async () => {
    const { run } = await deployed("ghcr.io/acme/api:1.7.4");
    const { stdout, exit } = await run("plan", "api", "--to", "main~1");
    expect(stdout).not.toContain("can still be pulled");
    expect(exit).toBe(0);
  });

  it("is asked about once for a plan, and goes back all the same", async () => {
    const world = await deployed("ghcr.io/acme/api:1.7.2");
    const before = asksForPast(world);
    const { stderr, exit } = await world.run("revert", "api", "--to", "main~1", "--mode", "branch", "-y");
    expect(stderr).toContain(DOUBT);
    expect(exit).toBe(0);
    expect(asksForPast(world) - before).toBe(1);
  });

  it("is not asked about where none comes back", async () => {
    const world = await deployed("ghcr.io/acme/api:1.7.2");
    const { exit } = await world.run("plan", "api", "--to", "main~1", "--except", ":image", "--detailed-exitcode");
    expect([exit, asksForPast(world)]).toEqual([0, 0]);
  });

  it("is not doubted where the cluster may not be asked, or none is", async () => {
    const { run, kube, repo } = await deployed("ghcr.io/acme/api:1.7.2");
    kube.server.faults.add({ path: /replicasets/, times: 100, does: { kind: "answer", status: 403 } });
    const refused = await run("plan", "api", "--to", "main~1");
    expect([refused.exit, refused.stdout.includes("can still be pulled")]).toEqual([0, false]);
    const before = kube.server.seen.length;
    const plain = await lastgood(repo, ["plan", "./apps/payments/api", "--to", "main~1"], {
      env: { KUBECONFIG: kube.kubeconfig },
    });
    expect([plain.exit, plain.stdout.includes("can still be pulled")]).toEqual([0, false]);
    expect(kube.server.seen.length).toBe(before);
  });
});
