/** Deployments, as a source of evidence and as a record. */
import { expect } from "vitest";

import { refusalOf } from "./github-tools.ts";
import type { Declare } from "./github-tools.ts";

const RECORD = { auto_merge: false, required_contexts: [] };

export function deploymentChecks(check: Declare): void {
  check("a deployment is made at a merged commit", async ({ octokit, at, pull, merge, fresh }) => {
    const sha = await merge((await pull()).number);
    const environment = fresh("env");
    const { status, data } = await octokit.repos.createDeployment({ ...at, ...RECORD, ref: sha, environment });
    expect(status).toBe(201);
    expect(data).toMatchObject({ sha, environment, task: "deploy" });
  });

  check("its status is written, the newest first", async ({ octokit, at, branch, fresh }) => {
    const ref = await branch("deployed");
    const environment = fresh("env");
    const { data } = await octokit.repos.createDeployment({ ...at, ...RECORD, ref, environment });
    const deployment_id = "id" in data ? data.id : 0;
    for (const state of ["in_progress", "success"] as const)
      expect((await octokit.repos.createDeploymentStatus({ ...at, deployment_id, state })).status).toBe(201);
    const listed = (await octokit.repos.listDeploymentStatuses({ ...at, deployment_id })).data;
    expect(listed.map(({ state }) => state)).toEqual(["success", "in_progress"]);
  });

  check("deployments are listed by environment, the newest first", async (tools) => {
    const { octokit, at, branch, tip, fresh, eventually } = tools;
    const environment = fresh("env");
    const first = await branch("one", { files: { "one.yaml": "1\n" } });
    const second = await branch("two", { files: { "two.yaml": "2\n" } });
    for (const ref of [first, second]) await octokit.repos.createDeployment({ ...at, ...RECORD, ref, environment });
    await octokit.repos.createDeployment({ ...at, ...RECORD, ref: first, environment: fresh("other") });
    const expected = [await tip(second), await tip(first)];
    await eventually(async () => {
      const { data } = await octokit.repos.listDeployments({ ...at, environment });
      expect(data.map(({ sha }) => sha)).toEqual(expected);
    });
  });

  check("a success makes the one before inactive", async (tools) => {
    const { octokit, at, branch, fresh, eventually } = tools;
    const environment = fresh("env");
    const ids: number[] = [];
    for (const name of ["old", "new"]) {
      const ref = await branch(name);
      const { data } = await octokit.repos.createDeployment({ ...at, ...RECORD, ref, environment });
      const deployment_id = "id" in data ? data.id : 0;
      ids.push(deployment_id);
      await octokit.repos.createDeploymentStatus({ ...at, deployment_id, state: "success" });
    }
    const [old = 0] = ids;
    await eventually(async () => {
      const { data } = await octokit.repos.listDeploymentStatuses({ ...at, deployment_id: old });
      expect(data.map(({ state }) => state)).toEqual(["inactive", "success"]);
    });
  });

  check("without required_contexts: [] a red status refuses it", async ({ octokit, at, branch, tip, fresh }) => {
    const ref = await branch("red", { files: { "red.yaml": "r\n" } });
    await octokit.repos.createCommitStatus({ ...at, sha: await tip(ref), state: "failure", context: "ci/red" });
    const refused = await refusalOf(
      octokit.repos.createDeployment({ ...at, ref, auto_merge: false, environment: fresh("env") }),
    );
    expect(refused.status).toBe(409);
    expect(refused.text).toContain("Commit status checks failed");
  });

  check("an unknown ref is refused", async ({ octokit, at, fresh }) => {
    const refused = await refusalOf(octokit.repos.createDeployment({ ...at, ...RECORD, ref: fresh("nowhere") }));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("No ref found for");
  });
}
