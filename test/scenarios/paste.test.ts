import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type GitDir, gitdir, temporaryFolder } from "../support/gitdir.ts";
import { cliTestEnv, type CliRun, runCli } from "../support/run-cli.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A name that a shell would take for much else. */
const FOLDER = "apps/o'brien & $(touch pwned) `id`";
const FILE = `${FOLDER}/values.yaml`;
const BASE = "release/$(id)&'x";

function values({ it = "0", other = "0", extra = "" } = {}): string {
  return `"it's $(here)":\n  "a b": ${it}\nother: ${other}\n${extra}`;
}

/** A merge with two bad changes in two places, and later work on both, on a branch that is not the default one. */
function story(): GitDir {
  const git = gitdir([
    { files: { [FILE]: values(), "apps/web.yaml": "web: 0\n" }, message: "Start" },
    { branch: "topic", from: "main", files: { "README.md": "x\n" } },
    { branch: BASE, from: "main", files: { "notes.txt": "1\n" } },
    {
      branch: BASE,
      merge: ["topic"],
      files: { [FILE]: values({ it: "1", other: "1", extra: "more: 1\n" }), "apps/web.yaml": "web: 1\n" },
      as: "bad",
      message: "Bad",
    },
    {
      branch: BASE,
      files: { [FILE]: values({ it: "2", other: "2", extra: "more: 1\n" }) },
      as: "later",
      message: "Later",
    },
  ]);
  return git;
}

/** The commands of a text: lines of it, as a person marks and copies them, comments too. */
function commandsIn({ stderr }: CliRun): readonly string[] {
  return stderr
    .split("\n")
    .map((line) => /(?:^\s+|; |^Next: )(lastgood .*)$/.exec(line)?.[1])
    .filter((line) => line !== undefined);
}

/** Pastes a line into a shell in which `lastgood` is this program; a person answers yes. */
function paste(line: string, cwd: string) {
  const program = ["node_modules/tsx/dist/cli.mjs", "src/main.ts"].map((file) => `'${join(ROOT, file)}'`).join(" ");
  const yes = `if [ "$1" = revert ]; then set -- "$@" -y; fi`;
  const script = `lastgood() { ${yes}; '${process.execPath}' ${program} "$@"; }\n${line}`;
  const env = { ...cliTestEnv(), LC_ALL: "C.UTF-8" } as NodeJS.ProcessEnv;
  return spawnSync("bash", ["-c", script], { cwd, encoding: "utf8", env });
}

describe("what is printed to be pasted", { timeout: 120_000 }, () => {
  const ask = (git: GitDir): readonly string[] => [
    `./${FOLDER}`,
    "--repo",
    git.path,
    "--base",
    BASE,
    "--commit",
    git.id("bad"),
    "--mainline",
    "1",
    "--chart-version",
    "keep",
    "--only",
    `./${FILE}`,
  ];
  const branch = ["--mode", "branch", "--branch", "undo", "--reason", "it's down"];

  it("does the run that it belongs to again, with one more answer", async () => {
    const git = story();
    const held = await runCli(["revert", ...ask(git), ...branch]);
    expect(held.exit).toBe(6);
    const cwd = temporaryFolder("shell");
    const done = commandsIn(held).map((line) => {
      const { status, stdout } = paste(line, cwd);
      const exists = git.git(["for-each-ref", "refs/heads/undo"]) !== "";
      const text = exists ? git.text(FILE, "undo") : undefined;
      const parent = exists ? git.git(["rev-parse", "undo^"]) : git.id(BASE);
      const web = exists ? git.text("apps/web.yaml", "undo") : "web: 1\n";
      const reason = exists ? git.git(["log", "-1", "--format=%b", "undo"]).includes("it's down") : true;
      if (exists) git.git(["branch", "-D", "undo"]);
      expect({ parent, web, reason }).toEqual({ parent: git.id(BASE), web: "web: 1\n", reason: true });
      return { status, text, shown: stdout.includes("-more: 1") };
    });
    expect(done).toEqual([
      { status: 0, text: values(), shown: false },
      { status: 0, text: values(), shown: false },
      { status: 0, text: values({ it: "2", other: "2" }), shown: false },
      // One place is decided, the other is still asked about.
      { status: 6, text: undefined, shown: false },
      { status: 0, text: undefined, shown: true },
    ]);
    expect(existsSync(join(cwd, "pwned"))).toBe(false);
  });

  it("keeps what was decided before", async () => {
    const git = story();
    const one = ["--resolve", `${FILE}:["it's $(here)"]["a b"]=keep`];
    const held = await runCli(["revert", ...ask(git), ...branch, ...one]);
    expect(held.stderr).toContain("later work changed 1 place");
    const good = commandsIn(held).find((line) => line.includes("'*=good'")) ?? "";
    expect(paste(good, temporaryFolder("shell")).status).toBe(0);
    expect(git.text(FILE, "undo")).toBe(values({ it: "2" }));
  });

  it("names the revert of a plan that stands on no branch as one that can stand there", async () => {
    const git = story();
    const args = ["--repo", git.path, "--base", git.id("bad"), "--commit", git.id("bad")];
    const planned = await runCli(["plan", `./${FOLDER}`, ...args]);
    const [next = ""] = commandsIn(planned);
    expect(next).toContain("--mode branch");
    const { status, stdout } = paste(next, temporaryFolder("shell"));
    expect(status).toBe(0);
    expect(git.text(FILE, stdout.slice(0, 40))).toBe(values());
  });
});
