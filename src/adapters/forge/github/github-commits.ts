import { isList, stringAt, valueAt } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { ForgeCommits } from "../../../ports/forge-commits.ts";
import { commitObstacle } from "./commit-limits.ts";
import type { GitHubApi } from "./github-api.ts";
import { makeCommit } from "./make-commit.ts";

const CLASSIC = `query ($owner: String!, $repo: String!, $ref: String!) {
  repository(owner: $owner, name: $repo) { ref(qualifiedName: $ref) { refUpdateRule { requiresSignatures } } }
}`;

/** Commits made by GitHub: Verified, in the name of the token's owner. */
export function createGitHubCommits(api: GitHubApi, token: () => Promise<string>): ForgeCommits {
  return {
    async wanted(branches) {
      // Apps have no key of their own to sign with; theirs and Actions' tokens begin so (docs.github.com, "token formats").
      if ((await token()).startsWith("ghs_")) return "an App's commits are signed by GitHub";
      for (const branch of branches)
        if (await requiresSignatures(api, branch)) return "a rule of the branch wants signed commits";
      return undefined;
    },
    cannot: commitObstacle,
    commit: async (request) => makeCommit(api, request),
  };
}

/** By rulesets, also for a branch that is not there yet, or by classic protection. What the token may not read is no reason. */
async function requiresSignatures(api: GitHubApi, branch: string): Promise<boolean> {
  const path = await api.at();
  try {
    const query = { ...path, branch, per_page: 100 };
    const rules = await api.client.read("read the branch's rules", async (rest) => rest.repos.getBranchRules(query));
    if (isList(rules) && rules.some((rule) => stringAt(rule, "type") === "required_signatures")) return true;
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
  }
  const ref = `refs/heads/${branch}`;
  const answer = await api.client.graphql("read the branch's protection", CLASSIC, { ...path, ref });
  if (answer.kind !== "ok") return false;
  return valueAt(answer.data, "repository", "ref", "refUpdateRule", "requiresSignatures") === true;
}
