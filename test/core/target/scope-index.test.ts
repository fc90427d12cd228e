import { array, assert, constantFrom, dictionary, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Scope, ScopeRule } from "../../../src/core/model/target.ts";
import { inScope } from "../../../src/core/target/scope.ts";
import { createScopeIndex } from "../../../src/core/target/scope-index.ts";

const folder = (path: string): ScopeRule => ({ kind: "folder", path, recurse: true, files: "all" });

describe("the index of scopes", () => {
  it("names who has a file in a folder, at any depth, and nobody else", () => {
    const index = createScopeIndex();
    index.set("api", [folder("apps/api"), { kind: "file", path: "base/common.yaml" }]);
    index.set("web", [folder("apps/web")]);
    index.set("all", [folder("")]);
    expect([...index.touchedBy(["apps/api/a/b.yaml"])]).toEqual(["api", "all"]);
    expect([...index.touchedBy(["base/common.yaml", "apps/webs/x"])].toSorted()).toEqual(["all", "api"]);
    expect(index.touchedBy([])).toEqual(new Set());
  });

  it("names who takes for a file what is a folder now", () => {
    const index = createScopeIndex();
    index.set("api", [{ kind: "file", path: "base/shared" }]);
    index.set("web", [{ kind: "file", path: "base/share" }]);
    expect(index.touchedBy(["base/shared/a/kustomization.yaml"])).toEqual(new Set(["api"]));
  });

  it("forgets what a name had before", () => {
    const index = createScopeIndex();
    expect(index.set("api", [folder("apps/api")])).toBe(true);
    expect(index.set("api", [folder("apps/api")])).toBe(false);
    expect(index.set("api", [folder("apps/new")])).toBe(true);
    expect(index.touchedBy(["apps/api/a.yaml"])).toEqual(new Set());
    expect(index.touchedBy(["apps/new/a.yaml"])).toEqual(new Set(["api"]));
  });

  it("says what asking each scope would say", () => {
    const path = constantFrom("a/x.yaml", "a/b/x.yaml", "a/b/README.md", "c/x.json", "x.yaml", "a/b/c/d.txt");
    const rule = record({
      path: constantFrom("", "a", "a/b", "c", "a/b/x.yaml", "none"),
      kind: constantFrom("file", "folder"),
      recurse: constantFrom(true, false),
      files: constantFrom("all", "manifests", "deployable"),
    });
    const scopes = dictionary(constantFrom("one", "two", "three"), array(rule, { maxLength: 3 }));
    assert(
      property(array(scopes, { maxLength: 3 }), array(path), (rounds, paths) => {
        const index = createScopeIndex();
        const now = new Map<string, Scope>();
        for (const round of rounds)
          for (const [name, rules] of Object.entries(round)) {
            index.set(name, rules);
            now.set(name, rules);
          }
        const holds = (scope: Scope, one: string): boolean =>
          inScope(scope, one) ||
          scope.some(({ kind, path: file }) => kind === "file" && (file === "" || one.startsWith(`${file}/`)));
        const wanted = [...now].filter(([, scope]) => paths.some((one) => holds(scope, one))).map(([name]) => name);
        expect([...index.touchedBy(paths)].toSorted()).toEqual(wanted.toSorted());
      }),
    );
  });
});
