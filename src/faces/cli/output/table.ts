/** Rows in columns: aligned and cut to the width on a TTY, tab-separated on a pipe. */
import { escapeText } from "../../../core/model/escape.ts";
import { cutToWidth, displayWidth } from "./display-width.ts";
import { plainPunctuation } from "./glyphs.ts";
import type { Output } from "./terminal.ts";

/** What stands in a cell. Texts are escaped here; paint is laid on afterwards. */
export type Cell =
  | string
  | {
      readonly text: string;
      readonly paint?: ((text: string) => string) | undefined;
      /** On a pipe, in place of `text`: the full id, the RFC 3339 time, the word. */
      readonly plain?: string | undefined;
    };

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Left out on a pipe: a column that holds only a sign. */
  readonly ttyOnly?: boolean;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface TableOptions {
  readonly output: Pick<Output, "tty" | "width" | "colors" | "unicode">;
  /** `--no-headers`: false. */
  readonly headers?: boolean | undefined;
}

const GAP = 2;

/** The table with a line end after each row; "" when there is none. On a TTY no line is wider than the terminal. */
export function renderTable(table: Table, options: TableOptions): string {
  const lines = options.output.tty ? renderAligned(table, options) : renderTabs(table);
  return lines.map((line) => `${line}\n`).join("");
}

function renderTabs({ columns, rows }: Table): readonly string[] {
  return rows.map((row) =>
    columns.flatMap((column, index) => (column.ttyOnly === true ? [] : [plainOf(row[index] ?? "")])).join("\t"),
  );
}

function plainOf(cell: Cell): string {
  return escapeText(typeof cell === "string" ? cell : (cell.plain ?? cell.text));
}

interface Prepared {
  readonly text: string;
  readonly paint: (text: string) => string;
}

function renderAligned({ columns, rows }: Table, { output, headers = true }: TableOptions): readonly string[] {
  const head = columns.map(({ title }) => ({ text: title, paint: output.colors.bold }));
  const body = rows.map((row) => columns.map((_, index) => prepare(row[index] ?? "", output.unicode)));
  const lines: readonly (readonly Prepared[])[] = headers ? [head, ...body] : body;
  const wanted = columns.map((_, index) => Math.max(1, ...lines.map((line) => displayWidth(line[index]?.text ?? ""))));
  const widths = fitWidths(wanted, output.width);
  return lines.map((line) => renderLine(line.slice(0, widths.length), columns, widths, output.unicode));
}

function prepare(cell: Cell, unicode: boolean): Prepared {
  const text = typeof cell === "string" ? cell : cell.text;
  const paint = typeof cell === "string" ? undefined : cell.paint;
  return { text: plainPunctuation(escapeText(text), unicode), paint: paint ?? ((plain) => plain) };
}

// A line, its columns, their widths: these four belong together.
function renderLine(
  line: readonly Prepared[],
  columns: readonly Column[],
  widths: readonly number[],
  unicode: boolean,
): string {
  const cells = line.map(({ text, paint }, index) => {
    const width = widths[index] ?? 0;
    const cut = cutToWidth(text, width, unicode ? "…" : "~");
    const fill = " ".repeat(width - displayWidth(cut));
    const isLast = index === line.length - 1;
    if (columns[index]?.align === "right") return fill + paint(cut);
    return cut === "" ? (isLast ? "" : fill) : paint(cut) + (isLast ? "" : fill);
  });
  return cells.join(" ".repeat(GAP)).trimEnd();
}

/**
 * The columns' widths in `total`: what is too much is taken from the widest. Where not even one column each fits,
 * the last ones are left out; one always stays.
 */
export function fitWidths(wanted: readonly number[], total: number): readonly number[] {
  const possible = Math.max(1, Math.floor((total + GAP) / (1 + GAP)));
  const kept = wanted.slice(0, Math.min(wanted.length, possible));
  let room = Math.max(1, total - GAP * (kept.length - 1));
  if (kept.reduce((sum, width) => sum + width, 0) <= room) return kept;
  // Narrow columns first: each gets what it wants or its share of what is left.
  const order = kept.map((width, index) => ({ width, index })).sort((a, b) => a.width - b.width);
  const result = [...kept];
  for (const [place, { width, index }] of order.entries()) {
    const share = Math.max(1, Math.floor(room / (order.length - place)));
    result[index] = Math.min(width, share);
    room -= result[index] ?? 0;
  }
  return result;
}
