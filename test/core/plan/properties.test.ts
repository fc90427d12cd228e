import fastJsonPatch from "fast-json-patch";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LastgoodError } from "../../../src/errors.ts";
import type { Component } from "../../../src/core/model/component.ts";
import type { Facet } from "../../../src/core/model/field.ts";
import { jsonEqual, type JsonObject, type JsonValue, stringAt } from "../../../src/core/model/json.ts";
import { contextOf } from "../../../src/core/patch/diff-context.ts";
import { fieldChanges } from "../../../src/core/patch/fields.ts";
import type { Plan } from "../../../src/core/plan/types.ts";
import { linesOutside } from "../../bench/lines-outside.ts";
import { type Thing, type World, world } from "./arbitrary-files.ts";
import { apply, type Files, plan, snapshot } from "./support.ts";

interface Choice {
  readonly only: readonly string[];
  readonly except: readonly string[];
}

const selector = fc.constantFrom(
  ":image",
  ":env",
  ":resources",
  ":replicas",
  ":ports",
  ":volumes",
  ":metadata",
  ":config",
  ":other",
  ":command",
  "Deployment/a",
  "Deployment/b",
  "ConfigMap/a",
  "ConfigMap/b",
  "Deployment/a:image",
  "Deployment/c:env",
  "ConfigMap/d",
);

const choice: fc.Arbitrary<Choice> = fc
  .record({ only: fc.uniqueArray(selector, { maxLength: 4 }), except: fc.uniqueArray(selector, { maxLength: 2 }) })
  .filter(({ only, except }) => only.length + except.length > 0);

/** The plan; undefined when the selection names what there is not. */
function planOf({ now, good }: Pick<World, "now" | "good">, chosen: Choice): ReturnType<typeof plan> | undefined {
  try {
    return plan(now, good, chosen);
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "UsageComponent") return undefined;
    throw error;
  }
}

/** What the words of a selection mean, once more and by hand. */
function takes({ only, except }: Choice, value: JsonObject, facet: Facet): boolean {
  const name = `${stringAt(value, "kind")}/${stringAt(value, "metadata", "name")}`;
  const hit = (text: string): boolean => {
    const [object, part] = text.split(":");
    return (object === "" || object === name) && (part === undefined || part === facet);
  };
  return (only.length === 0 || only.some(hit)) && !except.some(hit);
}

function objectsOf(files: Files): readonly Extract<Component, { kind: "object" }>[] {
  return [...snapshot(files).values()].flatMap(({ manifest }) =>
    manifest.components.filter((component) => component.kind === "object"),
  );
}

/** What is wrong with one object after a plan. */
function faultsOf(thing: Thing, chosen: Choice, after: Files): readonly string[] {
  const { now, good, name } = thing;
  const value = now ?? good;
  if (value === undefined) return [];
  const found = objectsOf(after).filter(({ id }) => id.name === name);
  const whole: Facet = value["kind"] === "ConfigMap" ? "config" : "other";
  if (now === undefined || good === undefined) {
    const stays = takes(chosen, value, whole) === (now === undefined);
    const expected = stays ? [value] : [];
    const values = found.map((component) => component.value);
    return jsonEqual(values, expected) ? [] : [`${name} ${stays ? "is not there" : "is still there"}`];
  }
  const [only, ...others] = found;
  if (only === undefined || others.length > 0 || only.path !== thing.pathNow) return [`${name} is not in its file`];
  const context = contextOf(now);
  const changed = fieldChanges(now, only.value, context).filter(({ facet }) => !takes(chosen, now, facet));
  const left = fieldChanges(only.value, good, context).filter(({ facet }) => takes(chosen, now, facet));
  return [
    ...changed.map(({ display }) => `${name}: ${display} changed`),
    ...left.map(({ display }) => `${name}: ${display} is not back`),
  ];
}

/** The components whose patch, applied by fast-json-patch, does not give what is in the files after the plan. */
function badPatches(found: Plan, after: Files): readonly string[] {
  const results = objectsOf(after);
  return found.components.flatMap(({ component, change, patch }) => {
    if (component.kind !== "object" || change !== "change") return [];
    const result = results.find(({ id }) => id.name === component.id.name && id.kind === component.id.kind);
    const patched = fastJsonPatch.applyPatch<unknown>(
      structuredClone(component.value),
      structuredClone(patch) as never,
      true,
    );
    const isRight = jsonEqual(patched.newDocument as JsonValue, result?.value ?? null);
    return isRight ? [] : [component.id.name];
  });
}

/** Lines that changed though nothing differs on them. An object may have come back from another file. */
function strayLines(found: Plan, { now, good }: World): readonly string[] {
  const [before, after] = [now, apply(now, good, found)].map(snapshot);
  const goal = { path: "", components: objectsOf(good) };
  return found.files.flatMap((file) => {
    const [old, edited] = [before, after].map((side) => side?.get(file.path)?.manifest);
    const isProved = file.action === "edit" && (file.method === "hunks" || file.method === "nodes");
    return isProved && old !== undefined && edited !== undefined ? (linesOutside(old, edited, goal) ?? []) : [];
  });
}

describe("a plan of a part", () => {
  it("gives the selected parts the checkpoint's content and leaves the rest, where it stands", () => {
    fc.assert(
      fc.property(world, choice, (given, chosen) => {
        const found = planOf(given, chosen);
        fc.pre(found !== undefined);
        const after = apply(given.now, given.good, found);
        expect(given.things.flatMap((thing) => faultsOf(thing, chosen, after))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("has patches that any RFC 6902 library applies to what stands there", () => {
    fc.assert(
      fc.property(world, choice, (given, chosen) => {
        const found = planOf(given, chosen);
        fc.pre(found?.kind === "plan");
        expect(badPatches(found, apply(given.now, given.good, found))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("touches no line on which nothing changes", () => {
    fc.assert(
      fc.property(world, choice, (given, chosen) => {
        const found = planOf(given, chosen);
        fc.pre(found?.kind === "plan");
        expect(strayLines(found, given)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("is done after it was done", () => {
    fc.assert(
      fc.property(world, choice, (given, chosen) => {
        const found = planOf(given, chosen);
        fc.pre(found?.kind === "plan");
        const after = apply(given.now, given.good, found);
        const again = planOf({ now: after, good: given.good }, chosen);
        expect(again?.kind ?? "nothing-to-do").toBe("nothing-to-do");
      }),
      { numRuns: 20 },
    );
  });
});

function sorted(files: Files): Files {
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe("a plan of everything", () => {
  it("gives every file its bytes back, unless no object differs", () => {
    fc.assert(
      fc.property(world, ({ now, good, things }) => {
        const found = plan(now, good);
        const differs = things.some((thing) => !jsonEqual(thing.now ?? null, thing.good ?? null));
        expect(found.kind).toBe(differs ? "plan" : "nothing-to-do");
        expect(apply(now, good, found)).toEqual(differs ? sorted(good) : sorted(now));
        expect(found.kind === "plan" ? badPatches(found, good) : []).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
