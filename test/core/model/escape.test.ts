import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeText, isPlainText, shorten } from "../../../src/core/model/escape.ts";

describe("escapeText", () => {
  it.each([
    ["plain ümläut 漢字 🚀", "plain ümläut 漢字 🚀"],
    ["\u001b[31mred", String.raw`\x1b[31mred`],
    ["\u001b]8;;http://x\u0007", String.raw`\x1b]8;;http://x\x07`],
    ["\u009b31m", String.raw`\x9b31m`],
    ["a\bb\rc\td\ne", String.raw`a\x08b\rc\td\ne`],
    ["\u0000\u007f", String.raw`\x00\x7f`],
    ["main\u202egnp.exe", String.raw`main\u202egnp.exe`],
    ["\u2066a\u2069", String.raw`\u2066a\u2069`],
    ["a\u200bb\u200dc\ufeffd", String.raw`a\u200bb\u200dc\ufeffd`],
    ["a\u2028b", String.raw`a\u2028b`],
    ["\u00ad\u3164\u034f", String.raw`\xad\u3164\u034f`],
    ["\u{e0041}", String.raw`\u{e0041}`],
    ["\ud800x\udc00", String.raw`\ud800x\udc00`],
    ["⚠\ufe0f", "⚠\ufe0f"],
    [String.raw`C:\x1b`, String.raw`C:\x1b`],
  ])("turns %j into what can be seen", (text, shown) => {
    expect(escapeText(text)).toBe(shown);
  });

  it("keeps line feeds where they are wanted, and only those", () => {
    expect(escapeText("a\nb\r\n", { newlines: true })).toBe("a\nb\\r\n");
  });

  it("never lets a control, format or invisible character through, for any string", () => {
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      fc.integer({ min: 0x10000, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
      fc.constantFrom("\u001b", "\u009b", "\u202e", "\u200b", "\r", "\ud800"),
    );
    fc.assert(
      fc.property(
        fc.array(unit).map((units) => units.join("")),
        (text) => {
          const shown = escapeText(text);
          expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          expect(shown.isWellFormed()).toBe(true);
          expect(isPlainText(shown)).toBe(true);
          expect(escapeText(shown)).toBe(shown);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("writes out exactly what Unicode calls unsafe, of all code points", () => {
    const unsafe = /^[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]$/u;
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const char = String.fromCodePoint(code);
      const isUnsafe = unsafe.test(char) && char !== "\ufe0e" && char !== "\ufe0f";
      if ((escapeText(char) !== char) !== isUnsafe) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });
});

describe("shorten", () => {
  it.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["a🚀b", 3, "a…"],
    ["abc", 0, "…"],
  ])("cuts %j to %i", (text, length, cut) => {
    expect(shorten(text, length)).toBe(cut);
  });
});
