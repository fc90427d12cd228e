import { describe, expect, it } from "vitest";
import { gitdir, type GitDir } from "../support/gitdir.ts";
import { runCli } from "../support/run-cli.ts";

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
