import { describe, expect, it } from "vitest";
import { LastgoodError } from "../../../src/errors.ts";
import type { Operation, Patch } from "../../../src/core/model/field.ts";
import type { JsonValue } from "../../../src/core/model/json.ts";
import { applyPatch } from "../../../src/core/patch/apply.ts";
import { diffValues } from "../../../src/core/patch/diff.ts";

function failureOf(value: JsonValue, patch: Patch): LastgoodError {
  try {
    applyPatch(value, patch);
  } catch (error) {
    if (error instanceof LastgoodError) return error;
    throw error;
  }
  throw new Error("the patch was applied");
}

describe("applyPatch", () => {
  it.each<[string, JsonValue, Patch, JsonValue]>([
    [
      "A.1 adds an object member",
      { foo: "bar" },
      [{ op: "add", path: "/baz", value: "qux" }],
      { baz: "qux", foo: "bar" },
    ],
    [
      "A.2 adds an array element",
      { foo: ["bar", "baz"] },
      [{ op: "add", path: "/foo/1", value: "qux" }],
      { foo: ["bar", "qux", "baz"] },
    ],
    ["A.3 removes an object member", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
    [
      "A.4 removes an array element",
      { foo: ["bar", "qux", "baz"] },
      [{ op: "remove", path: "/foo/1" }],
      { foo: ["bar", "baz"] },
    ],
    [
      "A.5 replaces a value",
      { baz: "qux", foo: "bar" },
      [{ op: "replace", path: "/baz", value: "boo" }],
      { baz: "boo", foo: "bar" },
    ],
    [
      "A.6 moves a value",
      { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
      [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
      { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
    ],
    [
      "A.7 moves an array element",
      { foo: ["all", "grass", "cows", "eat"] },
      [{ op: "move", from: "/foo/1", path: "/foo/3" }],
      { foo: ["all", "cows", "eat", "grass"] },
    ],
    [
      "A.8 tests values",
      { baz: "qux", foo: ["a", 2, "c"] },
      [
        { op: "test", path: "/baz", value: "qux" },
        { op: "test", path: "/foo/1", value: 2 },
      ],
      { baz: "qux", foo: ["a", 2, "c"] },
    ],
    [
      "A.10 adds a nested member object",
      { foo: "bar" },
      [{ op: "add", path: "/child", value: { grandchild: {} } }],
      { foo: "bar", child: { grandchild: {} } },
    ],
    ["A.14 escapes ~", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "/": 9, "~1": 10 }],
    [
      "A.16 adds an array value at the end",
      { foo: ["bar"] },
      [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
      { foo: ["bar", ["abc", "def"]] },
    ],
    ["replaces the whole", { foo: 1 }, [{ op: "replace", path: "", value: [null] }], [null]],
  ])("RFC 6902 %s", (_, value, patch, expected) => {
    expect(applyPatch(value, patch)).toEqual(expected);
  });

  it.each<[string, JsonValue, Operation, string]>([
    ["a failed test (A.9)", { baz: "qux" }, { op: "test", path: "/baz", value: "bar" }, "PatchTest"],
    ["a test of another type (A.15)", { "~1": 10 }, { op: "test", path: "/~01", value: "10" }, "PatchTest"],
    ["a test of nothing", {}, { op: "test", path: "/a/b", value: 1 }, "PatchTest"],
    ["an inherited member", {}, { op: "test", path: "/toString", value: 1 }, "PatchTest"],
    ["an add to nothing (A.12)", { foo: "bar" }, { op: "add", path: "/baz/bat", value: "qux" }, "PatchApply"],
    ["an add over a value", { foo: "bar" }, { op: "add", path: "/foo", value: "bar" }, "PatchApply"],
    ["an add over null", { foo: null }, { op: "add", path: "/foo", value: 1 }, "PatchApply"],
    ["an add over the whole", {}, { op: "add", path: "", value: 1 }, "PatchApply"],
    ["an add past the end", [1], { op: "add", path: "/2", value: 2 }, "PatchApply"],
    ["an index that wraps around", [1], { op: "add", path: "/4294967296", value: 2 }, "PatchApply"],
    ["an empty index", [1], { op: "add", path: "/", value: 2 }, "PatchApply"],
    ["an index with a leading zero", [1, 3], { op: "add", path: "/01", value: 2 }, "PatchApply"],
    [
      "an item of that name",
      { env: [{ name: "A" }] },
      { op: "add", path: "/env/0", value: { name: "A", value: "1" } },
      "PatchApply",
    ],
    [
      "a port of that number",
      { ports: [{ containerPort: 80 }] },
      { op: "add", path: "/ports/1", value: { containerPort: 80, protocol: "TCP" } },
      "PatchApply",
    ],
    ["an equal scalar", { args: ["a"] }, { op: "add", path: "/args/1", value: "a" }, "PatchApply"],
    ["a remove of nothing", {}, { op: "remove", path: "/a" }, "PatchApply"],
    ["a remove of an inherited member", {}, { op: "remove", path: "/toString" }, "PatchApply"],
    ["a replace of nothing", {}, { op: "replace", path: "/a", value: 1 }, "PatchApply"],
    ["a move of nothing", {}, { op: "move", from: "/a", path: "/b" }, "PatchApply"],
    ["a move into itself", { a: { b: 1 } }, { op: "move", from: "/a", path: "/a/c" }, "PatchApply"],
    ["a pointer without a slash", { a: 1 }, { op: "remove", path: "a" }, "PatchApply"],
    ["a stray ~", { "~": 1 }, { op: "remove", path: "/~" }, "PatchApply"],
    ["a way to the prototype", {}, { op: "add", path: "/__proto__/polluted", value: 1 }, "ManifestUnsafeKey"],
    [
      "a way to the constructor",
      {},
      { op: "add", path: "/constructor/prototype/polluted", value: 1 },
      "ManifestUnsafeKey",
    ],
    [
      "a value with an unsafe key",
      {},
      { op: "add", path: "/a", value: JSON.parse('{"__proto__": {}}') as JsonValue },
      "ManifestUnsafeKey",
    ],
  ])("refuses %s", (_, value, operation, code) => {
    expect(failureOf(value, [operation]).code).toBe(code);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  it("refuses operations that are none of the five", () => {
    const patch = [{ op: "copy", from: "/a", path: "/b" }] as unknown as Patch;
    expect(failureOf({ a: 1 }, patch).code).toBe("PatchApply");
  });

  it("names the pointer and no value", () => {
    const failure = failureOf({ data: { password: "hunter2" } }, [
      { op: "test", path: "/data/password", value: "letmein" },
    ]);
    expect(failure.message).toBe(
      'the patch does not fit at "/data/password": the value is not the one that the patch expects',
    );
    expect(failure.cause).toBeUndefined();
  });

  it("changes and shares neither argument", () => {
    const value = { list: [{ name: "a" }], map: { b: 1 } };
    const patch: Patch = [
      { op: "add", path: "/list/1", value: { name: "b", env: [] } },
      { op: "add", path: "/list/1/env/0", value: { name: "X" } },
      { op: "replace", path: "/map/b", value: { c: [1] } },
    ];
    const before = structuredClone({ value, patch });
    const result = applyPatch(value, patch) as {
      readonly list: { env?: unknown[] }[];
      readonly map: { readonly b: { readonly c: number[] } };
    };
    result.list[1]?.env?.push("changed");
    result.map.b.c.push(2);
    expect({ value, patch }).toEqual(before);
  });

  it("keeps numbers beyond 2^53 through moves, and in failures", () => {
    const value = { args: [9_007_199_254_740_993n, 1, { deep: 9_007_199_254_740_995n }] };
    expect(applyPatch(value, [{ op: "move", from: "/args/0", path: "/args/2" }])).toEqual({
      args: [1, { deep: 9_007_199_254_740_995n }, 9_007_199_254_740_993n],
    });
    expect(failureOf(value, [{ op: "test", path: "/args/0", value: 9_007_199_254_740_992 }]).code).toBe("PatchTest");
  });

  it("notices an item that took the name meanwhile", () => {
    const add = (name: string): Operation => ({ op: "add", path: "/env/-", value: { name } });
    const rename: Operation = { op: "replace", path: "/env/0/name", value: "C" };
    const other: Operation = { op: "replace", path: "/env/0", value: { name: "C" } };
    const value = { env: [{ name: "A" }], spare: { name: "C" } };
    expect(applyPatch(value, [add("B"), { op: "remove", path: "/env/1" }, add("B"), add("C")])).toMatchObject({
      env: [{ name: "A" }, { name: "B" }, { name: "C" }],
    });
    expect(failureOf(value, [add("B"), add("B")]).code).toBe("PatchApply");
    expect(failureOf(value, [add("B"), rename, add("C")]).code).toBe("PatchApply");
    expect(failureOf(value, [add("B"), other, add("C")]).code).toBe("PatchApply");
    expect(failureOf(value, [add("B"), { op: "move", from: "/spare", path: "/env/0" }, add("C")]).code).toBe(
      "PatchApply",
    );
    expect(applyPatch(value, [add("B"), rename, add("A")])).toMatchObject({
      env: [{ name: "C" }, { name: "B" }, { name: "A" }],
    });
  });

  it("takes two ports of one number for two when their names differ", () => {
    const value = { ports: [{ containerPort: 80, name: "a" }] };
    expect(applyPatch(value, [{ op: "add", path: "/ports/1", value: { containerPort: 80, name: "b" } }])).toEqual({
      ports: [
        { containerPort: 80, name: "a" },
        { containerPort: 80, name: "b" },
      ],
    });
  });

  it("does not let a stale patch hit the neighbour that took the place", () => {
    const before = { containers: [{ name: "api", image: "i:2" }] };
    const after = { containers: [{ name: "api", image: "i:1" }] };
    const since = {
      containers: [
        { name: "proxy", image: "i:2" },
        { name: "api", image: "i:2" },
      ],
    };
    expect(failureOf(since, diffValues(before, after, {})).message).toContain("/containers/0/name");
  });
});
