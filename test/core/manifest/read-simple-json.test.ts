import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { findJsonFault } from "../../../src/core/manifest/json-fault.ts";
import { parseByTrees } from "../../../src/core/manifest/parse.ts";
import { readSimpleJson } from "../../../src/core/manifest/read-simple-json.ts";
import { toJson } from "../../../src/core/model/json.ts";
import { LastgoodError } from "../../../src/errors.ts";

function full(text: string): string {
  try {
    return shown(parseByTrees("a.json", text).documents);
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}

function shown(documents: readonly { readonly value: Parameters<typeof toJson>[0]; readonly start: number }[]): string {
  return documents.map(({ value, start }) => `${start} ${toJson(value)}`).join("\n");
}

describe("the simple reader of JSON", () => {
  it.each([
    ["objects and lists", '\n{ "a": [1, -2.5, 1e3, true, null, "x"], "b": {}, "c": [ ], "": "" }\n'],
    ["whole numbers beyond 2^53", "[9007199254740993,18446744073709551615]"],
    ["escapes", '["a\\n\\"\\\\\\/", "é", "# {", ", ]"]'],
  ])("reads %s as the full reader does", (_, text) => {
    const simple = readSimpleJson(text);
    expect(simple === undefined ? undefined : shown(simple)).toBe(full(text));
  });

  it.each([
    ["a key that stands twice", '{"a":1,"a":2}'],
    ["an unsafe key", '{"__proto__":1}'],
    ["tabs", '{\n\t"a": 1\n}'],
    ["escapes by number", '["\\u0041"]'],
    ["a number that does not fit", "[1e999]"],
    ["a scalar", "1"],
  ])("leaves %s to the full reader", (_, text) => {
    expect(readSimpleJson(text)).toBeUndefined();
  });

  const key = fc.oneof(fc.constantFrom("a", "b", "__proto__", " ", "x".repeat(300)), fc.string({ maxLength: 4 }));
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(fc.string(), fc.double(), fc.integer(), fc.bigInt().map(String), fc.boolean(), fc.constant(null)),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    ),
  }));

  it("never says anything else than the full reader", () => {
    let read = 0;
    fc.assert(
      fc.property(value, fc.constantFrom(0, 0, 1, 2, "\t"), (written, indent) => {
        const text = JSON.stringify(written, undefined, indent);
        if (findJsonFault(text) !== undefined) return;
        const simple = readSimpleJson(text);
        if (simple === undefined) return;
        read += 1;
        expect(shown(simple)).toBe(full(text));
      }),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(200);
  });
});
