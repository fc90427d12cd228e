/** What `check` found: for people, and for programs. */
import type { CheckResult } from "../../../app/check-change.ts";
import type { WaysBack } from "../../../app/plan-way-back.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { artifactText } from "../../../core/quarantine/artifact.ts";
import { releaseCommand } from "../../../core/quarantine/release-command.ts";
import type { Finding } from "../../../core/quarantine/introduced.ts";
import type { QuarantineEntry } from "../../../core/quarantine/state.ts";
import { formatPlace } from "../../../errors.ts";
import { glyph } from "../output/glyphs.ts";
import type { Envelope } from "../output/yaml-json.ts";
import { entryFields } from "./quarantine-table.ts";
import type { Style } from "./style.ts";
import { wayBackFields } from "./way-back.ts";

/** `1 quarantined artifact would come back`, and each with its place, why it is held, and how it is released. */
export function checkText({ introduced }: CheckResult, style: Style): readonly string[] {
  const many = introduced.length === 1 ? "1 quarantined artifact" : `${introduced.length} quarantined artifacts`;
  const sure = introduced.some(({ admits }) => admits !== true);
  const head = `${glyph("failed", style.unicode)} ${many} ${sure ? "would" : "could"} come back`;
  return [style.red(head), ...introduced.flatMap((finding) => findingLines(finding, style))];
}

function findingLines(finding: Finding, style: Style): readonly string[] {
  const { entry, component } = finding;
  // A value says its field itself.
  const field = entry.artifact.kind === "value" ? [] : [finding.display];
  const where = [...(component === undefined ? [] : [component]), ...field].join(" ");
  const parts = [style.cyan(placeText(finding)), escapeText(where), style.bold(escapeText(textOf(finding)))];
  return [
    `  ${parts.filter((part) => part !== "").join("   ")}`,
    `    ${escapeText(heldText(entry))}`,
    `    Fixed? ${escapeText(releaseCommand(entry))}`,
  ];
}

/** A path may begin with what a CI reads as a command: never at the start of a line. */
export function placeText({ place }: Finding): string {
  const text = escapeText(formatPlace(place));
  return /^[:#]/.test(text) ? `./${text}` : text;
}

/** What stands there; a value with its field; for bytes and commits, what they are. */
export function textOf({ entry: { artifact }, display, text, admits }: Finding): string {
  if (admits === true) return `${text} admits ${artifactText(artifact)}`;
  if (artifact.kind === "value") return `${display} = ${text}`;
  if (artifact.kind === "content") return `exactly what ${artifactText(artifact)} held`;
  return artifact.kind === "commit" ? `${text.slice(0, 7)} brings ${artifactText(artifact)}` : text;
}

/** `quarantined 22 Aug by job 01J9ZK4T7Q (#491): 5xx 12% since 1.8.0. Until 29 Aug.` */
export function heldText({ record: { at, until, by, job, pullRequest, reason } }: QuarantineEntry): string {
  const who = job === undefined ? by : `job ${job}`;
  const request = pullRequest === undefined ? "" : ` (#${pullRequest})`;
  const end = until === undefined ? "Until it is released." : `Until ${dayText(until, at)}.`;
  return `quarantined ${dayText(at, until ?? at)} by ${who}${request}: ${reason.replace(/\.$/, "")}. ${end}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `22 Aug`, of an RFC 3339 time; with the year where it is another than that of `beside`. */
function dayText(time: string, beside: string): string {
  const [year = "", month = "", day = ""] = time.slice(0, 10).split("-");
  const name = MONTHS[Number(month) - 1] ?? month;
  return `${Number(day)} ${name}${beside.startsWith(year) ? "" : ` ${year}`}`;
}

/** What is held and stood there before: nobody's fault now, but good to know. */
export function presentText({ present }: CheckResult): readonly string[] {
  return present.map((finding) => {
    return `note: ${placeText(finding)} has ${escapeText(textOf(finding))} already, which is in quarantine`;
  });
}

/** `kind: Check`. */
export function checkDocument(
  { from, files, introduced, present }: CheckResult,
  range: { readonly base: string; readonly head: string },
  back: WaysBack,
): Envelope {
  return {
    kind: "Check",
    metadata: { base: range.base, head: range.head, mergeBase: from },
    status: {
      files,
      introduced: introduced.map(findingFields),
      present: present.map(findingFields),
      wayBack: wayBackFields(back),
      unplanned: back.unplanned === 0 ? undefined : back.unplanned,
    },
  };
}

function findingFields({ entry, place, component, display, text, admits }: Finding): object {
  return {
    ...place,
    kind: admits === true ? "admits" : "brings",
    component,
    path: display,
    text,
    quarantine: entryFields(entry),
  };
}
