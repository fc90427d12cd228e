/** What a drill came to: a line per station, and a document. */
import { type DrillRecord, type DrillResult, secondsText } from "../../../core/drill.ts";
import { glyph, type GlyphName } from "../output/glyphs.ts";
import type { Table } from "../output/table.ts";
import type { Envelope } from "../output/yaml-json.ts";
import type { Style } from "./style.ts";

const LOOK = {
  ok: ["ok", "green"],
  warning: ["warning", "yellow"],
  failed: ["failed", "red"],
  skipped: ["separator", "dim"],
} as const satisfies Record<DrillResult, readonly [GlyphName, "green" | "yellow" | "red" | "dim"]>;

export function drillTable({ stations }: Pick<DrillRecord, "stations">, style: Style): Table {
  return {
    columns: [
      { title: "STATION" },
      { title: "RESULT" },
      { title: "SECONDS", align: "right" },
      { title: "DETAIL", min: 20 },
    ],
    rows: stations.map(({ name, result, ms, detail }) => {
      const [sign, paint] = LOOK[result];
      return [
        { text: name, paint: style.bold },
        { text: `${glyph(sign, style.unicode)} ${result}`, plain: result, paint: style[paint] },
        result === "skipped" ? "-" : { text: secondsText(ms).replace(" s", ""), plain: (ms / 1000).toFixed(3) },
        detail,
      ];
    }),
  };
}

/** `kind: Drill`. */
export function drillDocument(drill: DrillRecord): Envelope {
  const { id, target, environment, at, by, outcome, ms, stations, base, to, pullRequest } = drill;
  return {
    kind: "Drill",
    metadata: { id, target, environment, at, by },
    spec: { base, to },
    status: { outcome, seconds: ms / 1000, pullRequest, stations },
  };
}
