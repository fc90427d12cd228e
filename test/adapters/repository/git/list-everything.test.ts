import { array, assert, asyncProperty, constantFrom, record, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { openRepository } from "../../../../src/adapters/repository/git/git-repository.ts";
import type { CommitSpec } from "../../../support/gitdir.ts";
import { gitdir, gitTestEnv } from "../../../support/gitdir.ts";

describe("the listing of everything", () => {
  it("is the same whichever commit was listed before", async () => {
    const path = constantFrom(
      "a",
      "a/b",
      "a/b/c",
      "a.b",
      "a-b/c",
      "z",
      "é",
      "\u{1f600}",
      "\uffee",
      "a/\u{1f600}",
      "a/\uffee",
    );
    const change = record({ path, text: string({ maxLength: 2 }), kind: constantFrom("write", "remove") });
    await assert(
      asyncProperty(array(array(change, { maxLength: 6 }), { minLength: 2, maxLength: 8 }), async (all) => {
        const repo = gitdir(specsOf(all));
        const open = () => openRepository({ gitDir: repo.gitDir, commonDir: repo.gitDir, env: gitTestEnv() });
        const kept = open();
        for (const commit of [...repo.commits, ...repo.commits.toReversed()]) {
          const fresh = open();
          expect(await kept.files(commit)).toEqual(await fresh.files(commit));
          await fresh.close();
        }
        await kept.close();
      }),
      { numRuns: 15 },
    );
  });
});

interface Change {
  readonly path: string;
  readonly text: string;
  readonly kind: string;
}

/** A path that is a file makes way for what is written below it, and a folder for a file. */
function specsOf(all: readonly (readonly Change[])[]): readonly CommitSpec[] {
  const present = new Map<string, string>();
  return all.map((changes): CommitSpec => {
    const before = new Set(present.keys());
    for (const { path, text, kind } of changes) {
      for (const other of present.keys())
        if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) present.delete(other);
      if (kind === "remove") present.delete(path);
      else present.set(path, text);
    }
    return { files: Object.fromEntries(present), remove: [...before].filter((path) => !present.has(path)) };
  });
}
