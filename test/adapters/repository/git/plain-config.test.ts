import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePlainConfig, readPlainConfig } from "../../../../src/adapters/repository/git/plain-config.ts";
import { gitdir } from "../../../support/gitdir.ts";

describe("parsePlainConfig", () => {
  it("reads what git writes", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    repo.git(["config", "remote.origin.url", "https://example.com/a.git"]);
    repo.git(["config", "remote.Own.URL", "ssh://git@example.com/own.git"]);
    const entries = repo.git(["config", "--local", "-z", "--list"]).split("\0").slice(0, -1);
    expect(readPlainConfig(repo.gitDir)).toEqual(
      new Map(entries.map((entry) => entry.split("\n") as [string, string])),
    );
  });

  it("takes the last of several values, and keys however they are written", () => {
    const text = '[remote "Origin"]\n\tURL = a\n# note\n\n[remote "Origin"]\n\turl = b\n';
    expect(parsePlainConfig(text)).toEqual(new Map([["remote.Origin.url", "b"]]));
  });

  it.each([
    '[remote "origin"]\n\turl = "quoted"\n',
    '[remote "origin"]\n\turl = a # behind\n',
    '[remote "origin"]\n\turl = a\\\n\tb\n',
    '[remote "a\\"b"]\n\turl = a\n',
    '[remote "origin"] url = a\n',
    "[include]\n\tpath = other\n",
    '[includeIf "gitdir:x"]\n\tpath = other\n',
    "[core]\n\tbare\n",
    "[core]\r\n\tbare = true\r\n",
    "[remote.origin]\n\turl = a\n",
    "key = before any section\n",
    "\uFEFF[core]\n\tbare = true\n",
  ])("leaves %j to git", (text) => {
    expect(parsePlainConfig(text)).toBeUndefined();
  });

  it("reads nothing that git reads otherwise", () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const piece = fc.constantFrom(
      "[a]",
      '[a "b"]',
      "\n",
      "\t",
      " ",
      "k = v",
      "k",
      "= ",
      ";c",
      "#",
      '"',
      "\\",
      "[",
      "]",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const plain = parsePlainConfig(pieces.join(""));
        if (plain === undefined) return;
        const listed = repo.git(["config", "-z", "--file", "-", "--list"], Buffer.from(pieces.join("")));
        const entries = listed.split("\0").filter((entry) => entry !== "");
        expect(plain).toEqual(new Map(entries.map((entry) => entry.split("\n") as [string, string])));
      }),
      { numRuns: 60 },
    );
  });
});
