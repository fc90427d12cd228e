import { describe, expect, it } from "vitest";
import type { Scope } from "../../../src/core/model/target.ts";
import { joinPath, normalizePath, relativeTo } from "../../../src/core/target/path.ts";
import { describeScope, inScope, isDeployable, unionScopes } from "../../../src/core/target/scope.ts";

describe("inScope", () => {
  const folder = { kind: "folder", path: "apps/api", recurse: true, files: "deployable" } as const;

  it.each<[string, Scope, string, boolean]>([
    ["a file by its path", [{ kind: "file", path: "a.yaml" }], "a.yaml", true],
    ["no other file", [{ kind: "file", path: "a.yaml" }], "b/a.yaml", false],
    ["a file below a folder", [folder], "apps/api/deploy/app.yaml", true],
    ["no file of a sibling with the same prefix", [folder], "apps/api-v2/app.yaml", false],
    ["not the folder's own name", [folder], "apps/api", false],
    ["no documentation", [folder], "apps/api/README.md", false],
    ["no subfolder without recurse", [{ ...folder, recurse: false }], "apps/api/x/app.yaml", false],
    ["the root", [{ ...folder, path: "" }], "app.yaml", true],
    ["manifests only", [{ ...folder, files: "manifests" }], "apps/api/app.conf", false],
    ["everything", [{ ...folder, files: "all" }], "apps/api/README.md", true],
    ["what is included", [{ ...folder, include: ["*.yaml"] }], "apps/api/app.yaml", true],
    ["not what is not included", [{ ...folder, include: ["*.yaml"] }], "apps/api/app.txt", false],
    [
      "not what is excluded, though included",
      [{ ...folder, include: ["**"], exclude: ["x/**"] }],
      "apps/api/x/a",
      false,
    ],
    ["nothing", [], "a", false],
  ])("takes %s", (_, scope, path, expected) => {
    expect(inScope(scope, path)).toBe(expected);
  });
});

describe("isDeployable", () => {
  it.each([
    "README.md",
    "docs/x.adoc",
    "OWNERS",
    "CODEOWNERS",
    "LICENSE",
    ".github/workflows/ci.yaml",
    ".gitignore",
    "a.png",
  ])("leaves out %s", (path) => {
    expect(isDeployable(path)).toBe(false);
  });

  it.each([
    "app.yaml",
    "templates/NOTES.txt",
    "files/nginx.conf",
    ".argocd-source.yaml",
    "readmes.yaml",
    "licenses/a.yaml",
  ])("takes %s", (path) => {
    expect(isDeployable(path)).toBe(true);
  });
});

describe("normalizePath", () => {
  it.each<[string, string | undefined]>([
    ["a/../b", "b"],
    ["./a//b/.", "a/b"],
    ["", ""],
    [".", ""],
    ["a/..", ""],
    ["..", undefined],
    ["a/../../b", undefined],
    ["/etc/passwd", undefined],
    ["a\0b", undefined],
    ["a\nb", undefined],
    ["..a/b", "..a/b"],
  ])("%j is %j", (path, expected) => {
    expect(normalizePath(path)).toBe(expected);
  });

  it("joins from a folder and stays inside", () => {
    expect(joinPath("a/b", "../c")).toBe("a/c");
    expect(joinPath("a/b", "../../../c")).toBeUndefined();
    expect(joinPath("a", "/c")).toBeUndefined();
    expect(relativeTo("a", "a")).toBeUndefined();
    expect(relativeTo("", "a")).toBe("a");
  });
});

describe("unionScopes", () => {
  it("keeps each rule once and drops files that a folder holds already", () => {
    const folder = { kind: "folder", path: "a", recurse: true, files: "all" } as const;
    const far = { kind: "file", path: "b/x.yaml" } as const;
    expect(unionScopes([folder, far], [{ kind: "file", path: "a/x.yaml" }, { ...far }])).toEqual([folder, far]);
  });
});

describe("describeScope", () => {
  it("names folders, files and the rest", () => {
    const scope: Scope = [
      { kind: "folder", path: "apps/api", recurse: true, files: "deployable" },
      { kind: "folder", path: "", recurse: false, files: "all", exclude: ["x"] },
      { kind: "file", path: "values.yaml" },
    ];
    expect(describeScope(scope)).toBe("apps/api/**, * without x, values.yaml");
    expect(describeScope(scope, 1)).toBe("apps/api/** and 2 more");
    expect(describeScope([])).toBe("no files");
  });
});
