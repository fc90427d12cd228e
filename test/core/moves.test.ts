import { describe, expect, it } from "vitest";

import { blobId, type FileState } from "../../src/core/model/git.ts";
import { folderMove, pairAlike, pairSame } from "../../src/core/moves.ts";

const state = (digit: string): FileState => ({ mode: "100644", id: blobId(digit.repeat(40)) });
const file = (path: string, digit: string): { path: string; state: FileState } => ({ path, state: state(digit) });
const text = (path: string, content: string, identities: readonly string[] = []) => ({
  ...file(path, "0"),
  text: content,
  identities,
});

describe("pairSame", () => {
  it("follows the same bytes, each target once", () => {
    const pairs = pairSame(
      [file("a/x.yaml", "1"), file("a/y.yaml", "2")],
      [file("b/y.yaml", "2"), file("b/x.yaml", "1")],
    );
    expect([...pairs]).toEqual([
      ["a/x.yaml", "b/x.yaml"],
      ["a/y.yaml", "b/y.yaml"],
    ]);
  });

  it("takes the one of the same name, and none when nobody can tell", () => {
    const come = [file("b/other.yaml", "1"), file("b/x.yaml", "1")];
    expect([...pairSame([file("a/x.yaml", "1")], come)]).toEqual([["a/x.yaml", "b/x.yaml"]]);
    expect([...pairSame([file("a/z.yaml", "1")], come)]).toEqual([]);
  });
});

describe("pairAlike", () => {
  const lines = Array.from({ length: 20 }, (_, at) => `line ${at}\n`).join("");

  it("follows a text that is mostly the same", () => {
    const come = [text("b.yaml", "quite\nanother\n"), text("c.yaml", `${lines}more\n`)];
    expect([...pairAlike([text("a.yaml", lines)], come)]).toEqual([["a.yaml", "c.yaml"]]);
  });

  it("follows the same objects, however they are written", () => {
    const come = [text("b.yaml", "x\n", ["apps/Deployment//api"]), text("c.yaml", "y\n", ["apps/Deployment//web"])];
    expect([...pairAlike([text("a.yaml", "z\n", ["apps/Deployment//web"])], come)]).toEqual([["a.yaml", "c.yaml"]]);
  });

  it("takes no text that is mostly different", () => {
    expect([
      ...pairAlike([text("a.yaml", lines)], [text("b.yaml", `${lines.slice(0, 20)}${"other\n".repeat(30)}`)]),
    ]).toEqual([]);
  });
});

describe("folderMove", () => {
  it("answers where all files of a folder went, if it is one place", () => {
    expect(
      folderMove(
        "a",
        new Map([
          ["a/x", "b/x"],
          ["a/y", "b/y"],
          ["c/z", "d/z"],
        ]),
      ),
    ).toBe("b");
    expect(
      folderMove(
        "a",
        new Map([
          ["a/x", "b/x"],
          ["a/y", "c/y"],
        ]),
      ),
    ).toBeUndefined();
    expect(folderMove("a", new Map())).toBeUndefined();
  });
});
