import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseByTrees } from "../../../src/core/manifest/parse.ts";
import { readSimple } from "../../../src/core/manifest/read-simple.ts";
import { toJson } from "../../../src/core/model/json.ts";
import { LastgoodError } from "../../../src/errors.ts";

/** What the full reader answers, with where the documents begin. */
function full(text: string): string {
  try {
    return shown(parseByTrees("a.yaml", text).documents);
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}

function shown(documents: readonly { readonly value: Parameters<typeof toJson>[0]; readonly start: number }[]): string {
  return documents.map(({ value, start }) => `${value === null ? "" : start} ${toJson(value)}`).join("\n");
}

describe("the simple reader", () => {
  it.each([
    [
      "a ConfigMap",
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a # the name\ndata:\n  b: \"1\"\n\n  c: 'it''s'\n",
    ],
    [
      "lists of maps",
      'a:\n  - name: x\n    args: ["-c", b, 3]\n    more:\n    - 1\n    - y\n  -\n    name: z\n  - - 1\n    - 2\n',
    ],
    ["literal blocks", "a: |\n  one\n\n    two\n# c\nb: |-\n  # no comment\n  x: y\n\n\nc:\n- |\n  z\n"],
    ["several documents", "# top\n---\na: 1\n---\n---\n# only a comment\n---   \n- b\n"],
    ["values that are null", "a:\nb: # c\n  # d\nc:\n- \n- ~\n- {}\n- []\nd:\n"],
    ["escapes", 'a: "x\\n\\t\\"\\\\\\/"\n"b c": \'"\'\n'],
    ["numbers and booleans", "a: 0644\nb: 1_000\nc: y\nd: 1e3\ne: 9007199254740993\nf: -1.5\ng: 1:30\n8080: x\n"],
    ["anchors and aliases", "a: &x 1\nb: *x # c\nc:\n  - &x 'y'\n  - *x\nd: &z ~\ne: *z\n"],
    [
      "anchors of maps and lists",
      "a: &x # c\n  b: 1\n  c: [d]\ne: *x\nf:\n- &y\n  g: *x\n- *y\n- *x\nh: &z { i: 1 }\nj: *z\nk: &l\n- 1\nm: *l\n",
    ],
    ["flow maps and lists in each other", 'a: { drop: ["ALL"], b: [c, {d: e}, [], {}] }\n'],
    ["flow maps on one line", "a: { cpu: 100m, memory: 128Mi } # c\nb: {c: 1,d: 'e f' , x/y: 0644}\n"],
    ["plain scalars with signs in them", "a: b#c {d} [e], 'f' \"g\" *h &i !j | > % @ `\nurl: https://a.b/c?d=e\n"],
  ])("reads %s as the full reader does", (_, text) => {
    const simple = readSimple(text);
    expect(simple === undefined ? undefined : shown(simple)).toBe(full(text));
  });

  it.each([
    ["anchors in anchors of the same name", "a: &x\n  b: &x 1\nc: *x\n"],
    ["anchors in anchors of the same name and value", "a: &x 1\nb: &x\n  c: &x 1\nd: *x\n"],
    ["aliases in what they name", "a: &x\n  b: *x\n"],
    ["aliases in what they name now", "a: &x 1\nb: &x\n  c: *x\n"],
    ["anchors of nothing", "a: &x\nb: *x\n"],
    ["aliases of the document before", "a: &x 1\n---\nb: *x\n"],
    ["aliases of what comes later", "b: *x\na: &x 1\n"],
    ["tags", "a: !!str 1\n"],
    ["merge keys", "a:\n  <<: b\n"],
    ["flow maps over several lines", "a: {b: c,\n  d: e}\n"],
    ["a key that stands twice in a flow map", "a: { b: 1, b: 2 }\n"],
    ["a key of a flow map that is no string", "a: { on: 1 }\n"],
    ["scalars of several lines", "a: b\n  c\n"],
    ["quotes over several lines", 'a: "b\n  c"\n'],
    ["folded blocks", "a: >\n  b\n"],
    ["a key that stands twice", "a: 1\na: 2\n"],
    ["a key that is no string", "on: 1\n"],
    ["an unsafe key", "__proto__: 1\n"],
    ["an odd indentation", "a:\n    b: 1\n  c: 2\n"],
    ["tabs", "a:\tb\n"],
    ["a colon in a value", "a: b: c\n"],
    ["infinity", "a: .inf\n"],
    ["a document that is a scalar", "a\n"],
    ["ends of documents", "a: 1\n...\n"],
    ["directives", "%YAML 1.2\n---\na: 1\n"],
    ["a literal block without a line end", "a: |\n  b"],
    ["deep nesting", Array.from({ length: 300 }, (__, i) => `${" ".repeat(i)}a:\n`).join("")],
  ])("leaves %s to the full reader", (_, text) => {
    expect(readSimple(text)).toBeUndefined();
  });

  it("shares no object between an anchor and its aliases", () => {
    const value = readSimple("a: &x\n  b: [{ c: 1 }]\nd: *x\n")?.[0]?.value as {
      a: { b: unknown[] };
      d: { b: unknown[] };
    };
    expect(value.d).toEqual(value.a);
    expect(value.d.b[0]).not.toBe(value.a.b[0]);
  });

  it("leaves aliases that grow without bounds to the full reader", () => {
    const grown = Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1}\n  - *a${i}\n  - *a${i}\n`).join("");
    expect(readSimple(`a0: &a0 x\n${grown}`)).toBeUndefined();
  });

  it("reads 100,000 lines and a value of a megabyte", () => {
    const data = Array.from({ length: 100_000 }, (_, i) => `  key${i}: "${i}"\n`).join("");
    const text = `data:\n${data}long: "${"x".repeat(1_000_000)}"\nplain: ${"y".repeat(1_000_000)}\n`;
    expect(readSimple(text)).toHaveLength(1);
  });

  const indent = fc.constantFrom("", "", "  ", "  ", "    ", " ", "      ");
  const key = fc.constantFrom(...'a¦b¦c¦k8s.io/x¦7¦"q"¦"a b"¦on¦d-e¦\'s\'¦a b¦?¦-x¦¦---¦...'.split("¦"));
  const value = fc.constantFrom(
    ...String.raw`¦ ¦1¦x¦x y¦x: y¦x:¦x #y¦x#y¦"x"¦"x" # y¦"x"y¦"x¦'x'¦'x''y'¦'¦''¦""¦#¦# c¦x  ¦x :y¦:x¦: x¦é¦"é"`.split(
      "¦",
    ),
    ...String.raw`|¦|-¦|+¦| # c¦|  ¦>¦{}¦{ } # c¦[]¦[a, 'b c', "d"]¦[a,]¦[a b]¦[1, [2]]¦{a: 1}¦*a¦&a b¦!x y¦, a¦<<`.split(
      "¦",
    ),
    ...String.raw`~¦null¦yes¦.5¦0x1f¦.nan¦-¦- a¦- a: b¦-1¦--- a¦%x¦@x¦? a¦=¦$(x)¦1e999¦12345678901234567890¦0o7`.split(
      "¦",
    ),
    ...String.raw`"\n\\"¦"\x41"¦"\q"`.split("¦"),
    ...`{ a: 1, b: "c d" }¦{a: 1, a: 2}¦{on: 1}¦{"a": 1}¦{a: b c}¦{a: 'x'} # c¦{a: 0644, 7: y}¦{a:1}¦{<<: x}¦{.5: 1}¦{...: a}¦{a: ...}`.split(
      "¦",
    ),
    ...`{a: b,}¦{a: b, c}¦{a: .}¦{a: -}¦{ a: ~ }¦{a: 1}x¦{a: b/c-d.e}¦{a: [b]}¦{7.0: x}¦{a: .inf}¦{a: b }`.split("¦"),
    ...`{a: [b, {c: d}]}¦[[a], {}]¦{a: {b: }}¦{a: [}¦[{]}¦[a]]¦[ ]¦{a: {b: c} , d: []} # c¦[a: b]¦{a}¦[ , a]¦[a,, b]`.split(
      "¦",
    ),
    ...`&a x¦&a x¦*a¦*a # c¦*a b¦*b¦&a¦& x¦&a "x" # c¦&a |¦&a {b: c}¦&a &b x¦&a *a¦&a x: y¦&a-b_1 0644¦*a-b_1¦[*a]¦{a: *a}`.split(
      "¦",
    ),
    "x\t",
    "\tx",
    '"\t"',
  );
  const line = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(indent, key, fc.constantFrom(": ", ": ", ":", ":  ", " : "), value)
        .map((parts) => parts.join("")),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(indent, fc.constantFrom("- ", "- ", "-", "-   ", "- - "), value)
        .map((parts) => parts.join("")),
    },
    {
      weight: 4,
      arbitrary: fc.tuple(indent, fc.constant("- "), key, fc.constant(": "), value).map((parts) => parts.join("")),
    },
    { weight: 2, arbitrary: fc.tuple(indent, key, fc.constant(":")).map((parts) => parts.join("")) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          indent,
          fc.constantFrom("a: ", "b: ", "- "),
          fc.constantFrom("&a", "&a # c", "&b", "*a", "*b", "&a x", "&b ~"),
        )
        .map((parts) => parts.join("")),
    },
    { weight: 2, arbitrary: fc.tuple(indent, value).map((parts) => parts.join("")) },
    {
      weight: 2,
      arbitrary: fc.constantFrom("", "  ", "     ", "# c", "  # c", "\t", "---", "--- ", "--- # c", "...", "---x"),
    },
  );

  it("never says anything else than the full reader", () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(line, { maxLength: 7 }), fc.constantFrom("\n", ""), (lines, end) => {
        const text = lines.join("\n") + end;
        const simple = readSimple(text);
        if (simple === undefined) return;
        read += 1;
        expect(shown(simple)).toBe(full(text));
      }),
      { numRuns: 10_000 },
    );
    expect(read).toBeGreaterThan(200);
  });
});
