/** What went wrong, for people: what, where, why, what to do, and the code. A stack only for bugs. */
import { EXIT, formatPlace, LastgoodError } from "../../../errors.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { type Hold, HOLD_EXITS } from "../../../core/model/hold.ts";
import { maskSecrets } from "../../../core/model/secret.ts";
import { conflictLines } from "./conflicts.ts";
import { displayWidth } from "./display-width.ts";
import { glyph, plainPunctuation, type GlyphName } from "./glyphs.ts";
import type { Redact } from "./redact.ts";
import type { Output } from "./terminal.ts";

export interface BugReport {
  readonly version: string;
  /** `node 20.19.0, linux x64` */
  readonly platform: string;
  /** `https://github.com/OWNER/lastgood/issues/new` */
  readonly newIssueUrl: string;
  /** For what goes into the link: the writer's redaction comes after the text was URL-encoded. */
  readonly redact?: Redact | undefined;
  /** Makes of a line of a hint what can be pasted here. */
  readonly retype?: Retype | undefined;
}

export type Retype = (line: string) => string;

const AS_IT_IS: Retype = (line) => line;

/** A failure, as lines with a final line end. Anything but a LastgoodError is a bug. */
export function renderProblem(error: unknown, output: Output, bug: BugReport): string {
  if (!(error instanceof LastgoodError) || error.code === "Internal") return renderBug(error, output, bug);
  const lines = [
    headline({ sign: "failed", word: "error", text: error.message, code: error.code }, output),
    ...(error.place === undefined ? [] : [`  at ${escapeText(formatPlace(error.place))}`]),
    ...causesOf(error).map((cause) => `  because: ${cause}`),
    ...hintLines(error.hint === undefined ? [] : error.hint.split("\n").map(bug.retype ?? AS_IT_IS)),
  ];
  return finish(lines, output);
}

/** A decision not to act. Some are no fault at all (`AlreadyOpen`): they end with 0 and look like it. */
export function renderHold(hold: Hold, output: Output, retype = AS_IT_IS): string {
  const isFine = HOLD_EXITS[hold.reason] === EXIT.done;
  const sign = isFine ? "ok" : "failed";
  const head = headline({ sign, word: isFine ? "ok" : "held", text: hold.message, code: hold.reason }, output);
  const hints = hold.hints.flatMap((hint) => hint.split("\n")).map((hint) => `    ${escapeText(retype(hint))}`);
  // The ways out stand above what may be many places: they are what is looked for.
  const lines = [head, ...(hints.length === 0 ? [] : ["  You can:", ...hints]), ...conflictLines(hold, output)];
  return finish(lines, output);
}

/** Messages quote what was typed, whatever its length. */
const MAX_MESSAGE = 600;

interface Headline {
  readonly sign: GlyphName;
  /** Stands for the sign on a pipe. */
  readonly word: string;
  readonly text: string;
  readonly code: string;
}

/** What, and the code: at the right edge when it fits there, else after two spaces. */
function headline({ sign, word, text, code }: Headline, output: Output): string {
  const { colors, tty, unicode, width } = output;
  const paint = sign === "ok" ? colors.green : colors.red;
  const what = plainPunctuation(escapeText(shorten(text, MAX_MESSAGE)), unicode);
  if (!tty) return `${word}: ${what}  ${code}`;
  const start = `${glyph(sign, unicode)} ${what}`;
  const room = Math.min(width, 110) - displayWidth(start) - code.length;
  return `${paint(glyph(sign, unicode))} ${what}${" ".repeat(Math.max(2, room))}${colors.dim(code)}`;
}

function hintLines(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === "" ? "" : `  ${escapeText(line)}`));
}

/** Messages of the causes, one line each, the nearest first. What only repeats is left out. */
function causesOf(error: Error): readonly string[] {
  const causes: string[] = [];
  const isSaid = (line: string): boolean => [error.message, ...causes].some((said) => said.includes(line));
  let at: unknown = error.cause;
  // Causes may go in a circle.
  for (let depth = 0; depth < 5 && at !== undefined && at !== null; depth++) {
    const text = at instanceof Error ? at.message : typeof at === "string" ? at : "";
    // GitHub's client adds where to read about the request.
    const words = text.replace(/ - https:\/\/docs\.github\.com\/\S*$/, "").trim();
    const line = escapeText(shorten(words.replaceAll(/\s*\n\s*/g, "; "), 300));
    if (line !== "" && !isSaid(line)) causes.push(line);
    at = at instanceof Error ? at.cause : undefined;
  }
  return causes;
}

function renderBug(error: unknown, output: Output, bug: BugReport): string {
  const thrown = error instanceof Error ? error : new Error(`${thrownText(error)} was thrown`);
  const stack = stackLines(thrown);
  const lines = [
    headline(
      { sign: "failed", word: "error", text: `lastgood has a bug: ${thrown.message || thrown.name}`, code: "Internal" },
      output,
    ),
    ...causesOf(thrown).map((cause) => `  because: ${cause}`),
    ...stack.map((line) => `    ${line}`),
    "  Please report it; look through the text first:",
    `  ${issueUrl(thrown, stack, bug)}`,
  ];
  return finish(lines, output, bug.redact);
}

/** Some values cannot be made text of. */
function thrownText(thrown: unknown): string {
  return typeof thrown === "string" ? JSON.stringify(shorten(thrown, 200)) : `a value of type ${typeof thrown}`;
}

/** Frames without the folders of this machine: they name people, and are of no use to others. */
function stackLines(error: Error): readonly string[] {
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return frames.slice(0, 12).map((line) => escapeText(shorten(withoutFolders(line.trim()), 200)));
}

/** `at f (/home/me/lastgood/src/core/plan.ts:1:2)` → `at f (src/core/plan.ts:1:2)` */
function withoutFolders(frame: string): string {
  const match = /^(at (?:[^(]*\()?)((?:file:\/\/|[A-Za-z]:[\\/]|[\\/]).*?)(:\d+:\d+\)?)$/.exec(frame);
  if (match === null) return frame;
  const [, before = "", path = "", after = ""] = match;
  const known = /[\\/]((?:src|dist|node_modules)[\\/].*)$/.exec(path)?.[1];
  return before + (known ?? path.replace(/^.*[\\/]/, "")) + after;
}

/** A link that opens a filled-in report. Browsers and GitHub take some 8,000 characters. */
function issueUrl(error: Error, stack: readonly string[], bug: BugReport): string {
  const { redact = maskSecrets } = bug;
  const title = shorten(redact(`Bug: ${error.name}: ${escapeText(error.message)}`), 120);
  const body = redact(
    [`lastgood ${bug.version}, ${bug.platform}`, "", "What I did:", "", "```", ...stack, "```"].join("\n"),
  );
  const query = new URLSearchParams({ title, body: shorten(body, 2500) });
  return `${bug.newIssueUrl}?${query.toString()}`;
}

/** The writer redacts too; messages of bugs were not made by us, so nothing leaves here as it came. */
function finish(lines: readonly string[], output: Output, redact: Redact = maskSecrets): string {
  return redact(lines.map((line) => `${plainPunctuation(line, output.unicode)}\n`).join(""));
}
