import { commitId, type CommitId } from "../../../src/core/model/git.ts";
import { forgeContract, type ForgeWorld } from "../../support/forge-contract.ts";
import { memoryForge } from "../../support/memory-forge.ts";

forgeContract("the memory forge", async () => makeWorld());

/** Branches as a map; a commit on `main` is remembered when it is merged. */
function makeWorld(): ForgeWorld {
  let count = 0;
  let strictly = false;
  const next = (): CommitId => commitId((count += 1).toString().padStart(40, "0"));
  const main = next();
  const branches = new Map([["main", main]]);
  const merged = new Set<CommitId>();
  const forge = memoryForge({
    findBranch: async (branch) => branches.get(branch),
    merge: async ({ expectedHead, base }) => {
      const tip = next();
      branches.set(base, tip);
      merged.add(expectedHead);
      return tip;
    },
    update: async (branch) => add(branch),
    reviewers: ["mkim"],
  });
  const add = async (name: string): Promise<CommitId> => {
    const commit = next();
    branches.set(name, commit);
    return commit;
  };
  return {
    forge,
    addBranch: add,
    push: add,
    addEmptyBranch: async (name) => void branches.set(name, main),
    conflict: async () => forge.answerMerge({ kind: "base-moved", reason: "it conflicts with the base" }),
    deleteBranch: async (name) => void branches.delete(name),
    close: async (number) => forge.close(number, "mkim"),
    draft: async (number) => forge.draft(number),
    requireCheck: async ({ strict }) => {
      strictly = strict;
      forge.answerMerge(
        strict
          ? { kind: "base-moved", reason: "its branch is behind", how: "behind" }
          : { kind: "waiting", reason: "1 check has not reported: ci" },
      );
    },
    passCheck: async () => {
      // A branch that is behind stays behind.
      if (!strictly) forge.answerMerge(undefined);
    },
    allowAutoMerge: async () => forge.allowAutoMerge(),
    mainHas: async (commit) => merged.has(commit),
  };
}
