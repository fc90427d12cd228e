import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editText } from "../../../src/core/edit/edit-text.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "../../../src/core/model/json.ts";
import { selectFields } from "../../../src/core/patch/select.ts";
import { valuesOf } from "./support.ts";

/** A text, and for each scalar its path and the line that holds it alone. */
interface Printed {
  readonly text: string;
  readonly leaves: readonly { readonly path: string; readonly line: string }[];
}

/** How a text is written: a stream of decisions. */
type Choices = readonly number[];

const ODD = [
  "on",
  "0644",
  "1.10",
  "y",
  "",
  " x",
  "a: b",
  "#x",
  "it's",
  '"q"',
  "null",
  "12:30",
  "- x",
  "x #y",
  "&a",
  "1e3",
  "[x",
  "a, b",
];

const scalar = fc.oneof(
  fc.constantFrom<JsonValue>(...ODD, "api:1", "api:2", "x", 0, 1, 2.5, true, false, null, 9007199254740993n),
  fc.constantFrom("one\ntwo\n", "one\n\ntwo", "#!/bin/sh\n  set -e\n\techo\n", "a\n\n\n", "\n"),
);
const optionalKeys = { requiredKeys: [] };
const container = fc.record(
  {
    name: fc.constantFrom("app", "proxy", "init"),
    image: fc.constantFrom("api:1", "api:2", "api:3"),
    env: fc.uniqueArray(fc.record({ name: fc.constantFrom("A", "B", "C"), value: scalar }), {
      selector: ({ name }) => name,
      maxLength: 3,
    }),
    args: fc.array(fc.constantFrom("--a", "--b", "on", "x y"), { maxLength: 3 }),
    resources: fc.record({ limits: fc.record({ cpu: scalar, memory: scalar }, optionalKeys) }, optionalKeys),
  },
  { requiredKeys: ["name"] },
);
const manifest = fc.record(
  {
    kind: fc.constant("Deployment"),
    metadata: fc.record(
      {
        name: fc.constant("api"),
        labels: fc.dictionary(fc.constantFrom("a", "b/c", "on", "x y"), scalar, { maxKeys: 3 }),
      },
      { requiredKeys: ["name"] },
    ),
    spec: fc.record(
      {
        replicas: scalar,
        containers: fc.uniqueArray(container, { selector: ({ name }) => name, maxLength: 3 }),
        rules: fc.array(fc.record({ host: scalar, paths: fc.array(scalar, { maxLength: 2 }) }, optionalKeys), {
          maxLength: 2,
        }),
      },
      optionalKeys,
    ),
    data: scalar,
  },
  { requiredKeys: ["kind"] },
) as fc.Arbitrary<JsonObject>;
const choices: fc.Arbitrary<Choices> = fc.array(fc.nat({ max: 11 }), { minLength: 20, maxLength: 40 });

/** Prints a value as people do: mixed quotes, comments, blank lines, flow and block, one indentation per file. */
function print(value: JsonObject, choices: Choices): Printed {
  let [at, comments] = [2, 0];
  const next = (): number => choices[at++ % choices.length] ?? 0;
  const unit = (choices[0] ?? 0) % 2 === 0 ? 2 : 4;
  const dashes = (choices[1] ?? 0) % 2 === 0 ? 0 : unit;
  const eol = choices[2] === 0 ? "\r\n" : "\n";
  const leaves: { path: string; line: string }[] = [];
  const lines: string[] = [];

  function flow(value: JsonValue): string {
    if (isList(value)) return `[${value.map(flow).join(next() % 2 === 0 ? ", " : ",  ")}]`;
    if (isObject(value))
      return `{${Object.entries(value)
        .map(([key, item]) => `${quoted(key)}: ${flow(item)}`)
        .join(", ")}}`;
    if (typeof value !== "string") return String(value);
    return value.includes("\n") ? JSON.stringify(value) : quoted(value);
  }
  function quoted(value: string): string {
    const plain = !ODD.includes(value) && /^[a-z][\w./:-]*$|^--\w$|^x y$/i.test(value) && next() % 3 > 0;
    if (plain) return value;
    return next() % 2 === 0 ? JSON.stringify(value) : `'${value.replaceAll("'", "''")}'`;
  }
  function put(path: string, indent: number, head: string, value: JsonValue): void {
    const pad = " ".repeat(indent);
    const first = head.startsWith("- ");
    const column = indent + (first ? 2 : 0);
    if (!first && next() === 0 && lines.at(-1) !== "") lines.push("");
    if (!first && next() === 1) lines.push(`${pad}# above ${comments++}`);
    if (isObject(value) && Object.keys(value).length > 0 && next() > 1) {
      lines.push(`${pad}${head}`);
      for (const [key, item] of Object.entries(value)) put(`${path}/${key}`, column + unit, `${quoted(key)}:`, item);
    } else if (isList(value) && value.length > 0 && next() > 1) {
      lines.push(`${pad}${head}`);
      for (const [i, item] of value.entries()) putItem(path, column + dashes, item, i);
    } else if (typeof value === "string" && /^\S[^\t]*\n/.test(value) && next() > 3) {
      const chomp = value.endsWith("\n\n") ? "+" : value.endsWith("\n") ? "" : "-";
      lines.push(
        `${pad}${head} |${chomp}`,
        ...value
          .replace(/\n$/, "")
          .split("\n")
          .map((line) => (line === "" ? "" : " ".repeat(column + unit) + line)),
      );
    } else {
      const line = `${pad}${head} ${flow(value)} # c${comments++}`;
      lines.push(line);
      if (!isObject(value) && !isList(value)) leaves.push({ path, line });
    }
  }
  function putItem(path: string, indent: number, item: JsonValue, i: number): void {
    const pad = " ".repeat(indent);
    if (!isObject(item) || Object.keys(item).length === 0) return void lines.push(`${pad}- ${flow(item)}`);
    const name = `${path}/${typeof item["name"] === "string" ? item["name"] : `${i}`}`;
    for (const [n, [key, inner]] of Object.entries(item).entries()) {
      if (n === 0) put(`${name}/${key}`, indent, `- ${quoted(key)}:`, inner);
      else put(`${name}/${key}`, indent + 2, `${quoted(key)}:`, inner);
    }
  }
  for (const [key, item] of Object.entries(value)) put(`/${key}`, 0, `${key}:`, item);
  return { text: lines.join(eol) + (choices[3] === 1 && lines.at(-1)?.includes(" # ") === true ? "" : eol), leaves };
}

function at(value: JsonValue | undefined, path: string): JsonValue | undefined {
  return path
    .split("/")
    .slice(1)
    .reduce<JsonValue | undefined>((found, step) => {
      if (isList(found))
        return found.find((item, i) => (isObject(item) && item["name"] === step) || String(i) === step);
      return isObject(found) && Object.hasOwn(found, step) ? found[step] : undefined;
    }, value);
}

/** Head, source, and the values of head with some of the source's. */
const cases = fc
  .record({ head: manifest, source: manifest, headStyle: choices, sourceStyle: choices, kept: choices })
  .map((made) => {
    const head = print(made.head, made.headStyle);
    const source = print(made.source, made.sourceStyle);
    const [value, other] = [valuesOf(head.text)[0] ?? null, valuesOf(source.text)[0] ?? null];
    let asked = 0;
    const wanted = selectFields(value, other, {}, () => (made.kept[asked++ % made.kept.length] ?? 0) % 2 === 0);
    return { head, source, value, other, wanted };
  });

const RUNS = { numRuns: 250 };

describe("any text and any choice of changes", () => {
  it("is printed by this test as it was meant", () => {
    fc.assert(
      fc.property(manifest, choices, (value, style) => {
        expect(valuesOf(print(value, style).text)).toEqual([value]);
      }),
      RUNS,
    );
  });

  it("becomes a text that reads as wanted, without printing anything anew", () => {
    fc.assert(
      fc.property(cases, ({ head, source, wanted }) => {
        const edit = editText({
          path: "a.yaml",
          head: head.text,
          source: source.text,
          wanted: [{ value: wanted, head: 0, source: 0 }],
        });
        expect(valuesOf(edit.text)).toEqual([wanted]);
        expect(edit.reprinted).toBe(false);
      }),
      RUNS,
    );
  });

  it("keeps the line of everything that does not change", () => {
    fc.assert(
      fc.property(cases, ({ head, value, wanted }) => {
        const edit = editText({ path: "a.yaml", head: head.text, wanted: [{ value: wanted, head: 0 }] });
        expect(valuesOf(edit.text)).toEqual([wanted]);
        expect(edit.reprinted).toBe(false);
        const lines = edit.text.split(/\r?\n/);
        const kept = head.leaves.filter(({ path }) => {
          const [before, after] = [at(value, path), at(wanted, path)];
          return after !== undefined && before === after && !path.includes("/rules/");
        });
        expect(kept.filter(({ line }) => !lines.includes(line))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("becomes the source text when everything comes back", () => {
    fc.assert(
      fc.property(cases, ({ head, source, value, other }) => {
        const edit = editText({
          path: "a.yaml",
          head: head.text,
          source: source.text,
          wanted: [{ value: other, head: 0, source: 0 }],
        });
        const same = JSON.stringify(value, toText) === JSON.stringify(other, toText);
        expect(edit.text).toBe(same ? head.text : edit.method === "source" ? source.text : head.text);
      }),
      RUNS,
    );
  });

  it("comes back byte for byte when a document of it is restored among others", () => {
    fc.assert(
      fc.property(cases, ({ head, source, value, other }) => {
        const others = "kind: Other # mine\n";
        const wanted = [
          { value: { kind: "Other" }, head: 0 },
          { value: other, head: 1, source: 0 },
        ];
        const { text } = editText({
          path: "a.yaml",
          head: `${others}---\n${head.text.replaceAll("\r", "")}`,
          source: source.text.replaceAll("\r", ""),
          wanted,
        });
        const body = text.slice(`${others}---\n`.length);
        expect(text.startsWith(`${others}---\n`)).toBe(true);
        const same = JSON.stringify(value, toText) === JSON.stringify(other, toText);
        expect(body.trimEnd()).toBe((same ? head : source).text.replaceAll("\r", "").trimEnd());
      }),
      RUNS,
    );
  });
});

function toText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}
