import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

import { CHECK_GROUPS } from "../../support/github-conformance.ts";

/**
 * What every GitHub must pass before lastgood may rely on it: 70 checks of the API and 5 of git, by name. The suite has more; it
 * must not have less.
 */
const LIST: Readonly<Record<string, readonly string[]>> = {
  repository: [
    "the repository names its default branch",
    "branches are listed with their tips",
    "a branch gives its tip",
    "a commit is found by branch name",
    "a file is read in base64",
  ],
  objects: [
    "a commit leads to its tree",
    "a blob has git's own id",
    "a tree is built on a base, with nested, inline and deleted entries",
    "a commit keeps its parent, author and date",
    "a nested file is read at a branch",
  ],
  refs: [
    "a reference is created",
    "a second one of that name is refused",
    "an unknown object is refused",
    "an absent reference is 404",
    "an update that is no fast-forward is refused",
    "a reference is deleted",
  ],
  history: [
    "a comparison counts commits and files",
    "the log is kept to a path",
    "a merged commit leads to its pull request",
  ],
  contents: [
    "a file is updated by its blob id",
    "a stale blob id is 409",
    "a missing blob id is 422",
    "a protected branch is refused",
  ],
  "opening a pull request": [
    "a pull request is opened",
    "a second one for the branch is refused",
    "one without commits is refused",
    "an unknown head is refused",
    "it is found by owner:branch",
    "another head finds nothing",
    "mergeable becomes known",
    "its files have a status",
    "its commits are listed, oldest first",
  ],
  people: [
    "a label is created",
    "a second label of that name is refused",
    "labels are added, an unknown one is created",
    "a reviewer is asked, an unknown one fails the request",
    "a comment is written and edited",
    "a review comments",
    "nobody approves their own pull request",
    "a line is commented on",
  ],
  checks: [
    "a status is written",
    "statuses are combined, the newest of each context",
    "a check run is written",
    "check runs are listed by reference",
  ],
  merging: [
    "a wrong head id is 409",
    "a branch in conflict with its base is opened all the same",
    "a conflict turns it dirty",
    "a conflict is 405",
    "a draft is 405",
    "a squash has one parent and is the base's tip",
    "what was merged is there",
    "other work on the base is kept (squash)",
    "a second merge is 405",
  ],
  rules: [
    "a protection is set",
    "a protection is read",
    "a protection is removed",
    "a merge without the required check is 405",
    "the rules of a branch are readable",
  ],
  GraphQL: [
    "auto-merge is armed with the head's id, and with no other",
    "revertPullRequest is in the schema",
    "mergeStateStatus and reviewDecision tell what is missing",
  ],
  issues: ["an issue is opened with a label, found by it and closed"],
  deployments: [
    "a deployment is made at a merged commit",
    "its status is written, the newest first",
    "deployments are listed by environment, the newest first",
  ],
  protocol: [
    "a longer list links to its next page",
    "a known ETag is 304",
    "a wrong token is 401",
    "an absent repository is 404",
    "every answer tells the rate limit and its own id",
  ],
  git: [
    "a clone is at the API's tip",
    "a push is visible in the API",
    "the API's commits are fetched and sound",
    "a clone of depth 1 has one commit",
    "a push that is no fast-forward is refused",
  ],
};

describe("the conformance list", () => {
  it.each(Object.entries(LIST))("has all its checks of %s", (group, titles) => {
    const declared = CHECK_GROUPS.find((each) => each.group === group)?.checks.map(({ title }) => title);
    expect(declared).toEqual(expect.arrayContaining([...titles]));
  });

  it("is 70 checks of the API and 5 of git", () => {
    const { git = [], ...api } = LIST;
    expect([Object.values(api).flat().length, git.length]).toEqual([70, 5]);
  });

  it("names no check twice", () => {
    const all = CHECK_GROUPS.flatMap(({ group, checks }) => checks.map(({ title }) => `${group}: ${title}`));
    expect(new Set(all).size).toBe(all.length);
  });
});

/** What is asked of the stand-in alone, because it needs its control plane, its faults, or its webhooks: file → tests. */
const STORIES: Readonly<Record<string, readonly string[]>> = {
  "scenarios.test.ts": [
    "a push webhook arrives with the right HMAC",
    "by clone and push, pull request, protection, approval and check: auto-merge fires, the content is back",
    "is a push to a protected branch",
    "is arming a clean pull request",
    "is a misspelt field",
    'by revertPullRequest is opened as Revert "…"',
    "is createCommitOnBranch with an old head: STALE_DATA",
    "obeys retry-after of a secondary limit",
    "waits for the reset of the primary limit",
    "a dropped socket on a read",
    "502 on a read",
    "is any write of a token that may only read: 403",
    "two at once is 200 or `Base branch was modified` for each, and nothing is lost",
    "by rebase is linear",
  ],
};

const REALISM: Readonly<Record<string, readonly string[]>> = {
  "git-push.test.ts": [
    "is refused by a protection with GH006 and the reason",
    "passes for an administrator, who is told",
  ],
  "rulesets.test.ts": [
    "%s is refused with GH013",
    "passes for whom the ruleset names, who is told",
    "refuse merges in their own words, all at once",
    "wait for the code owners of what changes, whom GitHub asks",
    "wait for conversations to be resolved, and for an approval after the last push",
    "let a squash pass where commits must be signed: GitHub signs it",
  ],
  "apps.test.ts": [
    "is for the repositories and permissions that were asked for, and lasts an hour",
    "has 40 characters, or since April 2026 about 520 with dots",
  ],
  "auto-merge.test.ts": ["merges exactly the commit that it tested, and ours stays as it was"],
  "pull-requests.test.ts": [
    "lose approvals that are stale where the rules say so",
    "are closed when their branch is deleted, and keep refs/pull/N/head",
  ],
  "objects.test.ts": ["keep the mode of a file that is edited through contents"],
};

const sourceOf = (file: string): string => readFileSync(fileURLToPath(new URL(file, import.meta.url)), "utf8");

describe("the stand-in's own list", () => {
  it.each(Object.entries({ ...STORIES, ...REALISM }))("has all its tests in %s", (file, titles) => {
    const source = sourceOf(file);
    const isThere = (title: string): boolean => [`"${title}"`, `'${title}'`].some((quoted) => source.includes(quoted));
    expect(titles.filter((title) => !isThere(title))).toEqual([]);
  });

  it("is 14 stories", () => {
    expect(Object.values(STORIES).flat()).toHaveLength(14);
  });
});
