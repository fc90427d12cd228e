import { array, assert, constantFrom, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  emptyTables,
  extendTables,
  openFolderHistory,
  type Touches,
} from "../../../../../src/adapters/repository/git/index/folder-history.ts";

const FOLDERS = ["a/", "a/b/", "a/b/c/", "d/", "e/f/"];

function tell(to: Touches, commits: readonly (readonly string[])[], from: number): void {
  for (const [at, folders] of commits.entries()) {
    to.commit((from + at).toString(16).padStart(40, "0"));
    for (const folder of folders) to.path(folder);
  }
}

describe("tables that are extended", () => {
  it("say the same when they are told in parts, in any order", () => {
    const commit = array(constantFrom(...FOLDERS), { maxLength: 4 });
    assert(
      property(
        array(commit, { maxLength: 30 }),
        integer({ min: 0, max: 30 }),
        integer({ min: 0, max: 10 }),
        (all, cut, old) => {
          const first = extendTables(emptyTables(20), 0);
          tell(first.run(), all.slice(0, old), 1000);
          const before = first.finish();
          const keep = Math.floor(first.count() / 2);
          const whole = extendTables(before, keep);
          tell(whole.run(), all, 0);
          const parts = extendTables(before, keep);
          const [newer, older] = [parts.run(), parts.run()];
          tell(older, all.slice(cut), Math.min(cut, all.length));
          tell(newer, all.slice(0, cut), 0);
          expect(parts.count()).toBe(whole.count());
          const [one, other] = [openFolderHistory(whole.finish()), openFolderHistory(parts.finish())];
          expect(other.tables.commits).toEqual(one.tables.commits);
          for (const folder of ["a", "a/b", "a/b/c", "d", "e", "e/f"])
            expect(other.touching(folder)).toEqual(one.touching(folder));
        },
      ),
    );
  });
});
