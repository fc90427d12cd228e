import { describe, expect, it } from "vitest";

import { judgeMergeRefusal } from "../../../src/adapters/forge/github/merge-refusal.ts";

describe("judgeMergeRefusal", () => {
  it.each([
    ["Base branch was modified. Review and try the merge again.", "raced"],
    ["Merge already in progress", "merging"],
    ["Pull Request is not mergeable", "look"],
    ["Pull Request has merge conflicts", "conflict"],
    ["Pull Request is still a draft", "refused"],
    ["Pull Request is in the merge queue.", "queued"],
    ["Changes must be made through the merge queue", "enqueue"],
    ['Required status check "ci" is expected.', "waiting"],
    ['Required status check "ci" is failing.', "waiting"],
    ["2 of 4 required status checks have not succeeded: 1 expected and 1 failing.", "waiting"],
    ["At least 1 approving review is required by reviewers with write access.", "waiting"],
    ["Waiting on code owner review from acme/sre.", "waiting"],
    ["A conversation must be resolved before this pull request can be merged.", "waiting"],
    ["Squash merges are not allowed on this repository.", "other-method"],
    ["Merge commits are not allowed on this repository.", "other-method"],
    ["Rebase merges are not allowed on this repository.", "other-method"],
    ["This branch can't be rebased", "other-method"],
    ["This branch must not contain merge commits.", "other-method"],
    ["Commits must have verified signatures.", "other-method"],
    ["You're not authorized to push to this branch. Visit https://docs.github.com/…", "refused"],
    ["Cannot update this protected ref.", "refused"],
    ["Head branch was modified. Review and try the merge again.", "look"],
    ["Head branch is out of date. Review and try the merge again.", "look"],
    ["BASE BRANCH WAS MODIFIED.", "raced"],
    ["Mercury is in retrograde", "waiting"],
    ["", "waiting"],
  ])("takes %j for %s", (text, means) => {
    expect(judgeMergeRefusal([text]).means).toBe(means);
  });

  it("takes the worst of several rules", () => {
    const text = [
      "Repository rule violations found",
      "",
      'Required status check "ci" is expected.',
      "Cannot update this protected ref.",
    ].join("\n");
    expect(judgeMergeRefusal([text])).toEqual({
      means: "refused",
      text: 'Required status check "ci" is expected. Cannot update this protected ref.',
    });
  });

  it("shows unknown words, on one line and without what a terminal would obey", () => {
    expect(judgeMergeRefusal(["Mercury\u001b[2J\nis in \u202eretrograde"]).text).toBe("Mercury [2J is in retrograde");
  });

  it("says so when there are no words", () => {
    expect(judgeMergeRefusal([])).toEqual({ means: "waiting", text: "GitHub gave no reason" });
  });
});
