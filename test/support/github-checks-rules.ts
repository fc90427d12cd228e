/** Rulesets, branches brought up to date, and merging by GitHub itself. */
import { expect } from "vitest";

import { refusalOf } from "./github-tools.ts";
import type { Declare, Tools } from "./github-tools.ts";

async function withRuleset(
  { octokit, at }: Tools,
  branch: string,
  rules: readonly { readonly type: "creation" | "update" | "required_linear_history" }[],
): Promise<number> {
  const { data } = await octokit.repos.createRepoRuleset({
    ...at,
    name: branch,
    enforcement: "active",
    conditions: { ref_name: { include: [`refs/heads/${branch}`], exclude: [] } },
    rules: [...rules],
  });
  return data.id;
}

export function rulesetChecks(check: Declare): void {
  check("a ruleset is told for its branch, and for no other", async (tools) => {
    const { octokit, at, branch, eventually } = tools;
    const [name, other] = [await branch("ruled"), await branch("free")];
    const ruleset_id = await withRuleset(tools, name, [{ type: "required_linear_history" }]);
    const told = async (each: string): Promise<readonly string[]> =>
      (await octokit.repos.getBranchRules({ ...at, branch: each })).data.map(({ type }) => type);
    await eventually(async () => expect(await told(name)).toContain("required_linear_history"));
    expect(await told(other)).not.toContain("required_linear_history");
    await octokit.repos.deleteRepoRuleset({ ...at, ruleset_id });
    await eventually(async () => expect(await told(name)).not.toContain("required_linear_history"));
  });

  check("a ruleset refuses a branch to be created", async (tools) => {
    const { octokit, at, fresh, tip, branch } = tools;
    const name = fresh("forbidden");
    const sha = await tip(await branch("start"));
    const ruleset_id = await withRuleset(tools, name, [{ type: "creation" }]);
    const refused = await refusalOf(octokit.git.createRef({ ...at, ref: `refs/heads/${name}`, sha }));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("Cannot create ref due to creations being restricted.");
    await octokit.repos.deleteRepoRuleset({ ...at, ruleset_id });
  });

  check("a merge against a ruleset is 405, with all reasons", async (tools) => {
    const { octokit, at, pull, settled } = tools;
    const { number, base } = await pull();
    const ruleset_id = await withRuleset(tools, base, [{ type: "required_linear_history" }]);
    await settled(number);
    const refused = await refusalOf(octokit.pulls.merge({ ...at, pull_number: number, merge_method: "merge" }));
    expect(refused.status).toBe(405);
    expect(refused.text).toMatch(/merge commits/i);
    await octokit.repos.deleteRepoRuleset({ ...at, ruleset_id });
  });

  check("a branch is brought up to date after a 202", async ({ octokit, at, pull, commit, eventually, tip }) => {
    const { number, base, head, sha } = await pull();
    await commit(base, { "other.yaml": "later: work\n" });
    const asked = await octokit.pulls.updateBranch({ ...at, pull_number: number, expected_head_sha: sha });
    expect(asked.status).toBe(202);
    await eventually(async () => expect(await tip(head)).not.toBe(sha));
    const { data } = await octokit.git.getCommit({ ...at, commit_sha: await tip(head) });
    expect(data.parents.map((parent) => parent.sha)).toEqual([sha, await tip(base)]);
  });

  check("a branch that moved is not brought up to date", async ({ octokit, at, pull, commit, tip }) => {
    const { number, base } = await pull();
    await commit(base, { "other.yaml": "later: work\n" });
    const update = { ...at, pull_number: number, expected_head_sha: await tip(base) };
    expect((await refusalOf(octokit.pulls.updateBranch(update))).status).toBe(422);
  });
}
