/** What the two streams can show. Everything is handed in: nothing here looks at the process. */
import pico from "picocolors";

export type Colors = ReturnType<typeof pico.createColors>;
export type ColorChoice = "auto" | "always" | "never";

/** As much of a stream as is needed to know what it can show. */
export interface StreamFacts {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface TerminalRequest {
  readonly stdout: StreamFacts;
  readonly stderr: StreamFacts;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--color` */
  readonly color?: ColorChoice | undefined;
  /** `-q`: only warnings and errors on stderr. */
  readonly quiet?: boolean | undefined;
}

export interface Output {
  readonly tty: boolean;
  /** Columns; infinite on a pipe. */
  readonly width: number;
  readonly colors: Colors;
  /** May show more than ASCII. */
  readonly unicode: boolean;
  /** May move the cursor: a TTY that is not dumb. */
  readonly redraw: boolean;
}

export interface Terminal {
  readonly out: Output;
  readonly err: Output;
  readonly quiet: boolean;
}

/** Decides what each stream can show. */
export function readTerminal(request: TerminalRequest): Terminal {
  const { stdout, stderr, env, color = "auto", quiet = false } = request;
  const unicode = isUtf8(env);
  const read = (stream: StreamFacts): Output => {
    const tty = stream.isTTY === true;
    return {
      tty,
      width: tty ? widthOf(stream, env) : Number.POSITIVE_INFINITY,
      colors: pico.createColors(wantsColor(tty, color, env)),
      unicode,
      redraw: tty && env["TERM"] !== "dumb",
    };
  };
  return { out: read(stdout), err: read(stderr), quiet };
}

/** `--color` > FORCE_COLOR (force-color.org) > NO_COLOR (no-color.org) > TERM=dumb > isTTY. */
function wantsColor(tty: boolean, choice: ColorChoice, env: TerminalRequest["env"]): boolean {
  if (choice !== "auto") return choice === "always";
  const force = env["FORCE_COLOR"];
  // Node.js and supports-color also read 0 and false as "no".
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  return env["TERM"] !== "dumb" && tty;
}

/** The locale by POSIX' order. Windows' own terminal has none, and shows UTF-8. */
function isUtf8(env: TerminalRequest["env"]): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((value) => value !== undefined && value !== "");
  if (locale !== undefined) return /utf-?8/i.test(locale);
  return env["WT_SESSION"] !== undefined || env["TERM_PROGRAM"] === "vscode";
}

function widthOf(stream: StreamFacts, env: TerminalRequest["env"]): number {
  const named = Number(env["COLUMNS"]);
  const width = stream.columns ?? (Number.isSafeInteger(named) ? named : 0);
  return Number.isFinite(width) && width >= 1 ? Math.floor(width) : 80;
}
