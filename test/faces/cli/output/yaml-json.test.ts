import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderEnvelope, renderJsonLine } from "../../../../src/faces/cli/output/yaml-json.ts";

const HOSTILE = "\u001b[31m\u009b\u202e\u200b\u{e0041}\u2028\u007f";

describe("renderEnvelope", () => {
  it("wraps every answer the same way", () => {
    expect(renderEnvelope({ kind: "Plan", metadata: { target: "a" } }, "json")).toBe(
      '{\n  "apiVersion": "lastgood.dev/v1alpha1",\n  "kind": "Plan",\n  "metadata": {\n    "target": "a"\n  }\n}\n',
    );
    expect(renderEnvelope({ kind: "Plan", metadata: { target: "a" } }, "yaml")).toBe(
      "apiVersion: lastgood.dev/v1alpha1\nkind: Plan\nmetadata:\n  target: a\n",
    );
  });

  it("prints whole numbers beyond 2^53 with all digits", () => {
    const envelope = { kind: "Plan", spec: { big: 9007199254740993n } };
    expect(renderEnvelope(envelope, "json")).toContain('"big": 9007199254740993');
    expect(renderEnvelope(envelope, "yaml")).toContain("big: 9007199254740993");
  });

  it("escapes in the format's own way what a terminal would obey, and loses nothing", () => {
    const envelope = { kind: "Plan", spec: { text: HOSTILE, [HOSTILE]: 1 } };
    for (const format of ["json", "yaml"] as const) {
      const text = renderEnvelope(envelope, format);
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
      expect(format === "json" ? JSON.parse(text) : parse(text)).toMatchObject({
        spec: { text: HOSTILE, [HOSTILE]: 1 },
      });
    }
  });

  it("quotes in YAML what an older reader would take for something else", () => {
    const text = renderEnvelope({ kind: "Plan", spec: { a: "on", b: "no", c: "0644", d: "1.10", e: "" } }, "yaml");
    expect(text).toContain('a: "on"\n  b: "no"\n  c: "0644"\n  d: "1.10"\n  e: ""\n');
  });

  it("keeps a text of many lines readable in YAML", () => {
    expect(renderEnvelope({ kind: "Plan", spec: { diff: "-a\n+b\n" } }, "yaml")).toContain("diff: |\n    -a\n    +b\n");
  });

  it("leaves out what is undefined", () => {
    expect(renderEnvelope({ kind: "Plan", spec: { a: undefined, b: [] } }, "yaml")).toContain("spec:\n  b: []\n");
  });

  it("is read back as it was, for any value", () => {
    const value = fc.dictionary(
      fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__"),
      fc.jsonValue(),
      { maxKeys: 5 },
    );
    fc.assert(
      fc.property(value, (spec) => {
        const json: unknown = JSON.parse(renderEnvelope({ kind: "X", spec }, "json"));
        expect(json).toEqual({
          apiVersion: "lastgood.dev/v1alpha1",
          kind: "X",
          spec: JSON.parse(JSON.stringify(spec)),
        });
        const yaml: unknown = parse(renderEnvelope({ kind: "X", spec }, "yaml"));
        expect(JSON.stringify(yaml)).toBe(JSON.stringify(json));
      }),
      { numRuns: 200 },
    );
  });

  it("writes one line for a record of a stream", () => {
    expect(renderJsonLine({ msg: "a\nb\u009b" })).toBe('{"msg":"a\\nb\\u009b"}\n');
  });
});
