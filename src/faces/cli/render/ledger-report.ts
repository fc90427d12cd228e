/** What `ledger verify` found, and what `ledger export` writes. */
import type { LedgerAudit } from "../../../app/audit-ledger.ts";
import type { LedgerFinding } from "../../../core/audit.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { toIso } from "../../../core/model/time.ts";
import { formatAge } from "../output/age.ts";
import { glyph } from "../output/glyphs.ts";
import type { Table } from "../output/table.ts";
import type { Envelope } from "../output/yaml-json.ts";
import type { Style } from "./style.ts";

/** One ledger, and what was found in it. */
export interface VerifiedLedger extends LedgerAudit {
  /** Address without credentials, or a folder. */
  readonly place: string;
  readonly ref: string;
}

/** A row per type of records. */
export function countTable(
  { counts }: Pick<LedgerAudit, "counts">,
  { nowMs, style }: { readonly nowMs: number; readonly style: Style },
): Table {
  const age = (ms: number | undefined): string => (ms === undefined ? "-" : formatAge(ms, nowMs, style.tty));
  return {
    columns: [{ title: "TYPE" }, { title: "RECORDS", align: "right" }, { title: "OLDEST" }, { title: "NEWEST" }],
    rows: counts.map(({ type, records, oldestMs, newestMs }) => [type, String(records), age(oldestMs), age(newestMs)]),
  };
}

/** More of one kind are counted, not shown; damage is shown whole. */
const MOST = 20;

/** A line per finding, and below it what to do, where that is not the same as for the next one. Texts from outside are escaped. */
export function findingLines(
  findings: readonly LedgerFinding[],
  { ref, style }: { readonly ref: string; readonly style: Style },
): readonly string[] {
  const seen = new Map<LedgerFinding["kind"], number>();
  const shown = findings.filter(({ kind }) => {
    const count = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, count);
    return kind === "damaged" || count <= MOST;
  });
  const lines = shown.flatMap((finding, index) => {
    const isSame = shown[index + 1]?.hint === finding.hint;
    return [findingLine(finding, style), ...(isSame ? [] : [`  ${style.dim(hintText(finding, ref))}`])];
  });
  const more = [...seen].filter(([kind, count]) => kind !== "damaged" && count > MOST);
  return [...lines, ...more.map(([kind, count]) => `  and ${count - MOST} more ${kind} (-o json shows all)`)];
}

function findingLine({ kind, place, message }: LedgerFinding, style: Style): string {
  const isFault = kind === "damaged";
  const sign = style.tty ? glyph(isFault ? "failed" : "warning", style.unicode) : "";
  const head = `${sign} ${kind}`.trim();
  const where = place === undefined ? "" : `${escapeText(place)} `;
  return `${(isFault ? style.red : style.yellow)(head)}: ${where}${escapeText(shorten(message, 300))}`;
}

function hintText({ hint }: LedgerFinding, ref: string): string {
  return escapeText(shorten(hint.replaceAll(/\bREF\b/g, ref), 500));
}

/** `kind: LedgerReport`. */
export function ledgerReportDocument(ledgers: readonly VerifiedLedger[]): Envelope {
  return {
    kind: "LedgerReport",
    metadata: {},
    status: {
      sound: !ledgers.some(isDamaged),
      ledgers: ledgers.map(({ place, ref, files, counts, findings }) => ({
        place,
        ref,
        files,
        records: counts.map(({ type, records, oldestMs, newestMs }) => ({
          type,
          records,
          oldest: oldestMs === undefined ? undefined : toIso(oldestMs),
          newest: newestMs === undefined ? undefined : toIso(newestMs),
        })),
        findings: findings.map((finding) => ({ ...finding, hint: hintText(finding, ref) })),
      })),
    },
  };
}

/** Are there lines that cannot be read? */
export function isDamaged({ findings }: Pick<LedgerAudit, "findings">): boolean {
  return findings.some(({ kind }) => kind === "damaged");
}
