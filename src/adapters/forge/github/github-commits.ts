import { isList, stringAt, valueAt } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { ForgeCommits } from "../../../ports/forge-commits.ts";
import { commitObstacle } from "./commit-limits.ts";
import type { GitHubApi } from "./github-api.ts";
import { makeCommit } from "./make-commit.ts";

const INPUT = "CreateCommitOnBranchInput";
const PROBE = `{ __type(name: "${INPUT}") { name } }`;
const CLASSIC = `query ($owner: String!, $repo: String!, $ref: String!) {
  repository(owner: $owner, name: $repo) { ref(qualifiedName: $ref) { refUpdateRule { requiresSignatures } } }
}`;

/** Commits made by GitHub: Verified, in the name of the token's owner. */
export function createGitHubCommits(api: GitHubApi, token: () => Promise<string>): ForgeCommits {
  async function reasonFor(branches: readonly string[]): Promise<string | undefined> {
    // Apps have no key of their own to sign with; theirs and Actions' tokens begin so (docs.github.com, "token formats").
    if ((await token()).startsWith("ghs_")) return "GitHub signs what an App commits there";
    for (const branch of branches)
      if (await requiresSignatures(api, branch)) return "a rule of the branch wants signed commits";
    return undefined;
  }

  return {
    async wanted(branches) {
      const why = await reasonFor(branches);
      return why !== undefined && (await makesCommits(api)) ? why : undefined;
    },
    cannot: commitObstacle,
    commit: async (request) => makeCommit(api, request),
  };
}

/** Does this server know the mutation? Enterprise Server has it since 3.3. Throws when that cannot be asked. */
async function makesCommits(api: GitHubApi): Promise<boolean> {
  const answer = await api.client.graphql("ask whether GitHub makes commits", PROBE, {});
  if (answer.kind === "ok") return stringAt(answer.data, "__type", "name") === INPUT;
  if (answer.kind === "unclear" || answer.error.code === "ForgeRateLimit") throw answer.error;
  return false;
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
