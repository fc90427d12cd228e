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
  /** Cut on a narrow terminal, but not below this; missing: never cut as long as another one can be cut or leave. */
  readonly min?: number;
  /** On a narrow terminal, 1 leaves first; missing: stays. */
  readonly leaves?: number;
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

export interface Screen {
  readonly table: Table;
  /** Lines of our own below it; escaped and cut here. */
  readonly below: readonly string[];
  /** Rows of the terminal. */
  readonly height: number;
}

/** A table that fits on the screen: its first rows, how many there are besides, and the lines below. The last row is the cursor's. */
export function renderScreen({ table, below, height }: Screen, options: TableOptions): string {
  const { output, headers = true } = options;
  const room = Math.max(1, height - 1 - (headers ? 1 : 0) - below.length);
  const fits = table.rows.length <= room;
  const rows = fits ? table.rows : table.rows.slice(0, Math.max(1, room - 1));
  const more = fits ? [] : [`and ${table.rows.length - rows.length} more`];
  const lines = [...more, ...below].map((line) => {
    const text = plainPunctuation(escapeText(line), output.unicode);
    return `${cutToWidth(text, output.width, output.unicode ? "…" : "~")}\n`;
  });
  return renderTable({ ...table, rows }, options) + lines.join("");
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

function renderAligned(table: Table, { output, headers = true }: TableOptions): readonly string[] {
  const { columns, rows } = narrowed(table, output);
  const head = columns.map(({ title }) => ({ text: title, paint: output.colors.bold }));
  const body = rows.map((row) => columns.map((_, index) => prepare(row[index] ?? "", output.unicode)));
  const lines: readonly (readonly Prepared[])[] = headers ? [head, ...body] : body;
  const wanted = columns.map((_, index) => Math.max(1, widest(lines.map((line) => line[index]?.text ?? ""))));
  const least = columns.map(({ min }, index) => Math.min(min ?? Number.POSITIVE_INFINITY, wanted[index] ?? 0));
  const widths = fitWidths(wanted, output.width, least);
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

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0);
}

/** The table without the columns for which the terminal is too narrow. */
function narrowed({ columns, rows }: Table, { width, unicode }: TableOptions["output"]): Table {
  const least = columns.map(({ title, min = Number.POSITIVE_INFINITY }, index) =>
    Math.min(min, widest([title, ...rows.map((row) => prepare(row[index] ?? "", unicode).text)])),
  );
  const leaving = columns
    .map(({ leaves }, index) => ({ leaves, index }))
    .filter(({ leaves }) => leaves !== undefined)
    .sort((a, b) => (a.leaves ?? 0) - (b.leaves ?? 0));
  const gone = new Set<number>();
  const needed = (): number => {
    const kept = least.filter((_, index) => !gone.has(index));
    return kept.reduce((sum, one) => sum + one, GAP * (kept.length - 1));
  };
  for (const { index } of leaving) if (needed() > width) gone.add(index);
  if (gone.size === 0) return { columns, rows };
  const stays = (_: unknown, index: number): boolean => !gone.has(index);
  return { columns: columns.filter(stays), rows: rows.map((row) => row.filter(stays)) };
}

/**
 * The columns' widths in `total`: what is too much is taken from the widest, but from none below its `least` while others have
 * more. Where not even one column each fits, the last ones are left out; one always stays.
 */
export function fitWidths(
  wanted: readonly number[],
  total: number,
  least: readonly number[] = wanted.map(() => 1),
): readonly number[] {
  const room = total - GAP * (wanted.length - 1);
  const floor = least.reduce((sum, width) => sum + width, 0);
  if (floor > room) return shareWidths(wanted, total);
  // What is left above the least is shared as if the columns began there.
  const extra = wanted.map((width, index) => width - (least[index] ?? 0));
  const shared = share(extra, room - floor);
  return wanted.map((_, index) => (least[index] ?? 0) + (shared[index] ?? 0));
}

/** Every column gets its part, whatever it needs. */
function shareWidths(wanted: readonly number[], total: number): readonly number[] {
  const possible = Math.max(1, Math.floor((total + GAP) / (1 + GAP)));
  const kept = wanted.slice(0, Math.min(wanted.length, possible));
  const room = Math.max(1, total - GAP * (kept.length - 1));
  return share(kept, room).map((width) => Math.max(1, width));
}

/** Narrow ones first: each gets what it wants, or its share of what is left. */
function share(wanted: readonly number[], total: number): readonly number[] {
  const order = wanted.map((width, index) => ({ width, index })).sort((a, b) => a.width - b.width);
  const result = [...wanted];
  let room = total;
  for (const [place, { width, index }] of order.entries()) {
    const part = Math.max(0, Math.floor(room / (order.length - place)));
    result[index] = Math.min(width, part);
    room -= result[index] ?? 0;
  }
  return result;
}
