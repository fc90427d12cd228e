import { beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../../../src/errors.ts";
import { HOLD_EXITS } from "../../../src/core/model/hold.ts";
import type { GitDir } from "../../support/gitdir.ts";
import { runCli } from "../../support/run-cli.ts";
import { lastgood, payments, TARGET } from "./world.ts";

const COMMANDS = ["history", "checkpoints", "plan", "revert", "mark", "demo"];

let repo: GitDir;

beforeAll(() => {
  repo = payments();
});

describe("help", () => {
  it.each(COMMANDS)("of %s begins with examples and wraps at the terminal", async (command) => {
    for (const args of [
      [command, "--help"],
      ["help", command],
    ]) {
      const { stdout, stderr, exit } = await runCli(args, { tty: true, columns: 72 });
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
      expect(stdout).toMatch(command === "demo" ? /^Usage: lastgood demo/ : /^Examples:\n {2}lastgood /);
      expect(stdout).toContain("Usage: lastgood ");
      const wrapped = stdout.slice(stdout.indexOf("Usage:"));
      for (const line of wrapped.split("\n")) expect(line.length).toBeLessThanOrEqual(72);
    }
  });

  it("names every command, and the topics", async () => {
    const { stdout, exit } = await runCli(["--help"], {});
    expect(exit).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, "m"));
    expect(stdout).toContain("help exit-codes");
    expect(await runCli([], {})).toMatchObject({ exit: 2, stdout: "", stderr: stdout });
  });

  it.each(["kubectl lastgood", "git lastgood"])("uses the name it was called by: %s", async (calledAs) => {
    const { stdout } = await runCli(["plan", "--help"], { calledAs });
    expect(stdout).toContain(`Usage: ${calledAs} plan`);
    expect(stdout).toContain(`  ${calledAs} plan payments/api`);
    expect((await runCli(["--help"], { calledAs })).stdout).toContain(`${calledAs} help exit-codes`);
  });

  it("lists every exit code and every hold", async () => {
    const { stdout } = await runCli(["help", "exit-codes"], {});
    for (const code of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`^ +${code} {2}\\w`, "m"));
    for (const [reason, exit] of Object.entries(HOLD_EXITS))
      expect(stdout).toMatch(new RegExp(`^ +${exit} {2}${reason}$`, "m"));
  });

  it("names what is read of the environment", async () => {
    const { stdout } = await runCli(["help", "environment"], {});
    for (const name of ["LASTGOOD_APP_ID", "LASTGOOD_APP_INSTALLATION_ID", "LASTGOOD_NO_INPUT", "GIT_AUTHOR_NAME"])
      expect(stdout).toContain(name);
  });

  it.each(["environment", "formatting"])("has a topic %s", async (topic) => {
    const { stdout, exit } = await runCli(["help", topic], {});
    expect(exit).toBe(0);
    expect(stdout.length).toBeGreaterThan(200);
  });

  it("tells its version", async () => {
    for (const flag of ["--version", "-V"])
      expect(await runCli([flag], {})).toMatchObject({ exit: 0, stdout: "0.0.0-test\n" });
  });
});

/** Words, exit 2, nothing on stdout, and what is said on stderr. */
const WRONG: readonly (readonly [args: readonly string[], code: string, says: string])[] = [
  [["histroy"], "UsageArgument", "Did you mean history?"],
  [["history", "--limt", "3"], "UsageArgument", "Did you mean --limit?"],
  [["help", "histroy"], "UsageArgument", "Did you mean history?"],
  [["--nope"], "UsageArgument", "lastgood --help"],
  [["history", "a", "b"], "UsageArgument", "too many arguments"],
  [["history", TARGET, "--limit", "x"], "UsageArgument", "--limit x"],
  [["history", TARGET, "--limit", "-1"], "UsageArgument", "--limit -1"],
  [["history", TARGET, "--since", "soon"], "UsageArgument", "36h"],
  [["history", TARGET, "-o", "xml"], "UsageArgument", "json"],
  [["history", TARGET, "--color", "blue"], "UsageArgument", "always"],
  [["plan", TARGET, "--show", "all"], "UsageArgument", "fields, diff, patch, pr"],
  [["plan", TARGET, "--to"], "UsageMissing", "--to <rev>"],
  [["plan", TARGET, "--to", "main", "--to-revision", "1"], "UsageArgument", "exclude each other"],
  [["plan", TARGET, "--to-revision", "x"], "UsageArgument", "--to"],
  [["plan", TARGET, "--to-revision", "99"], "UsageRevision", "1 to 4"],
  [["plan", TARGET, "--to", "#9"], "UsageRevision", "#9"],
  [["plan", TARGET, "--to", "nope"], "UsageRevision", "nope"],
  [["plan", TARGET, "--only", ":imag", "--to", "main~3"], "UsageComponent", "image"],
  [["plan", TARGET, "--only", "Deployment/ap", "--to", "main~3"], "UsageComponent", "Deployment/api"],
  [["plan", TARGET, "--base", "nope"], "UsageRevision", "--base nope"],
  [["revert", TARGET, "--mode", "pushh"], "UsageArgument", "branch, propose, merge, push"],
  [["revert", TARGET, "--merge", "--mode", "push"], "UsageArgument", "exclude each other"],
  [["revert", TARGET, "--wait", "healthy"], "UsageArgument", "merged, synced, verified"],
  [["revert", TARGET, "--wait", "verified"], "EngineConfig", "--wait=merged needs no engine"],
  [
    ["revert", "--wait", "verified", "--commit", "main"],
    "UsageMissing",
    "--wait=verified asks the engine about one target",
  ],
  [["revert", TARGET, "--mode", "branch", "--wait", "merged"], "UsageArgument", "--wait"],
  [["revert", TARGET, "--branch", "x"], "UsageArgument", "--mode branch"],
  [["revert", TARGET, "-i"], "UsageMissing", "--to"],
  [["revert", TARGET, "--plan", "nope.json"], "UsageArgument", "nope.json"],
  [["revert", TARGET, "--to", "main~3", "--mode", "branch"], "UsageMissing", "--yes"],
  [["revert", TARGET, "--to", "main~3", "--mode", "branch", "--no-input"], "UsageMissing", "--yes"],
  [["-o", "json", "history"], "UsageArgument", "Options stand after the command: lastgood history -o ..."],
  [["mark"], "UsageMissing", "verdict"],
  [["mark", "fine", TARGET, "main"], "UsageArgument", "mark good"],
  [["mark", "good", TARGET, "main"], "UsageMissing", "--reason"],
  [["mark", "good", TARGET, "main", "--reason", " "], "UsageMissing", "--reason"],
  [["mark", "good", TARGET, "nope", "--reason", "x"], "UsageRevision", "nope"],
  [["history"], "UsageMissing", "which target?"],
  [["history", "./apps/paymets/api"], "UsageTarget", "Did you mean ./apps/payments"],
  [["history", "deployment/apu"], "UsageTarget", "deployment/apu"],
  [["history", TARGET, "--config", "nope.yaml"], "ConfigNotFound", "nope.yaml"],
  [["history", TARGET, "--repo", "no such place"], "UsageRepository", "OWNER/REPO"],
  [["history", ""], "UsageTarget", "no target"],
  [["history", "-"], "UsageTarget", "no target -"],
  [["history", "--", "--limit"], "UsageTarget", "--limit"],
  [["history", "x".repeat(1_000_000)], "UsageTarget", "xxx~"],
  [["plan", TARGET, "--to", "x".repeat(1_000_000)], "UsageRevision", "xxx~"],
  [["plan", TARGET, "--base", "x".repeat(1_000_000)], "UsageRevision", "xxx~"],
  [["plan", TARGET, "--to", "main~3", "--only", "x".repeat(1_000_000)], "UsageComponent", "xxx~"],
  [["history", "a\u0000b"], "UsageTarget", "\\x00"],
  [["plan", TARGET, "--to", "a\u0000b"], "UsageRevision", "\\x00"],
  [["\u001b]0;x\u0007"], "UsageArgument", "\\x1b]0;x\\x07"],
];

describe("wrong arguments", () => {
  it.each(WRONG.map(([args, code, says]) => [args.join(" ").slice(0, 60), args, code, says] as const))(
    "%j ends with 2 and says what to do",
    async (_line, args, code, says) => {
      const before = repo.git(["for-each-ref"]);
      const { stdout, stderr, exit } = await lastgood(repo, args);
      expect({ exit, stdout, stderr }).toEqual({ exit: 2, stdout: "", stderr });
      expect(stderr).toContain(code);
      expect(stderr).toContain(says);
      expect(stderr).not.toMatch(/(?!\n)\p{Cc}/u);
      expect(stderr).not.toMatch(/^ {4}at /m);
      expect(stderr.length).toBeLessThan(5000);
      expect(repo.git(["for-each-ref"])).toBe(before);
    },
  );

  it("says so where there is no repository", async () => {
    const { stderr, exit } = await runCli(["history", TARGET], {});
    expect(exit).toBe(2);
    expect(stderr).toContain("UsageRepository");
    expect(stderr).toContain("--repo OWNER/REPO");
  });
});

describe("an end from outside", () => {
  it("ends with 130 when it was interrupted, and writes nothing", async () => {
    const before = repo.git(["for-each-ref"]);
    const { stdout, stderr, exit } = await lastgood(
      repo,
      ["revert", TARGET, "--to", "main~3", "--mode", "branch", "-y"],
      {
        signal: AbortSignal.abort(new Error("SIGINT")),
      },
    );
    expect({ exit, stdout }).toEqual({ exit: 130, stdout: "" });
    expect(stderr).toContain("interrupted");
    expect(repo.git(["for-each-ref"])).toBe(before);
  });
});
