import { describe, expect, it } from "vitest";

import { withPlace } from "../../../src/faces/cli/hint-place.ts";

const AT = { repo: "https://github.com/acme/gitops.git", namespace: "payments" };
const WORDS = "--repo https://github.com/acme/gitops.git --namespace payments";

describe("withPlace", () => {
  it.each([
    ["lastgood history api    shows them", `lastgood history api ${WORDS}    shows them`],
    ["lastgood history api", `lastgood history api ${WORDS}`],
    [
      'lastgood mark good api 8d41c07 --reason "..."    if you know',
      `lastgood mark good api 8d41c07 --reason "..." ${WORDS}    if you know`,
    ],
    [
      "lastgood revert --commit 8d41c07 --resolve '*=good'    # take the values from before",
      `lastgood revert --commit 8d41c07 --resolve '*=good' ${WORDS}    # take the values from before`,
    ],
  ])("adds where this command was asked to look: %s", (line, placed) => {
    expect(withPlace(line, AT)).toBe(placed);
  });

  it.each([
    "Give a commit id of at least 7 digits. lastgood history api shows them.",
    "lastgood plan --help    shows what there is",
    "lastgood help environment    says where a token is looked for",
    "lastgood plan --repo x --commit 8d41c07",
    "lastgood revert api --mode branch    puts it on a local branch of your own",
    "git show 8d41c07    # how it was reverted",
  ])("leaves what is no command, or says it already, or is for a clone: %s", (line) => {
    expect(withPlace(line, AT)).toBe(line);
  });

  it("leaves every line where no place was given", () => {
    expect(withPlace("lastgood history api", {})).toBe("lastgood history api");
  });
});
