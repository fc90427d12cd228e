import { describe, expect, it } from "vitest";
import { openClone } from "../../src/adapters/repository/git/clone.ts";
import { type GoalQuery, planGoal, type PlanWorld } from "../../src/app/plan-goal.ts";
import { parseStream } from "../../src/core/manifest/parse.ts";
import { readSimple } from "../../src/core/manifest/read-simple.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import { commitId } from "../../src/core/model/git.ts";
import { EVERYTHING } from "../../src/core/selection.ts";
import { fixedClock } from "../support/fixed-clock.ts";
import { gitdir, type GitDir } from "../support/gitdir.ts";
import { runCli } from "../support/run-cli.ts";
import { silentLog } from "../support/silent-log.ts";

const FILE = "apps/api/values.yaml";

/** Good, bad and later work on one file. */
function story(good: string, bad: string, now: string, path = FILE): GitDir {
  return gitdir([
    { files: { [path]: good, "apps/web/a.yaml": "a: 1\n" } },
    { files: { [path]: bad }, as: "bad" },
    { files: { [path]: now, "apps/web/a.yaml": "a: 2\n" } },
  ]);
}

async function revert(git: GitDir, ...more: readonly string[]) {
  const what = ["--base", git.head, "--commit", git.id("bad"), "--mode", "branch", "--branch", "undo"];
  return runCli(["revert", "--repo", git.path, ...what, "-y", "-o", "name", ...more]);
}

function configMap(value: (at: number) => string): string {
  const data = Array.from({ length: 20_000 }, (_, at) => `  key${at}: "${value(at)}"\n`).join("");
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: big\ndata:\n${data}`;
}

function list(value: (at: number) => string): string {
  return `servers:\n${Array.from({ length: 2000 }, (_, at) => `  - name: s${at}\n    image: "${value(at)}"\n`).join("")}`;
}

/** `special` at one place, `rest` everywhere else. */
const at = (places: Readonly<Record<number, string>>) => (place: number) => places[place] ?? "x";

// Both end within the time and the heap that a test has; without bounds they would not.
describe("revert --commit in huge files", () => {
  it.each([
    ["a ConfigMap of 20,000 keys", configMap],
    ["a list of 2,000 items", list],
  ])("takes one value of %s back, beside one that changed since", async (_, text) => {
    const git = story(text(at({ 9: "good" })), text(at({ 9: "bad" })), text(at({ 9: "bad", 10: "later" })));
    const { exit: code, stdout } = await revert(git);
    expect([code, stdout.trim()]).toEqual([0, git.id("undo")]);
    expect(git.text(FILE, "undo")).toBe(text(at({ 9: "good", 10: "later" })));
  });

  it.each([
    ["a ConfigMap of 20,000 keys", configMap],
    ["a list of 2,000 items", list],
  ])("writes nothing where all of %s was set again since", async (_, text) => {
    const git = story(
      ...(["good", "bad", "now"].map((value) => text((place) => `${value}${place}`)) as [string, string, string]),
    );
    const { exit: code, stdout } = await revert(git);
    expect([code, stdout]).toEqual([6, ""]);
    expect(git.git(["for-each-ref", "refs/heads/undo"])).toBe("");
  });
});

describe("revert --chart-version", () => {
  const chart = (version: string, app: string): string =>
    `apiVersion: v2\nname: api\nversion: ${version} # only up\nappVersion: "${app}"\n`;

  it.each([
    ["restore", "0.2.6"],
    ["bump", "0.2.8"],
    ["keep", "0.2.7"],
  ])("%s makes it %s, and takes the rest of the change back", async (rule, version) => {
    const git = story(chart("0.2.6", "1"), chart("0.2.7", "2"), chart("0.2.7", "2"), "charts/api/Chart.yaml");
    const { exit: code } = await revert(git, "--chart-version", rule);
    expect(code).toBe(0);
    expect(git.text("charts/api/Chart.yaml", "undo")).toBe(chart(version, "1"));
  });
});

describe("large files", () => {
  it("are planned elsewhere where there is a place for them, small ones here", async () => {
    const small = story("a: good\n", "a: bad\n", "a: bad\nb: 1\n");
    const large = story(
      configMap(at({ 9: "good" })),
      configMap(at({ 9: "bad" })),
      configMap(at({ 9: "bad", 10: "x" })),
    );
    expect([await plannedElsewhere(small), await plannedElsewhere(large)]).toEqual([0, 1]);
  });

  it("make no tree: a ConfigMap of 20,000 keys is read line by line", () => {
    expect(readSimple(configMap(at({ 9: "bad" })))).toHaveLength(1);
  });

  it("that need more than 250,000 tokens go as text: LimitTokens", () => {
    const text = `a: [\n${"  { b: c },\n".repeat(60_000)}  ]\n`;
    expect(() => parseStream("a.yaml", text)).toThrow(expect.objectContaining({ code: "LimitTokens" }));
  });
});

/** How often a plan of the undo was handed to where large files are planned. */
async function plannedElsewhere(git: GitDir): Promise<number> {
  const clone = await openClone(git.path, { env: process.env });
  let count = 0;
  const world: PlanWorld = {
    repository: clone.repository,
    ledger: { read: async () => ({ records: [], damaged: 0 }), append: async () => true },
    clock: fixedClock(),
    log: silentLog(),
    planLarge: async (_, own) => {
      count += 1;
      return planGoal(query, own);
    },
  };
  const base = commitId(git.head);
  const query: GoalQuery = {
    target: { name: "api", origin: { kind: "change" }, sources: [{ path: "", tool: "everything" }], notes: [] },
    branch: "main",
    base,
    goal: { kind: "undo", commits: [commitId(git.id("bad"))], resolutions: [] },
    selection: EVERYTHING,
    patterns: NO_PATTERNS,
  };
  try {
    expect((await planGoal(query, world)).plan.kind).toBe("plan");
    return count;
  } finally {
    await clone.close();
  }
}
