import type { ObservedTarget } from "../../../app/observe-targets.ts";
import type { Standing } from "../../../app/read-standing.ts";
import type { Status } from "../../../core/kstatus/status.ts";
import { isWeak } from "../../../core/model/evidence.ts";
import { shortId } from "../../../core/model/git.ts";
import { redactSaid } from "../../../core/redact.ts";
import { formatDuration } from "../../../core/model/time.ts";
import type { PullRequest } from "../../../ports/forge.ts";
import { glyph, type GlyphName } from "../output/glyphs.ts";
import type { Cell, Table } from "../output/table.ts";
import type { Style } from "./style.ts";

/** A target as it is shown. */
export interface StatusRow {
  readonly observed: ObservedTarget;
  readonly standing: Standing;
}

export interface StatusFacts {
  readonly rows: readonly StatusRow[];
  readonly nowMs: number;
  readonly style: Style;
  /** `-o wide` */
  readonly wide: boolean;
}

const LOOK = {
  Failed: ["failed", "red"],
  Terminating: ["waiting", "yellow"],
  NotFound: ["unknown", "yellow"],
  InProgress: ["waiting", "yellow"],
  Unknown: ["unknown", "dim"],
  Current: ["ok", "green"],
} as const satisfies Record<Status, readonly [GlyphName, "red" | "yellow" | "green" | "dim"]>;

const ORDER: readonly Status[] = ["Failed", "Terminating", "NotFound", "InProgress", "Unknown", "Current"];

/** The worst first, then by name. */
export function worstFirst(observed: readonly ObservedTarget[]): readonly ObservedTarget[] {
  return observed.toSorted(
    (a, b) =>
      ORDER.indexOf(a.present.status) - ORDER.indexOf(b.present.status) ||
      (a.watched.target.name < b.watched.target.name ? -1 : 1),
  );
}

/** `✗ Failed`, in its colour. */
export function statusCell(status: Status, style: Style): Exclude<Cell, string> {
  const [sign, paint] = LOOK[status];
  return { text: `${glyph(sign, style.unicode)} ${status}`, plain: status, paint: style[paint] };
}

/** One line per target. */
export function statusTable({ rows, nowMs, style, wide }: StatusFacts): Table {
  return {
    columns: [
      { title: "TARGET", min: 16 },
      { title: "ENV", leaves: 2 },
      { title: "STATUS" },
      { title: "SYNC", leaves: 1 },
      { title: "LIVE" },
      { title: "LAST GOOD" },
      { title: "FOR", leaves: 3 },
      { title: "REVERT", min: 8 },
      ...(wide ? [{ title: "ENGINE" }, { title: "OBJECT", min: 12 }, { title: "REASON", min: 16 }] : []),
    ],
    rows: rows.map(({ observed, standing }) => {
      const { watched, present, revision } = observed;
      return [
        { text: watched.target.name, paint: style.bold },
        watched.target.environment ?? "-",
        statusCell(present.status, style),
        syncText(observed),
        revisionCell(revision, style),
        lastGoodCell(standing, style),
        sinceText(present.says?.sinceMs, nowMs, style),
        revertText(observed, standing),
        ...(wide ? wideCells(observed) : []),
      ];
    }),
  };
}

function wideCells({ watched, states, present }: ObservedTarget): readonly Cell[] {
  const [first] = watched.objects;
  const reason = present.says === undefined ? "no engine tells how it is" : reasonText(present.says);
  return [states[0]?.engine ?? first?.engine ?? "-", first?.key ?? first?.object ?? "-", reason];
}

/** `Degraded: 2/6 pods ready`, without secrets. */
export function reasonText({ reason, message }: { readonly reason?: string; readonly message: string }): string {
  return redactSaid(reason === undefined || message.startsWith(reason) ? message : `${reason}: ${message}`);
}

/** Of several objects the one that is not synced. */
export function syncText({ states, failures }: ObservedTarget): string {
  if (failures.length > 0 || states.length === 0) return "Unknown";
  const words = states.map(({ sync }) => sync);
  return words.find((word) => word === "OutOfSync") ?? words.find((word) => word === "Unknown") ?? "Synced";
}

function revisionCell(revision: string | undefined, style: Style): Cell {
  if (revision === undefined) return "-";
  return { text: shownRevision(revision), plain: revision, paint: style.cyan };
}

/** A commit by its first digits; a chart's version, or what else an engine says, as it is. */
export function shownRevision(revision: string): string {
  if (/^[0-9a-f]{40,64}$/.test(revision)) return shortId(revision);
  return revision.length > 24 ? `${revision.slice(0, 23)}…` : revision;
}

function lastGoodCell({ lastGood }: Standing, style: Style): Cell {
  if (lastGood === undefined) return "-";
  const weak = lastGood.evidence.every(({ kind }) => isWeak(kind)) ? " (weak)" : "";
  return { text: `${shownRevision(lastGood.revision)}${weak}`, plain: lastGood.revision, paint: style.green };
}

function sinceText(sinceMs: number | undefined, nowMs: number, style: Style): string {
  if (sinceMs === undefined) return "-";
  const ms = Math.max(0, nowMs - sinceMs);
  return style.tty ? formatDuration(ms) : `${Math.floor(ms / 1000)}s`;
}

/** `#491 awaiting review`, `- held: Suspended`. */
export function revertText({ watched, states, present }: ObservedTarget, { pullRequest }: Standing): string {
  if (pullRequest !== undefined) return `#${pullRequest.number} ${progressWords(pullRequest)}`;
  if (watched.restrictions.suspended !== undefined) return "- held: Suspended";
  const blocker = present.status === "Current" ? undefined : states.flatMap(({ blockers }) => blockers)[0];
  return blocker === undefined ? "-" : `- blocked: ${blocker.reason}`;
}

/** How far a revert has come. */
export function progressWords({ state, draft, labels, armedBy }: PullRequest): string {
  if (state !== "open") return state;
  if (labels.includes("lastgood: hold")) return "on hold";
  if (draft) return "draft";
  return armedBy === undefined ? "awaiting review" : "merges when ready";
}
