import { describe, expect, it } from "vitest";
import { branchName, revertKey, slugOf } from "../../../src/core/change/branch.ts";
import { defuse, quoteBlock, quoteCode, quoteInline } from "../../../src/core/change/quote.ts";

describe("quoteInline", () => {
  it.each([
    ["a mention", "ping @org/team now", /@org/],
    ["an issue reference", "Fixes #12", /#12/],
    ["a link", "see https://evil.example/x", /https:\/\//],
    ["an image", "![x](//evil)", /(?<!\\)!\[/],
    ["HTML", "</details><script>", /<\/details>|<script>/],
    ["a comment end", "--> x", /-->/],
    ["a table cell", "a | b", /(?<!\\)\|/],
    ["a line end", "a\nb", /\n/],
    ["a bidi override", "a\u202eb", /\u202e/],
    ["an escape", "a\u001b[31mb", /\u001b/],
  ])("makes %s inert", (_, text, active) => {
    expect(quoteInline(text)).not.toMatch(active);
  });

  it("breaks a mention and a reference once, and no entity", () => {
    expect(quoteInline("@a1 #2")).toBe("@&#8204;a1 #&#8204;2");
  });

  it("leaves plain text as it is", () => {
    expect(quoteInline("fix the api, at last.")).toBe("fix the api, at last.");
  });
});

describe("quoteCode", () => {
  it("uses a longer fence than any run inside", () => {
    expect(quoteCode("a `` b")).toBe("```a `` b```");
    expect(quoteCode("`x")).toBe("`` `x ``");
  });

  it.each([
    ["a|b", "`a\\|b`"],
    ["a\\|b", "`a\\\\\\|b`"],
    ["a\\\\|b", "`a\\\\\\|b`"],
  ])("keeps %j in one cell of a table", (text, code) => {
    expect(quoteCode(text)).toBe(code);
  });
});

describe("quoteBlock", () => {
  it("cannot be closed from inside", () => {
    expect(quoteBlock("```\n</details>")).toBe("````\n```\n</details>\n````");
  });
});

describe("defuse", () => {
  it.each([
    ["feat: x (fixes #12)", "feat: x (fixes # 12)"],
    ["closes: acme/web#3", "closes: acme/web# 3"],
    ["fixes GH-7", "fixes GH- 7"],
    ["resolved https://github.com/a/b/issues/7", "resolved https:/ /github.com/a/b/issues/7"],
    ["thanks @org/team", "thanks @ org/team"],
    ["mail a@b.example stays", "mail a@b.example stays"],
    ["chore [skip ci]", "chore (skip ci)"],
    ["x\n\nLastgood-Target: y", "x Lastgood-Target: y"],
    ["feat(api): bump (#482)", "feat(api): bump (#482)"],
  ])("writes %j as %j", (text, expected) => {
    expect(defuse(text)).toBe(expected);
  });
});

describe("branchName", () => {
  it.each([
    ["payments/api", "payments-api"],
    ["../../etc", "etc"],
    ["a..b", "a.b"],
    ["-x", "x"],
    ["x.lock", "x-lock"],
    ["überapp", "berapp"],
    ["///", "target"],
    ["a b~c^d:e?f*g[h\\i", "a-b-c-d-e-f-g-h-i"],
  ])("makes a ref part of %j", (target, slug) => {
    expect(slugOf(target)).toBe(slug);
  });

  it("tells targets and contents apart, and finds the same again", () => {
    const hash = (text: string): string => Buffer.from(text).toString("hex").padEnd(64, "0");
    expect(branchName("a", revertKey("a", "1", hash))).toBe(branchName("a", revertKey("a", "1", hash)));
    expect(branchName("a", "0c9e41d27ab3", 2)).toBe("lastgood/a/0c9e41d27ab3-2");
  });
});
