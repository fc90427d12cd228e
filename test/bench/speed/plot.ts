/** How cost grows with a repository, as pictures below each other: both axes logarithmic, one line for each kind of work. */
export interface Series {
  readonly name: string;
  /** x: commits, or targets; y: ms. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const WIDTH = 700;
const HEIGHT = 400;
const LEFT = 64;
const RIGHT = 230;
const TOP = 40;
const BOTTOM = 48;
const COLORS = ["#2f81f7", "#e3b341", "#3fb950", "#f85149", "#a371f7", "#8b949e"];

export interface Panel {
  readonly title: string;
  readonly xTitle: string;
  readonly series: readonly Series[];
}

/** Readable on light and on dark pages. */
export function plotSvg(panels: readonly Panel[]): string {
  const all = panels.map((panel, at) => `<g transform="translate(0 ${at * HEIGHT})">\n${panelOf(panel)}\n</g>`);
  const label = escape(panels.map(({ title }) => title).join("; "));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT * panels.length}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="12" role="img" aria-label="${label}">
<style>text{fill:#6e7781}.grid{stroke:#8b949e;stroke-opacity:.25}</style>
${all.join("\n")}
</svg>
`;
}

function panelOf({ title, xTitle, series }: Panel): string {
  const points = series.flatMap((one) => one.points);
  const x = axis(
    points.map((point) => point.x),
    [LEFT, WIDTH - RIGHT],
  );
  const y = axis(
    points.map((point) => point.y),
    [HEIGHT - BOTTOM, TOP],
  );
  const lines = series.map(({ name, points: own }, at) => {
    const color = COLORS[at % COLORS.length] ?? "#8b949e";
    const path = own.map((point) => `${x.at(point.x).toFixed(1)},${y.at(point.y).toFixed(1)}`).join(" ");
    const last = own.at(-1);
    const dots = own
      .map(
        (point) => `<circle cx="${x.at(point.x).toFixed(1)}" cy="${y.at(point.y).toFixed(1)}" r="3" fill="${color}"/>`,
      )
      .join("");
    const label =
      last === undefined
        ? ""
        : `<text x="${WIDTH - RIGHT + 10}" y="${TOP + 16 + at * 20}" style="fill:${color}">${escape(name)}</text>`;
    return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots}${label}`;
  });
  const grid = [
    ...x.ticks.map(
      (tick) =>
        `<line x1="${x.at(tick)}" x2="${x.at(tick)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" class="grid"/><text x="${x.at(tick)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${short(tick)}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y.at(tick)}" y2="${y.at(tick)}" class="grid"/><text x="${LEFT - 8}" y="${y.at(tick) + 4}" text-anchor="end">${short(tick)} ms</text>`,
    ),
  ];
  return `<text x="${LEFT}" y="22" font-size="14">${escape(title)}</text>
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escape(xTitle)}</text>
${grid.join("\n")}
${lines.join("\n")}`;
}

interface Axis {
  readonly ticks: readonly number[];
  at(value: number): number;
}

function axis(values: readonly number[], [from, to]: readonly [number, number]): Axis {
  const low = Math.log10(Math.min(...values));
  const high = Math.log10(Math.max(...values));
  const first = Math.floor(low);
  const ticks = Array.from({ length: Math.ceil(high) - first + 1 }, (_, at) => 10 ** (first + at));
  const end = Math.max(first + 1, Math.ceil(high));
  return { ticks, at: (value) => from + ((Math.log10(value) - first) / (end - first)) * (to - from) };
}

function short(value: number): string {
  return value >= 1000 ? `${value / 1000}k` : String(value);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
