/** What is wrong with a configuration: all of it at once, each fault at its line, with what was meant. */
import { LastgoodError, type ErrorCode, type Place } from "../errors.ts";
import { escapeText, shorten } from "../core/model/escape.ts";
import { maskSecrets, SECRET_WORD } from "../core/model/secret.ts";

export type ConfigFaultCode = Extract<
  ErrorCode,
  "ConfigInvalid" | "ConfigSyntax" | "ConfigVariable" | "ConfigUrl" | "ConfigRef"
>;

/** Where something stands in the text. Line and column count from 1; `length` in UTF-16 units, on that line. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface Fault {
  readonly code: ConfigFaultCode;
  /** `policies.default.mode`; "" for the file as a whole. */
  readonly at: string;
  /** One line. Shows what was typed, never what a variable holds. */
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
  readonly span?: Span;
  /** The environment variable that the value comes from, when it is not in the file. */
  readonly variable?: string;
}

export interface FaultySource {
  readonly path: string;
  readonly text: string;
}

/** More are counted, not shown. */
const MOST_SHOWN = 50;

/** All faults as one error: the count and the first in the message, every one with its line in the hint. */
export function faultsError(source: FaultySource, faults: readonly Fault[]): LastgoodError {
  const sorted = [...faults].sort((a, b) => lineOf(a) - lineOf(b) || columnOf(a) - columnOf(b));
  const first = sorted[0];
  if (first === undefined) throw new Error("no faults to report");
  const codes = new Set(sorted.map((fault) => fault.code));
  const amount = sorted.length === 1 ? "1 fault" : `${sorted.length} faults`;
  return new LastgoodError(
    codes.size === 1 ? first.code : "ConfigInvalid",
    `${amount} in ${escapeText(source.path)}: ${textOf(first)}`,
    { hint: renderFaults(source, sorted), place: placeOfFault(source.path, first) },
  );
}

/** Each fault as `file:line:column  error  key: message`, then its line and a caret with what was meant. */
export function renderFaults(source: FaultySource, faults: readonly Fault[]): string {
  const lines = source.text.split(/\r\n|\r|\n/);
  const shown = faults.slice(0, MOST_SHOWN).map((fault) => renderFault(source.path, fault, lines));
  const rest = faults.length - shown.length;
  return [...shown, ...(rest > 0 ? [`… and ${rest} more`] : [])].join("\n");
}

function renderFault(path: string, fault: Fault, lines: readonly string[]): string {
  const { span } = fault;
  const where =
    fault.variable === undefined
      ? `${escapeText(path)}${span === undefined ? "" : `:${span.line}:${span.column}`}`
      : "environment";
  const head = `${where}  error  ${textOf(fault)}`;
  const meant = fault.suggestion === undefined ? "" : `did you mean "${fault.suggestion}"?`;
  if (span === undefined || fault.variable !== undefined) return meant === "" ? head : `${head}, ${meant}`;
  return `${head}\n${excerpt(lines[span.line - 1] ?? "", span, meant)}`;
}

function textOf(fault: Fault): string {
  const from = fault.variable === undefined ? "" : ` (from $${fault.variable})`;
  return fault.at === "" ? fault.message : `${fault.at}${from}: ${fault.message}`;
}

/** The most of a line that is shown. */
const WIDEST = 110;

function excerpt(line: string, span: Span, meant: string): string {
  const start = Math.min(span.column - 1, line.length);
  const end = Math.min(line.length, start + span.length);
  // Masked part by part as well as whole, so that the caret stays under what it points at.
  const before = tidy(maskValues(line.slice(0, start)));
  const wrong = tidy(maskValues(line.slice(start, end)));
  const all = tidy(maskValues(line));
  const skip = before.length > WIDEST - 30 ? before.length - 40 : 0;
  const text = shorten(skip === 0 ? all : `…${all.slice(skip + 1)}`, WIDEST);
  const gutter = `   ${span.line} | `;
  const width = Math.max(1, Math.min(wrong.length, WIDEST - (before.length - skip)));
  const caret = `${" ".repeat(gutter.length - 2)}| ${" ".repeat(before.length - skip)}${"^".repeat(width)}`;
  return `${gutter}${text}\n${meant === "" ? caret : `${caret} ${meant}`}`;
}

function tidy(text: string): string {
  return escapeText(text.replaceAll("\t", " "));
}

const SECRET_VALUE = new RegExp(
  `((?:^|[\\s{,"'])[\\w.-]{0,40}(?:${SECRET_WORD})(?![\\w.-]*file\\b)[\\w.-]{0,40}["']?[ \\t]*:[ \\t]*)("[^"]{0,4096}"?|'[^']{0,4096}'?|[^\\s"'}#|>&*][^}#]{0,4096})`,
  "gi",
);

/** A line with what looks like a secret masked: secrets belong into files, but people try. */
function maskValues(line: string): string {
  return maskSecrets(line.slice(0, 10_000)).replace(SECRET_VALUE, "$1***");
}

/** A value as it was typed, for a message: quoted, cut, escaped, masked. */
export function quoted(typed: string): string {
  return `"${escapeText(shorten(maskSecrets(typed), 80))}"`;
}

function placeOfFault(path: string, fault: Fault): Place {
  return fault.span === undefined || fault.variable !== undefined
    ? { file: path }
    : { file: path, line: fault.span.line, column: fault.span.column };
}

function lineOf(fault: Fault): number {
  return fault.variable === undefined ? (fault.span?.line ?? 0) : 0;
}

function columnOf(fault: Fault): number {
  return fault.span?.column ?? 0;
}
