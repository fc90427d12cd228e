import type { Span } from "./faults.ts";

/** A place within a value, lines and columns from 1. */
export interface InnerPlace {
  readonly line: number;
  readonly column: number;
}

/**
 * Where a place within a text value is in the file, `span` being the value's. The value's own span where it cannot be told: folded texts,
 * escapes, variables.
 */
export function spanInScalar(text: string, span: Span, { line, column }: InnerPlace): Span {
  const lines = text.split(/\r\n|\r|\n/);
  const head = (lines[span.line - 1] ?? "").slice(span.column - 1);
  if (/^\|[-+]?\s*(?:#.*)?$/.test(head)) return spanInBlock(lines, span, { line, column });
  const quote = /^["']/.exec(head)?.[0] ?? "";
  const before = head.slice(quote.length, quote.length + column - 1);
  const isPlain =
    line === 1 && column <= span.length && !/[\\$]/.test(before) && (quote === "" || !before.includes(quote));
  return isPlain ? { line: span.line, column: span.column + quote.length + column - 1, length: 1 } : span;
}

function spanInBlock(lines: readonly string[], span: Span, { line, column }: InnerPlace): Span {
  const indent = /^ */.exec(lines.slice(span.line).find((content) => content.trim() !== "") ?? "")?.[0].length ?? 0;
  const content = lines[span.line + line - 1] ?? "";
  if (content.slice(indent, indent + column - 1).includes("$")) return span;
  return { line: span.line + line, column: indent + column, length: 1 };
}
