import { describe, expect, it } from "vitest";

import { createNoForge } from "../../../src/adapters/forge/none/no-forge.ts";
import { commitId } from "../../../src/core/model/git.ts";

describe("createNoForge", () => {
  const forge = createNoForge("git.acme.dev/gitops", async () => "trunk");

  it("knows the default branch and no pull request", async () => {
    expect(forge.name).toBe("git.acme.dev/gitops");
    expect(await forge.defaultBranch()).toBe("trunk");
    expect(await forge.findPullRequest("lastgood/api")).toBeUndefined();
  });

  it("says what to do instead of a pull request", async () => {
    const text = { title: "t", body: "b" };
    const opening = { ...text, branch: "x", base: "trunk", draft: false, labels: [], reviewers: [] };
    const merging = { number: 1, expectedHead: commitId("1".repeat(40)), title: "t", message: "m" };
    const unsupported = { code: "ForgeUnsupported", hint: expect.stringContaining("--mode push") };
    await expect(forge.openPullRequest(opening)).rejects.toMatchObject(unsupported);
    await expect(forge.updatePullRequest(1, text)).rejects.toMatchObject(unsupported);
    await expect(forge.mergePullRequest(merging)).rejects.toMatchObject(unsupported);
  });
});
