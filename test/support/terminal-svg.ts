import { displayWidth } from "../../src/faces/cli/output/display-width.ts";

const COLUMN = 8.4;
const LINE = 19;
const PADDING = 20;
const COLORS: Readonly<Record<string, string>> = {
  "31": "#ff7b72",
  "32": "#56d364",
  "33": "#e3b341",
  "36": "#79c0ff",
};
const TEXT = "#e6edf3";
const DIM = "#9198a1";

interface Look {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly color: string;
}

const PLAIN: Look = { bold: false, dim: false, color: TEXT };

interface Run {
  readonly text: string;
  readonly column: number;
  readonly look: Look;
}

/**
 * What a terminal shows, as a picture that is readable on light and on dark pages. Knows the SGR codes that lastgood writes.
 * Each run of words is put at its own column, so that the reader's monospace font cannot shift a table.
 */
export function terminalSvg(text: string, columns: number): string {
  const lines = text.replace(/\n$/, "").split("\n");
  const width = Math.ceil(columns * COLUMN + 2 * PADDING);
  const height = lines.length * LINE + 2 * PADDING;
  const rows = lines.map((line, index) => {
    const y = PADDING + index * LINE + 14;
    return runsOf(line)
      .map((run) => renderRun(run, y))
      .join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A run of lastgood demo">`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#0d1117" stroke="#3d444d"/>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" xml:space="preserve">`,
    ...rows.filter((row) => row !== ""),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function runsOf(line: string): readonly Run[] {
  const runs: Run[] = [];
  let look = PLAIN;
  let column = 0;
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    const code = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
    if (code !== undefined) {
      look = lookAfter(look, code);
      continue;
    }
    for (const words of part.split(/( {2,})/)) {
      if (words.trim() !== "") runs.push({ text: words, column, look });
      column += displayWidth(words);
    }
  }
  return runs;
}

function lookAfter(look: Look, code: string): Look {
  if (code === "1") return { ...look, bold: true };
  if (code === "2") return { ...look, dim: true };
  if (code === "22") return { ...look, bold: false, dim: false };
  if (code === "39") return { ...look, color: TEXT };
  const color = COLORS[code];
  if (color === undefined) throw new Error(`SGR code ${code} has no look`);
  return { ...look, color };
}

function renderRun({ text, column, look }: Run, y: number): string {
  const lead = text.length - text.trimStart().length;
  const words = text.trim();
  const x = (PADDING + (column + lead) * COLUMN).toFixed(1);
  const fill = look.dim ? DIM : look.color;
  const weight = look.bold ? ' font-weight="bold"' : "";
  const length = (displayWidth(words) * COLUMN).toFixed(1);
  return `<text x="${x}" y="${y}" fill="${fill}"${weight} textLength="${length}">${escapeXml(words)}</text>`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
