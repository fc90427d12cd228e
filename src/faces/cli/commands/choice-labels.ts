import type { JudgedRevision } from "../../../core/checkpoint.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { type CommitId, shortId, subjectOf } from "../../../core/model/git.ts";
import { type ChangeSummary, summaryText } from "../../../core/summary.ts";
import { formatAge } from "../output/age.ts";
import { cutToWidth, displayWidth } from "../output/display-width.ts";
import { glyph } from "../output/glyphs.ts";
import type { Style } from "../render/style.ts";

export interface ChoiceFacts {
  readonly revisions: readonly JudgedRevision[];
  readonly summaries: ReadonlyMap<CommitId, ChangeSummary>;
  readonly nowMs: number;
  readonly style: Style;
  /** Columns of the terminal. */
  readonly width: number;
}

export interface ChoiceLabel {
  /** One line that does not wrap. */
  readonly label: string;
  /** Everything that typing finds it by, lower case. */
  readonly searched: string;
}

/** What stands before a choice: `│  ● `, and room for the cursor. */
const MARGIN = 6;
const MAX_CHANGE = 30;
const SIGNS = { good: "ok", bad: "failed", unproven: "unknown" } as const;

/** `#39 3f9c2ab ✔ good      2d ago  image 1.7.3→1.7.4  fix(api): bump …`: in columns, cut to the terminal. */
export function choiceLabels({ revisions, summaries, nowMs, style, width }: ChoiceFacts): readonly ChoiceLabel[] {
  const more = style.unicode ? "…" : "~";
  const rows = revisions.map((judged) => {
    const { number, revision, verdict, evidence } = judged;
    const summary = summaries.get(revision.id);
    const change = escapeText(summary === undefined ? "" : summaryText(summary, style.arrow));
    const subject = escapeText(shorten(subjectOf(revision), 200));
    const details = evidence.map(({ detail }) => escapeText(detail)).join(" ");
    return {
      cells: [
        `#${number}`,
        shortId(revision.id),
        `${glyph(SIGNS[verdict], style.unicode)} ${verdict}`,
        formatAge(revision.committedAtMs, nowMs, true),
        cutToWidth(change, Math.min(MAX_CHANGE, Math.floor(width / 4)), more),
        subject,
      ],
      searched: [`#${number}`, revision.id, verdict, change, subject, escapeText(revision.author), details].join(" "),
    };
  });
  const widths = (rows[0]?.cells ?? []).map((_, column) =>
    rows.reduce((most, { cells }) => Math.max(most, displayWidth(cells[column] ?? "")), 0),
  );
  return rows.map(({ cells, searched }) => {
    const padded = cells.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - displayWidth(cell)));
    const line = padded.filter((_, column) => (widths[column] ?? 0) > 0).join("  ");
    return { label: cutToWidth(line.trimEnd(), Math.max(20, width - MARGIN), more), searched: searched.toLowerCase() };
  });
}

/** Every word that was typed is somewhere in it. */
export function matchesChoice(searched: string, typed: string): boolean {
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => searched.includes(word));
}
