import { describe, expect, it } from "vitest";
import { hold } from "../../../../src/core/model/hold.ts";
import { LastgoodError } from "../../../../src/errors.ts";
import { renderHold, renderProblem } from "../../../../src/faces/cli/output/problem.ts";
import { outputOf } from "./plain-output.ts";

const BUG = { version: "1.2.3", platform: "node 20.19.0, linux x64", newIssueUrl: "https://example.test/issues/new" };

describe("renderProblem", () => {
  it("says what, where, why, what to do, and the code at the right", () => {
    const error = new LastgoodError("RepositoryRef", 'there is no branch "main"', {
      place: { file: "lastgood.yaml", line: 12, column: 3 },
      hint: "Name the branch: --base BRANCH.\nOr push it first.",
      cause: new Error("git failed\n  exit 128", { cause: new Error("no such ref") }),
    });
    expect(renderProblem(error, outputOf({ width: 60 }), BUG)).toBe(
      [
        '✗ there is no branch "main"                    RepositoryRef',
        "  at lastgood.yaml:12:3",
        "  because: git failed; exit 128",
        "  because: no such ref",
        "  Name the branch: --base BRANCH.",
        "  Or push it first.",
        "",
      ].join("\n"),
    );
  });

  it("has words and no alignment on a pipe", () => {
    expect(renderProblem(new LastgoodError("UsageTarget", "no target x"), outputOf({ tty: false }), BUG)).toBe(
      "error: no target x  UsageTarget\n",
    );
  });

  it("escapes what an error carries", () => {
    const error = new LastgoodError("ForgeAnswer", "a\u001b[2J", {
      hint: "b\u202e",
      cause: new Error("c\u0007"),
      place: { file: "d\r" },
    });
    const text = renderProblem(error, outputOf({ width: 1 }), BUG);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it("leaves out a cause that the message or another cause says already", () => {
    const last = new Error("Not Found - https://docs.github.com/rest/pulls");
    const error = new LastgoodError("ForgeNotFound", "GitHub: cannot read pull request #99: Not Found", {
      cause: last,
    });
    expect(renderProblem(error, outputOf({ tty: false }), BUG)).toBe(`error: ${error.message}  ForgeNotFound\n`);
  });

  it("ends when causes go in a circle", () => {
    const cause = new Error("a");
    cause.cause = new Error("b", { cause });
    expect(renderProblem(new LastgoodError("ForgeAnswer", "x", { cause }), outputOf({ tty: false }), BUG)).toBe(
      "error: x  ForgeAnswer\n  because: a\n  because: b\n",
    );
  });

  it("shows a stack and a filled-in report for a bug only, without this machine's folders and without secrets", () => {
    const error = new TypeError("cannot read https://bob:hunter2@h of undefined");
    error.stack = [
      "TypeError: x",
      "    at planTarget (file:///home/mkim/work/lastgood/src/core/plan.ts:12:3)",
      "    at C:\\Users\\mkim\\x\\dist\\main.js:1:2",
      "    at /home/mkim/other.js:1:2",
      "    at node:internal/process:5:5",
    ].join("\n");
    const text = renderProblem(error, outputOf({ tty: false }), BUG);
    expect(text).toContain("lastgood has a bug: cannot read");
    expect(text).toContain(
      "    at planTarget (src/core/plan.ts:12:3)\n    at dist\\main.js:1:2\n    at other.js:1:2\n",
    );
    expect(text).not.toContain("mkim");
    const link = new URL(/https:\/\/example\.test\S+/.exec(text)?.[0] ?? "");
    expect(link.searchParams.get("title")).toBe("Bug: TypeError: cannot read https://***@h of undefined");
    expect(link.searchParams.get("body")).toContain("lastgood 1.2.3, node 20.19.0, linux x64");
    expect(text).not.toContain("hunter2");
    expect(renderProblem(new LastgoodError("ForgeAuth", "x"), outputOf(), BUG)).not.toContain("https:");
  });

  it.each([undefined, null, 5, "text", { a: 1 }, Object.create(null)])("survives anything thrown: %j", (thrown) => {
    expect(renderProblem(thrown, outputOf({ tty: false }), BUG)).toContain("lastgood has a bug");
  });
});

describe("renderHold", () => {
  it("says what was found, its reason, and what can be done", () => {
    const held = hold("NoCheckpoint", "no known-good checkpoint for search/index", ["lastgood history search/index"]);
    expect(renderHold(held, outputOf({ width: 62 }))).toBe(
      [
        "✗ no known-good checkpoint for search/index       NoCheckpoint",
        "  You can:",
        "    lastgood history search/index",
        "",
      ].join("\n"),
    );
    expect(renderHold(held, outputOf({ tty: false }))).toMatch(/^held: no known-good checkpoint/);
  });

  it("is no failure when there is nothing to do", () => {
    expect(renderHold(hold("AlreadyOpen", "#491 is open"), outputOf({ tty: false }))).toBe(
      "ok: #491 is open  AlreadyOpen\n",
    );
    expect(renderHold(hold("AlreadyOpen", "#491 is open"), outputOf({ width: 1 }))).toBe(
      "✔ #491 is open  AlreadyOpen\n",
    );
  });
});
