import { describe, expect, it } from "vitest";
import { createLog, type CliLog, type LogOptions } from "../../../../src/faces/cli/output/log.ts";
import { readTerminal } from "../../../../src/faces/cli/output/terminal.ts";

interface Facts {
  readonly tty?: boolean;
  readonly width?: number;
  readonly quiet?: boolean;
  readonly format?: LogOptions["format"];
  readonly env?: Readonly<Record<string, string>>;
}

function logged(facts: Facts, use: (log: CliLog) => void): string {
  const { tty = true, width = 60, quiet = false, format, env = {} } = facts;
  const terminal = readTerminal({
    stdout: {},
    stderr: { isTTY: tty, columns: width },
    env: { LANG: "C.UTF-8", NO_COLOR: "1", ...env },
    quiet,
  });
  let text = "";
  const log = createLog({ terminal, writer: { write: (part) => void (text += part) }, format });
  use(log);
  return text;
}

function story(log: CliLog): void {
  log.doing("committed 2b60e1f");
  log.waiting("waiting for Argo CD");
  log.waiting("waiting for Argo CD");
  log.warn("label missing");
  log.done("merged");
}

describe("createLog", () => {
  it("tells each state change in one line, with a sign and words", () => {
    expect(logged({}, story)).toBe("► committed 2b60e1f\n◎ waiting for Argo CD\n! label missing\n✔ merged\n");
  });

  it("has words only on a pipe", () => {
    expect(logged({ tty: false }, story)).toBe(
      "committed 2b60e1f\nwaiting for Argo CD\nwarning: label missing\nmerged\n",
    );
  });

  it("has ASCII signs without UTF-8", () => {
    expect(logged({ env: { LANG: "C" } }, story)).toBe(
      "> committed 2b60e1f\no waiting for Argo CD\n! label missing\n+ merged\n",
    );
  });

  it("tells only warnings when quiet", () => {
    expect(logged({ quiet: true }, story)).toBe("! label missing\n");
  });

  it("writes JSON lines when asked", () => {
    expect(logged({ format: "json" }, (log) => log.warn('a "b"\u009b'))).toBe(
      '{"level":"warn","msg":"a \\"b\\"\\u009b"}\n',
    );
  });

  it("tells the same wait again after something else happened", () => {
    const text = logged({ tty: false }, (log) => {
      log.waiting("w");
      log.done("d");
      log.waiting("w");
    });
    expect(text).toBe("w\nd\nw\n");
  });

  it("escapes what comes from outside", () => {
    expect(logged({ tty: false }, (log) => log.done("a\r\u001b]0;x\u0007\nb"))).toBe(
      String.raw`a\r\x1b]0;x\x07\nb` + "\n",
    );
  });

  it("redraws progress, and takes it away before it says something", () => {
    const text = logged({}, (log) => {
      log.progress("fetching", 10);
      log.progress("fetching", 10.4);
      log.progress("fetching", 200);
      log.done("fetched");
      log.clear();
    });
    expect(text).toBe("◎ fetching 10%\r\u001b[K◎ fetching 100%\r\u001b[K✔ fetched\n");
  });

  it.each([{ tty: false }, { quiet: true }, { env: { TERM: "dumb" } }, { format: "json" as const }])(
    "drops progress with %j",
    (facts) => {
      expect(logged(facts, (log) => log.progress("fetching", 10))).toBe("");
    },
  );

  it("draws progress narrower than the terminal, whatever its width", () => {
    expect(logged({ width: 8 }, (log) => log.progress("fetching objects", 10))).toBe("◎ fetc…");
    expect(logged({ width: 1 }, (log) => log.progress("fetching objects", 10))).toBe("");
  });
});
