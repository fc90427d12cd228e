import { describe, expect, it } from "vitest";
import { readTerminal, type TerminalRequest } from "../../../../src/faces/cli/output/terminal.ts";

const TTY = { isTTY: true, columns: 100 };

function colored(request: Partial<TerminalRequest>): boolean {
  return readTerminal({ stdout: TTY, stderr: TTY, env: {}, ...request }).out.colors.isColorSupported;
}

describe("colour", () => {
  it.each<[string, Partial<TerminalRequest>, boolean]>([
    ["on a TTY", {}, true],
    ["on a pipe", { stdout: {} }, false],
    ["TERM=dumb", { env: { TERM: "dumb" } }, false],
    ["NO_COLOR", { env: { NO_COLOR: "1" } }, false],
    ["an empty NO_COLOR", { env: { NO_COLOR: "" } }, true],
    ["FORCE_COLOR over NO_COLOR and the pipe", { stdout: {}, env: { FORCE_COLOR: "1", NO_COLOR: "1" } }, true],
    ["FORCE_COLOR=0", { env: { FORCE_COLOR: "0" } }, false],
    ["--color=never over FORCE_COLOR", { color: "never", env: { FORCE_COLOR: "1" } }, false],
    ["--color=always over NO_COLOR", { color: "always", stdout: {}, env: { NO_COLOR: "1" } }, true],
  ])("%s", (_, request, expected) => {
    expect(colored(request)).toBe(expected);
  });

  it("is decided for each stream", () => {
    const { out, err } = readTerminal({ stdout: {}, stderr: TTY, env: {} });
    expect([out.colors.isColorSupported, err.colors.isColorSupported]).toEqual([false, true]);
  });
});

describe("width", () => {
  it.each([
    [{ isTTY: true, columns: 1 }, {}, 1],
    [{ isTTY: true, columns: 0 }, {}, 80],
    [{ isTTY: true }, { COLUMNS: "40" }, 40],
    [{ isTTY: true }, { COLUMNS: "-3" }, 80],
    [{ isTTY: true }, { COLUMNS: "x" }, 80],
    [{ isTTY: true }, {}, 80],
    [{ columns: 40 }, { COLUMNS: "40" }, Number.POSITIVE_INFINITY],
  ])("of %j with %j is %d", (stdout, env, width) => {
    expect(readTerminal({ stdout, stderr: {}, env }).out.width).toBe(width);
  });
});

describe("unicode", () => {
  it.each([
    [{ LANG: "en_US.UTF-8" }, true],
    [{ LANG: "C.utf8" }, true],
    [{ LANG: "C" }, false],
    [{}, false],
    [{ LC_ALL: "C", LANG: "C.UTF-8" }, false],
    [{ LC_ALL: "", LC_CTYPE: "de_DE.UTF-8" }, true],
    [{ WT_SESSION: "1" }, true],
  ])("with %j is %j", (env, expected) => {
    expect(readTerminal({ stdout: TTY, stderr: TTY, env }).out.unicode).toBe(expected);
  });
});

describe("redrawing", () => {
  it("is for terminals that can move the cursor", () => {
    expect(readTerminal({ stdout: TTY, stderr: {}, env: {} }).out.redraw).toBe(true);
    expect(readTerminal({ stdout: TTY, stderr: {}, env: { TERM: "dumb" } }).out.redraw).toBe(false);
    expect(readTerminal({ stdout: {}, stderr: {}, env: {} }).out.redraw).toBe(false);
  });
});
