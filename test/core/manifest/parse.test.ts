import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseStream } from "../../../src/core/manifest/parse.ts";
import { type JsonValue, toJson } from "../../../src/core/model/json.ts";
import { formatPlace, LastgoodError } from "../../../src/errors.ts";
import golden from "./kubernetes-readings.json" with { type: "json" };

function valueOf(text: string, path = "a.yaml"): JsonValue | undefined {
  return parseStream(path, text).documents[0]?.value;
}

/** `code path:line:column` of what `parseStream` throws. */
function refusal(text: string, path = "a.yaml"): string {
  try {
    parseStream(path, text);
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return `${error.code} ${error.place === undefined ? "" : formatPlace(error.place)}`;
  }
  return "read";
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join("");
}

/** What Kubernetes reads and we leave alone on purpose: readers disagree, or the text is not what it says. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["true: a\n", "ManifestKey"],
  ["y: a\n", "ManifestKey"],
  ["on: a\n", "ManifestKey"],
  ["0x10: a\n", "ManifestKey"],
  ["1e3: x\n", "ManifestKey"],
  ["+1: x\n", "ManifestKey"],
  ["1.0: x\n", "ManifestKey"],
  ["1.50: x\n", "ManifestKey"],
  ["0.1234567891: x\n", "ManifestKey"],
  ["x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y, c: 3}\n", "ManifestKey"],
  ["a: &x {b: 1}\nc:\n  b: 2\n  <<: *x\n", "ManifestDuplicateKey"],
  ["a: 2\n<<: {a: 1}\n", "ManifestDuplicateKey"],
  ["a: 1\na: 2\n", "ManifestDuplicateKey"],
  ['1: a\n"1": b\n', "ManifestDuplicateKey"],
  ["!foo 1\n", "ManifestTag"],
  ["!!binary aGk=\n", "ManifestTag"],
  ["!!set {a}\n", "ManifestTag"],
  ["!!timestamp 2001-01-01\n", "ManifestTag"],
  ["a: !!omap [a: 1]\n", "ManifestTag"],
  ["%TAG ! tag:x,2000:\n---\na: !b 1\n", "ManifestTag"],
  ['a: "x\u2028y"\n', "ManifestYaml"],
  [" - 1\n- 2\n", "ManifestYaml"],
  ["\u00a0a: 1\n", "ManifestShape"],
  ["a: [\n1\n]\n", "ManifestYaml"],
]);

/** What only we read: JSON's escapes, and a directive that kustomize's reader takes. */
const ONLY_OURS: ReadonlySet<string> = new Set(["%YAML 1.2\n---\na: 1\n", 'a: "\\/\\ud83d\\ude00"\n']);

describe("the readings of Go's sigs.k8s.io/yaml", () => {
  const readings: readonly { yaml: string; json?: string; error?: boolean }[] = golden.readings;

  const refused = readings.filter(
    ({ yaml, json }) => REFUSED.has(yaml) || (json === undefined && !ONLY_OURS.has(yaml)),
  );
  const read = readings.filter(({ yaml, json }) => json !== undefined && !REFUSED.has(yaml));

  it.each(read)("reads $yaml", ({ yaml, json }) => {
    expect(JSON.parse(toJson(valueOf(yaml) ?? null))).toEqual(JSON.parse(plainZero(json ?? "")));
  });

  it.each(refused)("refuses $yaml", ({ yaml }) => {
    expect(refusal(yaml)).toMatch(new RegExp(`^${REFUSED.get(yaml) ?? "(?:Manifest|Limit)"}`));
  });

  it.each([...ONLY_OURS])("reads %s alone", (yaml) => {
    expect(refusal(yaml)).toBe("read");
  });

  /** `-0` is `0` for us, as for every reader of JSON numbers. */
  function plainZero(json: string): string {
    return json.replace(/-0(?=[\],}]|$)/g, "0");
  }

  it("covers more than 200 texts", () => {
    expect(readings.length).toBeGreaterThan(200);
  });

  it.each([
    ["v: 9007199254740993", 9007199254740993n],
    ["v: -9007199254740993", -9007199254740993n],
    ["v: 18446744073709551615", 18446744073709551615n],
    ["v: 9007199254740991", 9007199254740991],
  ])("%s keeps all its digits", (yaml, value) => {
    expect(valueOf(yaml)).toEqual({ v: value });
  });
});

describe("parseStream", () => {
  it("keeps empty and comment-only documents, with value null", () => {
    const stream = parseStream("a.yaml", "---\n# nothing\n---\na: 1\n---\n");
    expect(stream.documents.map(({ index, value }) => [index, value])).toEqual([
      [0, null],
      [1, { a: 1 }],
      [2, null],
    ]);
  });

  it.each([
    ["---\n", [null]],
    ["...\n", [null]],
    ["# only a comment\n", []],
    ["", []],
  ])("reads %j without components", (text, values) => {
    expect(parseStream("a.yaml", text).documents.map(({ value }) => value)).toEqual(values);
  });

  it("keeps a byte order mark in the text and out of the values", () => {
    const stream = parseStream("a.yaml", "\ufeffa: 1\n---\n\ufeffb: 2\n");
    expect(stream.text.startsWith("\ufeff")).toBe(true);
    expect(stream.documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it("reads CRLF as line ends", () => {
    expect(valueOf("a: |\r\n  x\r\n  y\r\nb: 1\r\n")).toEqual({ a: "x\ny\n", b: 1 });
  });

  it("reads each document under its own directives", () => {
    expect(parseStream("a.yaml", "%YAML 1.1\n---\na: on\n---\nb: 0644\n").documents.map(({ value }) => value)).toEqual([
      { a: true },
      { b: 420 },
    ]);
  });

  it("tells where an offset is, in lines and columns from 1", () => {
    const { placeAt, text } = parseStream("a.yaml", "a: 1\r\nbb: 2\n");
    expect(placeAt(0)).toEqual({ file: "a.yaml", line: 1, column: 1 });
    expect(placeAt(text.indexOf("2"))).toEqual({ file: "a.yaml", line: 2, column: 5 });
    expect(placeAt(text.length)).toEqual({ file: "a.yaml", line: 3, column: 1 });
  });

  it("gives source ranges for JSON too", () => {
    const text = '{"spec": {"replicas": 3}}';
    const node = parseStream("a.json", text).documents[0]?.document.getIn(["spec", "replicas"], true);
    const [from, to] = (node as { range: [number, number, number] }).range;
    expect(text.slice(from, to)).toBe("3");
  });

  it("expands aliases to copies that share nothing", () => {
    const value = valueOf("a: &x {b: [1]}\nc: *x\nd: *x\n") as { a: object; c: { b: object }; d: { b: object } };
    expect(value).toEqual({ a: { b: [1] }, c: { b: [1] }, d: { b: [1] } });
    expect(value.c).not.toBe(value.d);
    expect(value.c.b).not.toBe(value.d.b);
  });

  it("takes the last anchor before an alias", () => {
    expect(valueOf("a: &x {b: &z 1}\nc: &z 2\nd: *x\ne: *z\n")).toEqual({ a: { b: 1 }, c: 2, d: { b: 1 }, e: 2 });
  });

  it("reads 150 harmless aliases", () => {
    expect(Object.keys(valueOf(`a: &a {b: 1}\n${lines(150, (i) => `k${i}: *a\n`)}`) as object)).toHaveLength(151);
  });

  it("reads a ConfigMap of 20,000 keys", () => {
    const value = valueOf(`data:\n${lines(20_000, (i) => `  key${i}: v\n`)}`) as { data: object };
    expect(Object.keys(value.data)).toHaveLength(20_000);
  });

  it("leaves Object.prototype's own names readable and its chain untouched", () => {
    const value = valueOf("toString: 1\nhasOwnProperty: 2\nvalueOf: 3\n");
    expect(value).toEqual({ toString: 1, hasOwnProperty: 2, valueOf: 3 });
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe("what is not read", () => {
  const bomb = `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${lines(12, (i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]\n`)}`;

  it.each([
    ["tab indentation", "a:\n\tb: 1\n", "ManifestYaml a.yaml:2:1"],
    ["a lone CR", "a: 1\rb: 2\n", "ManifestYaml a.yaml:1:5"],
    ["a control character", "a: x\u0007\n", "ManifestYaml a.yaml:1:5"],
    ["a lone surrogate", "a: \ud800\n", "ManifestYaml a.yaml:1:4"],
    ["%YAML 3.0", "%YAML 3.0\n---\na: 1\n", "ManifestYaml a.yaml:1:7"],
    ["an unknown directive", "%FOO\n", "ManifestYaml a.yaml:1:1"],
    ["a duplicate key", "a: 1\nb: 2\na: 3\n", "ManifestDuplicateKey a.yaml:3:1"],
    ["a key plain and quoted", 'a: 1\n"a": 2\n', "ManifestDuplicateKey a.yaml:2:1"],
    ["keys 1 and '1'", '1: x\n"1": y\n', "ManifestDuplicateKey a.yaml:2:1"],
    ["a null key", 'null: x\n"": y\n', "ManifestKey a.yaml:1:1"],
    ["a missing key", ": x\n", "ManifestKey a.yaml:1:1"],
    ["a list as key", "? [a]\n: b\n", "ManifestKey a.yaml:1:3"],
    ["an alias as key", "a: &a x\n*a : 1\n", "ManifestKey a.yaml:2:1"],
    ["a boolean key", "x:\n  true: 1\n", "ManifestKey a.yaml:2:3"],
    ["__proto__", "a: {__proto__: {x: 1}}\n", "ManifestUnsafeKey a.yaml:1:5"],
    ["constructor", "constructor: 1\n", "ManifestUnsafeKey a.yaml:1:1"],
    ["prototype, quoted", 'a:\n  "prototype": 1\n', "ManifestUnsafeKey a.yaml:2:3"],
    ["!vault", "a: !vault |\n  x\n", "ManifestTag a.yaml:1:11"],
    ["!Ref", "a: !Ref x\n", "ManifestTag a.yaml:1:9"],
    ["!!js/function", "a: !!js/function x\n", "ManifestTag a.yaml:1:18"],
    ["!!set", "a: !!set {b}\n", "ManifestTag a.yaml:1:10"],
    ["an !!int that is none", "a: !!int x\n", "ManifestTag a.yaml:1:10"],
    [".nan", "a: .nan\n", "ManifestNumber a.yaml:1:4"],
    ["-.inf", "a: -.inf\n", "ManifestNumber a.yaml:1:4"],
    ["a recursive alias", "a: &a [*a]\n", "LimitAlias a.yaml:1:8"],
    ["an undefined alias", "a: *b\n", "LimitAlias a.yaml:1:4"],
    ["an alias bomb", bomb, "LimitAlias a.yaml:7:10"],
    [
      "aliases nested deep",
      `a0: &a0 [x]\n${lines(500, (i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`)}`,
      "LimitDepth a.yaml:200:14",
    ],
    ["flow nesting", `a: ${"[".repeat(100_000)}`, "LimitDepth a.yaml:1:205"],
    ["flow maps nesting", "{a: ".repeat(1000), "LimitDepth a.yaml:1:806"],
    ["block nesting", lines(300, (i) => `${" ".repeat(i)}a:\n`), "LimitDepth a.yaml:202:203"],
    ["list nesting", `${"- ".repeat(5000)}x\n`, "LimitDepth a.yaml:1:404"],
    ["too many documents", "---\na: 1\n".repeat(10_001), "LimitDocuments a.yaml:20001:1"],
    ["too long a text", "a".repeat(2_000_001), "LimitBlob a.yaml"],
  ])("%s", (_name, text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  it("reads 200 levels", () => {
    expect(refusal(lines(200, (i) => `${" ".repeat(i)}a:${i === 199 ? " 1" : ""}\n`))).toBe("read");
  });

  it.each([
    ["a comment", '{\n  // x\n  "a": 1}', "ManifestJson a.json:2:3"],
    ["a trailing comma", '{\n  "a": 1,\n}', "ManifestJson a.json:3:1"],
    ["single quotes", "{'a': 1}", "ManifestJson a.json:1:2"],
    ["a bare key", "{a: 1}", "ManifestJson a.json:1:2"],
    ["a leading zero", '{"a": 01}', "ManifestJson a.json:1:8"],
    ["a bad escape", '"\\x41"', "ManifestJson a.json:1:2"],
    ["two values", "1 2", "ManifestJson a.json:1:3"],
    ["no value", "", "ManifestJson a.json:1:1"],
    ["an open string", '{"a": "x', "ManifestJson a.json:1:9"],
    ["a duplicate key", '{"a": 1,\n"a": 2}', "ManifestDuplicateKey a.json:2:1"],
    ["a number beyond float64", '{"a": 1e400}', "ManifestNumber a.json:1:7"],
    ["nesting", "[".repeat(100_000), "LimitDepth a.json:1:201"],
    ["a template", '{\n  "a": {{ .x }}\n}', "ManifestTemplate a.json:2:8"],
  ])("JSON with %s", (_name, text, expected) => {
    expect(refusal(text, "a.json")).toBe(expected);
  });

  it("keeps what it quotes from a file out of the message", () => {
    for (const text of ["a: 'x'hunter2\n", "a: [hunter2\nb: c\n", "a: b: hunter2\n", "a: |hunter2\n"]) {
      expect(() => parseStream("a.yaml", text)).toThrow(LastgoodError);
      expect(() => parseStream("a.yaml", text)).not.toThrow(/hunter2/);
    }
  });
});

describe("templates", () => {
  it.each([
    ["a value", "a: {{ .Values.x }}\n", "1:4"],
    ["a line", "a: 1\n{{- if .x }}\nb: 1\n{{- end }}\n", "2:1"],
    ["an item", "a:\n  - {{ x }}\n", "2:5"],
    ["an indented line", "metadata:\n  {{- toYaml . | nindent 2 }}\n", "2:3"],
    ["behind a key", 'labels: {{- include "x" . | nindent 4 }}\n', "1:9"],
    ["many of them", "x: {{ a\n".repeat(100_000), "1:4"],
  ])("%s is a template", (_name, text, place) => {
    expect(refusal(text)).toBe(`ManifestTemplate a.yaml:${place}`);
  });

  it.each([
    ["a quoted string", 'a: "{{ $labels.x }}"\n'],
    ["the middle of a plain string", "a: Instance {{ $labels.instance }} down\n"],
    ["a comment", "# {{ x }}\na: 1 # {{ y }}\n"],
    ["a block scalar", "a: |\n  {{ range .x }}\n  {{- end }}\n"],
  ])("%s may hold {{", (_name, text) => {
    expect(refusal(text)).toBe("read");
  });

  it("names the real fault of a file whose strings hold {{", () => {
    expect(refusal("a: '{{ x }}'\n\tb: 1\n")).toBe("ManifestYaml a.yaml:2:1");
  });
});

describe("any text", () => {
  const yamlish = fc
    .array(
      fc.constantFrom(
        ...Array.from("ab:-?[]{},&*!|>'\"%@`#~.0123 \n\t\r"),
        "<<: ",
        "---\n",
        "  ",
        "&a ",
        "*a",
        "{{",
        "\ufeff",
      ),
      {
        maxLength: 60,
      },
    )
    .map((parts) => parts.join(""));

  it("is read, or refused with a LastgoodError and a place", () => {
    fc.assert(
      fc.property(
        fc.oneof(yamlish, fc.string({ unit: "binary" })),
        fc.constantFrom("a.yaml", "a.json"),
        (text, path) => {
          expect(refusal(text, path)).toMatch(/^(?:read|(?:Manifest|Limit)\w+ a\.(?:yaml|json)(?::\d+:\d+)?)$/);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("that is JSON reads as JSON.parse reads it", () => {
    const keys = fc.string().filter((key) => !["__proto__", "constructor", "prototype"].includes(key));
    const json = fc.jsonValue({ stringUnit: "grapheme-ascii", depthSize: "small" });
    fc.assert(
      fc.property(fc.dictionary(keys, json, { noNullPrototype: true }), (value) => {
        const text = JSON.stringify(value, undefined, 2);
        // Whole numbers beyond 2^53 are bigint here; the golden table has them.
        fc.pre(!/"(?:__proto__|constructor|prototype)"|\d{16}/.test(text));
        expect(valueOf(text, "a.json")).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });
});
