import { artifactText } from "../../../core/quarantine/artifact.ts";
import type { Artifact } from "../../../core/quarantine/record.ts";
import type { QuarantineEntry } from "../../../core/quarantine/state.ts";
import { formatDuration, fromIso } from "../../../core/model/time.ts";
import { formatAge } from "../output/age.ts";
import type { Table } from "../output/table.ts";
import type { Envelope } from "../output/yaml-json.ts";
import type { Style } from "./style.ts";

/** What people name each by; a content says that it is one. */
export function entryTexts(entries: readonly { readonly artifact: Artifact }[]): readonly string[] {
  return entries.map(({ artifact }) => {
    const text = artifactText(artifact);
    return artifact.kind === "content" || artifact.kind === "commit" ? `${artifact.kind} ${text}` : text;
  });
}

/** What is in quarantine, for how long, who says so and why. */
export function quarantineTable(
  entries: readonly QuarantineEntry[],
  { nowMs, style }: { readonly nowMs: number; readonly style: Style },
): Table {
  return {
    columns: [
      { title: "ARTIFACT", min: 20 },
      { title: "KIND", leaves: 3 },
      { title: "TARGET", min: 10 },
      { title: "SINCE", leaves: 2 },
      { title: "UNTIL" },
      { title: "BY", min: 8, leaves: 1 },
      { title: "REASON", min: 16 },
    ],
    rows: entries.map(({ artifact, target, record }) => [
      { text: artifactText(artifact), paint: style.cyan },
      artifact.kind,
      target ?? "*",
      formatAge(fromIso(record.at) ?? nowMs, nowMs, style.tty),
      untilText(record.until, { nowMs, style }),
      byText(record),
      record.reason,
    ]),
  };
}

function untilText(
  until: string | undefined,
  { nowMs, style }: { readonly nowMs: number; readonly style: Style },
): string {
  const ms = until === undefined ? undefined : fromIso(until);
  if (until === undefined || ms === undefined) return "released";
  return style.tty ? `in ${formatDuration(ms - nowMs)}` : until;
}

function byText({ by, pullRequest }: QuarantineEntry["record"]): string {
  return pullRequest === undefined ? by : `${by} #${pullRequest}`;
}

/** `kind: QuarantineList`. */
export function quarantineDocument(entries: readonly QuarantineEntry[]): Envelope {
  return { kind: "QuarantineList", metadata: {}, status: { entries: entries.map(entryFields) } };
}

/** One entry, for programs. */
export function entryFields({ artifact, target, record }: QuarantineEntry): object {
  const { id, at, until, by, reason, job, pullRequest } = record;
  return { artifact, text: artifactText(artifact), target, since: at, until, by, reason, job, pullRequest, record: id };
}
