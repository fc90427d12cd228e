import { describe, expect, it } from "vitest";
import type { Segment } from "../../../src/core/model/field.ts";
import type { JsonValue } from "../../../src/core/model/json.ts";
import { formatPath, valueText } from "../../../src/core/patch/display.ts";

describe("formatPath", () => {
  it.each<[string, readonly Segment[]]>([
    [".", []],
    ["replicas", [{ key: "replicas" }]],
    ['["a.b"].c', [{ key: "a.b" }, { key: "c" }]],
    ['a[""]["0"]', [{ key: "a" }, { key: "" }, { key: "0" }]],
    ["rules[0].http", [{ key: "rules" }, { index: 0 }, { key: "http" }]],
    ["ports[8080/TCP]", [{ key: "ports" }, { id: "8080/TCP", match: { containerPort: 8080, protocol: "TCP" } }]],
    ['env["0"]', [{ key: "env" }, { id: "0", match: { name: "0" } }]],
    ['env["a]b"]', [{ key: "env" }, { id: "a]b", match: { name: "a]b" } }]],
    ["args[--a=b]", [{ key: "args" }, { id: "--a=b", item: "--a=b" }]],
    [`args[${"x".repeat(63)}…]`, [{ key: "args" }, { id: "x".repeat(200), item: "x".repeat(200) }]],
  ])("writes %s", (text, path) => {
    expect(formatPath(path)).toBe(text);
  });
});

describe("valueText", () => {
  it.each<[JsonValue, string]>([
    ["ghcr.io/acme/api:1.8.0", "ghcr.io/acme/api:1.8.0"],
    ["1.7.4", "1.7.4"],
    ["512Mi", "512Mi"],
    ["two words", "two words"],
    ["on", '"on"'],
    ["Null", '"Null"'],
    ["8080", '"8080"'],
    ["1e3", '"1e3"'],
    ["0x1F", '"0x1F"'],
    ["", '""'],
    [" a", '" a"'],
    ["a\nb\u001b[0m\u009b\u202e", '"a\\nb\\u001b[0m\\u009b\\u202e"'],
    ["{}", '"{}"'],
    [8080, "8080"],
    [9_007_199_254_740_993n, "9007199254740993"],
    [null, "null"],
    [true, "true"],
    [{ a: [1, "b\u202e"] }, '{"a":[1,"b\\u202e"]}'],
    ["x".repeat(100), `${"x".repeat(79)}…`],
    [`a\n${"x".repeat(100)}`, `"a\\n${"x".repeat(77)}…"`],
    ["💥".repeat(80), "💥".repeat(80)],
  ])("writes %o as %s", (value, text) => {
    expect(valueText(value)).toBe(text);
  });

  it("cuts between code points, not inside one", () => {
    expect(valueText("💥".repeat(9), 4)).toBe("💥💥💥…");
    expect(valueText({ a: "💥".repeat(9) }, 9)).toBe('{"a":"💥💥…');
  });
});
