import { describe, expect, it } from "vitest";
import { type Change, edited, yaml } from "./support.ts";

describe("a flow collection", () => {
  it.each([
    ["changes an item", "a: [x,  'v', z]\n", ["x", "w", "z"], "a: [x,  'w', z]\n"],
    ["loses its first item", "a: [ x, v ]\n", ["v"], "a: [ v ]\n"],
    ["loses its last item", "a: [ x, v ]\n", ["x"], "a: [ x ]\n"],
    ["loses everything", "a: [ x ] # c\n", [], "a: [] # c\n"],
    ["gains an item in front", "a: [v, z]\n", ["x", "v", "z"], "a: [x, v, z]\n"],
    ["gains an item behind", "a: [v,z]\n", ["v", "z", "w"], "a: [v,z,w]\n"],
    ["quotes as its items do", 'a: ["v"]\n', ["v", "z"], 'a: ["v", "z"]\n'],
    ["quotes what must be quoted", "a: [y1]\n", ["y1", "on", "a, b"], 'a: [y1, "on", "a, b"]\n'],
    ["changes a pair", "a: {x: 1, v: 2}\n", { x: 1, v: 3 }, "a: {x: 1, v: 3}\n"],
    ["loses a pair", "a: { x: 1, v: 2 }\n", { v: 2 }, "a: { v: 2 }\n"],
    ["gains a pair", "a: { x: 1 }\n", { x: 1, z: { k: [1] } }, "a: { x: 1, z: { k: [1] } }\n"],
    ["fills a pair without a value", "a: {x, v: }\n", { x: 1, v: 2 }, "a: {x: 1, v: 2}\n"],
    ["is edited deep inside", "a: {b: [{c: 1,  d: 2}]}\n", { b: [{ c: 1, d: 3 }] }, "a: {b: [{c: 1,  d: 3}]}\n"],
    ["becomes a scalar", "a: [x] # c\n", "x", "a: x # c\n"],
    ["keeps a tab between its items", "a: [x,\tv]\n", ["x", "z"], "a: [x,\tz]\n"],
  ])("%s", (_, head, value, after) => {
    expect(edited(head, (object) => (object.a = value))).toBe(after);
  });

  const long = yaml`
    args: [
      "prune", # the verb
      # which
      "--tag", "x",
      "--dry-run",
    ]
  `;

  it("of many lines keeps its lines and comments", () => {
    expect(edited(long, ({ args }) => args.splice(1, 2))).toBe('args: [\n  "prune", # the verb\n  "--dry-run",\n]\n');
    expect(edited(long, ({ args }) => args.push("-v"))).toBe(long.replace('run",\n', 'run",\n  "-v",\n'));
    expect(edited(long, ({ args }) => (args[2] = "v"))).toBe(long.replace('"x"', '"v"'));
  });

  it("takes the source's bytes when the source has just this value", () => {
    expect(edited("a: [x]\nb: 1\n", (object) => (object.a = ["x", "v"]), { source: "a: [ 'x',  v ]\nc: 1\n" })).toBe(
      "hunks: a: [ 'x',  v ]\nb: 1\n",
    );
    expect(edited("m: {a: [x], k: 1}\n", ({ m }) => (m.a = ["v"]), { source: "m: {a: [ 'v' ], k: 2}\n" })).toBe(
      "m: {a: [ 'v' ], k: 1}\n",
    );
  });

  it("goes back to the block form of the source", () => {
    const source = "m:\n  a:\n    - x # 1\n    - v\n  b: 0\n";
    expect(edited("m:\n  a: [x] # flow\n  b: 1\n", ({ m }) => (m.a = ["x", "v"]), { source })).toMatch(
      / {2}a:\n {4}- x # 1\n {4}- v\n {2}b: 1\n$/,
    );
  });
});

describe("a JSON file", () => {
  const json = `{
  "kind": "ConfigMap",
  "data": {
    "a": "1",
    "b": "2"
  },
  "list": [],
  "tail": [
    {"x": 1},
    {"x": 2}
  ]
}
`;
  const change = (edit: Change): string => edited(json, edit, { path: "app.json" });

  it("changes one value", () => {
    expect(change(({ data }) => (data.a = "on"))).toBe(json.replace('"1"', '"on"'));
  });

  it("moves no comma to the wrong place when the last pair goes", () => {
    expect(change(({ data }) => delete data.b)).toBe(json.replace('"1",\n    "b": "2"', '"1"'));
    expect(change(({ data }) => delete data.a)).toBe(json.replace('"a": "1",\n    ', ""));
    expect(change(({ tail }) => tail.pop())).toBe(json.replace(',\n    {"x": 2}', ""));
  });

  it("writes new pairs on lines of their own", () => {
    expect(change(({ data }) => (data.c = "3"))).toBe(json.replace('"2"', '"2",\n    "c": "3"'));
    expect(change((object) => (object.data.c = { d: [1] }))).toBe(
      json.replace('"2"', '"2",\n    "c": {\n      "d": [\n        1\n      ]\n    }'),
    );
  });

  it("stays JSON when a list grows", () => {
    const text = change(({ list }) => list.push("x"));
    expect(JSON.parse(text)).toMatchObject({ list: ["x"] });
    expect(text.replace(/"list": \[[^\]]*\]/, '"list": []')).toBe(json);
  });

  it("stays compact", () => {
    expect(edited('{"a":{"b":1}}', ({ a }) => (a.c = [1, "x"]), { path: "a.json" })).toBe('{"a":{"b":1,"c":[1,"x"]}}');
  });

  it("never loses digits", () => {
    expect(edited('{"a": 1}', (object) => (object.a = 12345678901234567890n), { path: "a.json" })).toBe(
      '{"a": 12345678901234567890}',
    );
  });
});
