/** Leaves a repository as it was before the checks: nothing that bears their prefix stays. */
import type { Tools } from "./github-tools.ts";

/** Deletes rulesets, protections, branches (which closes the pull requests), labels, deployments and environments of this run. */
export async function tidyUp(tools: Tools): Promise<void> {
  await dropRulesets(tools);
  await dropBranches(tools);
  await dropDeployments(tools);
  await dropLabels(tools);
}

async function dropRulesets({ octokit, at, prefix }: Tools): Promise<void> {
  const all = await octokit.paginate(octokit.repos.getRepoRulesets, { ...at, per_page: 100 });
  for (const { id, name } of all)
    if (name.startsWith(prefix)) await octokit.repos.deleteRepoRuleset({ ...at, ruleset_id: id });
}

async function dropBranches({ octokit, at, prefix }: Tools): Promise<void> {
  const found = await octokit.paginate(octokit.git.listMatchingRefs, { ...at, ref: `heads/${prefix}`, per_page: 100 });
  const guarded = await octokit.paginate(octokit.repos.listBranches, { ...at, protected: true, per_page: 100 });
  for (const { name: branch } of guarded)
    if (branch.startsWith(prefix)) await octokit.repos.deleteBranchProtection({ ...at, branch });
  for (const { ref } of found) await octokit.git.deleteRef({ ...at, ref: ref.replace("refs/", "") });
}

/** An active deployment cannot be deleted: it is made inactive first. */
async function dropDeployments({ octokit, at, prefix }: Tools): Promise<void> {
  const all = await octokit.paginate(octokit.repos.listDeployments, { ...at, per_page: 100 });
  const ours = all.filter(({ environment }) => environment.startsWith(prefix));
  for (const { id: deployment_id } of ours) {
    await octokit.repos.createDeploymentStatus({ ...at, deployment_id, state: "inactive" });
    await octokit.repos.deleteDeployment({ ...at, deployment_id });
  }
  for (const environment_name of new Set(ours.map(({ environment }) => environment)))
    await octokit.repos.deleteAnEnvironment({ ...at, environment_name }).catch(notThere);
}

async function dropLabels({ octokit, at, prefix }: Tools): Promise<void> {
  const all = await octokit.paginate(octokit.issues.listLabelsForRepo, { ...at, per_page: 100 });
  for (const { name } of all) if (name.startsWith(prefix)) await octokit.issues.deleteLabel({ ...at, name });
}

function notThere(error: unknown): void {
  if (!(error instanceof Error && "status" in error && error.status === 404)) throw error;
}
