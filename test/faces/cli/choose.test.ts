import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { GitDir } from "../../support/gitdir.ts";
import { type CliRun, runCli } from "../../support/run-cli.ts";
import { API, deployment, payments, TARGET } from "./world.ts";

const ENTER = "\r";
const DOWN = "\u001b[B";
const ESCAPE = "\u001b";
const SPACE = " ";

interface Conversation extends CliRun {
  /** Everything that was shown at the questions, without colours and movements. */
  readonly screen: string;
}

/** What is waited for, and what is typed then. */
type Steps = readonly (readonly [sees: string, types: string])[];

/** Runs a command with somebody who answers: each answer is given when its question is on the screen. */
async function converse(repo: GitDir, args: readonly string[], steps: Steps, columns = 80): Promise<Conversation> {
  const input = new PassThrough();
  const open = [...steps];
  let screen = "";
  let unread = "";
  const output = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        const text = chunk.toString().replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
        screen += text;
        unread += text;
        const [next] = open;
        if (next !== undefined && unread.includes(next[0])) {
          open.shift();
          unread = "";
          setImmediate(() => input.write(next[1]));
        }
        done();
      },
    }),
    { columns, rows: 40 },
  );
  const done = await runCli(args, {
    cwd: repo.path,
    tty: true,
    columns,
    env: { LC_ALL: "C.UTF-8", NO_COLOR: "1" },
    questions: { input, output },
  });
  expect(open).toEqual([]);
  return { ...done, screen };
}

const REVERT = ["revert", TARGET, "--mode", "branch", "-i", "--branch", "fix"];
const WHICH = "Back to which revision";

describe("revert -i", () => {
  it("finds a revision by typing, shows what would change, and asks once more", async () => {
    const repo = payments();
    const { exit, stdout, stderr, screen } = await converse(repo, REVERT, [
      [WHICH, "1.7.2 renovate"],
      ["1.7.2 renovate", ENTER],
      ["All of it (2 parts)", ENTER],
      ["Revert apps/payments/api to d019b69?", `y`],
    ]);
    expect(exit).toBe(0);
    expect(screen).toContain("#2  d019b69  ? unproven");
    expect(stdout).toBe(`${repo.id("fix")} fix\n`);
    expect(repo.text(API, "fix")).toBe(deployment("1.7.4"));
    // The plan is shown once: before the parts are chosen.
    expect(stderr.split("ghcr.io/acme/api:1.8.0 → ghcr.io/acme/api:1.7.4")).toHaveLength(2);
  });

  it("takes only the parts that stay ticked", async () => {
    const repo = payments();
    const { exit } = await converse(repo, REVERT, [
      [WHICH, "#470"],
      ["#470", ENTER],
      ["All of it", DOWN + ENTER],
      ["Which parts go back?", SPACE + ENTER],
      ["Revert apps/payments/api", "y"],
    ]);
    expect(exit).toBe(0);
    expect(repo.text(API, "fix")).toBe(deployment("1.7.4", 4));
  });

  it("goes back to the list for another revision", async () => {
    const repo = payments();
    const { exit } = await converse(repo, REVERT, [
      [WHICH, ENTER],
      ["Another revision", DOWN + ENTER],
      [WHICH, "#440"],
      ["#440", ENTER],
      ["All of it", ENTER],
      ["Revert apps/payments/api to c14f82d?", "y"],
    ]);
    expect(exit).toBe(0);
    expect(repo.text(API, "fix")).toBe(deployment("1.7.2"));
  });

  it("begins at the last known good revision, and asks for none that was named", async () => {
    const repo = payments();
    await runCli(["mark", "good", TARGET, "main~3", "--reason", "quiet"], { cwd: repo.path });
    const first = await converse(repo, REVERT, [
      [WHICH, ENTER],
      ["All of it", ENTER],
      ["Revert apps/payments/api to d019b69?", "n"],
    ]);
    expect(first.exit).toBe(130);
    const named = await converse(
      repo,
      [...REVERT, "--to", "#440"],
      [
        ["All of it", ENTER],
        ["Revert apps/payments/api to c14f82d?", "y"],
      ],
    );
    expect(named.exit).toBe(0);
    expect(named.screen).not.toContain(WHICH);
  });

  it.each([
    ["at the revisions", [[WHICH, "\u0003"]]],
    ["at the revisions, by Escape", [[WHICH, ESCAPE]]],
    [
      "at the parts",
      [
        [WHICH, ENTER],
        ["All of it", "\u0003"],
      ],
    ],
    [
      "at the end",
      [
        [WHICH, ENTER],
        ["All of it", ENTER],
        ["Revert apps/payments/api", "\u0003"],
      ],
    ],
    [
      "with no",
      [
        [WHICH, ENTER],
        ["All of it", ENTER],
        ["Revert apps/payments/api", ENTER],
      ],
    ],
  ] as const)("ends with 130 and writes nothing when left %s", async (_where, steps) => {
    const repo = payments();
    const before = repo.git(["for-each-ref"]);
    const { exit, stdout, stderr } = await converse(repo, REVERT, steps);
    expect({ exit, stdout }).toEqual({ exit: 130, stdout: "" });
    expect(stderr).toContain("Nothing was written.");
    expect(repo.git(["for-each-ref"])).toBe(before);
  });

  it.each([40, 80, 120])("wraps no choice on a terminal of %d columns", async (columns) => {
    const repo = payments();
    const { screen } = await converse(repo, REVERT, [[WHICH, "\u0003"]], columns);
    const choices = screen.split("\n").filter((line) => /[●○] #\d/.test(line));
    expect(choices).toHaveLength(3);
    for (const line of choices) expect(line.length).toBeLessThan(columns);
  });
});

describe("a question", () => {
  it("is asked before anything is written, and answered by -y", async () => {
    const repo = payments();
    const args = ["revert", TARGET, "--to", "#470", "--mode", "branch", "--branch", "fix"];
    const asked = await converse(repo, args, [["Revert apps/payments/api", "n"]]);
    expect(asked.exit).toBe(130);
    expect((await converse(repo, [...args, "--no-input"], [])).exit).toBe(2);
    expect((await converse(repo, [...args, "-y"], [])).exit).toBe(0);
  });

  it("asks for the reason that a policy wants", async () => {
    const config =
      "apiVersion: lastgood.dev/v1alpha1\nkind: Config\ntargets: [{ name: api, paths: [apps/payments/api] }]\npolicies: { default: { requireReason: true } }\n";
    const repo = payments(config);
    const { exit } = await converse(
      repo,
      ["revert", "api", "--to", "#470", "--mode", "branch", "--branch", "fix"],
      [
        ["Reason for the revert?", `5xx since noon${ENTER}`],
        ["Revert api", "y"],
      ],
    );
    expect(exit).toBe(0);
    expect(repo.git(["log", "-1", "--format=%B", "fix"])).toContain("5xx since noon");
  });
});
