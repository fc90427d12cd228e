import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../../src/core/model/json.ts";
import type { ObjectStatus } from "../../../src/core/kstatus/status.ts";
import { computeStatus, KNOWN_KINDS } from "../../../src/core/kstatus/kstatus.ts";
import { isList, isObject } from "../../../src/core/model/json.ts";
import { FIXTURE_NOW, listLiveObjects, readLiveObject } from "../../support/live-objects.ts";

const STATUSES = ["Current", "InProgress", "Failed", "Terminating", "NotFound", "Unknown"];

/** What a hostile API answer may hold where something else is expected. */
const odd: fc.Arbitrary<JsonValue> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<JsonValue>(
      null,
      "",
      0,
      -1,
      1.5,
      1e308,
      2n ** 70n,
      true,
      [],
      {},
      [null],
      ["x"],
      "3",
      "True",
      "\u0000",
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue> },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom("a".repeat(100_000), "\u202e\u001b[31m".repeat(50)) },
);

const kinds = fc.constantFrom(...KNOWN_KINDS, "example.com/Widget");

const odder: fc.Arbitrary<JsonObject> = kinds.chain((kind) => {
  const [group = "", name = ""] = kind.split("/");
  return fc.record({
    apiVersion: fc.constant(group === "" ? "v1" : `${group}/v1`),
    kind: fc.constant(name),
    metadata: fc.oneof(fc.constant<JsonValue>({ name: "x", generation: 1 }), odd),
    spec: odd,
    status: odd,
  });
});

/** A fixture with one of its values, anywhere, replaced by an odd one, taken away, or given a key `__proto__`. */
const damaged: fc.Arbitrary<JsonValue> = fc
  .tuple(
    fc.constantFrom(...listLiveObjects().map(readLiveObject)),
    fc.nat(),
    odd,
    fc.constantFrom("replace", "remove", "prototype"),
  )
  .map(([object, seed, value, how]) => {
    const paths = pathsOf(object, []).filter((path) => path.length > 0);
    const path = paths[seed % paths.length] ?? [];
    return damage(object, path, (keep) =>
      how === "replace" ? value : how === "remove" ? undefined : withPrototype(keep),
    );
  });

function pathsOf(value: JsonValue, at: readonly string[]): readonly (readonly string[])[] {
  const entries = isList(value) || isObject(value) ? Object.entries(value) : [];
  return [at, ...entries.flatMap(([key, item]) => pathsOf(item, [...at, key]))];
}

function damage(
  value: JsonValue,
  path: readonly string[],
  change: (keep: JsonValue) => JsonValue | undefined,
): JsonValue {
  const copy = structuredClone(value) as Record<string, JsonValue>;
  let holder: Record<string, JsonValue> = copy;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, JsonValue>;
  const last = path.at(-1) ?? "";
  const changed = change(holder[last] as JsonValue);
  if (changed === undefined) delete holder[last];
  else holder[last] = changed;
  return copy;
}

function withPrototype(value: JsonValue): JsonValue {
  return isObject(value)
    ? (JSON.parse(`{"__proto__": ${JSON.stringify(value)}, "constructor": 1, "hasOwnProperty": 2}`) as JsonValue)
    : value;
}

function expectWellFormed(found: ObjectStatus): void {
  expect(STATUSES).toContain(found.status);
  expect(found.reason).toMatch(/^[A-Z][A-Za-z0-9]{0,99}$/);
  expect(found.message).not.toMatch(/\p{Cc}/u);
  expect(found.message.length).toBeLessThan(15_000);
  expect(Number.isFinite(found.sinceMs ?? 0)).toBe(true);
}

describe("computeStatus, on anything", () => {
  it("answers for any JSON", () => {
    fc.assert(
      fc.property(odd, (value) => {
        const found = computeStatus(value, FIXTURE_NOW);
        expectWellFormed(found);
        expect(found.status).toBe("Unknown");
      }),
      { numRuns: 300 },
    );
  });

  it("answers for any kind with any spec and status", () => {
    fc.assert(
      fc.property(odder, (object) => expectWellFormed(computeStatus(object, FIXTURE_NOW))),
      { numRuns: 1500 },
    );
  });

  it("answers for every fixture with any one value damaged", () => {
    fc.assert(
      fc.property(damaged, (object) => expectWellFormed(computeStatus(object, FIXTURE_NOW))),
      { numRuns: 1500 },
    );
  });

  it("gives the same answer twice, and leaves the object alone", () => {
    for (const name of listLiveObjects()) {
      const object = readLiveObject(name);
      const before = JSON.stringify(object);
      expect(computeStatus(object, FIXTURE_NOW)).toEqual(computeStatus(object, FIXTURE_NOW));
      expect(JSON.stringify(object)).toBe(before);
    }
  });

  it("never takes an inherited key for an object's own", () => {
    const inherited = Object.create({ status: { phase: "Succeeded" } }) as Record<string, JsonValue>;
    Object.assign(inherited, { apiVersion: "v1", kind: "Pod", metadata: {} });
    expect(computeStatus(inherited, FIXTURE_NOW).status).toBe("InProgress");
  });

  it("is bounded: lists of more than 10,000 are refused, whole numbers beyond 2^53 are none", () => {
    const condition = { type: "Ready", status: "True" };
    const widget = (status: JsonValue): JsonObject => ({
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: {},
      status,
    });
    expect(computeStatus(widget({ conditions: Array.from({ length: 10_000 }, () => condition) }), 0).status).toBe(
      "Current",
    );
    expect(computeStatus(widget({ conditions: Array.from({ length: 10_001 }, () => condition) }), 0).status).toBe(
      "Unknown",
    );
    expect(computeStatus(widget({ observedGeneration: 2n ** 60n }), 0).status).toBe("Unknown");
  });
});
