import { assert, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlob, globRoot, isGlob } from "../../../src/core/target/glob.ts";

describe("compileGlob", () => {
  it.each<[string, string, boolean]>([
    ["*.yaml", "a.yaml", true],
    ["*.yaml", "a/b.yaml", false],
    ["**/*.yaml", "b.yaml", true],
    ["**/*.yaml", "a/b/c.yaml", true],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a/**/b", "ax/b", false],
    ["a/**", "a/b/c", true],
    ["a/**", "ab/c", false],
    ["a**z", "a/b/z", true],
    ["?.yml", "a.yml", true],
    ["?.yml", "/.yml", false],
    ["[a-c]?[!x]", "bqy", true],
    ["[a-c]?[!x]", "bqx", false],
    ["a[!b]c", "a/c", false],
    ["a[/]c", "a/c", true],
    ["{a,b}.yaml", "b.yaml", true],
    ["{a,b}.yaml", "c.yaml", false],
    ["{config.json,env-*/**}", "env-eu/x/y.yaml", true],
    ["{a,{b,c}d}", "cd", true],
    ["{**/secret.yaml,tmp/*}", "a/b/secret.yaml", true],
    ["{a,}x", "x", true],
    ["\\*.yaml", "*.yaml", true],
    ["\\*.yaml", "a.yaml", false],
    ["[unclosed", "[unclosed", true],
    ["{unclosed", "{unclosed", true],
    ["{a,b", "{a,b", true],
    ["", "", true],
    ["", "a", false],
    ["(a+)+$", "aaaa", false],
    ["?", "😀", true],
  ])("%s on %s answers %s", (pattern, path, expected) => {
    expect(compileGlob(pattern)(path)).toBe(expected);
  });

  it("takes any text as a pattern without failing", () => {
    assert(
      property(string(), string(), (pattern, path) => {
        expect(typeof compileGlob(pattern)(path)).toBe("boolean");
      }),
      { numRuns: 500 },
    );
  });

  it("matches every text by its escaped self, and by ** alone", () => {
    assert(
      property(string({ maxLength: 200 }), (text) => {
        const escaped = Array.from(text, (char) => `\\${char}`).join("");
        expect(compileGlob(escaped)(text)).toBe(true);
        expect(compileGlob("**")(text)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("finishes on patterns made to explode", () => {
    const path = `${"a".repeat(3000)}b`;
    expect(compileGlob(`${"**a".repeat(300)}c`)(path)).toBe(false);
    expect(compileGlob(`${"{a,a}".repeat(200)}c`)(path)).toBe(false);
    expect(compileGlob("{".repeat(1000))(path)).toBe(false);
    expect(compileGlob(`${"{".repeat(300)}[${"}".repeat(300)}]`)(path)).toBe(false);
    expect(compileGlob(`${"{".repeat(500)}${"}".repeat(500)}`)("")).toBe(true);
    expect(compileGlob(`**a${"?".repeat(40)}c`)(path)).toBe(false);
  });

  it("matches nothing with a pattern beyond its limit", () => {
    expect(compileGlob("*".repeat(1025))("a")).toBe(false);
  });

  it("decides about 100,000 paths with one hostile pattern", () => {
    const glob = compileGlob("**a".repeat(100));
    const matched = Array.from({ length: 100_000 }, (_, i) => `apps/team-${i % 100}/app-${i}.yaml`).filter(glob);
    expect(matched).toEqual([]);
  });
});

describe("globRoot", () => {
  it.each([
    ["a/b/*.yaml", "a/b"],
    ["*.yaml", ""],
    ["a/{b,c}/d", "a"],
    ["a/b/c.yaml", "a/b"],
  ])("of %s is %s", (pattern, root) => {
    expect(globRoot(pattern)).toBe(root);
  });

  it("tells a pattern from a plain path", () => {
    expect(isGlob("a/b.yaml")).toBe(false);
    expect(isGlob("a/[b].yaml")).toBe(true);
  });
});
