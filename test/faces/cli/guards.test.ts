import { describe, expect, it } from "vitest";
import { deployment } from "../../support/manifests.ts";
import { AT } from "../../support/github-world.ts";
import { kubeWorld } from "../../support/kubernetes/kube-world.ts";
import { liveApplication } from "../../support/live-application.ts";
import type { CliRun } from "../../support/run-cli.ts";
import type { Story } from "../../support/story.ts";
import { brokenApi } from "./broken-api.ts";

const MANIFEST = "apps/api/deployment.yaml";
const FROZEN = 'freeze: [{ cron: "* * * * *", for: 1h }]';
const NO_MERGE = 'freeze: [{ cron: "* * * * *", for: 1h, mode: propose }]';

interface Repository {
  readonly story: Story;
  readonly revert: (flags: string) => Promise<CliRun>;
}

/** A bad release, an hour after a good one; `engines`: of the configuration. */
async function repository(policy = "", engines = "[]", kubeconfig?: string): Promise<Repository> {
  const config = configText(policy, engines);
  const { story, run } = await brokenApi({ config, ...(kubeconfig === undefined ? {} : { kubeconfig }) });
  return {
    story,
    revert: async (flags) => run(["revert", "api", "--to", "HEAD~1", "-y", ...flags.split(" ")]),
  };
}

function configText(policy: string, engines: string): string {
  return `apiVersion: lastgood.dev/v1alpha1
kind: Config
engines: ${engines}
targets:
  - name: api
    paths: [apps/api]
policies:
  default:
    mode: push
    ${policy}
`;
}

describe("what holds a person's revert", () => {
  it("is a freeze: nothing leaves the machine, or only a pull request, as its window says", async () => {
    const frozen = await repository(FROZEN);
    for (const mode of ["propose", "merge", "push"]) {
      const { exit, stderr } = await frozen.revert(`--mode ${mode}`);
      expect({ exit, stderr }).toEqual({ exit: 5, stderr: expect.stringContaining("Frozen") });
      expect(stderr).toContain("frozen: * * * * * for 1h");
    }
    expect(Object.keys(await frozen.story.branches())).toEqual(["main"]);
    const open = await repository(NO_MERGE);
    const merge = await open.revert("--merge");
    expect(merge).toMatchObject({ exit: 5, stderr: expect.stringContaining("Frozen") });
    expect(merge.stderr).toContain("lastgood revert api --mode propose");
    expect(await open.revert("--mode propose")).toMatchObject({ exit: 0, stdout: expect.stringContaining("/pull/") });
  });

  it("is no freeze that somebody with write access has lifted", async () => {
    const { story, revert } = await repository(FROZEN);
    await story.github.octokit("mina").issues.create({ ...AT, title: "hotfix", labels: ["lastgood: lift freeze"] });
    expect(await revert("--merge")).toMatchObject({ exit: 0 });
  });

  it("is the switch that turns lastgood off", async () => {
    const { story, revert } = await repository();
    const issue = { ...AT, title: "hands off", labels: ["lastgood: disable"] };
    const { data } = await story.github.octokit("mina").issues.create(issue);
    const { exit, stderr } = await revert("--merge");
    expect({ exit, stderr }).toEqual({ exit: 5, stderr: expect.stringContaining("Disabled") });
    expect(stderr).toContain(data.html_url);
    await story.github.octokit("mina").issues.update({ ...AT, issue_number: data.number, state: "closed" });
    expect(await revert("--merge")).toMatchObject({ exit: 0 });
  });

  it("is an engine's object that is suspended: a pull request may be opened all the same", async () => {
    const kube = await kubeWorld();
    const prod = "[{ name: prod, type: argocd, context: test }]";
    const { story, revert } = await repository("", prod, kube.kubeconfig);
    const annotations = { "lastgood.dev/suspend": "true" };
    const revision = await story.tip();
    await kube.apply(liveApplication({ url: story.url, revision, health: "Healthy", annotations }));
    const merge = await revert("--merge");
    expect(merge).toMatchObject({ exit: 5, stderr: expect.stringContaining("Suspended") });
    expect(merge.stderr).toContain("suspended: annotation on application/argocd/api");
    const propose = await revert("--mode propose");
    expect(propose).toMatchObject({ exit: 0, stderr: expect.stringContaining("suspended: annotation on") });
  });
});

describe("what a person's revert passes", () => {
  it("is time and number, with a warning", async () => {
    const { story, revert } = await repository("limits: { perTarget: 1 }");
    const first = await revert("--merge");
    expect(first).toMatchObject({ exit: 0 });
    expect(first.stderr).not.toContain("Cooldown");
    await story.push({ [MANIFEST]: deployment("api:1.9.0") }, "feat(api): bump image to 1.9.0");
    const second = await revert("--merge");
    expect(second).toMatchObject({ exit: 0 });
    expect(second.stderr).toMatch(/Cooldown: the last revert of it was \d+s ago/);
    expect(second.stderr).toContain("BudgetExhausted: 1 of 1 of this target opened in 24h");
  });
});
