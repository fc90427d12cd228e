import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationFault, parseDuration } from "../../src/config/duration.ts";
import { branchFault, fullRefFault, listenFault } from "../../src/config/scalars.ts";
import { suggest } from "../../src/config/suggest.ts";

describe("parseDuration", () => {
  it.each([
    ["10m", 600_000],
    ["36h", 129_600_000],
    ["7d", 604_800_000],
    ["1h30m", 5_400_000],
    ["1d2h3m4s", 93_784_000],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(durationFault(text)).toBeUndefined();
  });

  it.each([
    "",
    "0s",
    "0d0h",
    "-1m",
    "+1m",
    "1",
    "1.5h",
    "1e3s",
    "NaN",
    "Infinitym",
    "1 h",
    "1h ",
    "1H",
    "1m1h",
    "1h1h",
    "2w",
    "1y",
    "9999999s",
    "400d",
    "1h\n",
    "١h",
  ])("refuses %j and says why", (text) => {
    expect(parseDuration(text)).toBeUndefined();
    expect(durationFault(text)).toBeTypeOf("string");
  });

  it("adds up its parts, for any", () => {
    const part = fc.nat({ max: 99 });
    fc.assert(
      fc.property(part, part, part, (h, m, s) => {
        fc.pre(h + m + s > 0);
        expect(parseDuration(`${h}h${m}m${s}s`)).toBe(((h * 60 + m) * 60 + s) * 1000);
      }),
    );
  });
});

describe("refs", () => {
  it.each(["main", "release/1.2", "feature-x", "a@b"])("accept the branch %s", (name) => {
    expect(branchFault(name)).toBeUndefined();
  });

  it.each([
    "",
    "-x",
    "--upload-pack=x",
    "@",
    "HEAD",
    "refs/heads/main",
    "a..b",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[",
    "a\\b",
    "/a",
    "a/",
    "a//b",
    "a.",
    ".a",
    "a/.b",
    "a.lock",
    "a@{1}",
    "a\u202eb",
    "a\u0000",
  ])("refuse the branch %j", (name) => {
    expect(branchFault(name)).toBeTypeOf("string");
  });

  it("are full where they have to be", () => {
    expect(fullRefFault("refs/lastgood/ledger")).toBeUndefined();
    expect(fullRefFault("refs/lastgood")).toBeTypeOf("string");
    expect(fullRefFault("lastgood/ledger/x")).toBeTypeOf("string");
  });
});

describe("addresses", () => {
  it.each(["127.0.0.1:8080", ":8080", "[::1]:9090", "host.example:0"])("accept %s", (text) => {
    expect(listenFault(text)).toBeUndefined();
  });

  it.each(["8080", "h:99999", "http://h:1", "h:", "::1:80"])("refuse %s", (text) => {
    expect(listenFault(text)).toBeTypeOf("string");
  });
});

describe("suggest", () => {
  const KNOWN = ["observe", "propose", "merge", "push", "repositories"];

  it.each([
    ["propse", "propose"],
    ["MERGE", "merge"],
    ["pushh", "push"],
    ["mereg", "merge"],
    ["repo", "repositories"],
    ["x", undefined],
    ["xyzzy", undefined],
    ["", undefined],
  ])("answers %j with %j", (typed, word) => {
    expect(suggest(typed, KNOWN)).toBe(word);
  });

  it("takes no long time for a long word", () => {
    expect(suggest("a".repeat(1_000_000), KNOWN)).toBeUndefined();
  });
});
