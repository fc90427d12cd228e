import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStream } from "../../../src/core/manifest/parse.ts";
import type { JsonValue } from "../../../src/core/model/json.ts";
import { diffValues } from "../../../src/core/patch/diff.ts";
import { alignLines } from "../../../src/core/edit/align-lines.ts";
import { mergeLines } from "../../../src/core/edit/merge-lines.ts";
import type { Sides } from "../../../src/core/model/sides.ts";
import { undo } from "./support.ts";

const KEYS = ["a", "b", "c", "d", "e"] as const;

/** A state of a file: fields, some of which are missing; every field has values that no other has. */
type State = Readonly<Partial<Record<(typeof KEYS)[number], number>>>;

const state: fc.Arbitrary<State> = fc.record(
  Object.fromEntries(KEYS.map((key) => [key, fc.nat({ max: 2 })])) as Record<
    (typeof KEYS)[number],
    fc.Arbitrary<number>
  >,
  { requiredKeys: [] },
);
const states = fc.record({ good: state, bad: state, now: state });

/** As a map, as variables, and as documents of their own; comments before some. */
const FORMS: readonly ((fields: readonly (readonly [string, number])[]) => string)[] = [
  (fields) =>
    `kind: Config\ndata:${fields.length === 0 ? " {}\n" : "\n"}${fields.map(([key, value]) => `  # about ${key}\n  ${key}: ${key}${value}\n`).join("")}end: 1\n`,
  (fields) =>
    `kind: Job\nenv:${fields.length === 0 ? " []\n" : "\n"}${fields.map(([key, value]) => `  - name: ${key}\n    value: ${key}${value} # v\n`).join("")}end: 1\n`,
  (fields) =>
    `# top\napiVersion: v1\nkind: First\nmetadata:\n  name: x\n${fields.map(([key, value]) => `---\napiVersion: v1\nkind: Map\nmetadata:\n  name: ${key}\ndata: ${key}${value}\n`).join("")}`,
];

function print(form: number, fields: State): string {
  const entries = KEYS.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]] as const]));
  return FORMS[form]?.(entries) ?? "";
}

function printAll(form: number, sides: Sides<State>): Sides<string> {
  return { good: print(form, sides.good), bad: print(form, sides.bad), now: print(form, sides.now) };
}

/** The text as fields again. */
function readFields(text: string): ReadonlyMap<string, JsonValue> {
  const values = parseStream("app.yaml", text).documents.map(({ value }) => value as { readonly [key: string]: never });
  const [first] = values as readonly Record<string, unknown>[];
  if (first?.["data"] !== undefined) return new Map(Object.entries(first["data"] as Record<string, JsonValue>));
  if (first?.["env"] !== undefined) {
    return new Map(
      (first["env"] as readonly { readonly name: string; readonly value: string }[]).map((item) => [
        item.name,
        item.value,
      ]),
    );
  }
  return new Map(
    (
      values.slice(1) as unknown as readonly { readonly metadata: { readonly name: string }; readonly data: string }[]
    ).map(({ metadata, data }) => [metadata.name, data]),
  );
}

function sorted(fields: ReadonlyMap<string, JsonValue>): readonly (readonly [string, JsonValue])[] {
  return [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What the definition says: undefined where a person has to decide. */
function threeWay({ good, bad, now }: Sides<State>): ReadonlyMap<string, string> | undefined {
  const result = new Map<string, string>();
  for (const key of KEYS) {
    const sides = { good: good[key], bad: bad[key], now: now[key] };
    const clash = sides.good !== sides.bad && sides.now !== sides.bad && sides.now !== sides.good;
    if (clash) return undefined;
    const value = sides.now === sides.bad ? sides.good : sides.now;
    if (value !== undefined) result.set(key, `${key}${value}`);
  }
  return result;
}

const form = fc.nat({ max: FORMS.length - 1 });
/** The variables. */
const LIST_FORM = 1;

/** One item gave way to another, and that one to a third: in a list a person has to decide, whatever their names are. */
function isReplacedTwice({ good, bad, now }: Sides<State>): boolean {
  const onlyIn = (side: State, ...others: readonly State[]): boolean =>
    KEYS.some((key) => side[key] !== undefined && others.every((other) => other[key] === undefined));
  return onlyIn(good, bad, now) && onlyIn(bad, good, now) && onlyIn(now, good, bad);
}

describe("undoing a change", () => {
  it("right after it restores the text from before byte for byte, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (good, bad) => {
        expect(undo({ good, bad, now: bad }).text).toBe(good);
      }),
      { numRuns: 200 },
    );
  });

  it("is the three-way merge of the objects, and a conflict where that is one", () => {
    fc.assert(
      fc.property(form, states, (shape, sides) => {
        fc.pre(shape !== LIST_FORM || !isReplacedTwice(sides));
        const wanted = threeWay(sides);
        const result = undo(printAll(shape, sides));
        const found = result.conflicts.length > 0 ? "conflict" : sorted(readFields(result.text ?? ""));
        expect(found).toEqual(wanted === undefined ? "conflict" : sorted(wanted));
      }),
      { numRuns: 500 },
    );
  });

  it("and doing it again is the identity", () => {
    fc.assert(
      fc.property(
        form,
        state,
        state,
        fc.constantFrom(...KEYS),
        fc.nat({ max: 2 }),
        (shape, start, other, key, value) => {
          const good: State = start;
          const bad: State = { ...start, [key]: value };
          const now: State = { ...other, ...(bad[key] === undefined ? {} : { [key]: bad[key] }) };
          const texts = printAll(shape, { good, bad, now });
          const undone = undo(texts).text;
          if (undone === undefined) throw new Error("the file is gone");
          const again = undo({ good: texts.bad, bad: texts.good, now: undone }).text;
          expect(sorted(readFields(again ?? ""))).toEqual(sorted(readFields(texts.now)));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("commutes with undoing another change of other fields", () => {
    fc.assert(
      fc.property(form, state, fc.nat({ max: 2 }), fc.nat({ max: 2 }), (shape, start, one, two) => {
        const first: State = { ...start, a: one };
        const second: State = { ...first, d: two };
        const [s0, s1, s2] = [start, first, second].map((fields) => print(shape, fields)) as [string, string, string];
        const firstAlone = undo({ good: s0, bad: s1, now: s2 }).text;
        if (firstAlone === undefined) throw new Error("the file is gone");
        expect(undo({ good: s1, bad: s2, now: firstAlone }).text).toBe(s0);
        expect(undo({ good: s0, bad: s1, now: undo({ good: s1, bad: s2, now: s2 }).text }).text).toBe(s0);
      }),
      { numRuns: 200 },
    );
  });

  it("gives the same patch whatever else changes in the file", () => {
    const patchOf = (sides: Sides<string>): unknown => {
      const { text, conflicts } = undo(sides);
      const value = (found: string): JsonValue => parseStream("app.yaml", found).documents[0]?.value ?? null;
      return conflicts.length > 0 ? "conflict" : diffValues(value(sides.now), value(text ?? ""), {});
    };
    fc.assert(
      fc.property(fc.constantFrom(0, 1), states, (shape, sides) => {
        const texts = printAll(shape, sides);
        const elsewhere = { ...texts, now: `${texts.now.replace("end: 1", "end: 2 # later")}more: true\n` };
        expect(patchOf(elsewhere)).toEqual(patchOf(texts));
      }),
      { numRuns: 300 },
    );
  });
});

describe("lines", () => {
  const lines = fc.array(fc.constantFrom("a\n", "b\n", "c\n", "---\n", "  x: 1\n", "  y: 2\n"), { maxLength: 30 });

  it("are aligned so that the hunks make the one text of the other", () => {
    fc.assert(
      fc.property(lines, lines, (one, other) => {
        const result: string[] = [];
        let done = 0;
        for (const hunk of alignLines(one, other)) {
          result.push(...one.slice(done, hunk.from), ...other.slice(hunk.sourceFrom, hunk.sourceTo));
          done = hunk.to;
        }
        expect([...result, ...one.slice(done)]).toEqual(other);
      }),
      { numRuns: 1000 },
    );
  });

  it("fall into regions that are together the three texts", () => {
    fc.assert(
      fc.property(lines, lines, lines, (good, bad, now) => {
        const regions = mergeLines({ good, bad, now });
        for (const side of ["good", "bad", "now"] as const) {
          expect(regions.flatMap((region) => [...region.lines[side]])).toEqual({ good, bad, now }[side]);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
