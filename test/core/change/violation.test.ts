import { describe, expect, it } from "vitest";
import { violationComment, violationText } from "../../../src/core/change/violation.ts";
import { commitId } from "../../../src/core/model/git.ts";
import type { QuarantineEntry } from "../../../src/core/quarantine/state.ts";

const ENTRY: QuarantineEntry = {
  artifact: { kind: "image", repository: "ghcr.io/acme/api", tag: "1.8.0" },
  target: "api",
  record: {
    v: 1,
    type: "quarantine",
    id: "01J5QZ3X9V7C2M4N6P8R0S1T2U",
    action: "add",
    artifact: { kind: "image", repository: "ghcr.io/acme/api", tag: "1.8.0" },
    targets: ["api"],
    at: "2026-08-22T14:00:00Z",
    until: "2026-08-29T14:00:00Z",
    by: "lastgood",
    reason: "api failed with it @everyone",
    pullRequest: 512,
  },
};

describe("what people are told when something comes back", () => {
  it("names who brought it, and until when it is quarantined", () => {
    const id = commitId("a".repeat(40));
    expect(violationText({ id, author: "renovate[bot]" }, ENTRY)).toBe(
      "aaaaaaa by renovate[bot] brings back what was taken away: ghcr.io/acme/api:1.8.0 is quarantined until 2026-08-29 (api failed with it @everyone)",
    );
  });

  it("shows no control characters of a name", () => {
    expect(violationText({ id: commitId("a".repeat(40)), author: "x\u001b[2J" }, ENTRY)).not.toContain("\u001b");
  });

  it("says what was reverted, what happens next, and how it is released; it mentions nobody", () => {
    const text = violationComment("api", ENTRY);
    expect(text).toContain("that #512 took away: ghcr.io/acme/api:1.8.0 is quarantined until 2026-08-29");
    expect(text).toContain('`lastgood quarantine release api --image ghcr.io/acme/api:1.8.0 --reason "..."`');
    expect(text).not.toContain("@everyone");
  });
});
