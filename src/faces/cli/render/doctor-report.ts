/** What `doctor` found: for people, and for programs. */
import type { SectionReport } from "../../../app/doctor/run-checks.ts";
import { type Finding, type FindingStatus, tallyOf } from "../../../core/doctor/finding.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { formatPlace } from "../../../errors.ts";
import { glyph, type GlyphName } from "../output/glyphs.ts";
import type { Envelope } from "../output/yaml-json.ts";
import type { Style } from "./style.ts";

const LOOK = {
  ok: { sign: "ok", word: "ok", paint: "green" },
  warning: { sign: "warning", word: "warning", paint: "yellow" },
  failed: { sign: "failed", word: "failed", paint: "red" },
  skipped: { sign: "separator", word: "skipped", paint: "dim" },
} as const satisfies Record<
  FindingStatus,
  { readonly sign: GlyphName; readonly word: string; readonly paint: "green" | "yellow" | "red" | "dim" }
>;

/** A section: its title, a line per finding, and below each what it means and what mends it. */
export function sectionLines(
  { title, findings }: SectionReport,
  style: Style,
  retype: (line: string) => string,
): readonly string[] {
  return [style.bold(escapeText(title)), ...findings.flatMap((finding) => findingLines(finding, style, retype))];
}

const MAX_MESSAGE = 400;

function findingLines(finding: Finding, style: Style, retype: (line: string) => string): readonly string[] {
  const { status, name, message, meaning, remedy = [], place } = finding;
  const { sign, word, paint } = LOOK[status];
  const mark = style[paint](style.tty ? glyph(sign, style.unicode) : `${word}:`);
  const reason = status === "skipped" && style.tty ? "not checked: " : "";
  const text = `${reason}${escapeText(shorten(message, MAX_MESSAGE))}`;
  const head = `  ${mark} ${status === "skipped" ? style.dim(text) : text}`;
  if (status === "ok") return [head];
  return [
    `${head}  ${style.dim(name)}`,
    ...(place === undefined ? [] : [`      at ${escapeText(formatPlace(place))}`]),
    ...(meaning === undefined ? [] : [`      ${escapeText(meaning)}`]),
    // What is indented belongs to the line before: a place in a file with its caret.
    ...remedy.map((line) => `      ${/^\s/.test(line) ? " " : style.arrow} ${escapeText(retype(line))}`),
  ];
}

/** `12 checks: 9 ok, 2 warnings, 1 failed` and what it comes to. */
export function summaryLine(reports: readonly SectionReport[], style: Style): string {
  const tally = tallyOf(reports.flatMap(({ findings }) => findings));
  const parts = [
    `${tally.ok} ok`,
    ...(tally.warning === 0 ? [] : [`${tally.warning} ${tally.warning === 1 ? "warning" : "warnings"}`]),
    ...(tally.failed === 0 ? [] : [`${tally.failed} failed`]),
    ...(tally.skipped === 0 ? [] : [`${tally.skipped} not checked`]),
  ];
  const [paint, verdict] =
    tally.failed > 0
      ? [style.red, "a revert would not come about: mend what failed first"]
      : tally.warning > 0
        ? [style.yellow, "lastgood works; the warnings say where it would not"]
        : [style.green, "lastgood is ready"];
  return paint(`${parts.join(", ")}: ${verdict}`);
}

/** `kind: Diagnosis`. */
export function diagnosisDocument(
  reports: readonly SectionReport[],
  { offline, config }: { readonly offline: boolean; readonly config: string | undefined },
): Envelope {
  const tally = tallyOf(reports.flatMap(({ findings }) => findings));
  return {
    kind: "Diagnosis",
    metadata: { config, offline },
    status: {
      healthy: tally.failed === 0,
      summary: tally,
      sections: reports.map(({ title, findings }) => ({ title, findings: findings.map(findingFields) })),
    },
  };
}

function findingFields({ name, status, message, meaning, remedy, place, code }: Finding): object {
  return { name, status, message, meaning, remedy, place, code };
}
