import { listAt, stringAt } from "../../../core/model/json.ts";
import { commitId, isFullId } from "../../../core/model/git.ts";
import type { ForgeScratch } from "../../../ports/forge-scratch.ts";
import { closePull } from "./close-and-reopen.ts";
import type { GitHubApi } from "./github-api.ts";

const HEADS = "refs/heads/";

/** Pull requests and branches that are only there for a moment. */
export function createGitHubScratch(api: GitHubApi): ForgeScratch {
  const branches: ForgeScratch["branches"] = async (prefix) => {
    // docs.github.com/rest/git/refs: a prefix that matches none is an empty list.
    const query = { ...(await api.at()), ref: `heads/${prefix}`, per_page: 100 };
    const found = await api.client.readAll("list branches", async (rest) => rest.git.listMatchingRefs(query));
    return listAt(found).flatMap((entry) => {
      const name = stringAt(entry, "ref") ?? "";
      const sha = stringAt(entry, "object", "sha") ?? "";
      if (!name.startsWith(`${HEADS}${prefix}`) || !isFullId(sha)) return [];
      return [{ branch: name.slice(HEADS.length), head: commitId(sha) }];
    });
  };
  return {
    branches,
    close: async (number) => closePull(api, number),
    async deleteBranch(branch) {
      const path = { ...(await api.at()), ref: `heads/${branch}` };
      const answer = await api.client.write("delete a branch", 204, async (rest) => rest.git.deleteRef(path));
      if (answer.kind === "ok") return;
      // "Reference does not exist" is what was wanted.
      const left = (await branches(branch)).some((other) => other.branch === branch);
      if (left) throw answer.error;
    },
  };
}
