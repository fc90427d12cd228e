import { readTerminal, type Output } from "../../../../src/faces/cli/output/terminal.ts";

/** A stream for tests: without colour and in UTF-8, unless said otherwise. */
export function outputOf(
  facts: { readonly tty?: boolean; readonly width?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Output {
  const { tty = true, width = 80, env = {} } = facts;
  return readTerminal({
    stdout: { isTTY: tty, columns: width },
    stderr: {},
    env: { LANG: "C.UTF-8", NO_COLOR: "1", ...env },
  }).out;
}
