/**
 * What lastgood relies on in GitHub, as checks that the stand-in and api.github.com must both pass. The repository must be
 * disposable, with at least one commit on its default branch; every check works on branches of its own.
 */
import { beforeAll, describe, it } from "vitest";

import { deploymentChecks } from "./github-checks-deployments.ts";
import { createCommitChecks, graphqlChecks } from "./github-checks-graphql.ts";
import { statusChecks, mergeChecks, ruleChecks } from "./github-checks-merging.ts";
import { protocolChecks, gitChecks } from "./github-checks-protocol.ts";
import { openingChecks, peopleChecks, issueChecks } from "./github-checks-pulls.ts";
import { rulesetChecks } from "./github-checks-rules.ts";
import { repositoryChecks, objectChecks, refChecks, historyChecks, contentChecks } from "./github-checks-repository.ts";
import { timelineChecks } from "./github-checks-timeline.ts";
import { gatherChecks, makeTools } from "./github-tools.ts";
import type { GitHubWorld, Tools } from "./github-tools.ts";

const GROUPS = [
  { group: "repository", checks: gatherChecks(repositoryChecks) },
  { group: "objects", checks: gatherChecks(objectChecks) },
  { group: "refs", checks: gatherChecks(refChecks) },
  { group: "history", checks: gatherChecks(historyChecks) },
  { group: "contents", checks: gatherChecks(contentChecks) },
  { group: "opening a pull request", checks: gatherChecks(openingChecks) },
  { group: "people", checks: gatherChecks(peopleChecks) },
  { group: "checks", checks: gatherChecks(statusChecks) },
  { group: "merging", checks: gatherChecks(mergeChecks) },
  { group: "rules", checks: gatherChecks(ruleChecks) },
  { group: "rulesets", checks: gatherChecks(rulesetChecks) },
  { group: "issues", checks: gatherChecks(issueChecks) },
  { group: "deployments", checks: gatherChecks(deploymentChecks) },
  { group: "GraphQL", checks: gatherChecks(graphqlChecks) },
  { group: "commits made by GitHub", checks: gatherChecks(createCommitChecks) },
  { group: "protocol", checks: gatherChecks(protocolChecks) },
  { group: "git", checks: gatherChecks(gitChecks) },
  { group: "timeline", checks: gatherChecks(timelineChecks) },
];

/** Declares all checks. `open` is called once, before the first. */
export function describeGitHub(open: () => Promise<GitHubWorld>): void {
  let tools: Tools | undefined;
  beforeAll(async () => {
    tools = makeTools(await open());
  });

  describe.each(GROUPS)("$group", ({ checks }) => {
    it.each(checks)("$title", async ({ run }) => {
      if (tools === undefined) throw new Error("the world was not opened");
      await run(tools);
    });
  });
}
