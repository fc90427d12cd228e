/**
 * What lastgood relies on in GitHub, as checks that the stand-in and api.github.com must both pass. The repository must be
 * disposable, with at least one commit on its default branch; every check works on branches of its own.
 */
import { afterAll, beforeAll, describe, it } from "vitest";

import { deploymentChecks } from "./github-checks-deployments.ts";
import { createCommitChecks, graphqlChecks } from "./github-checks-graphql.ts";
import { statusChecks, mergeChecks, ruleChecks } from "./github-checks-merging.ts";
import { protocolChecks, gitChecks } from "./github-checks-protocol.ts";
import { issueListChecks, pullListChecks } from "./github-checks-lists.ts";
import { openingChecks, peopleChecks, issueChecks } from "./github-checks-pulls.ts";
import { rulesetChecks } from "./github-checks-rules.ts";
import { repositoryChecks, objectChecks, refChecks, historyChecks, contentChecks } from "./github-checks-repository.ts";
import { timelineChecks } from "./github-checks-timeline.ts";
import { tidyUp } from "./github-tidy.ts";
import { gatherChecks, makeTools } from "./github-tools.ts";
import type { GitHubWorld, Tools } from "./github-tools.ts";

/** All checks, by what they are about. */
export const CHECK_GROUPS = [
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
  { group: "lists of issues", checks: gatherChecks(issueListChecks) },
  { group: "lists of pull requests", checks: gatherChecks(pullListChecks) },
  { group: "deployments", checks: gatherChecks(deploymentChecks) },
  { group: "GraphQL", checks: gatherChecks(graphqlChecks) },
  { group: "commits made by GitHub", checks: gatherChecks(createCommitChecks) },
  { group: "protocol", checks: gatherChecks(protocolChecks) },
  { group: "git", checks: gatherChecks(gitChecks) },
  { group: "timeline", checks: gatherChecks(timelineChecks) },
];

/**
 * Declares all checks. `open` is called once, before the first. What they made is cleared away after the last. `longestMs`: for one
 * check, and a twentieth of what clearing away may take.
 */
export function describeGitHub(open: () => Promise<GitHubWorld>, longestMs: number): void {
  let tools: Tools | undefined;
  beforeAll(async () => {
    tools = makeTools(await open());
  });
  afterAll(async () => {
    if (tools !== undefined) await tidyUp(tools);
  }, 20 * longestMs);

  // "%s": "$title" cuts long titles.
  const groups = CHECK_GROUPS.map(({ group, checks }) => [group, checks] as const);
  describe.each(groups)("%s", (_, checks) => {
    it.each(checks.map(({ title, run }) => [title, run] as const))(
      "%s",
      async (__, run) => {
        if (tools === undefined) throw new Error("the world was not opened");
        await run(tools);
      },
      longestMs,
    );
  });
}
