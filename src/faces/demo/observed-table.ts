import { formatDuration } from "../../core/model/time.ts";
import { glyph } from "../cli/output/glyphs.ts";
import type { Table } from "../cli/output/table.ts";
import type { Style } from "../cli/render/style.ts";
import type { Observed } from "./checkpoints.ts";

/** What the engine saw, oldest first; without a head. */
export function observedTable(observed: readonly Observed[], nowMs: number, style: Style): Table {
  return {
    columns: ["", "", "", "", ""].map((title) => ({ title })),
    rows: observed.map(({ revision, images, status, message, sinceMs }) => [
      status === "Current"
        ? { text: `${glyph("ok", style.unicode)} Current`, paint: style.green }
        : { text: `${glyph("failed", style.unicode)} Failed`, paint: style.red },
      { text: revision.slice(0, 7), paint: style.cyan },
      nowMs - sinceMs < 60_000 ? "now" : `${formatDuration(nowMs - sinceMs)} ago`,
      (images[0] ?? "").split("/").at(-1) ?? "",
      message,
    ]),
  };
}
