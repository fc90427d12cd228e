/**
 * `npm run bench:cases [-- --cases DIR] [--only TEXT] [--json]`: undoes real bad changes whose real reverts are known, and prints how
 * close the result is, beside plain `git revert`. DIR (default $LASTGOOD_REVERT_CASES, else ../shared/revert-cases) holds
 * `<owner>+<repo>/<revert>/` with `case.json` and the trees `good`, `bad`, `base`, `human`. Ends with 1 when an acceptance line fails.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { jsonEqual, type JsonValue, toJson } from "../../src/core/model/json.ts";
import { readManifest } from "../../src/core/manifest/read-manifest.ts";
import type { FieldConflict, Resolution, UndoFile, UndoVersion } from "../../src/core/undo/types.ts";
import { undoChange } from "../../src/core/undo/undo-change.ts";

type Tree = ReadonlyMap<string, Buffer>;
type Verdict = "equal" | "object-equal" | "conflict" | "wrong" | "error";
type Expect = "human" | "conflict" | "any";

interface Row {
  readonly name: string;
  readonly expect: Expect;
  readonly ours: Verdict;
  readonly git: Verdict;
  readonly ms: number;
  /** In a conflict: which proposal is what the person did. */
  readonly proposed?: string;
  readonly note: string;
}

const { values } = parseArgs({
  options: {
    cases: { type: "string" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});
const root = resolve(values.cases ?? process.env["LASTGOOD_REVERT_CASES"] ?? "../shared/revert-cases");

if (!existsSync(root)) {
  process.stderr.write(`bench:cases: NOT RUN: there are no cases at ${root}. Say where they are with --cases DIR.\n`);
} else {
  const rows = findCases(root)
    .filter((folder) => folder.includes(values.only))
    .map((folder) => runCase(folder));
  process.stdout.write(values.json ? `${JSON.stringify(rows, undefined, 2)}\n` : render(rows));
  const failures = judge(rows);
  for (const failure of failures) process.stderr.write(`bench:cases: FAILED: ${failure}\n`);
  if (failures.length > 0) process.exitCode = 1;
}

function findCases(folder: string): readonly string[] {
  return readdirSync(folder)
    .map((repo) => join(folder, repo))
    .filter((repo) => statSync(repo).isDirectory())
    .flatMap((repo) => readdirSync(repo).map((name) => join(repo, name)))
    .filter((path) => existsSync(join(path, "case.json")));
}

function readTree(folder: string): Tree {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => !/^\.git(\/|$)/.test(name));
  const files = names.filter((name) => statSync(join(folder, name)).isFile()).sort();
  return new Map(files.map((name) => [name, readFileSync(join(folder, name))]));
}

function runCase(folder: string): Row {
  const facts = JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) as { expect: Expect; humanDid: string };
  const [good, bad, base, human] = ["good", "bad", "base", "human"].map((name) => readTree(join(folder, name)));
  const trees = { good: good ?? new Map(), bad: bad ?? new Map(), base: base ?? new Map(), human: human ?? new Map() };
  const start = performance.now();
  const ours = undo(trees);
  const ms = performance.now() - start;
  const proposed = ours.conflicts.length > 0 ? findProposal(trees, ours.conflicts) : undefined;
  return {
    name: relative(root, folder),
    expect: facts.expect,
    ours: ours.tree === undefined ? "conflict" : score(ours.tree, trees.human),
    git: runGit(folder, trees.human),
    ms,
    ...(proposed === undefined ? {} : { proposed }),
    note: ours.conflicts.map(({ kind, display }) => `${kind} ${display}`).join(", ") || ours.methods.join(" "),
  };
}

interface Trees {
  readonly good: Tree;
  readonly bad: Tree;
  readonly base: Tree;
  readonly human: Tree;
}

interface Undone {
  /** Missing: conflict. */
  readonly tree?: Tree;
  readonly conflicts: readonly FieldConflict[];
  readonly methods: readonly string[];
}

function undo({ good, bad, base }: Trees, settle?: (conflict: FieldConflict) => Resolution | undefined): Undone {
  const paths = [...new Set([...good.keys(), ...bad.keys()])].filter((path) => !same(good.get(path), bad.get(path)));
  const files = paths.map((path): UndoFile => {
    return { ...version("good", path, good), ...version("bad", path, bad), ...version("now", path, base) };
  });
  const result = undoChange(files, settle === undefined ? {} : { resolve: settle });
  const methods = [...new Set(result.files.map(({ method }) => method))];
  if (result.conflicts.length > 0) return { conflicts: result.conflicts, methods };
  const tree = new Map(base);
  for (const { path, after } of result.files) {
    if (after === undefined) tree.delete(path);
    else tree.set(path, Buffer.from(after.manifest.text ?? ""));
  }
  return { tree, conflicts: [], methods };
}

function same(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b);
}

function version(side: "good" | "bad" | "now", path: string, tree: Tree): { readonly [side: string]: UndoVersion } {
  const bytes = tree.get(path);
  return bytes === undefined ? {} : { [side]: { mode: "100644", manifest: readManifest(path, bytes) } };
}

/** Is what the person did among good everywhere, present everywhere, one of them for each conflict? */
function findProposal(trees: Trees, conflicts: readonly FieldConflict[]): string | undefined {
  const id = ({ path, component, display }: FieldConflict): string => toJson([path, component ?? "", display]);
  const ids = [...new Set(conflicts.map(id))];
  const matches = (choose: (at: number) => Resolution): boolean => {
    const { tree } = undo(trees, (conflict) => choose(ids.indexOf(id(conflict))));
    return tree !== undefined && ["equal", "object-equal"].includes(score(tree, trees.human));
  };
  if (matches(() => "good")) return "good";
  if (matches(() => "keep")) return "keep";
  if (ids.length > 8) return undefined;
  for (let pick = 1; pick < 2 ** ids.length - 1; pick += 1) {
    if (matches((at) => ((pick >> at) & 1 ? "good" : "keep"))) return "mixed";
  }
  return undefined;
}

function score(tree: Tree, human: Tree): Verdict {
  const paths = [...new Set([...tree.keys(), ...human.keys()])];
  const different = paths.filter((path) => !same(tree.get(path), human.get(path)));
  if (different.length === 0) return "equal";
  return different.every((path) => sameObjects(path, tree.get(path), human.get(path))) ? "object-equal" : "wrong";
}

function sameObjects(path: string, one: Buffer | undefined, other: Buffer | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const [a, b] = [one, other].map((bytes) => readManifest(path, bytes).stream?.documents.map(({ value }) => value));
  if (a === undefined || b === undefined) return false;
  return jsonEqual(normal(path, a), normal(path, b));
}

/** The order of Kubernetes objects does not count, nor that of a kustomization's resources. */
function normal(path: string, documents: readonly JsonValue[]): JsonValue {
  const filled = documents.filter((value) => value !== null);
  const kustomization = /(?:^|\/)kustomization\.ya?ml$/.test(path);
  const sorted = filled.map((value) => {
    const object = value as { readonly resources?: JsonValue };
    if (!kustomization || !Array.isArray(object.resources)) return value;
    return { ...object, resources: object.resources.map((item) => toJson(item)).sort() };
  });
  const objects = filled.every((value) => typeof value === "object" && "kind" in (value as object));
  return objects ? sorted.toSorted((a, b) => (canonical(a) < canonical(b) ? -1 : 1)) : sorted;
}

function canonical(value: JsonValue): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : typeof item === "bigint"
        ? item.toString()
        : item,
  );
}

/** good, bad and base as commits; then `git revert` of the second. */
function runGit(folder: string, human: Tree): Verdict {
  const repo = mkdtempSync(join(tmpdir(), "lastgood-cases-"));
  const git = (...args: readonly string[]): void => {
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "core.autocrlf=false", ...args], {
      cwd: repo,
      stdio: "ignore",
      env: { PATH: process.env["PATH"], HOME: repo, GIT_CONFIG_NOSYSTEM: "1" },
    });
  };
  try {
    git("init", "-q", "-b", "main");
    for (const name of ["good", "bad", "base"]) {
      for (const entry of readdirSync(repo)) if (entry !== ".git") rmSync(join(repo, entry), { recursive: true });
      if (existsSync(join(folder, name))) cpSync(join(folder, name), repo, { recursive: true });
      mkdirSync(repo, { recursive: true });
      rmSync(join(repo, ".git", "index"), { force: true });
      git("add", "-A", "-f");
      git("commit", "-q", "--allow-empty", "-m", name);
    }
    git("revert", "--no-commit", "main~1");
  } catch {
    rmSync(repo, { recursive: true, force: true });
    return "conflict";
  }
  const verdict = score(readTree(repo), human);
  rmSync(repo, { recursive: true, force: true });
  return verdict;
}

function judge(rows: readonly Row[]): readonly string[] {
  const names = (found: readonly Row[]): string => found.map(({ name, ours }) => `${name} (${ours})`).join(", ");
  const of = (expect: Expect): readonly Row[] => rows.filter((row) => row.expect === expect);
  const right = (verdict: Verdict): boolean => verdict === "equal" || verdict === "object-equal";
  const human = of("human").filter(({ ours }) => ours !== "equal");
  const silent = of("conflict").filter(({ ours }) => ours !== "conflict" && !right(ours));
  const worse = rows.filter(({ ours, git }) => right(git) && !right(ours));
  const open = of("conflict").filter(({ ours }) => ours === "conflict");
  const unproposed = open.filter(({ proposed }) => proposed === undefined);
  return [
    ...(human.length > 0 ? [`not what the person did, byte for byte: ${names(human)}`] : []),
    ...(silent.length > 0 ? [`a conflict was decided silently: ${names(silent)}`] : []),
    ...(worse.length > 0 ? [`git is right there: ${names(worse)}`] : []),
    ...(unproposed.length * 2 > open.length ? [`not among the proposals: ${names(unproposed)}`] : []),
  ];
}

function render(rows: readonly Row[]): string {
  const verdicts: readonly Verdict[] = ["equal", "object-equal", "conflict", "wrong", "error"];
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, at) => String(cell).padEnd(at === 0 ? 10 : 14))
      .join("")
      .trimEnd();
  const tally = (found: readonly Row[], side: "ours" | "git"): readonly number[] =>
    verdicts.map((verdict) => found.filter((row) => row[side] === verdict).length);
  const classes = [...new Set(rows.map(({ expect }) => expect)), "all" as const].flatMap((expect) => {
    const found = expect === "all" ? rows : rows.filter((row) => row.expect === expect);
    return [line([expect, "lastgood", ...tally(found, "ours")]), line(["", "git revert", ...tally(found, "git")])];
  });
  const open = rows.filter((row) => row.expect === "conflict" && row.ours === "conflict");
  const proposed = open.filter((row) => row.proposed !== undefined).length;
  const cases = rows.map(
    ({ name, expect, ours, git, ms, proposed: how, note }) =>
      `${expect.padEnd(9)} ${ours.padEnd(13)} ${git.padEnd(9)} ${ms.toFixed(0).padStart(5)} ms  ${name}  ${how === undefined ? "" : `[${how}] `}${note.slice(0, 160)}`,
  );
  return [
    line(["expect", "", ...verdicts]),
    ...classes,
    "",
    `conflicts in which a proposal is what the person did: ${proposed} of ${open.length}`,
    "",
    `${"expect".padEnd(9)} ${"lastgood".padEnd(13)} ${"git".padEnd(9)}`,
    ...cases,
    "",
  ].join("\n");
}
