/** Checks, rules and merging. */
import { expect } from "vitest";

import { refusalOf, requiring } from "./github-tools.ts";
import type { Declare, Opened, Tools } from "./github-tools.ts";

export function statusChecks(check: Declare): void {
  check("a status is written", async ({ octokit, at, branch, tip }) => {
    const sha = await tip(await branch("status"));
    const { status, data } = await octokit.repos.createCommitStatus({ ...at, sha, state: "pending", context: "ci/a" });
    expect(status).toBe(201);
    expect(data).toMatchObject({ state: "pending", context: "ci/a" });
  });

  check("statuses are combined, the newest of each context", async ({ octokit, at, branch, eventually }) => {
    const ref = await branch("combined", { files: { "s.yaml": "s\n" } });
    const sha = (await octokit.repos.getCommit({ ...at, ref })).data.sha;
    const nothing = { state: "pending", total_count: 0 };
    expect((await octokit.repos.getCombinedStatusForRef({ ...at, ref })).data).toMatchObject(nothing);
    for (const state of ["failure", "success"] as const)
      await octokit.repos.createCommitStatus({ ...at, sha, state, context: "ci/a" });
    await eventually(async () => {
      const { data } = await octokit.repos.getCombinedStatusForRef({ ...at, ref });
      expect(data).toMatchObject({ state: "success", total_count: 1, sha });
    });
  });

  check("a check run is written", async ({ octokit, at, branch, tip }) => {
    const head_sha = await tip(await branch("run", { files: { "r.yaml": "r\n" } }));
    const { status, data } = await octokit.checks.create({ ...at, head_sha, name: "build", conclusion: "success" });
    expect(status).toBe(201);
    expect(data).toMatchObject({ name: "build", status: "completed", conclusion: "success", head_sha });
  });

  check("check runs are listed by reference", async ({ octokit, at, branch, tip, eventually }) => {
    const ref = await branch("runs", { files: { "l.yaml": "l\n" } });
    const head_sha = await tip(ref);
    const { data } = await octokit.checks.create({ ...at, head_sha, name: "build", status: "in_progress" });
    await octokit.checks.update({ ...at, check_run_id: data.id, conclusion: "failure" });
    await eventually(async () => {
      const runs = (await octokit.checks.listForRef({ ...at, ref, check_name: "build" })).data;
      expect(runs.check_runs).toMatchObject([{ id: data.id, conclusion: "failure" }]);
    });
  });
}

/** A pull request whose base has changed the same line since. */
async function conflicting({ pull, commit }: Tools): Promise<Opened> {
  const opened = await pull();
  await commit(opened.base, { "deploy/api.yaml": "image: api:3\n" });
  return opened;
}

export function mergeChecks(check: Declare): void {
  check("a wrong head id is 409", async ({ octokit, at, pull, settled }) => {
    const { number } = await pull();
    await settled(number);
    const refused = await refusalOf(octokit.pulls.merge({ ...at, pull_number: number, sha: "2".repeat(40) }));
    expect(refused.status).toBe(409);
    expect(refused.text).toContain("Head branch was modified");
  });

  check("a branch in conflict with its base is opened all the same", async (tools) => {
    const { number } = await conflicting(tools);
    const { data } = await tools.octokit.pulls.get({ ...tools.at, pull_number: number });
    expect(data).toMatchObject({ state: "open", merged: false });
  });

  check("a conflict turns it dirty", async (tools) => {
    const { number } = await conflicting(tools);
    await tools.eventually(async () => {
      expect(await tools.settled(number)).toMatchObject({ mergeable: false, mergeable_state: "dirty" });
    });
  });

  check("a conflict is 405", async (tools) => {
    const { octokit, at, settled, eventually } = tools;
    const { number } = await conflicting(tools);
    await eventually(async () => expect((await settled(number)).mergeable).toBe(false));
    expect((await refusalOf(octokit.pulls.merge({ ...at, pull_number: number }))).status).toBe(405);
  });

  check("a draft is 405", async ({ octokit, at, pull, settled }) => {
    const { number } = await pull({ draft: true });
    await settled(number);
    const refused = await refusalOf(octokit.pulls.merge({ ...at, pull_number: number }));
    expect(refused.status).toBe(405);
    expect(refused.text).toContain("draft");
  });

  check("a squash has one parent and is the base's tip", async ({ octokit, at, pull, tip, settled }) => {
    const { number, base, sha } = await pull();
    await settled(number);
    const before = await tip(base);
    const texts = { commit_title: "Revert api", commit_message: "Lastgood-Job: 1" };
    const method = { merge_method: "squash" as const, sha };
    const { data } = await octokit.pulls.merge({ ...at, pull_number: number, ...method, ...texts });
    expect(data.merged).toBe(true);
    expect(await tip(base)).toBe(data.sha);
    const commit = (await octokit.git.getCommit({ ...at, commit_sha: data.sha })).data;
    expect(commit.parents.map((each) => each.sha)).toEqual([before]);
    expect(commit.message).toBe("Revert api\n\nLastgood-Job: 1");
  });

  check("what was merged is there", async ({ octokit, at, pull, text, merge }) => {
    const { number, base } = await pull({ files: { "deploy/api.yaml": "image: api:7\n" } });
    await merge(number);
    expect(await text("deploy/api.yaml", base)).toBe("image: api:7\n");
    const { data } = await octokit.pulls.get({ ...at, pull_number: number });
    expect(data).toMatchObject({ state: "closed", merged: true });
  });

  for (const merge_method of ["merge", "squash", "rebase"] as const)
    check(`other work on the base is kept (${merge_method})`, async ({ pull, commit, text, merge }) => {
      const { number, base } = await pull();
      await commit(base, { "other.yaml": "later: work\n" });
      await merge(number, merge_method);
      expect(await text("other.yaml", base)).toBe("later: work\n");
      expect(await text("deploy/api.yaml", base)).toBe("image: api:2\n");
    });

  check("a second merge is 405", async ({ octokit, at, pull, merge }) => {
    const { number } = await pull();
    await merge(number);
    expect((await refusalOf(octokit.pulls.merge({ ...at, pull_number: number }))).status).toBe(405);
  });
}

export function ruleChecks(check: Declare): void {
  check("a protection is set", async ({ octokit, at, branch }) => {
    const name = await branch("rules");
    const { status } = await octokit.repos.updateBranchProtection({
      ...at,
      branch: name,
      ...requiring({ checks: ["ci"] }),
    });
    expect(status).toBe(200);
    const { data } = await octokit.repos.getBranch({ ...at, branch: name });
    expect(data).toMatchObject({ protected: true, protection: { required_status_checks: { contexts: ["ci"] } } });
  });

  check("a protection is read", async ({ octokit, at, branch }) => {
    const name = await branch("rules");
    await octokit.repos.updateBranchProtection({ ...at, branch: name, ...requiring({ approvals: 2 }) });
    const { data } = await octokit.repos.getBranchProtection({ ...at, branch: name });
    expect(data.required_pull_request_reviews?.required_approving_review_count).toBe(2);
    expect(data.enforce_admins?.enabled).toBe(true);
  });

  check("a protection is removed", async ({ octokit, at, branch }) => {
    const name = await branch("rules");
    await octokit.repos.updateBranchProtection({ ...at, branch: name, ...requiring({ approvals: 1 }) });
    await octokit.repos.deleteBranchProtection({ ...at, branch: name });
    const refused = await refusalOf(octokit.repos.getBranchProtection({ ...at, branch: name }));
    expect(refused.status).toBe(404);
    expect(refused.text).toContain("Branch not protected");
  });

  check("a merge without the required check is 405", async (tools) => {
    const { octokit, at, pull, settled, merge, eventually } = tools;
    const { number, base, sha } = await pull();
    await octokit.repos.updateBranchProtection({ ...at, branch: base, ...requiring({ checks: ["ci"] }) });
    await eventually(async () => expect((await settled(number)).mergeable_state).toBe("blocked"));
    const refused = await refusalOf(octokit.pulls.merge({ ...at, pull_number: number }));
    expect(refused.status).toBe(405);
    expect(refused.text).toMatch(/required status check/i);
    await octokit.repos.createCommitStatus({ ...at, sha, state: "success", context: "ci" });
    await eventually(async () => expect((await settled(number)).mergeable_state).toBe("clean"));
    expect(await merge(number)).toMatch(/^[0-9a-f]{40}$/);
  });

  check("the rules of a branch are readable", async ({ octokit, at, branch }) => {
    const { data } = await octokit.repos.getBranchRules({ ...at, branch: await branch("rules") });
    expect(Array.isArray(data)).toBe(true);
  });
}
