import { afterAll, describe, expect, it } from "vitest";

import { describeGitHubOf, readSettings } from "../../support/github-real.ts";
import { NAME, TOKENS, openGitHub } from "../../support/github-world.ts";

// Met as api.github.com is: over HTTP, with nothing but these variables. The control plane is not at hand there.
const world = await openGitHub([{ files: { "README.md": "gitops\n", "deploy/api.yaml": "image: api:1\n" } }]);
afterAll(() => world.close());

const VARIABLES = {
  LASTGOOD_TEST_GITHUB_URL: world.apiUrl,
  LASTGOOD_TEST_GITHUB_REPO: NAME,
  LASTGOOD_TEST_GITHUB_TOKEN: TOKENS.admin,
  LASTGOOD_TEST_GITHUB_REVIEWER_TOKEN: TOKENS.mina,
};

describeGitHubOf("the stand-in", VARIABLES);

describe("the checks, when they are over,", () => {
  it("leave nothing behind", async () => {
    const at = { owner: "acme", repo: "gitops" };
    const { git, repos, issues, pulls } = world.octokit("admin");
    expect((await git.listMatchingRefs({ ...at, ref: "heads/" })).data.map(({ ref }) => ref)).toEqual([
      "refs/heads/main",
    ]);
    expect((await repos.getRepoRulesets(at)).data).toEqual([]);
    expect((await repos.listDeployments(at)).data).toEqual([]);
    expect((await issues.listLabelsForRepo(at)).data).toEqual([]);
    expect((await issues.listForRepo(at)).data).toEqual([]);
    expect((await pulls.list(at)).data).toEqual([]);
  });
});

describe("the settings of the suite", () => {
  it("are GitHub's own API, when no other is named", () => {
    const { LASTGOOD_TEST_GITHUB_URL: _, ...env } = VARIABLES;
    expect(readSettings(env)).toMatchObject({ apiUrl: "https://api.github.com", owner: "acme", repo: "gitops" });
  });

  it.each(["TOKEN", "REPO", "REVIEWER_TOKEN"])("lack %s when it is not set", (name) => {
    const variable = `LASTGOOD_TEST_GITHUB_${name}`;
    expect(readSettings({ ...VARIABLES, [variable]: " " })).toEqual({ missing: [variable] });
  });

  it("want owner and name of the repository", () => {
    expect(() => readSettings({ ...VARIABLES, LASTGOOD_TEST_GITHUB_REPO: "gitops" })).toThrow("owner/name");
  });
});
