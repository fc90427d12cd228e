import { describe, expect, it } from "vitest";
import { edited, yaml } from "./support.ts";

describe("a scalar", () => {
  it.each([
    ["keeps its plain style", "a: x\n", "v", "a: v\n"],
    ["keeps double quotes", 'a: "x"\n', "v", 'a: "v"\n'],
    ["keeps single quotes", "a: 'x'\n", "it's", "a: 'it''s'\n"],
    ["keeps the blanks around it and the comment behind it", "a:   x   # why\n", "v", "a:   v   # why\n"],
    ["keeps Windows line ends", "a: x\r\nb: 1\r\n", "v", "a: v\r\nb: 1\r\n"],
    ["keeps a missing last line end", "b: 1\na: x", "v", "b: 1\na: v"],
    ["keeps its anchor", "a: &v x\n", "v", "a: &v v\n"],
    ["loses a tag that its new value contradicts", "a: !!str 3\n", 4, "a: 4\n"],
    ["becomes a number", "a: x\n", 5, "a: 5\n"],
    ["becomes a number with all its digits", "a: 1\n", 9007199254740993n, "a: 9007199254740993\n"],
    ["becomes null", "a: x # c\n", null, "a: null # c\n"],
    ["fills an empty place", "a:\nb: 1\n", "x", "a: x\nb: 1\n"],
    ["becomes a list", "a: x # c\nb: 1\n", ["v"], "a: # c\n  - v\nb: 1\n"],
    ["becomes an empty map", "a: x\n", {}, "a: {}\n"],
    ["becomes a text of many lines", "a: x\n", "1\n2\n", "a: |\n  1\n  2\n"],
  ])("%s", (_, head, value, after) => {
    expect(edited(head, (object) => (object.a = value))).toBe(after);
  });

  it.each([
    "on",
    "No",
    "y",
    "0644",
    "0o17",
    "1.10",
    "1_000",
    "1e3",
    "0x1F",
    "~",
    "null",
    "",
    " x",
    "x ",
    "a: b",
    "a #b",
    "*x",
    "&x",
    "!x",
    "@x",
    "- x",
    "{x",
    "[x",
    "12:30:45",
    "2024-01-01",
    "<<",
    "#x",
    "%x",
    "`x",
    ".5",
    "=",
    "x\ty",
  ])("stays the string %j under every reading of YAML", (value) => {
    const text = edited("a: x\n", (object) => (object.a = value));
    expect(text).toMatch(/^a: (?:".*"|'.*'|x\ty)\n$/);
  });

  it.each([
    "api:v1.2.3",
    "registry.example/app@sha256:0a",
    "1.2.3",
    "10Gi",
    "--flag=x",
    "/bin/sh",
    "a#b",
    "on-call",
    "http://x/?a=b&c",
  ])("stays plain where it is safe: %s", (value) => {
    expect(edited("a: x\n", (object) => (object.a = value))).toBe(`a: ${value}\n`);
  });

  it("takes the source's bytes and keeps its own comment", () => {
    const source = "m: {a: 'x', b: 1}\n";
    expect(edited("m: {a: v, b: 2} # mine\n", ({ m }) => (m.a = "x"), { source })).toBe("m: {a: 'x', b: 2} # mine\n");
    expect(
      edited("m:\n    a: v # mine\n    b: 2\n", ({ m }) => (m.a = "x"), { source: "m:\n  a: 'x'\n  b: 1\n" }),
    ).toBe("m:\n    a: 'x' # mine\n    b: 2\n");
  });

  it("brings the version comment behind a digest back with it, but leaves an image policy marker", () => {
    const head = 'image: a@sha256:22 # v2\nother: b:2 # {"$imagepolicy": "flux:b"}\nmore: {}\n';
    const source = "{image: a@sha256:11,\nother: b:1}\n";
    const change = (object: { image: string; other: string }): void => {
      object.image = "a@sha256:11";
      object.other = "b:1";
    };
    expect(edited(head, change, { source })).toBe(
      'image: a@sha256:11 # v2\nother: b:1 # {"$imagepolicy": "flux:b"}\nmore: {}\n',
    );
    const lined = "image: a@sha256:11 # v1\nextra: 1\nother: b:1 # plain\n";
    const text = edited(head.replace("more", "more: 1\nextra"), change, { source: lined });
    expect(text).toContain("image: a@sha256:11 # v1\n");
  });
});

describe("a block scalar", () => {
  const head = "a: |\n  one\n  two\n\n# about b\nb: 1\n";

  it.each([
    ["keeps its style", "one\nthree\n", "a: |\n  one\n  three\n\n# about b\nb: 1\n"],
    ["says strip when the last line end goes", "one\ntwo", "a: |-\n  one\n  two\n\n# about b\nb: 1\n"],
    ["becomes a line", "one", "a: one\n\n# about b\nb: 1\n"],
  ])("%s", (_, value, after) => {
    expect(edited(head, (object) => (object.a = value))).toBe(after);
  });

  it("says keep when blank lines end it", () => {
    expect(edited("a: |\n  x\nb: 1\n", (object) => (object.a = "x\n\n"))).toBe("a: |+\n  x\n\nb: 1\n");
  });

  it("gives up the blank lines of `|+` with its content", () => {
    expect(edited("a: |+\n  x\n\n\nb: 1\n", (object) => (object.a = "v\n"))).toBe("a: |\n  v\nb: 1\n");
  });

  it("that keeps its blank lines lets its neighbours go without gaining any", () => {
    const open = "m:\n  a: |+\n    x\n\n  b: 1\n\n  c: 1\n\n  d: 1\n";
    expect(edited(open, ({ m }) => delete m.b)).toBe("m:\n  a: |+\n    x\n\n  c: 1\n\n  d: 1\n");
    expect(edited(open, ({ m }) => [delete m.b, delete m.c, delete m.d])).toBe("m:\n  a: |+\n    x\n\n");
    const nested = "m:\n  in:\n    a: |+\n      x\n\n    b: 1 # b\n  gone: 1\n\n  z: 1\n";
    expect(edited(nested, ({ m }) => [delete m.in.b, delete m.gone])).toBe("m:\n  in:\n    a: |+\n      x\n\n  z: 1\n");
    expect(edited(open, ({ m }) => Object.assign(m, { a: [], b: undefined }) && delete m.b)).toBe(
      "m:\n  a: []\n  c: 1\n\n  d: 1\n",
    );
    expect(
      edited("m:\n  k: 1\n\nz: 1\n", ({ m }) => (m.a = "x\n\n"), { source: "m:\n  a: |+\n    x\n\n  k: 2\n" }),
    ).toMatch(/^m:\n {2}a: /);
  });

  it("comes from the source with its indentation indicator, its folds and its depth moved", () => {
    const source = "m:\n    a: |2-\n          x\n        v\n    f: >\n        one\n        two\n    z: 1\n";
    const text = edited(
      "m:\n  k: 1\n  z: 2\n",
      (object) => Object.assign(object.m, { a: "    x\n  v", f: "one two\n" }),
      { source },
    );
    expect(text).toBe("m:\n  a: |2-\n        x\n      v\n  f: >\n      one\n      two\n  k: 1\n  z: 2\n");
  });

  it("is left alone with trailing blanks and tabs inside", () => {
    const script = "a: |\n  if x; then  \n  \tdo\n  fi\nb: 1\n";
    expect(edited(script, (object) => (object.b = 2))).toBe(script.replace("b: 1", "b: 2"));
  });
});

describe("a pair", () => {
  const head = yaml`
    # the app
    apiVersion: v1 # stable

    # how many
    # at least
    replicas: 3

    image: x
    # the end
  `;

  it("goes with the comments directly above and the blank line that set it off", () => {
    expect(edited(head, (object) => delete object.replicas)).toBe(
      "# the app\napiVersion: v1 # stable\n\nimage: x\n# the end\n",
    );
  });

  it("leaves a comment that is set off by a blank line", () => {
    expect(edited("a: 1\n# general\n\n# about b\nb: 2\nc: 3\n", (object) => delete object.b)).toBe(
      "a: 1\n# general\n\nc: 3\n",
    );
  });

  it("takes deeper comments below it along", () => {
    expect(edited("a:\n  x: 1\n  # v: 2\nb: 1\n", (object) => delete object.a)).toBe("b: 1\n");
  });

  it("goes at the end of a file without a last line end", () => {
    expect(edited("a: 1\nb: 2", (object) => delete object.b)).toBe("a: 1\n");
  });

  it("comes behind its predecessor, in head's indentation", () => {
    const text = edited(
      "spec:\n    a: 1\n    z: 1\n",
      (object) => (object.spec = { a: 1, m: { k: [1, { x: 1 }] }, z: 1 }),
    );
    expect(text).toBe("spec:\n    a: 1\n    m:\n        k:\n            - 1\n            - x: 1\n    z: 1\n");
  });

  it("comes first when it has no predecessor, below what speaks about the whole file", () => {
    const top = "# yaml-language-server: $schema=x\n# about b\nb: 1\n";
    expect(edited(top, (object) => Object.assign(object, { a: 1 }), { source: "a: 1\nb: 0\n" })).toBe(
      "# yaml-language-server: $schema=x\na: 1\n# about b\nb: 1\n",
    );
  });

  it("comes with its comments and its blank line, at head's column and with head's line ends", () => {
    const source = "m:\n  a: 0\n\n  # why\n  k: # what\n    x: 1 # v\n    # last\n  b: 1\n";
    const text = edited("m:\r\n    a: 1\r\n    b: 1\r\n", (object) => (object.m.k = { x: 1 }), { source });
    expect(text).toBe(
      "m:\r\n    a: 1\r\n\r\n    # why\r\n    k: # what\r\n      x: 1 # v\r\n      # last\r\n    b: 1\r\n",
    );
  });

  it("comes at the end of a file without a last line end", () => {
    expect(edited("a: 1", (object) => (object.b = { c: 1 }))).toBe("a: 1\nb:\n  c: 1");
  });

  it("is written with a quoted key where it must be", () => {
    expect(edited("a: 1\n", (object) => Object.assign(object, { on: 1, "x: v": 2, "0644": 3 }))).toMatch(
      /"on": 1\n"x: v": 2\n/,
    );
  });

  it("keeps head's comments when only a field of it changes", () => {
    const rich = "spec:\n  # cpu\n  resources: # all\n    limits: {cpu: 1} # cores\n    requests:\n      cpu: 1\n";
    expect(edited(rich, (object) => (object.spec.resources.requests.cpu = 2))).toBe(
      rich.replace("      cpu: 1", "      cpu: 2"),
    );
  });

  it("grows out of an empty map and shrinks to one", () => {
    expect(edited("a: {} # none\nb: 1\n", (object) => (object.a = { x: { v: 1 } }))).toBe(
      "a: # none\n  x:\n    v: 1\nb: 1\n",
    );
    expect(edited("a:\n  x: 1\nb: 1\n", (object) => (object.a = {}))).toBe("a: {}\nb: 1\n");
  });

  it("swaps a whole map when no key is common", () => {
    expect(edited("s:\n  emptyDir: {}\n  # x\nb: 1\n", (object) => (object.s = { hostPath: { path: "/x" } }))).toBe(
      "s:\n  hostPath:\n    path: /x\n  # x\nb: 1\n",
    );
  });

  it("is edited below a quoted key and behind an odd colon", () => {
    expect(edited(`"a b" : x\n'c':   {d: 1}\n`, (object) => Object.assign(object, { "a b": "v", c: { d: 2 } }))).toBe(
      `"a b" : v\n'c':   {d: 2}\n`,
    );
  });

  it("falls back to printing the document for `? key`", () => {
    expect(edited("? a\n: 1\nb: 1 # c\n", (object) => (object.a = 2))).toMatch(/^document: [\s\S]*b: 1 # c\n$/);
  });
});

describe("an item", () => {
  const containers = yaml`
    containers:
      # the app
      - name: app
        image: app:1 # pinned
        env:
        - name: A
          value: "1"

      - image: proxy:1
        name: proxy
  `;

  it("is found by its name and changed in place", () => {
    const text = edited(containers, ({ containers: [app] }) => {
      app.image = "app:2";
      app.env[0].value = "2";
    });
    expect(text).toBe(containers.replace("app:1", "app:2").replace('"1"', '"2"'));
  });

  it("goes with its comment", () => {
    expect(edited(containers, ({ containers: list }) => list.shift())).toBe(
      "containers:\n  - image: proxy:1\n    name: proxy\n",
    );
    expect(edited(containers, ({ containers: list }) => list.pop())).toBe(
      containers.replace(/\n  - image: proxy[\s\S]*/, ""),
    );
  });

  it("comes at the column of its siblings, indented or not", () => {
    const add = (object: { l: unknown[] }): void => void object.l.splice(1, 0, { name: "b", x: { v: 1 } });
    expect(edited("l:\n- name: a\n- name: c\nz: 1\n", add)).toBe(
      "l:\n- name: a\n- name: b\n  x:\n    v: 1\n- name: c\nz: 1\n",
    );
    expect(edited("l:\n  - name: a\n  - name: c\n", add)).toBe(
      "l:\n  - name: a\n  - name: b\n    x:\n      v: 1\n  - name: c\n",
    );
  });

  it("comes from the source with its comments, moved to head's column", () => {
    const source = "l:\n- name: a\n# second\n- name: b # 2\n  x:\n  - 1\n- name: c\n";
    const text = edited(
      "l:\n    - name: a\n      k: 1\n    - name: c\n",
      ({ l }) => l.splice(1, 0, { name: "b", x: [1] }),
      { source },
    );
    expect(text).toBe(
      "l:\n    - name: a\n      k: 1\n    # second\n    - name: b # 2\n      x:\n      - 1\n    - name: c\n",
    );
  });

  it("loses, gains and changes its first pair", () => {
    const item = "l:\n  - name: a # n\n    # about x\n    x: 1\n";
    expect(edited(item, ({ l: [first] }) => delete first.name)).toBe(
      "l:\n  -     # about x\n    x: 1\n".replace("-     #", "- #"),
    );
    expect(edited("l:\n  - x: 1\n", ({ l: [first] }) => (first.k = 2), { source: "l:\n  - k: 2\n    x: 0\n" })).toBe(
      "l:\n  - k: 2\n    x: 1\n",
    );
    expect(edited("l:\n  - x: 1\n    v: 1\n", ({ l: [first] }) => delete first.x)).toBe("l:\n  - v: 1\n");
  });

  it("of scalars is changed in place and keeps its comment", () => {
    expect(edited("l:\n  - a # one\n  - b\n", ({ l }) => (l[0] = "c"))).toBe("l:\n  - c # one\n  - b\n");
  });

  it("of scalars goes and comes where it belongs", () => {
    expect(edited("l:\n- a\n# b\n- b\n- c\n", ({ l }) => l.splice(1, 1))).toBe("l:\n- a\n- c\n");
    expect(edited("l:\n- a\n- c", ({ l }) => l.push("on"))).toBe('l:\n- a\n- c\n- "on"');
    expect(edited("l:\n- c\n", ({ l }) => l.unshift("a", "b"))).toBe("l:\n- a\n- b\n- c\n");
  });

  it("moves with its own bytes", () => {
    expect(edited("l:\n- name: a # 1\n  x: [1,  2]\n- name: b\n- name: c\n", ({ l }) => l.push(l.shift()))).toBe(
      "l:\n- name: b\n- name: c\n- name: a # 1\n  x: [1,  2]\n",
    );
  });

  it("moves and changes", () => {
    expect(edited("l:\n- name: a # 1\n  x: 1\n- name: b\n- name: c\n", ({ l }) => l.push({ ...l.shift(), x: 2 }))).toBe(
      "l:\n- name: b\n- name: c\n- name: a # 1\n  x: 2\n",
    );
  });

  it("of the same index is the same where nothing names it", () => {
    const rules = "rules:\n- host: a # a\n  x: 1\n- host: b # b\n  x: 1\n";
    expect(edited(rules, ({ rules: [first] }) => (first.x = 2))).toBe(rules.replace("x: 1", "x: 2"));
  });

  it("is found in lists of lists", () => {
    expect(edited("l:\n- - a\n  - b\n- - c\n", ({ l }) => l[0].pop())).toBe("l:\n- - a\n- - c\n");
    expect(edited("l:\n- - a\n  - b\n- - c\n", ({ l }) => l[0].shift())).toBe("l:\n- - b\n- - c\n");
    expect(edited("l:\n- - a\n  - b\n", ({ l }) => l[0].push("c"))).toBe("l:\n- - a\n  - b\n  - c\n");
  });

  it("is found behind a dash of its own line", () => {
    expect(edited("l:\n  -\n    name: a\n    x: 1\n  - # second\n    name: b\n", ({ l }) => (l[1].x = 2))).toBe(
      "l:\n  -\n    name: a\n    x: 1\n  - # second\n    name: b\n    x: 2\n",
    );
  });

  it("leaves an empty list, and fills one", () => {
    expect(edited("l:\n- a\nb: 1\n", (object) => (object.l = []))).toBe("l: []\nb: 1\n");
    expect(edited("l: [] # none\nk:\n- x\n", ({ l }) => l.push("a"))).toBe("l: # none\n- a\nk:\n- x\n");
  });

  it("of a List is edited like any other", () => {
    const list = "kind: List\nitems:\n- kind: A\n  metadata: {name: a}\n  spec:\n    x: 1 # x\n- kind: B\n";
    expect(edited(list, ({ items: [a] }) => (a.spec.x = 2))).toBe(list.replace("x: 1", "x: 2"));
  });
});
