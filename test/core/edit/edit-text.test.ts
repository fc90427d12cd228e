import { describe, expect, it } from "vitest";
import { editText, type EditRequest } from "../../../src/core/edit/edit-text.ts";
import { LastgoodError } from "../../../src/errors.ts";
import { edit, edited, valuesOf, yaml } from "./support.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
  return "none";
}

/** Takes documents of head (numbers) and of the source (`{ source }`) in the given order. */
function take(texts: { head: string; source?: string }, order: readonly (number | { source: number })[]): string {
  const heads = valuesOf(texts.head);
  const sources = texts.source === undefined ? [] : valuesOf(texts.source);
  const wanted = order.map((at) =>
    typeof at === "number"
      ? { value: heads[at] ?? null, head: at }
      : { value: sources[at.source] ?? null, source: at.source },
  );
  return editText({ path: "app.yaml", ...texts, wanted }).text;
}

describe("editText", () => {
  const head = yaml`
    # new header
    kind: Deployment
    metadata: {name: api}
    spec:
      # three, for the load
      replicas: 3
      image: "api:2" # new
      paused: true
  `;
  const source = yaml`
    # old header
    kind: Deployment
    metadata: {name: api}
    spec:
      # two do
      replicas: 2
      image: "api:1" # old
  `;

  it("gives the source text when all of it comes back", () => {
    const result = edit(head, (object) => Object.assign(object, valuesOf(source)[0]), { source });
    expect(result).toEqual({ text: source, method: "source", added: 4, removed: 5, reprinted: false });
  });

  it("takes the lines of what comes back, with their comments, and keeps the rest of head", () => {
    const rich = `${head}status: mine # later\n`;
    const result = edit(rich, (object) => Object.assign(object, valuesOf(source)[0]), { source });
    expect(result.method).toBe("hunks");
    expect(result.text).toBe(source.replace("old header", "new header") + "status: mine # later\n");
  });

  it("parts a hunk of the diff where only some of its lines come back", () => {
    const result = edit(head, (object) => (object.spec.image = "api:1"), { source });
    const text = head.replace("api:2", "api:1").replace("# new\n", "# old\n");
    expect(result).toMatchObject({ method: "hunks", text, added: 1, removed: 1 });
  });

  it("changes single places when lines do not part what comes back from what stays", () => {
    const line = "spec: {replicas: 3, image: api:2} # new\n";
    const result = edit(line, (object) => (object.spec.image = "api:1"), {
      source: "spec: {image: 'api:1', replicas: 2}\n",
    });
    expect(result).toMatchObject({ method: "nodes", text: line.replace("api:2", "'api:1'") });
  });

  it("prints a document anew only as the last resort, and says so", () => {
    const result = edit("? a\n: 1\nb:   1 # c\n", (object) => (object.a = 2));
    expect(result).toMatchObject({ method: "document", reprinted: true, text: "a: 2\nb: 1 # c\n" });
  });

  it("does nothing when head reads as wanted", () => {
    expect(edit(head, () => {}, { source })).toEqual({
      text: head,
      method: "hunks",
      added: 0,
      removed: 0,
      reprinted: false,
    });
  });

  it("works without a source that can be read", () => {
    expect(edited("a: 1\n", (object) => (object.a = 2), { source: "a: [\n" })).toBe("a: 2\n");
  });

  it("throws what is wrong with head", () => {
    expect(codeOf(() => editText({ path: "a.yaml", head: "a: [\n", wanted: [] }))).toBe("ManifestYaml");
  });

  it("refuses what no text can say", () => {
    const request: EditRequest = { path: "a.yaml", head: "a: 1\n", wanted: [{ value: { a: Number.NaN }, head: 0 }] };
    expect(codeOf(() => editText(request))).toBe("EditUnproved");
    expect(() => editText(request)).toThrow("a.yaml: no edit of this file reads as planned");
  });

  it("keeps a byte order mark, mixed line ends and a comment at the end", () => {
    const text = "\uFEFFa: 1\r\nb: 2\nc: 3\r\n\r\n# end";
    expect(edited(text, (object) => (object.b = 3))).toBe(text.replace("b: 2", "b: 3"));
    expect(edited(text, (object) => (object.a = 3))).toBe(text.replace("a: 1", "a: 3"));
    expect(edited(text, (object) => delete object.b)).toBe(text.replace("b: 2\n", ""));
  });
});

describe("anchors and aliases", () => {
  const head = yaml`
    metadata:
      name: &app api
      team: a
    labels: {app: *app}
    selector: *app
    more: *app
  `;

  it("stay when something else changes", () => {
    expect(edited(head, (object) => (object.metadata.team = "b"))).toBe(head.replace("team: a", "team: b"));
  });

  it("change together when all of them are to read the same", () => {
    const rename = (object: Record<string, unknown>): void => {
      Object.assign(object, {
        metadata: { name: "web", team: "a" },
        labels: { app: "web" },
        selector: "web",
        more: "web",
      });
    };
    expect(edited(head, rename)).toBe(head.replace("api", "web"));
  });

  it("part when one alias is to read otherwise", () => {
    expect(edited(head, (object) => (object.selector = "web"))).toBe(head.replace("selector: *app", "selector: web"));
    expect(edited(head, (object) => (object.labels.app = "web"))).toBe(head.replace("{app: *app}", "{app: web}"));
    expect(edited(head, (object) => (object.selector = { matchLabels: { app: "x" } }))).toBe(
      head.replace("selector: *app", "selector:\n  matchLabels:\n    app: x"),
    );
  });

  it("refuse a change of what is shared", () => {
    const change = (object: { metadata: { name: string } }): void => void (object.metadata.name = "web");
    expect(codeOf(() => edited(head, change))).toBe("EditAlias");
  });

  it("hand the anchor on when its key goes", () => {
    expect(edited(head, (object) => delete object.metadata.name)).toBe(
      head.replace("  name: &app api\n", "").replace("{app: *app}", "{app: &app api}"),
    );
  });

  it("come from the source where they resolve, and are written out where they do not", () => {
    const source = "x: &n 5\nspec:\n  a: *n # five\n  b: 1\n";
    const change = (object: { spec: object }): void => void Object.assign(object.spec, { a: 5 });
    expect(edited("x: &n 5\nspec:\n  b: 2\n", change, { source })).toBe(
      "hunks: x: &n 5\nspec:\n  a: *n # five\n  b: 2\n",
    );
    expect(edited("x: 5\nspec:\n  b: 2\n", change, { source })).toBe("x: 5\nspec:\n  a: 5\n  b: 2\n");
  });

  const merged = yaml`
    base: &base
      cpu: 1
      memory: 1
    app:
      <<: *base # shared
      image: x
  `;

  it("of merge keys stay when an own key changes, comes or goes", () => {
    expect(edited(merged, ({ app }) => (app.image = "v"))).toBe(merged.replace("image: x", "image: v"));
    expect(edited(merged, ({ app }) => (app.more = 1))).toBe(`${merged}  more: 1\n`);
    expect(edited(merged, ({ app }) => delete app.image)).toBe(merged.replace("  image: x\n", ""));
  });

  it("of merge keys are overridden by an own key", () => {
    expect(edited(merged, ({ app }) => (app.cpu = 2))).toBe(merged.replace("# shared\n", "# shared\n  cpu: 2\n"));
  });

  it("of merge keys are written out when a merged key is to go", () => {
    expect(edited(merged, ({ app }) => delete app.cpu)).toBe(
      merged.replace("  <<: *base # shared\n  image: x\n", "  memory: 1\n  image: x\n"),
    );
  });

  it("of merge keys refuse a change of what is shared", () => {
    expect(codeOf(() => edited(merged, ({ base }) => (base.cpu = 2)))).toBe("EditAlias");
  });
});

describe("documents", () => {
  const head = yaml`
    # licence

    # the first
    kind: A
    x: 1
    # behind the first
    ---
    # the second
    kind: B
    x: 1 # one
    ---
    kind: C
  `;

  it("are edited alone", () => {
    const values = valuesOf(head);
    const wanted = values.map((value, at) => ({ value: at === 1 ? { kind: "B", x: 2 } : value, head: at }));
    expect(editText({ path: "app.yaml", head, wanted })).toMatchObject({
      text: head.replace("x: 1 # one", "x: 2 # one"),
      added: 1,
      removed: 1,
    });
  });

  it("go with their markers", () => {
    expect(take({ head }, [0, 1])).toBe(head.replace("---\nkind: C\n", ""));
    expect(take({ head }, [0, 2])).toBe(head.replace("---\n# the second\nkind: B\nx: 1 # one\n", ""));
    expect(take({ head }, [1, 2])).toBe("# licence\n\n# the second\nkind: B\nx: 1 # one\n---\nkind: C\n");
  });

  it("keep a leading marker when the first goes", () => {
    expect(take({ head: "---\n# a\nkind: A\n---\n# b\nkind: B\n" }, [1])).toBe("---\n# b\nkind: B\n");
  });

  it("change their order with their bytes", () => {
    expect(take({ head: "kind: A # a\n---\nkind: B # b" }, [1, 0])).toBe("kind: B # b\n---\nkind: A # a\n");
  });

  it("come from the source with their comments and head's line ends", () => {
    const source = "kind: A\n---\n# new\nkind: N # n\n\n# tail\n---\nkind: C\n";
    expect(take({ head: "kind: A\r\n---\r\nkind: C\r\n", source }, [0, { source: 1 }, 1])).toBe(
      "kind: A\r\n---\r\n# new\r\nkind: N # n\r\n\r\n# tail\r\n---\r\nkind: C\r\n",
    );
    expect(take({ head: "kind: A", source: "kind: Z\n" }, [0, { source: 0 }])).toBe("kind: A\n---\nkind: Z\n");
    expect(take({ head: "kind: A\n", source: "kind: Z\n" }, [{ source: 0 }, 0])).toBe("kind: Z\n---\nkind: A\n");
  });

  it("come without any text to take them from", () => {
    const wanted = [{ value: { kind: "A" }, head: 0 }, { value: { kind: "Z", l: [{ a: 1, b: 2 }] } }];
    expect(editText({ path: "app.yaml", head: "kind: A\n", wanted }).text).toBe(
      "kind: A\n---\nkind: Z\nl:\n  - a: 1\n    b: 2\n",
    );
  });

  it("that say nothing stay, whether they are named or not", () => {
    const silent = "---\n# only a comment\n---\nkind: A\n---\n---\nkind: B\n---\n";
    const values = valuesOf(silent);
    const all = values.map((value, at) => ({ value: at === 1 ? { kind: "A", x: 1 } : value, head: at }));
    const after = silent.replace("kind: A\n", "kind: A\nx: 1\n");
    expect(editText({ path: "app.yaml", head: silent, wanted: all }).text).toBe(after);
    expect(editText({ path: "app.yaml", head: silent, wanted: all.filter(({ value }) => value !== null) }).text).toBe(
      after,
    );
  });

  it("are filled and emptied", () => {
    expect(editText({ path: "a.yaml", head: "---\n# c\n", wanted: [{ value: { a: 1 }, head: 0 }] }).text).toBe(
      "---\n# c\na: 1\n",
    );
    expect(
      editText({
        path: "a.yaml",
        head: "---\na: 1\n---\nb: 1\n",
        wanted: [
          { value: null, head: 0 },
          { value: { b: 1 }, head: 1 },
        ],
      }).text,
    ).toMatch(/^---\n---\nb: 1\n$/);
  });

  it("keep directives, end markers and comments between", () => {
    const text = "%YAML 1.2\n---\na: 1\n...\n# between\n---\nb: 1\n...\nc: 1\n";
    const change = (at: number, value: object): string => {
      const wanted = valuesOf(text).map((old, i) => ({ value: i === at ? value : old, head: i }));
      return editText({ path: "a.yaml", head: text, wanted: wanted as never }).text;
    };
    expect(change(0, { a: 2 })).toBe(text.replace("a: 1", "a: 2"));
    expect(change(1, { b: 2 })).toBe(text.replace("b: 1", "b: 2"));
    expect(change(2, { c: 2, d: 1 })).toBe(text.replace("c: 1", "c: 2\nd: 1"));
    expect(take({ head: text }, [0, 2])).toBe(
      "%YAML 1.2\n---\na: 1\n...\n# between\nc: 1\n".replace("# between\n", "# between\n"),
    );
  });

  it("are proved one by one: a hard one does not cost another its comments", () => {
    const source = "kind: A\ns:\n  # old\n  x: 1\n  z: 1\n---\n? k\n: 1\nb: 0\n";
    const text = "kind: A\ns:\n  # new\n  x: 2\n  z: 1\nkeep: 1\n---\n? k\n: 2\nb: 1\n";
    const wanted = [
      { value: { kind: "A", s: { x: 1, z: 1 }, keep: 1 }, head: 0, source: 0 },
      { value: { k: 1, b: 1 }, head: 1, source: 1 },
    ];
    const result = editText({ path: "a.yaml", head: text, source, wanted });
    expect(result.text).toMatch(/^kind: A\ns:\n {2}# old\n {2}x: 1\n {2}z: 1\nkeep: 1\n---\n/);
  });
});

describe("hunks", () => {
  it("slide among equal lines to where they belong", () => {
    const head = "l:\n- name: a\n  p:\n    x: 1\n- name: c\n  p:\n    x: 1\nk: 2\n";
    const source = "l:\n- name: a\n  p:\n    x: 1\n# b\n- name: b\n  p:\n    x: 1\n- name: c\n  p:\n    x: 1\nk: 1\n";
    const result = edit(head, ({ l }) => l.splice(1, 0, { name: "b", p: { x: 1 } }), { source });
    expect(result).toMatchObject({ method: "hunks", text: source.replace("k: 1", "k: 2"), added: 4, removed: 0 });
  });

  it("leave a comment that head changed where nothing comes back", () => {
    const head = "a:\n  # newer words\n  x: 1\nb:\n  x: 2\nc: 2\n";
    const source = "a:\n  # words\n  x: 1\nb:\n  # back\n  x: 1\nc: 1\n";
    const result = edit(head, ({ b }) => (b.x = 1), { source });
    expect(result).toMatchObject({
      method: "hunks",
      text: "a:\n  # newer words\n  x: 1\nb:\n  # back\n  x: 1\nc: 2\n",
    });
  });

  it("are found however much the rest differs", () => {
    const rows = (word: string): string => Array.from({ length: 3000 }, (_, i) => `k${i}: ${word}${i}\n`).join("");
    const head = `${rows("a")}z: 1\n`;
    const result = edit(head, (object) => (object.k7 = "b7"), { source: `${rows("b")}z: 1\n` });
    expect(result).toMatchObject({ text: head.replace("k7: a7\n", "k7: b7\n"), added: 1, removed: 1 });
  });
});

describe("the undo of a change under later work", () => {
  const before = "a: 1 # one\nb: 1\nc: 1\nd: 1\n";
  const undone = "a: 1 # one\nb: 2\nc: 2\nd: 1\n";
  const undo = (head: string, value: object): string => {
    const wanted = [{ value: value as never, head: 0, source: 0 }];
    return editText({ path: "a.yaml", head, source: before, undone, wanted }).text;
  };

  it("gives the source text when there is none", () => {
    expect(undo(undone, { a: 1, b: 1, c: 1, d: 1 })).toBe(before);
  });

  it("keeps later comments, although nothing else of head stays", () => {
    const head = "a: 1 # first\n\n# later\nb: 2\nc: 2\nd: 1 # last\n";
    expect(undo(head, { a: 1, b: 1, c: 1, d: 1 })).toBe(head.replace("b: 2\nc: 2", "b: 1\nc: 1"));
  });

  it("keeps a comment that was later put on the same line", () => {
    const head = undone.replace("b: 2", "b: 2 # why");
    expect(undo(head, { a: 1, b: 1, c: 1, d: 1 })).toBe(before.replace("b: 1", "b: 1 # why"));
  });

  it("keeps later fields next to it, and a part of the change that was not chosen", () => {
    const head = undone.replace("c: 2\n", "c: 2\ne: 5\n");
    expect(undo(head, { a: 1, b: 1, c: 1, e: 5, d: 1 })).toBe(before.replace("c: 1\n", "c: 1\ne: 5\n"));
    expect(undo(head, { a: 1, b: 2, c: 1, e: 5, d: 1 })).toBe(head.replace("c: 2", "c: 1"));
  });

  it("is not misled by lines that later work has moved or put in at the same place", () => {
    const head = "d: 1\nc: 2\nb: 2\na: 1 # one\n";
    expect(undo(head, { a: 1, b: 1, c: 1, d: 1 })).toBe("d: 1\nc: 1\nb: 1\na: 1 # one\n");
  });
});
