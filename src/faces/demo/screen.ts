/** The demo's one stream: its own words, and under them what the real commands print, drawn as for a terminal. */
import { escapeText } from "../../core/model/escape.ts";
import type { Log } from "../../ports/log.ts";
import type { CommandContext } from "../cli/context.ts";
import { cutToWidth, displayWidth } from "../cli/output/display-width.ts";
import { glyph, type GlyphName, plainPunctuation } from "../cli/output/glyphs.ts";
import { renderTable, type Table } from "../cli/output/table.ts";
import { type ColorChoice, type Output, readTerminal } from "../cli/output/terminal.ts";
import { type Style, styleOf } from "../cli/render/style.ts";
import type { Surroundings } from "../surroundings.ts";

export interface Screen {
  readonly style: Style;
  /** `1. A GitOps repository`, after an empty line. */
  heading(text: string): void;
  /** One line that stands out. */
  title(text: string): void;
  /** The demo's own words, wrapped. */
  tell(...lines: readonly string[]): void;
  /** `$ lastgood history payments-api` */
  command(words: readonly string[]): void;
  /** Text from outside, each line cut to the width. */
  quote(lines: readonly string[]): void;
  table(table: Table): void;
  /** What commands run with. `quietly`: without their talk. */
  contextFor(surroundings: Surroundings, quietly?: boolean): CommandContext;
}

/** On a pipe the columns of a table stay columns: a tour is read, not parsed. */
const PIPE_COLUMNS = 100;

export function createScreen(context: CommandContext, color: ColorChoice | undefined): Screen {
  const output = readOutput(context.surroundings, color);
  const style = styleOf(output);
  const print = (...lines: readonly string[]): void => context.print(lines);
  const own = (text: string): string => plainPunctuation(text, output.unicode);
  const table = (rows: Table): void => {
    const text = renderTable(rows, { output, headers: rows.columns.some(({ title }) => title !== "") });
    print(...text.trimEnd().split("\n"));
  };
  let steps = 0;
  return {
    style,
    heading: (text) => {
      steps += 1;
      print("", style.bold(own(`${steps}. ${text}`)));
    },
    title: (text) => print(style.bold(own(text))),
    tell: (...lines) => print(...lines.flatMap((line) => wrap(own(line), output.width))),
    command: (words) => print(style.cyan(`$ ${words.map(quoted).join(" ")}`)),
    quote: (lines) =>
      print(...lines.map((line) => cutToWidth(own(escapeText(line)), output.width, glyph("ellipsis", output.unicode)))),
    table,
    contextFor: (surroundings, quietly = false) => ({
      ...context,
      surroundings,
      format: "table",
      interactive: true,
      style,
      talk: style,
      log: logOn(print, output),
      table,
      say: (lines) => {
        if (!quietly) print(...lines);
      },
      next: (command) => {
        if (!quietly) print(`Next: ${escapeText(command)}`);
      },
    }),
  };
}

function readOutput({ stdout, env }: Surroundings, color: ColorChoice | undefined): Output {
  const isTerminal = stdout.isTTY === true;
  const forced = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "";
  const stream = { isTTY: true, columns: isTerminal ? stdout.columns : PIPE_COLUMNS };
  const choice = color ?? (isTerminal || forced ? "auto" : "never");
  return readTerminal({ stdout: stream, stderr: stream, env, color: choice }).out;
}

function logOn(print: (line: string) => void, output: Output): Log {
  const line = (sign: GlyphName, paint: "cyan" | "dim" | "green" | "yellow") => (message: string) => {
    const text = plainPunctuation(escapeText(message), output.unicode);
    print(`${output.colors[paint](glyph(sign, output.unicode))} ${text}`);
  };
  return {
    doing: line("doing", "cyan"),
    waiting: line("waiting", "dim"),
    done: line("ok", "green"),
    warn: line("warning", "yellow"),
    progress: () => undefined,
  };
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1) ?? ""} ${word}`;
    if (lines.length > 0 && displayWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** As a person would type it into a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./~^-]+$/.test(word) ? word : `"${word}"`;
}
