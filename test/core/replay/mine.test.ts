import { describe, expect, it } from "vitest";

import { commitId, type Revision } from "../../../src/core/model/git.ts";
import { createMiner, type PinsByPath } from "../../../src/core/replay/mine.ts";
import type { ReplayCase } from "../../../src/core/replay/types.ts";

interface Told {
  readonly message: string;
  readonly pins?: PinsByPath;
  readonly merge?: boolean;
  readonly author?: string;
  /** Hours after the first commit; default its number. */
  readonly hour?: number;
}

const idOf = (number: number): ReturnType<typeof commitId> => commitId(number.toString(16).padEnd(40, "a"));

/** Commits from the oldest on; every one has the one before it as its parent. */
function mine(...commits: readonly Told[]): readonly ReplayCase[] {
  const miner = createMiner();
  const revisions = commits.map(({ message, merge, hour, author = "Mina" }, number): Revision => {
    const atMs = (hour ?? number) * 3_600_000;
    const parents = number === 0 ? [] : [idOf(number - 1), ...(merge === true ? [idOf(999)] : [])];
    return {
      id: idOf(number),
      parents,
      author,
      authorEmail: "m@example.com",
      authoredAtMs: atMs,
      committedAtMs: atMs,
      message,
    };
  });
  for (const [at, revision] of [...revisions.entries()].toReversed()) miner.take(revision, commits[at]?.pins ?? []);
  return miner.end();
}

const short = (cases: readonly ReplayCase[]): unknown =>
  cases.map(({ kind, human, base, bad }) => [kind, human.id, base, bad.map(({ id }) => id)]);

function bump(from: string, to: string, path = "a.yaml"): { readonly pins: PinsByPath } {
  return { pins: [{ path, pins: [{ key: "tag", from, to }] }] };
}

describe("createMiner", () => {
  it("finds what git revert wrote, several commits newest first", () => {
    const message = `Undo both\n\nThis reverts commit ${idOf(1)}.\nThis reverts commit ${idOf(2).slice(0, 12)}.\n`;
    const found = mine({ message: "start" }, { message: "one" }, { message: "two" }, { message });
    expect(short(found)).toEqual([["marked", idOf(3), idOf(2), [idOf(2), idOf(1)]]]);
  });

  it("finds a pull request's revert by its title, whatever number stands behind it", () => {
    const found = mine(
      { message: "start" },
      { message: "Bump api to 2 (#7)" },
      { message: "other (#8)" },
      { message: 'Revert "Bump api to 2 (#7)" (#9)' },
    );
    expect(short(found)).toEqual([["named", idOf(3), idOf(2), [idOf(1)]]]);
  });

  it("finds it by the number in GitHub's text, and by the branch of GitHub's button", () => {
    const text = { message: "Back to the old one (#9)\n\nReverts acme/gitops#7\n" };
    expect(short(mine({ message: "start" }, { message: "Bump (#7)" }, text))).toEqual([
      ["named", idOf(2), idOf(1), [idOf(1)]],
    ]);
    const button = { message: 'Merge pull request #9 from acme/revert-7-bump\n\nRevert "Bump"\n', merge: true };
    const merged = { message: "Merge pull request #7 from acme/bump\n\nBump\n", merge: true };
    expect(short(mine({ message: "start" }, merged, button))).toEqual([["named", idOf(2), idOf(1), [idOf(1)]]]);
  });

  it("prefers the commit that is named by its id to a newer one of the same title", () => {
    const found = mine(
      { message: "start" },
      { message: "Bump" },
      { message: "Bump" },
      { message: `Revert "Bump"\n\nThis reverts commit ${idOf(1)}.` },
    );
    expect(short(found)).toEqual([["marked", idOf(3), idOf(2), [idOf(1)]]]);
  });

  it("goes by the title when the id is in no history", () => {
    const found = mine(
      { message: "start" },
      { message: "Bump" },
      { message: `Revert "Bump"\n\nThis reverts commit ${"f".repeat(40)}.` },
    );
    expect(short(found)).toEqual([["marked", idOf(2), idOf(1), [idOf(1)]]]);
  });

  it("finds the revert of a revert", () => {
    const found = mine(
      { message: "start" },
      { message: "Bump" },
      { message: 'Revert "Bump"' },
      { message: 'Revert "Revert "Bump""' },
    );
    expect(short(found)).toEqual([
      ["named", idOf(3), idOf(2), [idOf(2)]],
      ["named", idOf(2), idOf(1), [idOf(1)]],
    ]);
  });

  it("finds a version that is silently set back, over several bumps", () => {
    const found = mine(
      { message: "start" },
      { message: "up", ...bump("1.0", "1.1") },
      { message: "up again", ...bump("1.1", "1.2") },
      { message: "elsewhere", ...bump("1.0", "3.0", "b.yaml") },
      { message: "calm down", ...bump("1.2", "1.0") },
    );
    expect(short(found)).toEqual([["silent", idOf(4), idOf(3), [idOf(2), idOf(1)]]]);
  });

  it.each([
    ["goes up", [bump("1.1", "1.0"), bump("1.0", "1.1")]],
    ["only changes its digest", [bump("1@sha256:a", "1@sha256:b"), bump("1@sha256:b", "1@sha256:a")]],
    ["was never there", [bump("1.0", "1.1"), bump("1.1", "0.9")]],
  ])("takes a version that %s for no revert", (_, pins) => {
    expect(mine({ message: "start" }, ...pins.map((pin) => ({ message: "change", ...pin })))).toEqual([]);
  });

  it("takes what automation sets back for no revert", () => {
    const back = { message: "fix(deps): update", author: "renovate[bot]", ...bump("1.1", "1.0") };
    expect(mine({ message: "start" }, { message: "up", ...bump("1.0", "1.1") }, back)).toEqual([]);
  });

  it("takes what comes after a month for no silent revert", () => {
    const late = { message: "down", hour: 24 * 31 + 2, ...bump("1.1", "1.0") };
    expect(mine({ message: "start" }, { message: "up", ...bump("1.0", "1.1") }, late)).toEqual([]);
  });
});
