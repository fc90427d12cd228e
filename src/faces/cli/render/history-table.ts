import type { TargetHistory } from "../../../app/read-history.ts";
import { isCheckpoint, type JudgedRevision } from "../../../core/checkpoint.ts";
import { isWeak } from "../../../core/model/evidence.ts";
import { type CommitId, pullRequestOf, shortId, subjectOf } from "../../../core/model/git.ts";
import { titleOf } from "../../../core/model/target.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { type ChangeSummary, summaryText } from "../../../core/summary.ts";
import { formatAge, formatSpan } from "../output/age.ts";
import { glyph } from "../output/glyphs.ts";
import type { Cell, Table } from "../output/table.ts";
import type { Style } from "./style.ts";

export interface HistoryFacts {
  readonly history: TargetHistory;
  readonly shown: readonly JudgedRevision[];
  readonly summaries: ReadonlyMap<CommitId, ChangeSummary>;
  readonly nowMs: number;
  readonly style: Style;
}

export const LEGEND = "● live   ★ last known good   ⟲ reverted   ? nothing proves it";

/** `payments/api (prod) · main · apps/payments/api · 5 of 41 revisions`. */
export function historyTitle({ target, revisions }: TargetHistory, shown: number, branch: string): string {
  const paths = [...new Set(target.sources.map(({ path }) => (path === "" ? "." : path)))].join(", ");
  return escapeText(
    `${titleOf(target)} · ${branch} · ${paths} · ${shown} of ${revisions.length} commits that change it`,
  );
}

/** As `kubectl rollout history`, for git: what changed, whether it was good, who and why. */
export function historyTable(facts: HistoryFacts): Table {
  const { history, style } = facts;
  const live = history.revisions[0]?.revision.id;
  const lastGood = history.revisions.find(isCheckpoint)?.revision.id;
  return {
    columns: [
      { title: "", ttyOnly: true },
      { title: "#", align: "right" },
      { title: "REV" },
      { title: "WHEN", leaves: 4 },
      { title: "LIVE FOR", leaves: 2 },
      { title: "VERDICT" },
      { title: "CHANGE", min: 12 },
      { title: "BY", min: 10, leaves: 1 },
      { title: "COMMIT", min: 20, leaves: 3 },
    ],
    rows: facts.shown.map((judged) => {
      const { id } = judged.revision;
      return [
        signOf(
          { isLive: id === live, isLastGood: id === lastGood, isReverted: judged.revertedBy !== undefined },
          style,
        ),
        ...revisionCells(judged, facts),
        verdictCell(judged, style),
        summaryText(facts.summaries.get(id) ?? NO_SUMMARY, style.arrow),
        byText(judged),
        { text: subjectOf(judged.revision) },
      ];
    }),
  };
}

/** What can be gone back to. */
export function checkpointsTable(facts: HistoryFacts): Table {
  return {
    columns: [
      { title: "#", align: "right" },
      { title: "REV" },
      { title: "WHEN", leaves: 4 },
      { title: "LIVE FOR", leaves: 1 },
      { title: "EVIDENCE" },
      { title: "DETAIL", min: 16 },
      { title: "CHANGE", min: 12, leaves: 3 },
      { title: "COMMIT", min: 20, leaves: 2 },
    ],
    rows: facts.shown.map((judged) => {
      const [best] = judged.evidence;
      return [
        ...revisionCells(judged, facts),
        best === undefined ? "" : `${best.kind}${isWeak(best.kind) ? " (weak)" : ""}`,
        best?.detail ?? "",
        summaryText(facts.summaries.get(judged.revision.id) ?? NO_SUMMARY, facts.style.arrow),
        { text: subjectOf(judged.revision) },
      ];
    }),
  };
}

const NO_SUMMARY: ChangeSummary = { images: [], facets: [], added: [], removed: [] };

function revisionCells(
  { number, revision, liveForMs }: JudgedRevision,
  { nowMs, style }: HistoryFacts,
): readonly Cell[] {
  return [
    number === 0 ? "" : String(number),
    { text: shortId(revision.id), plain: revision.id, paint: style.cyan },
    formatAge(revision.committedAtMs, nowMs, style.tty),
    formatSpan(liveForMs, style.tty),
  ];
}

function signOf(
  is: { readonly isLive: boolean; readonly isLastGood: boolean; readonly isReverted: boolean },
  style: Style,
): Cell {
  if (is.isLastGood) return { text: glyph("lastGood", style.unicode), paint: style.green };
  if (is.isReverted) return { text: glyph("reverted", style.unicode), paint: style.dim };
  return is.isLive ? { text: glyph("live", style.unicode), paint: style.bold } : "";
}

const VERDICTS = { good: ["ok", "green"], bad: ["failed", "red"], unproven: ["unknown", "dim"] } as const;

function verdictCell({ verdict, evidence, quarantined }: JudgedRevision, style: Style): Cell {
  const [sign, paint] = VERDICTS[verdict];
  const [best] = evidence;
  const weak = verdict === "good" && best !== undefined && isWeak(best.kind) ? " (weak)" : "";
  const said = `${verdict}${weak}${quarantined === undefined ? "" : " (quarantined)"}`;
  return { text: `${glyph(sign, style.unicode)} ${said}`, plain: said, paint: style[paint] };
}

/** `renovate`, `dlee #479`. */
function byText({ revision }: JudgedRevision): string {
  const number = pullRequestOf(revision);
  const author = revision.author.replace(/\[bot\]$/, "");
  return number === undefined ? author : `${author} #${number}`;
}
