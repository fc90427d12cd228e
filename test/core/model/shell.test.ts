import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flagWords, shellLine, shellWord } from "../../../src/core/model/shell.ts";
import { escapeText } from "../../../src/core/model/escape.ts";

/** What bash makes of a line. */
function wordsOf(line: string): readonly string[] {
  const { stdout } = spawnSync("bash", ["-c", `printf '%s\\0' ${line}`], {
    encoding: "utf8",
    env: { LC_ALL: "C.UTF-8" },
  });
  return stdout.split("\0").slice(0, -1);
}

describe("shellWord", () => {
  it.each([
    ["apps/payments/api", "apps/payments/api"],
    ["*=good", "'*=good'"],
    ["it's", String.raw`'it'\''s'`],
    ["", "''"],
    ["containers[api].image=good", "'containers[api].image=good'"],
    ["a\u202eb'", String.raw`$'a\xe2\x80\xaeb\''`],
  ])("writes %j as %s", (text, word) => {
    expect(shellWord(text)).toBe(word);
  });
});

describe("shellLine", () => {
  it("is taken apart by a shell into the same words, and holds nothing that a terminal obeys", () => {
    const nasty = fc.constantFrom(
      "'",
      "\\",
      "$(id)",
      "`id`",
      ";",
      "\n",
      "\u001b[2J",
      "\u202e",
      "é",
      "!",
      "~",
      "#",
      " ",
    );
    const word = fc.string({ unit: fc.oneof(fc.string({ minLength: 1, maxLength: 3 }), nasty), maxLength: 6 });
    const words = fc.array(
      word.filter((text) => !text.includes("\0") && text.isWellFormed()),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(words, (list) => {
        const line = shellLine(list);
        expect(escapeText(line)).toBe(line);
        expect(wordsOf(line)).toEqual(list);
      }),
      { numRuns: 60 },
    );
  });
});

describe("flagWords", () => {
  it("binds a value that looks like a flag", () => {
    expect([flagWords("--base", "main"), flagWords("--reason", "-1")]).toEqual([["--base", "main"], ["--reason=-1"]]);
  });
});
