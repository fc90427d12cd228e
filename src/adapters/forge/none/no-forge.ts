import { LastgoodError } from "../../../errors.ts";
import type { Forge } from "../../../ports/forge.ts";

/** The forge of a git server that has no pull requests, or none that lastgood knows: branches only. `name`: for people. */
export function createNoForge(name: string, defaultBranch: () => Promise<string>): Forge {
  const unsupported = async (what: string): Promise<never> => {
    throw new LastgoodError("ForgeUnsupported", `${name}: cannot ${what} there`, {
      hint: "Push the branch and open the pull request by hand (`--mode branch`), or let lastgood push to the branch itself (`--mode push`).",
    });
  };
  return {
    name,
    defaultBranch,
    mergeCommitOf: async () => undefined,
    findPullRequest: async () => undefined,
    openPullRequest: async () => unsupported("open a pull request"),
    updatePullRequest: async () => unsupported("update a pull request"),
    mergePullRequest: async () => unsupported("merge a pull request"),
  };
}
