import { describe, expect, it } from "vitest";
import { API_CONFIG } from "../../support/api-config.ts";
import { AT } from "../../support/github-world.ts";
import { type KubeWorld, kubeWorld } from "../../support/kubernetes/kube-world.ts";
import { liveApplication } from "../../support/live-application.ts";
import type { CliOptions, CliRun } from "../../support/run-cli.ts";
import type { Story } from "../../support/story.ts";
import { brokenApi } from "./broken-api.ts";

interface Outage {
  readonly kube: KubeWorld;
  readonly story: Story;
  readonly bad: string;
  readonly run: (line: string, options?: CliOptions) => Promise<CliRun>;
  /** What Argo CD says from now on. */
  readonly argo: (revision: string, health: string) => Promise<void>;
}

/** A release has broken `api`; Argo CD says so. */
async function outage(policy = "verify: { for: 1s, timeout: 1m }"): Promise<Outage> {
  const kube = await kubeWorld();
  const config = `${API_CONFIG}policies:\n  default:\n    mode: merge\n    ${policy}\n`;
  const { story, bad, run } = await brokenApi({ config, kubeconfig: kube.kubeconfig });
  const argo: Outage["argo"] = async (revision, health) =>
    kube.apply(liveApplication({ url: story.url, revision, health }));
  await argo(bad, "Degraded");
  return { kube, story, bad, argo, run: async (line, options) => run(line.split(" "), options) };
}

/** Does it once, when stderr says so. */
function when(said: string, act: () => Promise<void> | void): CliOptions {
  let done = false;
  return {
    onStderr: (text) => {
      if (done || !text.includes(said)) return;
      done = true;
      void act();
    },
  };
}

const REVERT = "revert api --to HEAD~1 --merge -y";

describe("lastgood revert --wait=verified", () => {
  it("stays until the engine has the revert and it is well, and says so to everybody", async () => {
    const world = await outage();
    const synced = when("waiting for prod to sync", async () => world.argo(await world.story.tip(), "Healthy"));
    const { stdout, stderr, exit } = await world.run(`${REVERT} --wait verified`, synced);
    expect({ exit, stderr }).toMatchObject({ exit: 0 });
    expect(stdout).toMatch(/^http\S+\/pull\/1\n$/);
    const tip = await world.story.tip();
    expect(stderr).toContain(`synced: ${tip.slice(0, 7)} runs`);
    expect(stderr).toMatch(/^Deployment\/api: as planned$/m);
    expect(stderr).toMatch(
      /verified \d+s after it landed, 5m\S* after the first symptom: Current for \ds \(needs 1s\)/,
    );
    const jobs = await world.run("jobs -o json");
    expect(JSON.parse(jobs.stdout)).toMatchObject({
      items: [{ status: { status: "Completed", outcome: "verified" } }],
    });
    const { data: comments } = await world.story.github.octokit("mina").issues.listComments({ ...AT, issue_number: 1 });
    expect(comments.map(({ body }) => body).join("\n")).toMatch(/✔ synced .* → ✔ Current for \ds → ✔ \*\*verified\*\*/);
    expect((await world.story.pullRequests())[0]?.labels).toContain("lastgood: verified");
  });

  it("asks the engine to look, and is done with its word that it has the revert", async () => {
    const world = await outage();
    const api = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" };
    const synced = when("to arrive", async () => world.argo(await world.story.tip(), "Progressing"));
    const { exit, stderr } = await world.run(`${REVERT} --wait synced`, synced);
    expect({ exit, stderr }).toMatchObject({ exit: 0, stderr: expect.stringContaining("synced: ") });
    expect(JSON.stringify(await world.kube.cluster.get(api))).toContain("argocd.argoproj.io/refresh");
  });

  it("ends with 1 when it does not help, and with 8 when it does not arrive, naming what to look at", async () => {
    const world = await outage("verify: { for: 1s, timeout: 2s }");
    const synced = when("waiting for prod to sync", async () => world.argo(await world.story.tip(), "Degraded"));
    const { exit, stderr } = await world.run(`${REVERT} --wait verified`, synced);
    expect({ exit, stderr }).toMatchObject({ exit: 1 });
    expect(stderr).toContain("still unhealthy: ");
    expect(stderr).toMatch(/Next: lastgood status api/);
    const never = await outage("verify: { for: 1s, timeout: 2s }");
    const away = await never.run(`${REVERT} --wait verified -o json`);
    expect(away).toMatchObject({
      exit: 8,
      stderr: expect.stringContaining("not delivered: the engine has not taken it yet"),
    });
    expect(JSON.parse(away.stdout)).toMatchObject({ status: { verification: { state: "not delivered" } } });
  });

  it("ends with 8 when the time is up, and leaves the job as it is", async () => {
    const world = await outage();
    const { exit, stderr } = await world.run(`${REVERT} --wait verified --timeout 8s`);
    expect({ exit, stderr }).toMatchObject({ exit: 8 });
    expect(stderr).toContain("not verified within --timeout: the engine has not taken it yet");
    expect(stderr).toMatch(/Next: lastgood status api -w/);
    const { stdout } = await world.run("jobs -o json");
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ status: { status: "In Progress" } }] });
  });

  it("leaves everything as it is when it is interrupted, and says how to look again", async () => {
    const world = await outage();
    const stop = new AbortController();
    const options = { ...when("waiting for prod to sync", () => stop.abort(new Error("SIGINT"))), signal: stop.signal };
    const { exit, stderr, stdout } = await world.run(`${REVERT} --wait verified`, options);
    expect({ exit, stderr }).toMatchObject({ exit: 130 });
    expect(stdout).toContain("/pull/1");
    expect(stderr).toMatch(/stays as it is, and nobody waits for it any more/);
    expect(stderr).toMatch(/Next: lastgood status api -w/);
    expect((await world.story.pullRequests())[0]?.merged).toBe(true);
  });

  it("writes nothing where there is no engine to ask, or none that has the target", async () => {
    const world = await outage();
    await world.kube.remove(liveApplication({ url: world.story.url, revision: world.bad, health: "Healthy" }));
    const gone = await world.run(`${REVERT} --wait verified`);
    expect(gone).toMatchObject({ exit: 2, stdout: "" });
    expect(gone.stderr).toContain("--wait=verified has nobody to ask: prod has no object of api");
    const { story } = world;
    const alone = await story
      .person()
      .run(`lastgood revert ./apps/api --to main~1 --wait=verified -y --repo ${story.url}`);
    expect(alone).toMatchObject({ exit: 2, stdout: "" });
    expect(alone.stderr).toContain("--wait=verified needs an engine to ask: there is no engine to look at");
    expect(await story.pullRequests()).toEqual([]);
    expect(await world.run("revert api --to HEAD~1 --wait=healthy -y")).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining("--wait=healthy is not one of merged, synced, verified"),
    });
  });
});
