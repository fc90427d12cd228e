import { describe, expect, it } from "vitest";

import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import type { ForgeScratch } from "../../../src/ports/forge-scratch.ts";
import { fixedClock } from "../../support/fixed-clock.ts";
import { AT, githubForTest, TOKENS, type World } from "../../support/github-world.ts";
import { silentLog } from "../../support/silent-log.ts";

const BRANCH = "lastgood/drill/api/01J9ZK4T7Q0000000000000000";

async function world(token: keyof typeof TOKENS = "mina"): Promise<{
  readonly github: World;
  readonly scratch: ForgeScratch;
}> {
  const github = await githubForTest([
    { files: { "app.yaml": "a: 1\n" } },
    { files: { "app.yaml": "a: 2\n" }, branch: BRANCH, from: "main" },
    { files: { "app.yaml": "a: 3\n" }, branch: "lastgood/drills", from: "main" },
  ]);
  const { scratch } = await createGitHubForge({
    baseUrl: github.apiUrl,
    ...AT,
    token: async () => TOKENS[token],
    clock: fixedClock(),
    log: silentLog(),
    paced: false,
  });
  if (scratch === undefined) throw new Error("GitHub takes drafts away");
  return { github, scratch };
}

describe("what drills put on GitHub", () => {
  it("is found by the beginning of its branch's name, and only that", async () => {
    const { scratch } = await world();
    const head = expect.stringMatching(/^[0-9a-f]{40}$/);
    expect(await scratch.branches("lastgood/drill/")).toEqual([{ branch: BRANCH, head }]);
    expect(await scratch.branches("lastgood/nothing/")).toEqual([]);
  });

  it("is closed without being merged, and closed again without a failure", async () => {
    const { github, scratch } = await world();
    const { pulls } = github.octokit("mina");
    const { number } = (await pulls.create({ ...AT, head: BRANCH, base: "main", title: "Drill", draft: true })).data;
    await scratch.close(number);
    await scratch.close(number);
    const { data } = await pulls.get({ ...AT, pull_number: number });
    expect({ state: data.state, merged: data.merged }).toEqual({ state: "closed", merged: false });
  });

  it("is deleted, and deleted again without a failure", async () => {
    const { scratch } = await world();
    await scratch.deleteBranch(BRANCH);
    await scratch.deleteBranch(BRANCH);
    expect(await scratch.branches("lastgood/drill/")).toEqual([]);
  });

  it("is gone when the answer was lost", async () => {
    const { github, scratch } = await world();
    const lost = { method: "DELETE", path: /\/git\/refs\//, when: "after", does: { kind: "drop" } } as const;
    github.control.addFault(lost);
    await scratch.deleteBranch(BRANCH);
    expect(await scratch.branches("lastgood/drill/")).toEqual([]);
  });

  it("stays, and says why, where the token may not write", async () => {
    const { scratch } = await world("reader");
    await expect(scratch.deleteBranch(BRANCH)).rejects.toMatchObject({ name: "LastgoodError" });
    expect(await scratch.branches("lastgood/drill/")).toHaveLength(1);
  });
});
