/** Two states of a small target for the properties: objects in files, each written in a style of its own. */
import * as fc from "fast-check";
import { Document, isMap, isScalar, isSeq, visit } from "yaml";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { deployment } from "../patch/arbitrary-workload.ts";
import type { Files } from "./support.ts";

/** One object now and at the checkpoint; missing on one side when it came or went. */
export interface Thing {
  readonly name: string;
  readonly now?: JsonObject;
  readonly good?: JsonObject;
  readonly pathNow: string;
  readonly pathGood: string;
}

export interface World {
  readonly things: readonly Thing[];
  readonly now: Files;
  readonly good: Files;
}

const NAMES = ["a", "b", "c", "d"];

const configMap: fc.Arbitrary<JsonObject> = fc.record({
  apiVersion: fc.constant("v1"),
  kind: fc.constant("ConfigMap"),
  metadata: fc.record(
    { name: fc.constant(""), labels: fc.dictionary(fc.constantFrom("app", "team"), fc.constantFrom("x", "on", "1")) },
    { requiredKeys: ["name"] },
  ),
  data: fc.dictionary(
    fc.constantFrom("a", "b.yaml", "c"),
    fc.constantFrom(
      "1",
      "true",
      "",
      "two words",
      "one\ntwo\n",
      "# no comment",
      "a: b",
      "it's",
      "- x\n- y",
      "012",
      "ü€",
    ),
  ),
});

function named(value: JsonObject, name: string): JsonObject {
  return { ...value, metadata: { ...(value["metadata"] as JsonObject), name } };
}

/** Mostly both states are related: a later edit of the same object. */
const states: fc.Arbitrary<Pick<Thing, "now" | "good">> = fc
  .constantFrom(deployment, configMap)
  .chain((kind) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ now: kind, good: kind }) },
      { weight: 2, arbitrary: kind.map((value) => ({ now: value, good: value })) },
      { weight: 1, arbitrary: kind.map((now) => ({ now })) },
      { weight: 1, arbitrary: kind.map((good) => ({ good })) },
    ),
  );

const path = fc.constantFrom("x.yaml", "sub/y.yaml", "z.yml");

function thing(name: string): fc.Arbitrary<Thing> {
  return fc
    .record({ states, path, moved: fc.option(path, { freq: 3 }) })
    .map(({ states: { now, good }, path, moved }) => ({
      name,
      ...(now === undefined ? {} : { now: named(now, name) }),
      ...(good === undefined ? {} : { good: named(good, name) }),
      pathNow: path,
      pathGood: moved ?? path,
    }));
}

interface Style {
  readonly indentSeq: boolean;
  readonly indent: number;
  readonly singleQuote: boolean;
  readonly crlf: boolean;
  readonly flowAt: number;
  readonly commentAt: number;
  readonly marker: boolean;
}

const style: fc.Arbitrary<Style> = fc.record({
  indentSeq: fc.boolean(),
  indent: fc.constantFrom(2, 4),
  singleQuote: fc.boolean(),
  crlf: fc.boolean(),
  flowAt: fc.integer({ min: 2, max: 9 }),
  commentAt: fc.integer({ min: 2, max: 9 }),
  marker: fc.boolean(),
});

export const world: fc.Arbitrary<World> = fc
  .shuffledSubarray(NAMES, { minLength: 1, maxLength: 3 })
  .chain((names) =>
    fc.record({ things: fc.tuple(...names.map(thing)), styleNow: style, styleGood: style, same: fc.boolean() }),
  )
  .map(({ things, styleNow, styleGood, same }) => ({
    things,
    now: filesOf(things, (one) => [one.pathNow, one.now], styleNow),
    good: filesOf(things, (one) => [one.pathGood, one.good], same ? styleNow : styleGood),
  }));

function filesOf(
  things: readonly Thing[],
  side: (thing: Thing) => readonly [string, JsonObject | undefined],
  style: Style,
): Files {
  const files = new Map<string, string[]>();
  for (const one of things) {
    const [path, value] = side(one);
    if (value !== undefined) files.set(path, [...(files.get(path) ?? []), print(value, style)]);
  }
  return Object.fromEntries(
    [...files].map(([path, texts]) => {
      const text = `${style.marker ? "---\n" : ""}${texts.join("---\n")}`;
      return [path, style.crlf ? text.replaceAll("\n", "\r\n") : text];
    }),
  );
}

/** Every `flowAt`-th collection in flow style, a comment before every `commentAt`-th scalar key. */
function print(value: JsonObject, style: Style): string {
  const document = new Document(value, { version: "1.1" });
  let seen = 0;
  visit(document, {
    Collection(_, node) {
      seen += 1;
      const small = JSON.stringify(node).length < 80;
      if (small && seen % style.flowAt === 0 && (isMap(node) || isSeq(node))) node.flow = true;
    },
    Pair(_, pair, ancestors) {
      const inFlow = ancestors.some((node) => (isMap(node) || isSeq(node)) && node.flow === true);
      seen += 1;
      if (!inFlow && seen % style.commentAt === 0 && isScalar(pair.key)) pair.key.commentBefore = ` note ${seen}`;
    },
  });
  return document.toString({ ...style, lineWidth: 0 });
}
