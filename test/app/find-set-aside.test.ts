import { describe, expect, it } from "vitest";
import { findSetAside } from "../../src/app/set-aside.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { ForgeTalk, PullRequestEvent } from "../../src/ports/forge-talk.ts";

const LABEL = "lastgood: superseded";
const event = (kind: PullRequestEvent["kind"], by: string | undefined): PullRequestEvent => ({ kind, by, atMs: 0 });

/** A forge on which #1 was opened by `lastgood[bot]`. */
function talk(labels: readonly string[], events: readonly PullRequestEvent[]): Pick<ForgeTalk, "people" | "events"> {
  const author = "lastgood[bot]";
  return {
    people: async () => ({ branch: "lastgood/api/0c9e41d27ab3", author, title: "Revert", body: "", labels }),
    events: async () => events,
  };
}

describe("findSetAside", () => {
  it.each([
    ["closed by who opened it, with the label", [LABEL], [event("closed", "Lastgood[bot]")], [1]],
    [
      "its branch deleted by a person later",
      [LABEL],
      [event("closed", "lastgood[bot]"), event("branch-deleted", "mina")],
      [1],
    ],
    ["reopened, and closed by a person then", [LABEL], [event("closed", "lastgood[bot]"), event("closed", "mina")], []],
    ["closed by a person, with the label", ["lastgood", LABEL], [event("closed", "mina")], []],
    ["closed without the label", ["lastgood"], [event("closed", "lastgood[bot]")], []],
    ["closed by nobody who is named", [LABEL], [event("closed", undefined)], []],
  ] as const)("of one that was %s", async (_, labels, events, found) => {
    expect([...(await findSetAside([1], talk(labels, events)))]).toEqual(found);
  });

  it("takes every close for a person's where the forge tells of no people", async () => {
    expect([...(await findSetAside([1], undefined))]).toEqual([]);
  });

  it("does not guess when the forge cannot be asked", async () => {
    const events = async (): Promise<never> => {
      throw new LastgoodError("ForgeUnavailable", "GitHub: HTTP 502");
    };
    await expect(findSetAside([1], { ...talk([LABEL], []), events })).rejects.toMatchObject({
      code: "ForgeUnavailable",
    });
  });
});
