import { describe, expect, it } from "vitest";
import { undoChange } from "../../../src/core/undo/undo-change.ts";
import { conflictsOf, file, undo, version } from "./support.ts";

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: api
          image: acme/api:1.4.0
          env:
            - name: LOG
              value: info
            - name: MODE
              value: fast
          args:
            - --port=80
            - --workers=4
`;

/** The deployment with parts of its text replaced. */
function deployment(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, () => to);
  }, DEPLOYMENT);
}

const NEW_IMAGE = ["api:1.4.0", "api:1.5.0"] as const;

describe("undoing a change that nobody touched since", () => {
  it("gives the blob from before, byte for byte", () => {
    const result = undo({ good: DEPLOYMENT, bad: deployment(NEW_IMAGE), now: deployment(NEW_IMAGE) });
    expect(result.text).toBe(DEPLOYMENT);
    expect(result.files[0]?.method).toBe("blob");
    expect(result.components[0]?.fields.map(({ display }) => display)).toEqual(["containers[api].image"]);
  });

  it("brings back a removed file and takes away an added one", () => {
    expect(undo({ good: DEPLOYMENT, bad: undefined, now: undefined }).text).toBe(DEPLOYMENT);
    expect(undo({ good: undefined, bad: DEPLOYMENT, now: DEPLOYMENT }).text).toBeUndefined();
  });

  it("says what later work has undone already", () => {
    const result = undo({ good: DEPLOYMENT, bad: deployment(NEW_IMAGE), now: DEPLOYMENT });
    expect(result.files).toEqual([]);
    expect(result.already).toEqual([{ path: "app.yaml" }]);
  });

  it("puts the mode back and keeps later text", () => {
    const script = { good: version("a\n", "run.sh"), bad: { ...version("a\n", "run.sh"), mode: "100755" as const } };
    const now = { ...version("a\nb\n", "run.sh"), mode: "100755" as const };
    const [first] = undoChange([{ ...script, now }]).files;
    expect([first?.after?.mode, first?.after?.manifest.text]).toEqual(["100644", "a\nb\n"]);
  });
});

describe("later work beside the change", () => {
  it("stays when it is in other lines", () => {
    const now = deployment(NEW_IMAGE, ["replicas: 2", "replicas: 5"]);
    const result = undo({ good: DEPLOYMENT, bad: deployment(NEW_IMAGE), now });
    expect(result.text).toBe(deployment(["replicas: 2", "replicas: 5"]));
    expect(result.files[0]?.method).toBe("lines");
  });

  it("stays when it is in the next line", () => {
    const later = ["          env:", "          imagePullPolicy: Always # mirror\n          env:"] as const;
    const result = undo({ good: DEPLOYMENT, bad: deployment(NEW_IMAGE), now: deployment(NEW_IMAGE, later) });
    expect(result.text).toBe(deployment(later));
    expect(result.files[0]?.method).toBe("hunks");
  });

  it("keeps a list entry that was added right below the one that goes", () => {
    const mine = "            - name: MINE\n              value: a\n";
    const yours = "            - name: YOURS\n              value: b\n";
    const bad = deployment(["          args:", `${mine}          args:`]);
    const now = deployment(["          args:", `${mine}${yours}          args:`]);
    expect(undo({ good: DEPLOYMENT, bad, now }).text).toBe(deployment(["          args:", `${yours}          args:`]));
  });

  it("brings a list entry back behind what was added at its place", () => {
    const kustomization = (...names: readonly string[]): string =>
      `resources:\n${names.map((name) => `  - ./${name}.yaml\n`).join("")}`;
    const result = undo(
      { good: kustomization("a", "b"), bad: kustomization("a"), now: kustomization("a", "c") },
      { path: "kustomization.yaml" },
    );
    expect(result.text).toBe(kustomization("a", "c", "b"));
  });

  it("takes away an added block with the comments and the new indentation it was given since", () => {
    const bad = "spec:\n  size: 1\n  probe:\n    exec:\n      - a\n      - [b, c]\n  other: 2\n";
    const now = "spec:\n  size: 1\n  probe:\n    # see the runbook\n    exec:\n    - a\n    - [ b, c ]\n  other: 3\n";
    const good = "spec:\n  size: 1\n  other: 2\n";
    expect(undo({ good, bad, now }).text).toBe("spec:\n  size: 1\n  other: 3\n");
  });

  it("keeps a comment that was written above an entry that stays", () => {
    const good = "spec:\n  tag: 1\n  size: 2\n";
    const bad = "spec:\n  tag: 2\n  size: 2\n";
    const now = "spec:\n  # pinned for the audit\n  tag: 2\n  size: 2\n";
    expect(undo({ good, bad, now }).text).toBe("spec:\n  # pinned for the audit\n  tag: 1\n  size: 2\n");
  });

  it("brings removed entries back with their comments", () => {
    const good = "a: 1\n# why b\nb: 2 # two\nc: 3\n";
    expect(undo({ good, bad: "a: 1\nc: 3\n", now: "a: 5\nc: 3\n" }).text).toBe("a: 5\n# why b\nb: 2 # two\nc: 3\n");
  });

  it("brings a document back behind those that were added since", () => {
    const document = (name: string, mark = ""): string =>
      `---\n${mark}apiVersion: v1\n${mark}kind: Namespace\n${mark}metadata:\n${mark}  name: ${name}\n`;
    const result = undo({
      good: document("a") + document("b"),
      bad: document("a") + document("b", "# "),
      now: document("a") + document("b", "# ") + document("c"),
    });
    expect(result.text).toBe(document("a") + document("c") + document("b"));
  });

  it("keeps later lines of the same script", () => {
    const script = (...lines: readonly string[]): string =>
      `data:\n  run.sh: |\n${lines.map((line) => `    ${line}\n`).join("")}`;
    const good = script("set -e", "one", "two", "three", "four");
    const bad = script("set -e", "one", "TWO", "three", "four");
    const now = script("set -eu", "one", "TWO", "three", "four", "five");
    expect(undo({ good, bad, now }).text).toBe(script("set -eu", "one", "two", "three", "four", "five"));
  });

  it("follows an object that later work renamed", () => {
    const renamed = ["name: api\nspec", "name: web\nspec"] as const;
    const result = undo({ good: DEPLOYMENT, bad: deployment(NEW_IMAGE), now: deployment(NEW_IMAGE, renamed) });
    expect(result.text).toBe(deployment(renamed));
  });

  it("follows the only object of a file that was renamed and has grown since", () => {
    const text = (name: string, tag: string, rest = ""): string =>
      `apiVersion: acme.dev/v1\nkind: Upgrade\nmetadata:\n  name: ${name}\nspec:\n  tag: ${tag}\n${rest}`;
    const [good, bad] = [
      text("all", "1.0.0", "  from: acme/a\n  mode: fast\n"),
      text("all", "1.1.0", "  from: acme/a\n  mode: fast\n"),
    ];
    const grown =
      "  from: acme/b\n  mode: fast\n  checks:\n    - kind: Store\n      wait: ready\n    - kind: Queue\n      wait: empty\n";
    const result = undo({ good, bad, now: text("workers", "1.1.0", grown) });
    expect([conflictsOf(result), result.text]).toEqual([[], text("workers", "1.0.0", grown)]);
    const other = "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: all\n";
    const beside = { good: good + other, bad: bad + other, now: text("workers", "1.1.0", grown) + other };
    expect(conflictsOf(undo(beside))).toEqual(["parent-gone Upgrade/all ."]);
  });

  it("goes back to the old place with a file that the change moved, and stays at the new one with one that was moved since", () => {
    const [good, bad, now] = [DEPLOYMENT, deployment(NEW_IMAGE), deployment(NEW_IMAGE, ["replicas: 2", "replicas: 5"])];
    const wanted = deployment(["replicas: 2", "replicas: 5"]);
    const back = undoChange([
      { good: version(good, "old/app.yaml"), bad: version(bad, "new/app.yaml"), now: version(now, "new/app.yaml") },
    ]);
    const on = undoChange([
      { good: version(good, "old/app.yaml"), bad: version(bad, "old/app.yaml"), now: version(now, "new/app.yaml") },
    ]);
    expect(back.files.map(({ path, before, after }) => [path, before?.manifest.path, after?.manifest.text])).toEqual([
      ["old/app.yaml", "new/app.yaml", wanted],
    ]);
    expect(on.files.map(({ path, after }) => [path, after?.manifest.text])).toEqual([["new/app.yaml", wanted]]);
  });
});

describe("later work on the same thing", () => {
  const later = ["api:1.4.0", "api:1.5.1"] as const;
  const sides = { good: DEPLOYMENT, bad: deployment(NEW_IMAGE), now: deployment(later) };

  it("is a conflict with all three values", () => {
    const { conflicts } = undo(sides);
    expect(conflicts).toMatchObject([
      {
        path: "app.yaml",
        component: "Deployment/api",
        display: "containers[api].image",
        facet: "image",
        kind: "same-field",
        good: "acme/api:1.4.0",
        bad: "acme/api:1.5.0",
        now: "acme/api:1.5.1",
      },
    ]);
  });

  it("is decided by a person only", () => {
    expect(undo(sides, { resolve: () => "good" }).text).toBe(DEPLOYMENT);
    expect(undo(sides, { resolve: () => "keep" }).text).toBe(sides.now);
    expect(undo(sides, { resolve: () => "keep" }).conflicts).toEqual([]);
  });

  it("is a conflict when the change added what was edited since", () => {
    const bad = "a: 1\nb:\n  c: 2\n";
    expect(conflictsOf(undo({ good: "a: 1\n", bad, now: "a: 1\nb:\n  c: 3\n" }))).toEqual([
      "deleted-modified ./app.yaml b",
    ]);
  });

  it("is a conflict when the change removed what was written anew since", () => {
    const good = "a: 1\nb: 2\n";
    expect(conflictsOf(undo({ good, bad: "a: 1\n", now: "a: 1\nb: 3\n" }))).toEqual(["deleted-modified ./app.yaml b"]);
  });

  it("is a conflict when an added file was edited since, but not when only its form changed", () => {
    expect(conflictsOf(undo({ good: undefined, bad: "a: 1\n", now: "a: 2\n" }))).toEqual(["deleted-modified file"]);
    expect(undo({ good: undefined, bad: "a: 1\n", now: "# one\na:  1\n" }).text).toBeUndefined();
  });

  it("is a conflict when what holds the field is gone", () => {
    const [good, bad] = ["node:\n  d:\n    - name: sda\n", "node:\n  d:\n    - name: sda1\n"];
    expect(conflictsOf(undo({ good, bad, now: "node:\n  filter: sda*\n" }))).toEqual(["parent-gone ./app.yaml node.d"]);
  });

  it("is none when the change had only added inside what is gone, and nothing of it is left", () => {
    const good = "jobs:\n  a:\n    at: 1\n  b:\n    at: 2\n";
    const bad = "jobs:\n  a:\n    suspend: true\n    at: 1\n  b:\n    suspend: true\n    at: 2\n";
    const gone = undo({ good, bad, now: "jobs:\n  b:\n    suspend: true\n    at: 2\n" });
    expect(gone.text).toBe("jobs:\n  b:\n    at: 2\n");
    const renamed = "jobs:\n  z:\n    suspend: true\n    every: 1\n  b:\n    suspend: true\n    at: 2\n";
    expect(conflictsOf(undo({ good, bad, now: renamed }))).toEqual(["parent-gone ./app.yaml jobs.a"]);
  });

  it("is a conflict when an argument was replaced, and replaced again", () => {
    const workers = (count: number): readonly [string, string] => ["--workers=4", `--workers=${count}`];
    const result = undo({ good: DEPLOYMENT, bad: deployment(workers(8)), now: deployment(workers(16)) });
    expect(conflictsOf(result)).toEqual(["same-field Deployment/api containers[api].args"]);
  });
});

describe("a clean merge of lines", () => {
  const env = (...names: readonly string[]): string =>
    `env:\n${names.map((name) => `  - name: ${name}\n    value: ${name.toLowerCase()}\n`).join("")}`;

  it("is not believed when a name would stand twice", () => {
    const now = `${env("B", "C", "D")}  - name: A\n    value: other\n`;
    expect(conflictsOf(undo({ good: env("A", "B", "C", "D"), bad: env("B", "C", "D"), now }))).toEqual([
      "deleted-modified ./app.yaml env[A]",
    ]);
  });

  it("is not believed when it would break what can be read", () => {
    const result = undo({ good: "a: 1\nb: 2\nc: 3\n", bad: "b: 2\nc: 3\n", now: "b: 2\nc: 3\na: 9\n" });
    expect(conflictsOf(result)).toEqual(["deleted-modified ./app.yaml a"]);
  });

  it("is right about lists without keys", () => {
    const rules = (...hosts: readonly string[]): string =>
      `rules:\n${hosts.map((host) => `  - match:\n      host: ${host}\n    to: x\n`).join("")}`;
    const result = undo({ good: rules("a", "b", "c"), bad: rules("a", "B", "c"), now: rules("a", "B", "c", "d") });
    expect(result.text).toBe(rules("a", "b", "c", "d"));
  });
});

describe("text that has no fields", () => {
  const path = "chart/templates/config.yaml";

  it("is merged where lines were replaced one for one", () => {
    const result = undo({ good: "x {{ a }}\ny\n", bad: "X {{ a }}\ny\n", now: "X {{ a }}\nY\n" }, { path });
    expect(result.text).toBe("x {{ a }}\nY\n");
  });

  it("is merged word by word when unchanged words stand between", () => {
    const line = (a: string, b: string): string => `run --a=${a} with {{ .x }} and --b=${b}\n`;
    const result = undo({ good: line("1", "1"), bad: line("2", "1"), now: line("2", "7") }, { path });
    expect(result.text).toBe(line("1", "7"));
    expect(result.files[0]?.method).toBe("tokens");
  });

  it("never makes a version out of two", () => {
    const sides = { good: "v: {{ 1.2.0 }}\n", bad: "v: {{ 1.3.0 }}\n", now: "v: {{ 1.3.1 }}\n" };
    expect(conflictsOf(undo(sides, { path }))).toEqual(["text line 1"]);
  });

  it("conflicts with the lines of the present file, and takes the side that a person chose", () => {
    const sides = { good: "{{ a }}\nb\nc\nd\n", bad: "{{ a }}\nB\nC\nd\n", now: "{{ a }}\n1\n2\n3\nd\n" };
    expect(undo(sides, { path }).conflicts).toMatchObject([{ display: "line 2-4", kind: "text", now: "1\n2\n3\n" }]);
    expect(undo(sides, { path, resolve: () => "good" }).text).toBe(sides.good);
  });

  it("loses whole entries beside whole entries, in YAML that the reader refuses", () => {
    const twice = "a: 1\na: 1\nenv:\n";
    const sides = {
      good: `${twice}  - x: 1\n`,
      bad: `${twice}  - x: 1\n  - y: 2\n`,
      now: `${twice}  - x: 1\n  - y: 2\n  - z: 3\n`,
    };
    expect(undo(sides).text).toBe(`${twice}  - x: 1\n  - z: 3\n`);
    const deeper = { ...sides, now: `${twice}  - x: 1\n  - y: 2\n    z: 3\n` };
    expect(conflictsOf(undo(deeper))).toEqual(["text line 5-6"]);
  });

  it("loses one key beside another that was replaced, in YAML that the reader refuses", () => {
    const twice = "a: 1\na: 1\napi:\n";
    const good = `${twice}  # later\n  worker: false\n  host: x\n`;
    const bad = `${twice}  # later\n  worker: false\n  workers:\n    - name: one\n  host: x\n`;
    const now = bad.replace("  # later\n  worker: false", "  worker: true");
    expect(undo({ good, bad, now }).text).toBe(`${twice}  worker: true\n  host: x\n`);
    const items = { good: `${twice}  - x\n`, bad: `${twice}  - x\n  - y\n`, now: `${twice}  - z\n  - y\n` };
    expect(conflictsOf(undo(items))).toEqual(["text line 4-5"]);
    const same = { good, bad, now: bad.replace("worker: false", "workers: {}") };
    expect(conflictsOf(undo(same))).toEqual(["text line 5-7"]);
  });

  it("is never put together out of encrypted texts", () => {
    const secret = (a: string, b: string): string => `a: ENC[AES256_GCM,data:${a}]\nb: ENC[AES256_GCM,data:${b}]\n`;
    expect(conflictsOf(undo({ good: secret("1", "1"), bad: secret("2", "1"), now: secret("2", "2") }))).toHaveLength(1);
  });
});

describe("the version of a chart", () => {
  const chart = (version: string, app: string): string => `name: api\nversion: ${version}\nappVersion: "${app}"\n`;
  const sides = { good: chart("0.2.6", "1"), bad: chart("0.2.7", "2"), now: chart("0.2.7", "2") };
  const path = "api/Chart.yaml";

  it("goes back as everything else by default", () => {
    expect(undo(sides, { path }).text).toBe(chart("0.2.6", "1"));
  });

  it("goes up or stays when the policy says so", () => {
    expect(undo(sides, { path, chartVersion: "bump" }).text).toBe(chart("0.2.8", "1"));
    expect(undo(sides, { path, chartVersion: "keep" }).text).toBe(chart("0.2.7", "1"));
  });

  it("goes above what later work made of it", () => {
    const later = { ...sides, now: chart("0.2.9", "2") };
    expect(conflictsOf(undo(later, { path }))).toEqual(["same-field ./api/Chart.yaml version"]);
    expect(undo(later, { path, chartVersion: "bump" }).text).toBe(chart("0.2.10", "1"));
  });
});

describe("several files", () => {
  it("come in path order, and a conflict in one does not hide the others", () => {
    const one = file({ good: "a: 1\n", bad: "a: 2\n", now: "a: 2\n" }, "z.yaml");
    const two = file({ good: "a: 1\n", bad: "a: 2\n", now: "a: 3\n" }, "b.yaml");
    const three = file({ good: "a: 1\n", bad: "a: 2\n", now: "a: 2\n" }, "a.yaml");
    const result = undoChange([one, two, three]);
    expect(result.files.map(({ path }) => path)).toEqual(["a.yaml", "z.yaml"]);
    expect(result.conflicts.map(({ path }) => path)).toEqual(["b.yaml"]);
  });
});
