import { describe, expect, it } from "vitest";

import { AT } from "../support/github-world.ts";
import { deployment } from "../support/manifests.ts";
import { begin, type Story } from "../support/story.ts";

const API = "apps/api/deployment.yaml";

const HISTORY = [
  { files: { [API]: deployment("api:1.6") }, message: "Begin with api 1.6 (#1)" },
  { files: { [API]: deployment("api:1.7") }, message: "Bump api to 1.7 (#2)" },
  { files: { [API]: deployment("api:1.8") }, message: "Bump api to 1.8 (#3)" },
] as const;

const config = (evidence: string): string => `apiVersion: lastgood.dev/v1alpha1
kind: Config
targets: [{ name: api, environment: prod, paths: [apps/api] }]
policies: { default: { mode: merge, good: { evidence: { ${evidence} } } } }
`;

/** GitHub has it on record that `number`, counted from the oldest, went so. */
async function deployed(story: Story, number: number, state: "success" | "failure"): Promise<void> {
  const octokit = story.github.octokit("admin");
  const commits = (await octokit.repos.listCommits(AT)).data.toReversed();
  const ref = commits[number - 1]?.sha ?? "";
  const asked = { ...AT, ref, environment: "prod", auto_merge: false, required_contexts: [] };
  const { data } = await octokit.repos.createDeployment(asked);
  await octokit.repos.createDeploymentStatus({ ...AT, deployment_id: "id" in data ? data.id : 0, state });
}

describe("GitHub's deployments", () => {
  it("say what is gone back to: the newest success, past a failure", async () => {
    const story = await begin(HISTORY);
    await deployed(story, 1, "success");
    await deployed(story, 2, "success");
    await deployed(story, 3, "failure");
    const mina = story.person();
    mina.save("lastgood.yaml", config("deployments: prod"));
    const history = await mina.run(`lastgood checkpoints api --repo ${story.url}`);
    expect(history.stdout).toContain("deployment to prod succeeded, by lastgood-admin[bot]");
    const run = await mina.run(`lastgood revert api -y --merge --repo ${story.url}`);
    expect(run.exit).toBe(0);
    expect(await story.text(API)).toBe(deployment("api:1.7"));
    const [pull] = await story.pullRequests();
    expect(pull?.body).toContain("deployment to prod succeeded");
  });

  it("count only from those whom the config names", async () => {
    const story = await begin(HISTORY);
    await deployed(story, 2, "success");
    const mina = story.person();
    mina.save("lastgood.yaml", config("deployments: { environment: prod, by: [argocd-deployer] }"));
    const { exit, stderr } = await mina.run(`lastgood plan api --repo ${story.url}`);
    expect(exit).toBe(3);
    expect(stderr).toContain("NoCheckpoint");
  });

  it("are done without when GitHub does not tell them, and that is said", async () => {
    const story = await begin(HISTORY);
    await deployed(story, 2, "success");
    story.github.control.addFault({
      path: /\/deployments/,
      times: 9,
      does: { kind: "answer", status: 403, body: { message: "Resource not accessible by integration" } },
    });
    const mina = story.person();
    mina.save("lastgood.yaml", config("deployments: prod"));
    const { exit, stderr } = await mina.run(`lastgood plan api --repo ${story.url}`);
    expect(exit).toBe(3);
    expect(stderr).toContain("deployments and checks are left out as evidence");
  });

  it("hold a person's verdict where the config asks for it, and it counts for the next one", async () => {
    const story = await begin(HISTORY);
    const mina = story.person();
    mina.save("lastgood.yaml", config("deployments: { environment: prod, record: true }"));
    const marked = await mina.run(`lastgood mark good api #2 --reason 'ran all week' --repo ${story.url}`);
    expect(marked.stderr).toContain("recorded as a deployment to prod");
    const dana = story.person("app");
    dana.save("lastgood.yaml", config("deployments: prod"));
    const plan = await dana.run(`lastgood checkpoints api --repo ${story.url} -o json`);
    expect(plan.stdout).toContain('"kind": "deployment"');
    expect(plan.stdout).toContain("deployment to prod succeeded, by mina");
  });
});

describe("GitHub's statuses and check runs", () => {
  it("of a configured name are weak evidence", async () => {
    const story = await begin(HISTORY);
    const octokit = story.github.octokit("admin");
    const [, good] = (await octokit.repos.listCommits(AT)).data;
    await octokit.checks.create({ ...AT, head_sha: good?.sha ?? "", name: "smoke-test/prod", conclusion: "success" });
    const mina = story.person();
    mina.save("lastgood.yaml", config('checks: "smoke-test/*"'));
    const { exit, stdout } = await mina.run(`lastgood plan api --repo ${story.url} -o json`);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      status: { checkpoint: { revision: good?.sha, weak: true, evidence: [{ kind: "check" }] } },
    });
  });
});
