import { escapeText } from "../../../core/model/escape.ts";
import type { Log } from "../../../ports/log.ts";
import { cutToWidth } from "./display-width.ts";
import { glyph, plainPunctuation, type GlyphName } from "./glyphs.ts";
import type { Output, Terminal } from "./terminal.ts";
import type { Writer } from "./writer.ts";
import { renderJsonLine } from "./yaml-json.ts";

export interface LogOptions {
  readonly terminal: Terminal;
  /** stderr. */
  readonly writer: Pick<Writer, "write">;
  readonly format?: "text" | "json" | undefined;
}

/** A Log that draws on stderr. `clear` takes the progress line away: call it before anything else is written, and at the end. */
export interface CliLog extends Log {
  clear(): void;
}

type Level = "doing" | "waiting" | "done" | "warn";

const LOOK = {
  doing: { sign: "doing", word: "", paint: "cyan" },
  waiting: { sign: "waiting", word: "", paint: "dim" },
  done: { sign: "ok", word: "", paint: "green" },
  warn: { sign: "warning", word: "warning: ", paint: "yellow" },
} as const satisfies Record<
  Level,
  { readonly sign: GlyphName; readonly word: string; readonly paint: keyof Output["colors"] }
>;

/** One line per state change; progress is redrawn on a TTY and dropped elsewhere; the same wait is told once. Quiet: warnings only. */
export function createLog({ terminal, writer, format = "text" }: LogOptions): CliLog {
  const output = terminal.err;
  const json = format === "json";
  let drawn = "";
  let waitingFor = "";

  const clear = (): void => {
    if (drawn !== "") writer.write(ERASE_LINE);
    drawn = "";
  };
  const say = (level: Level, message: string): void => {
    if (terminal.quiet && level !== "warn") return;
    clear();
    writer.write(json ? renderJsonLine({ level, msg: message }) : `${renderLine(level, message, output)}\n`);
  };
  const step = (level: Level, message: string): void => {
    waitingFor = "";
    say(level, message);
  };

  return {
    doing: (message) => step("doing", message),
    done: (message) => step("done", message),
    warn: (message) => say("warn", message),
    waiting(message) {
      if (message === waitingFor) return;
      waitingFor = message;
      say("waiting", message);
    },
    progress(stage, percent) {
      if (terminal.quiet || json || !output.redraw) return;
      const line = renderProgress(stage, percent, output);
      if (line === drawn) return;
      writer.write(`${drawn === "" ? "" : ERASE_LINE}${output.colors.dim(line)}`);
      drawn = line;
    },
    clear,
  };
}

/** To the first column, and erase to the end of the line (ECMA-48: CR, EL). */
const ERASE_LINE = "\r\u001b[K";

function renderLine(level: Level, message: string, output: Output): string {
  const { sign, word, paint } = LOOK[level];
  const text = plainPunctuation(escapeText(message), output.unicode);
  // On a pipe words stand for signs: only a warning is more than its message.
  if (!output.tty) return `${word}${text}`;
  return `${output.colors[paint](glyph(sign, output.unicode))} ${text}`;
}

/** Never as wide as the terminal: a line that wraps cannot be redrawn. */
function renderProgress(stage: string, percent: number | undefined, output: Output): string {
  const amount =
    percent === undefined || !Number.isFinite(percent) ? "" : ` ${Math.min(100, Math.max(0, Math.floor(percent)))}%`;
  const sign = glyph("waiting", output.unicode);
  const text = plainPunctuation(`${sign} ${escapeText(stage)}${amount}`, output.unicode);
  return cutToWidth(text, output.width - 1, glyph("ellipsis", output.unicode));
}
