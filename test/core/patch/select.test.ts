import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldChange } from "../../../src/core/model/field.ts";
import { type JsonObject, type JsonValue, toJson } from "../../../src/core/model/json.ts";
import { contextOf } from "../../../src/core/patch/diff-context.ts";
import { fieldChanges } from "../../../src/core/patch/fields.ts";
import { selectFields } from "../../../src/core/patch/select.ts";
import { anyJson, anyScalar, deployment } from "./arbitrary-workload.ts";

/** What a change is, apart from where things stand: indices of what is added, and the order of neighbours, depend on the rest. */
function identity({ op, path, display, facet, from, to }: FieldChange): string {
  return toJson(op === "move" ? [op, path, display, facet] : [op, path, display, facet, from, to]);
}

function identities(changes: readonly FieldChange[]): readonly string[] {
  return changes.map(identity).toSorted();
}

/** Keeps a part of the changes that depends only on each change and on the seed. */
function someOf(seed: number): (change: FieldChange) => boolean {
  return (change) =>
    Array.from(identity(change)).reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) % 1009, seed) % 2 === 0;
}

const pairs: fc.Arbitrary<readonly [JsonValue, JsonValue]> = fc.oneof(
  fc.tuple(deployment, deployment),
  fc.tuple(anyJson(anyScalar), anyJson(anyScalar)),
);

describe("selectFields", () => {
  const before: JsonObject = { a: 1, containers: [{ name: "x", image: "2" }, { name: "new" }], gone: true };
  const after: JsonObject = { a: 2, containers: [{ name: "old" }, { name: "x", image: "1" }], back: [1] };

  it.each<[string, readonly string[], JsonObject]>([
    ["one scalar", ["a"], { ...before, a: 2 }],
    [
      "one field of an item",
      ["containers[x].image"],
      { ...before, containers: [{ name: "x", image: "1" }, { name: "new" }] },
    ],
    ["an item to go", ["containers[new]"], { ...before, containers: [{ name: "x", image: "2" }] }],
    [
      "an item to come back, at its place",
      ["containers[old]"],
      { ...before, containers: [{ name: "old" }, { name: "x", image: "2" }, { name: "new" }] },
    ],
    ["keys to come and go", ["gone", "back"], { a: 1, containers: before["containers"] ?? null, back: [1] }],
  ])("takes %s", (_, displays, expected) => {
    expect(selectFields(before, after, {}, ({ display }) => displays.includes(display))).toEqual(expected);
  });

  it("takes the order alone", () => {
    const from = { args: ["a", "b", "x", "c"] };
    const to = { args: ["c", "y", "b", "a"] };
    expect(selectFields(from, to, {}, ({ op }) => op === "move")).toEqual({ args: ["c", "b", "x", "a"] });
    expect(selectFields(from, to, {}, ({ op }) => op !== "move")).toEqual({ args: ["a", "b", "c", "y"] });
  });

  it("takes a null for what it is", () => {
    expect(selectFields({ a: 1 }, { a: null }, {}, () => true)).toEqual({ a: null });
    expect(selectFields(1, null, {}, () => true)).toBeNull();
  });

  it("takes a list as one whose alignment would change with what is chosen", () => {
    const from = {
      ports: [
        { containerPort: 80, name: "a" },
        { containerPort: 81, name: "b" },
      ],
    };
    const to = {
      ports: [
        { containerPort: 82, name: "a" },
        { containerPort: 82, name: "b" },
      ],
    };
    expect(fieldChanges(from, to, {}).map(({ op, display }) => [op, display])).toEqual([["replace", "ports"]]);
  });

  it("gives the value after when all is chosen, order included", () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        expect(selectFields(before, after, contextOf(before), () => true)).toEqual(after);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives the value before when nothing is chosen", () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        expect(selectFields(before, after, contextOf(before), () => false)).toEqual(before);
      }),
      { numRuns: 1000 },
    );
  });

  it("differs from the value before in exactly what was chosen", () => {
    fc.assert(
      fc.property(pairs, fc.nat(1008), ([before, after], seed) => {
        const context = contextOf(before);
        const chosen = fieldChanges(before, after, context).filter(someOf(seed));
        const selected = selectFields(before, after, context, someOf(seed));
        expect(identities(fieldChanges(before, selected, context))).toEqual(identities(chosen));
      }),
      { numRuns: 2000 },
    );
  });

  it("leads to the value after, whatever was chosen first", () => {
    fc.assert(
      fc.property(pairs, fc.nat(1008), ([before, after], seed) => {
        const context = contextOf(before);
        const selected = selectFields(before, after, context, someOf(seed));
        expect(selectFields(selected, after, context, () => true)).toEqual(after);
      }),
      { numRuns: 500 },
    );
  });

  it("asks for each change once", () => {
    fc.assert(
      fc.property(deployment, deployment, (before, after) => {
        const asked: FieldChange[] = [];
        selectFields(before, after, contextOf(before), (change) => asked.push(change) > 0);
        expect(identities(asked)).toEqual(identities(fieldChanges(before, after, contextOf(before))));
      }),
      { numRuns: 200 },
    );
  });
});
