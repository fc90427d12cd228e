import { describe, expect, it } from "vitest";
import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import type { Forge } from "../../../src/ports/forge.ts";
import { fixedClock } from "../../support/fixed-clock.ts";
import { AT, githubForTest, TOKENS, type World } from "../../support/github-world.ts";
import { silentLog } from "../../support/silent-log.ts";

const BRANCH = "lastgood/api/0c9e41d27ab3";

async function world(): Promise<{ readonly github: World; readonly forge: Forge; readonly number: number }> {
  const github = await githubForTest([
    { files: { "app.yaml": "a: 1\n" } },
    { files: { "app.yaml": "a: 2\n" }, branch: BRANCH, from: "main" },
  ]);
  const forge = await createGitHubForge({
    baseUrl: github.apiUrl,
    ...AT,
    token: async () => TOKENS.app,
    clock: fixedClock(),
    log: silentLog(),
    paced: false,
  });
  const { pulls } = github.octokit("mina");
  const { number } = (await pulls.create({ ...AT, head: BRANCH, base: "main", title: "Revert" })).data;
  return { github, forge, number };
}

describe("a pull request that lastgood closes itself", () => {
  it("is closed and opened again, each as often as it is asked for", async () => {
    const { forge, number } = await world();
    await forge.closePullRequest?.(number);
    await forge.closePullRequest?.(number);
    expect(await forge.findPullRequest(BRANCH)).toMatchObject({ number, state: "closed", endedBy: "lastgood[bot]" });
    expect(await forge.reopenPullRequest?.(number)).toBe(true);
    expect(await forge.reopenPullRequest?.(number)).toBe(true);
    expect(await forge.findPullRequest(BRANCH)).toMatchObject({ number, state: "open" });
  });

  it("is closed, or open again, when the answer was lost", async () => {
    const { github, forge, number } = await world();
    const lost = { method: "PATCH", path: /\/pulls\/\d+$/, when: "after", does: { kind: "drop" } } as const;
    github.control.addFault(lost);
    await forge.closePullRequest?.(number);
    expect(await forge.findPullRequest(BRANCH)).toMatchObject({ state: "closed" });
    github.control.addFault(lost);
    expect(await forge.reopenPullRequest?.(number)).toBe(true);
  });

  it("stays closed once its branch is another one", async () => {
    const { github, forge, number } = await world();
    await forge.closePullRequest?.(number);
    await github.octokit("mina").git.deleteRef({ ...AT, ref: `heads/${BRANCH}` });
    expect(await forge.reopenPullRequest?.(number)).toBe(false);
  });

  it("names those who reviewed it among those who did something with it", async () => {
    const { github, forge, number } = await world();
    const { pulls } = github.octokit("admin");
    await pulls.createReview({ ...AT, pull_number: number, event: "COMMENT", body: "Let us look at it first" });
    expect(await forge.talk?.events(number)).toContainEqual(expect.objectContaining({ kind: "reviewed" }));
  });
});
