import * as fc from "fast-check";
import fastJsonPatch from "fast-json-patch";
import { describe, expect, it } from "vitest";
import type { Patch } from "../../../src/core/model/field.ts";
import { type JsonObject, jsonEqual, type JsonValue } from "../../../src/core/model/json.ts";
import { applyPatch } from "../../../src/core/patch/apply.ts";
import { diffValues } from "../../../src/core/patch/diff.ts";
import { anyJson, anyScalar, deployment, plainScalar } from "./arbitrary-workload.ts";

const POD = "/spec/template/spec";

function pod(spec: JsonObject): JsonObject {
  return { apiVersion: "apps/v1", kind: "Deployment", spec: { template: { spec } } };
}

function diff(before: JsonValue, after: JsonValue): Patch {
  return diffValues(before, after, { apiVersion: "apps/v1", kind: "Deployment" });
}

/** What fast-json-patch makes of it by itself, with validation on. */
function applyIndependently(value: JsonValue, patch: Patch): JsonValue {
  const operations = structuredClone(patch) as Parameters<typeof fastJsonPatch.applyPatch>[1];
  return fastJsonPatch.applyPatch(structuredClone(value), operations, true).newDocument;
}

describe("diffValues", () => {
  it.each<[string, JsonValue, JsonValue, Patch]>([
    ["nothing for equal objects", { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ["an add", { a: 1 }, { a: 1, b: null }, [{ op: "add", path: "/b", value: null }]],
    [
      "a test before a remove",
      { a: { b: 1 } },
      {},
      [
        { op: "test", path: "/a", value: { b: 1 } },
        { op: "remove", path: "/a" },
      ],
    ],
    [
      "a test before a replace",
      { a: null },
      { a: 0 },
      [
        { op: "test", path: "/a", value: null },
        { op: "replace", path: "/a", value: 0 },
      ],
    ],
    [
      "the whole for another type",
      { a: [] },
      { a: {} },
      [
        { op: "test", path: "/a", value: [] },
        { op: "replace", path: "/a", value: {} },
      ],
    ],
    [
      "the root",
      1,
      2,
      [
        { op: "test", path: "", value: 1 },
        { op: "replace", path: "", value: 2 },
      ],
    ],
    [
      "escaped keys",
      {},
      { "a/b": 1, "m~n": 2, "": 3 },
      [
        { op: "add", path: "/a~1b", value: 1 },
        { op: "add", path: "/m~0n", value: 2 },
        { op: "add", path: "/", value: 3 },
      ],
    ],
    [
      "a whole number beyond 2^53",
      { a: 9_007_199_254_740_993n },
      { a: 9_007_199_254_740_992 },
      [
        { op: "test", path: "/a", value: 9_007_199_254_740_993n },
        { op: "replace", path: "/a", value: 9_007_199_254_740_992 },
      ],
    ],
    [
      "unnamed items one by one when there are as many",
      { a: [{ x: 1 }, { x: 2 }] },
      { a: [{ x: 1 }, { x: 3 }] },
      [
        { op: "test", path: "/a/1/x", value: 2 },
        { op: "replace", path: "/a/1/x", value: 3 },
      ],
    ],
    [
      "a whole list of unnamed items when there are more",
      { a: [{ x: 1 }] },
      { a: [{ x: 1 }, { x: 2 }] },
      [
        { op: "test", path: "/a", value: [{ x: 1 }] },
        { op: "replace", path: "/a", value: [{ x: 1 }, { x: 2 }] },
      ],
    ],
  ])("writes %s", (_, before, after, patch) => {
    expect(diff(before, after)).toEqual(patch);
  });

  it("tests the name of a container before it changes the image", () => {
    const before = pod({ containers: [{ name: "proxy" }, { name: "api", image: "acme/api:2" }] });
    const after = pod({ containers: [{ name: "proxy" }, { name: "api", image: "acme/api:1" }] });
    expect(diff(before, after)).toEqual([
      { op: "test", path: `${POD}/containers/1/name`, value: "api" },
      { op: "test", path: `${POD}/containers/1/image`, value: "acme/api:2" },
      { op: "replace", path: `${POD}/containers/1/image`, value: "acme/api:1" },
    ]);
  });

  it("removes and adds a renamed container", () => {
    const before = pod({ containers: [{ name: "web", image: "i" }] });
    const after = pod({ containers: [{ name: "api", image: "i" }] });
    expect(diff(before, after)).toEqual([
      { op: "test", path: `${POD}/containers/0`, value: { name: "web", image: "i" } },
      { op: "remove", path: `${POD}/containers/0` },
      { op: "add", path: `${POD}/containers/0`, value: { name: "api", image: "i" } },
    ]);
  });

  it("removes from the back and adds from the front", () => {
    expect(diff({ args: ["a", "b", "c"] }, { args: ["x", "b", "y"] })).toEqual([
      { op: "test", path: "/args/2", value: "c" },
      { op: "remove", path: "/args/2" },
      { op: "test", path: "/args/0", value: "a" },
      { op: "remove", path: "/args/0" },
      { op: "add", path: "/args/0", value: "x" },
      { op: "add", path: "/args/2", value: "y" },
    ]);
  });

  it("moves one item when one stands elsewhere", () => {
    expect(diff({ args: ["a", "b", "c", "d"] }, { args: ["b", "c", "d", "a"] })).toEqual([
      { op: "test", path: "/args/0", value: "a" },
      { op: "move", from: "/args/0", path: "/args/3" },
    ]);
  });

  it("knows a port with the default protocol as the same port", () => {
    const before = pod({
      containers: [{ name: "a", ports: [{ containerPort: 53 }, { containerPort: 53, protocol: "UDP" }] }],
    });
    const after = pod({
      containers: [
        {
          name: "a",
          ports: [
            { containerPort: 53, protocol: "TCP" },
            { containerPort: 53, protocol: "UDP" },
          ],
        },
      ],
    });
    expect(diff(before, after)).toEqual([
      { op: "test", path: `${POD}/containers/0/name`, value: "a" },
      { op: "test", path: `${POD}/containers/0/ports/0/containerPort`, value: 53 },
      { op: "add", path: `${POD}/containers/0/ports/0/protocol`, value: "TCP" },
    ]);
  });

  it("writes no more than 400 operations for 200 new items among 2,000", () => {
    const names = Array.from({ length: 2000 }, (_, index) => ({ name: `n${index}`, value: "1" }));
    const after = names.filter((_, index) => index % 10 !== 0);
    expect(diff({ env: names }, { env: after })).toHaveLength(400);
  });

  it("moves, adds and removes among 2,000 items", () => {
    const before = Array.from({ length: 2000 }, (_, index) => ({ name: `n${index}`, value: "1" }));
    const after = [
      ...before.slice(500).reverse(),
      ...Array.from({ length: 500 }, (_, index) => ({ name: `m${index}`, value: "2" })),
    ];
    const patch = diff({ env: before }, { env: after });
    expect(patch.filter(({ op }) => op === "move")).toHaveLength(1499);
    expect(jsonEqual(applyPatch({ env: before }, patch), { env: after })).toBe(true);
  });

  it.each(["__proto__", "constructor", "prototype"])("refuses the key %s, wherever it stands", (key) => {
    const hostile = { data: [JSON.parse(`{"${key}": 1}`) as JsonValue] };
    expect(() => diff(hostile, {})).toThrow(expect.objectContaining({ code: "ManifestUnsafeKey" }));
    expect(() => diff({}, hostile)).toThrow(expect.objectContaining({ code: "ManifestUnsafeKey" }));
  });

  it("refuses values that are nested too deeply instead of overflowing the stack", () => {
    let deep: JsonValue = 1;
    for (let level = 0; level < 100_000; level += 1) deep = level % 2 === 0 ? [deep] : { a: deep };
    expect(() => diff({}, { deep })).toThrow(expect.objectContaining({ code: "LimitDepth" }));
  });

  it("takes keys that every object inherits as plain keys", () => {
    const before = { data: { hasOwnProperty: "1" } };
    const after = { data: { toString: "1", hasOwnProperty: "2" } };
    expect(applyPatch(before, diff(before, after))).toEqual(after);
  });

  it("makes the one of the other, for workloads", () => {
    fc.assert(
      fc.property(deployment, deployment, (before, after) => {
        const patch = diff(before, after);
        expect(jsonEqual(applyPatch(before, patch), after)).toBe(true);
        expect(jsonEqual(applyIndependently(before, patch), after)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  it("makes the one of the other, for any JSON", () => {
    fc.assert(
      fc.property(anyJson(plainScalar), anyJson(plainScalar), (before, after) => {
        const patch = diffValues(before, after, {});
        expect(jsonEqual(applyPatch(before, patch), after)).toBe(true);
        expect(jsonEqual(applyIndependently(before, patch), after)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("makes the one of the other, with numbers beyond 2^53", () => {
    fc.assert(
      fc.property(anyJson(anyScalar), anyJson(anyScalar), (before, after) => {
        expect(jsonEqual(applyPatch(before, diffValues(before, after, {})), after)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("writes nothing for a value and itself", () => {
    fc.assert(
      fc.property(anyJson(anyScalar), (value) => {
        expect(diffValues(value, structuredClone(value), {})).toEqual([]);
      }),
    );
  });

  it("never renames a container, a variable or a volume in place", () => {
    fc.assert(
      fc.property(deployment, deployment, (before, after) => {
        const renames = diff(before, after).filter(
          ({ op, path }) => op !== "test" && /\/(?:containers|initContainers|env|volumes)\/\d+\/name$/.test(path),
        );
        expect(renames).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("tests each value that it removes or replaces, and something of each item that it moves", () => {
    fc.assert(
      fc.property(deployment, deployment, (before, after) => {
        const patch = diff(before, after);
        const untested = patch.filter((operation, at) => {
          if (operation.op === "test" || operation.op === "add") return false;
          const previous = patch[at - 1];
          const place = operation.op === "move" ? operation.from : operation.path;
          return (
            previous?.op !== "test" ||
            !(operation.op === "move" ? previous.path.startsWith(place) : previous.path === place)
          );
        });
        expect(untested).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
