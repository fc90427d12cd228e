import { describe, expect, it } from "vitest";

import { findPullRequestCommits } from "../../src/app/find-pull-request-commits.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { gitdir, type GitDir } from "../support/gitdir.ts";

const find = (git: GitDir, number: number) => findPullRequestCommits(openGitDir(git), { base: git.head, number });

describe("findPullRequestCommits", () => {
  const git = gitdir([
    { message: "start" },
    { message: "Squashed (#7)", as: "squash" },
    { branch: "topic", from: "squash", message: "inside (#9)", as: "topic" },
    { message: "Merge pull request #8 from acme/topic\n\nTitle", merge: ["topic"], as: "merge" },
    { message: "Rebased, first (#10)", as: "first" },
    { message: "Rebased, second (#10)", as: "second" },
    {
      message: "Merge branch 'x' into 'main'\n\nX\n\nSee merge request acme/gitops!11",
      merge: ["topic"],
      as: "gitlab",
    },
    { message: 'Revert "Squashed (#7)" (#12)', as: "revert" },
    { message: "mentions #13 only" },
  ]);

  it.each([
    ["a squash", 7, ["squash"]],
    ["a merge", 8, ["merge"]],
    ["a rebase, newest first", 10, ["second", "first"]],
    ["a GitLab merge", 11, ["gitlab"]],
    ["a revert, by its own number", 12, ["revert"]],
    ["nothing off the first-parent line", 9, []],
    ["nothing for a mere mention", 13, []],
  ])("finds %s", async (_, number, names) => {
    expect(await find(git, number)).toEqual(names.map((name) => git.id(name)));
  });
});
