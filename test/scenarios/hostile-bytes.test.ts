/** Safety catalogue, H30-H52: what a file may hold. */
import { describe, expect, it } from "vitest";
import {
  CANARY,
  configMap,
  DEPLOYMENT,
  deployment,
  entryAt,
  expectDone,
  expectRefused,
  ODD,
  reads,
  revertTo,
  twoCommits,
} from "./hostile.ts";

const SANE = configMap('  a: "0"\n');
const bytes = (...parts: readonly (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.from([part]) : Buffer.from(part))));

type LeaveRow = readonly [
  row: string,
  what: string,
  content: string | Uint8Array,
  code: string,
  place: string,
  path?: string,
];

/** Files that cannot be taken apart: named with reason and place, restored byte for byte, kept when not selected. */
const LEAVE: readonly LeaveRow[] = [
  [
    "H17",
    "an LFS pointer",
    "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1\n",
    "RepositoryLfs",
    `${ODD}:1:1`,
  ],
  ["H19", "NUL bytes", bytes("a: b", 0, "\n"), "ManifestNotText", ODD],
  ["H19", "UTF-16", bytes(0xff, 0xfe, "a", 0, ":", 0), "ManifestNotText", ODD],
  ["H19", "gzip", bytes(0x1f, 0x8b, 8, 1, 2, 3), "ManifestNotText", ODD],
  ["H32", "tab indentation", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: c\n", "ManifestYaml", `${ODD}:4:1`],
  ["H33", "a key twice", configMap("  a: 1\n  a: 2\n"), "ManifestDuplicateKey", `${ODD}:7:3`],
  ["H33", "a key twice, once quoted", configMap('  a: 1\n  "a": 2\n'), "ManifestDuplicateKey", `${ODD}:7:3`],
  ["H33", "a key twice, once a number", configMap('  1: x\n  "1": y\n'), "Manifest", `${ODD}:`],
  ["H35", "an undefined alias", configMap("  a: *nowhere\n"), "LimitAlias", `${ODD}:6:6`],
  ["H35", "an alias bomb", bomb(), "LimitAlias", ODD],
  ["H37", "1,000 flow levels", `a: ${"[".repeat(1000)}${"]".repeat(1000)}\n`, "LimitDepth", `${ODD}:1:`],
  ["H37", "100,000 flow levels", `a: ${"[".repeat(100_000)}${"]".repeat(100_000)}\n`, "LimitDepth", `${ODD}:1:`],
  [
    "H37",
    "5,000 block levels in flow pairs",
    `a: ${"{a: ".repeat(5000)}1${"}".repeat(5000)}\n`,
    "LimitDepth",
    `${ODD}:1:`,
  ],
  ["H38", "a 3 MB scalar", configMap(`  a: "${"x".repeat(3_000_000)}"\n`), "LimitBlob", ODD],
  ["H38", "10,001 documents", "---\na: 1\n".repeat(10_001), "LimitDocuments", `${ODD}:`],
  ["H40", "%YAML 3.0", `%YAML 3.0\n---\n${SANE}`, "ManifestYaml", `${ODD}:1:7`],
  ["H43", ".nan", configMap("  a: .nan\n"), "ManifestNumber", `${ODD}:6:6`],
  ["H43", ".inf", configMap("  a: .inf\n"), "ManifestNumber", `${ODD}:6:6`],
  ["H45", "a complex key", configMap("  ? [a]\n  : 1\n"), "ManifestKey", `${ODD}:6:5`],
  ["H46", "the key __proto__", configMap("  __proto__: 1\n"), "ManifestUnsafeKey", `${ODD}:6:3`],
  ["H46", "the key constructor", configMap("  constructor: 1\n"), "ManifestUnsafeKey", `${ODD}:6:3`],
  ["H46", "the key prototype", configMap("  prototype: 1\n"), "ManifestUnsafeKey", `${ODD}:6:3`],
  ["H47", "!vault", configMap("  a: !vault x\n"), "ManifestTag", `${ODD}:6:`],
  ["H47", "!!js/function", configMap("  a: !!js/function x\n"), "ManifestTag", `${ODD}:6:`],
  ["H47", "!!binary", configMap("  a: !!binary aGk=\n"), "ManifestTag", `${ODD}:6:`],
  ["H47", "!!set", configMap("  a: !!set {x}\n"), "ManifestTag", `${ODD}:6:`],
  ["H48", "an unquoted template", configMap("  a: {{ .Values.x }}\n"), "ManifestTemplate", `${ODD}:6:6`],
  ["H48", "a quoted template", configMap('  a: "{{ .Values.x }}"\n'), "ManifestTemplate", `${ODD}:6:6`],
  ["H48", "a template as a line", `{{- if .Values.on }}\n${SANE}{{- end }}\n`, "ManifestTemplate", `${ODD}:1:1`],
  [
    "H49",
    "JSON with a comment",
    '{"apiVersion":"v1", // no\n"kind":"ConfigMap"}\n',
    "ManifestJson",
    "app/odd.json:1:21",
    "app/odd.json",
  ],
  ["H49", "JSON with a trailing comma", '{"a":1,}\n', "ManifestJson", "app/odd.json:1:8", "app/odd.json"],
  ["H49", "JSON with a key twice", '{"a":1,"a":2}\n', "ManifestDuplicateKey", "app/odd.json:1:8", "app/odd.json"],
  ["H49", "JSON5", "{a: 'x'}\n", "ManifestJson", "app/odd.json:1:2", "app/odd.json"],
  ["H51", "invalid UTF-8", bytes("a: ", 0xc3, "x\n"), "ManifestEncoding", `${ODD}:1:4`],
  ["H51", "an overlong form", bytes("a: ", 0xc0, 0xaf, "\n"), "ManifestEncoding", `${ODD}:1:4`],
  ["H51", "a lone surrogate", bytes("a: ", 0xed, 0xa0, 0x80, "\n"), "ManifestEncoding", `${ODD}:1:4`],
  [
    "H52",
    "a Cyrillic letter in kind",
    "apiVersion: v1\nkind: \u0421onfigMap\nmetadata:\n  name: c\n",
    "ManifestShape",
    `${ODD}:`,
  ],
  [
    "H52",
    "NBSP as indentation",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\u00a0\u00a0name: c\n",
    "Manifest",
    `${ODD}:`,
  ],
];

describe("a file that cannot be taken apart", () => {
  it.each(LEAVE.map((row) => [row[0], row[1], row] as const))(
    "%s %s goes back whole, and comes back whole",
    async (_row, _what, [, , content, code, place, path = ODD]) => {
      const good = path === ODD ? SANE : '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"}}\n';
      const repo = twoCommits({ [path]: [content, good] });
      const told = await reads(repo, "plan", "./app", "--to", "main~1");
      expectDone(told);
      expect(told.stdout).toContain(`${path} goes back whole: `);
      expect(told.stdout).toContain(code);
      expect(told.stdout).toContain(place);
      const back = await revertTo(repo, "main~1");
      expect(repo.git(["rev-parse", `${back}^{tree}`])).toBe(repo.git(["rev-parse", "main~1^{tree}"]));
      // And forth again: what is odd now leaves for what was sane.
      repo.git(["update-ref", "refs/heads/main", back]);
      const forth = await revertTo(repo, "main~1", "--only", "Deployment/api", "--branch", "part");
      expect(repo.text(DEPLOYMENT, forth)).toBe(deployment("2.0"));
      expect(entryAt(repo, forth, path)).toBe(entryAt(repo, back, path));
    },
  );

  it.each([
    ["H35", "a recursive alias", "a: &a [*a]\n"],
    [
      "H33",
      "20,000 keys, one of them twice",
      `a:\n${Array.from({ length: 20_000 }, (_, i) => `  k${i}: 1\n`).join("")}  k7: 2\n`,
    ],
  ])("%s %s ends with a reason", async (_row, _what, content) => {
    const repo = twoCommits({ [ODD]: [SANE, content] });
    const told = await reads(repo, "plan", "./app", "--to", "main~1", "-o", "json");
    expectDone(told);
    expect(told.stdout).toContain("TakenWhole");
  });

  it("H58 shows no line of a Secret that cannot be read", async () => {
    const secret = (n: number): string =>
      `apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  a: ${CANARY}\n  a: ${CANARY}${n}\n`;
    const repo = twoCommits({ [ODD]: [secret(1), secret(2)] });
    for (const show of ["fields", "diff", "patch", "pr"]) {
      const told = await reads(repo, "plan", "./app", "--to", "main~1", "--show", show);
      expect(told.exit).toBe(0);
    }
  });

  it("refuses to take a part of it", async () => {
    const repo = twoCommits({ [ODD]: [SANE, configMap("  a: 1\n  a: 2\n")] });
    await expectRefused(repo, ["plan", "./app", "--to", "main~1", "--only", "ConfigMap/settings"], {
      exit: 2,
      code: "UsageComponent",
    });
  });
});

type EditRow = readonly [row: string, what: string, now: string, good: string, only: string, expected: string];

const swap = (text: string): string => text.replace("2.0", "1.0");

function edited(row: string, what: string, wrap: (text: string) => string): EditRow {
  const now = wrap(deployment("2.0").replace("replicas: 2", "replicas: 9"));
  return [row, what, now, wrap(deployment("1.0")), ":image", swap(now)];
}

/** A part goes back; every byte outside of it stays. */
const EDITS: readonly EditRow[] = [
  edited("H30", "CRLF", (text) => text.replaceAll("\n", "\r\n")),
  edited("H30", "mixed line ends", (text) => text.replace("\nkind", "\r\nkind").replace("\nspec", "\r\nspec")),
  edited("H30", "no final newline", (text) => text.trimEnd()),
  edited("H31", "a byte order mark", (text) => `\ufeff${text}`),
  edited("H31", "a byte order mark in the middle", (text) => `${SANE}---\n\ufeff${text}`),
  edited("H34", "an anchor elsewhere", (text) =>
    text.replace("replicas: 2", "x: &x 2\n  replicas: *x").replace("replicas: 9", "x: &x 9\n  replicas: *x"),
  ),
  edited(
    "H36",
    "150 harmless aliases",
    (text) =>
      `${configMap(`  a: &a x\n${Array.from({ length: 150 }, (_, i) => `  k${i}: *a\n`).join("")}`)}---\n${text}`,
  ),
  edited("H40", "%YAML 1.1", (text) => `%YAML 1.1\n---\n${text}`),
  edited("H41", "on, yes and y beside it", (text) =>
    text.replace("spec:\n  replicas", "spec:\n  paused: yes\n  a: on\n  b: y\n  replicas"),
  ),
  edited("H42", "octal, base 60, underscores", (text) =>
    text.replace("spec:\n  replicas", "spec:\n  a: 0644\n  b: 1:30:00\n  c: 1_000\n  d: 0x1F\n  e: 012\n  replicas"),
  ),
  edited("H43", "numbers that JavaScript rounds", (text) =>
    text.replace("spec:\n  replicas", "spec:\n  a: 9007199254740993\n  b: 1.10\n  c: -0\n  replicas"),
  ),
  edited("H44", "unquoted dates", (text) => text.replace("spec:\n  replicas", "spec:\n  a: 2026-01-01\n  replicas")),
  edited("H46", "keys of Object.prototype", (text) =>
    text.replace("spec:\n  replicas", "spec:\n  toString: 1\n  hasOwnProperty: 2\n  replicas"),
  ),
  edited("H50", "trailing spaces and odd indentation", (text) =>
    text.replace("kind: Deployment", "kind:   Deployment   ").replace("spec:\n  replicas", "spec:   \n  replicas"),
  ),
  edited("H50", "block scalars", (text) =>
    text.replace("spec:\n  replicas", "spec:\n  a: |2-\n     x\n\n  b: >+\n    y\n\n  replicas"),
  ),
  [
    "H50",
    "a flow one-liner",
    "{apiVersion: v1,  kind: ConfigMap, metadata: {name: c}, data: {a: '2' , b: \"9\"}}\n",
    "{apiVersion: v1,  kind: ConfigMap, metadata: {name: c}, data: {a: '1' , b: \"9\"}}\n",
    "ConfigMap/c",
    "{apiVersion: v1,  kind: ConfigMap, metadata: {name: c}, data: {a: '1' , b: \"9\"}}\n",
  ],
];

describe("a part of a file", () => {
  it.each(EDITS)("%s goes back in place: %s", async (_row, _what, now, good, only, expected) => {
    const repo = twoCommits({ [DEPLOYMENT]: [good, now] });
    const commit = await revertTo(repo, "main~1", "--only", only);
    expect(repo.text(DEPLOYMENT, commit)).toBe(expected);
  });

  it("H34 never changes what an alias shares beyond the selection", async () => {
    const shared = (value: string): string =>
      deployment("x").replace("acme/api:x", `&v ${value}`).replace("replicas: 2", "replicas: 2\n  paused: *v");
    // An alias may only follow its anchor.
    const text = (value: string): string => shared(value).replace("\n  paused: *v", "") + "  paused: *v\n";
    const repo = twoCommits({ [DEPLOYMENT]: [text("one"), text("two")] });
    await expectRefused(repo, ["plan", "./app", "--to", "main~1", "--only", ":image"], {
      exit: 1,
      code: "EditAlias",
      says: `${DEPLOYMENT}:`,
    });
    const commit = await revertTo(repo, "main~1");
    expect(repo.text(DEPLOYMENT, commit)).toBe(text("one"));
  });

  it("H41 reads on and yes as Kubernetes does, and shows the difference", async () => {
    const repo = twoCommits({ [ODD]: [configMap("  a: yes\n"), configMap('  a: "yes"\n')] });
    const told = await reads(repo, "plan", "./app", "--to", "main~1");
    expect(told.stdout).toContain('data.a   "yes" -> true');
  });

  it("H42 reads 0644 as 420", async () => {
    const repo = twoCommits({ [ODD]: [configMap("  a: 0644\n"), configMap("  a: 420\n")] });
    const told = await reads(repo, "plan", "./app", "--to", "main~1", "-o", "json");
    expect(told.exit).toBe(0);
    // Same value, other bytes: the file goes back, no field does.
    expect(JSON.parse(told.stdout).status.files).toHaveLength(2);
  });

  it.each([
    ["---", "---\n"],
    ["...", "...\n"],
    ["comments", "# nothing\n"],
    ["0 bytes", ""],
  ])("H39 a file of %s has no components and goes back", async (_what, content) => {
    const repo = twoCommits({ [ODD]: [content, "# other\n"] });
    const told = await reads(repo, "plan", "./app", "--to", "main~1");
    expectDone(told);
    const commit = await revertTo(repo, "main~1");
    expect(repo.text(ODD, commit)).toBe(content);
  });

  it("H38 a ConfigMap of 20,000 keys", async () => {
    const big = (value: string): string =>
      configMap(Array.from({ length: 20_000 }, (_, i) => `  k${i}: "${i === 7 ? value : i}"\n`).join(""));
    const repo = twoCommits({ [ODD]: [big("good"), big("bad")] });
    const commit = await revertTo(repo, "main~1", "--only", "ConfigMap/settings");
    expect(repo.text(ODD, commit)).toBe(big("good"));
  });
});

function bomb(): string {
  const levels = Array.from(
    { length: 12 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array.from({ length: 10 }, () => `*l${i}`).join(",")}]`,
  );
  return `l0: &l0 x\n${levels.join("\n")}\n`;
}
