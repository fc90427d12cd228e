import { fromIso } from "../model/time.ts";
import { artifactKey, artifactText, isSameArtifact } from "./artifact.ts";
import type { Artifact, QuarantineRecord } from "./record.ts";

/** An artifact that is in quarantine now, for one target or for all. */
export interface QuarantineEntry {
  readonly artifact: Artifact;
  /** Missing: for every target. */
  readonly target?: string;
  /** What says so. */
  readonly record: QuarantineRecord;
}

/**
 * What is in quarantine at a time. `records`: oldest first; of the same artifact and target the newest counts. One that has run
 * out is over, and does not bring back what an older one said.
 */
export function quarantineAt(records: readonly QuarantineRecord[], nowMs: number): readonly QuarantineEntry[] {
  const entries = new Map<string, QuarantineEntry>();
  for (const record of records) {
    const { artifact, targets } = record;
    const key = artifactKey(artifact);
    if (record.action === "release") release(entries, key, targets);
    else if (targets.length === 0) entries.set(`${key} `, { artifact, record });
    else for (const target of targets) entries.set(`${key} ${target}`, { artifact, target, record });
  }
  return [...entries.values()].filter(({ record: { until } }) => {
    return until === undefined || (fromIso(until) ?? Number.POSITIVE_INFINITY) > nowMs;
  });
}

function release(entries: Map<string, QuarantineEntry>, key: string, targets: readonly string[]): void {
  if (targets.length > 0) for (const target of targets) entries.delete(`${key} ${target}`);
  else for (const known of entries.keys()) if (known.startsWith(`${key} `)) entries.delete(known);
}

/** Those that hold for a target. */
export function quarantineOf(target: string, entries: readonly QuarantineEntry[]): readonly QuarantineEntry[] {
  return entries.filter((entry) => entry.target === undefined || entry.target === target);
}

/** What a person names: an artifact, or a commit (its content too); and perhaps a target. */
export interface QuarantineQuery {
  readonly artifact?: Artifact;
  readonly target?: string;
}

/**
 * The entries that a person means. With the last image or chart of a revert its content goes too: the same bytes are the fix
 * then, and would be stopped for nothing.
 */
export function findEntries(query: QuarantineQuery, entries: readonly QuarantineEntry[]): readonly QuarantineEntry[] {
  const { artifact, target } = query;
  const named = entries.filter(
    (entry) =>
      (target === undefined || entry.target === undefined || entry.target === target) &&
      (artifact === undefined || isMeant(artifact, entry.artifact)),
  );
  const left = entries.filter((entry) => !named.includes(entry));
  const contents = left.filter(
    ({ artifact: { kind }, record: { job } }) =>
      kind === "content" &&
      job !== undefined &&
      named.some((entry) => entry.record.job === job) &&
      !left.some((entry) => entry.record.job === job && entry.artifact.kind !== "content"),
  );
  return [...named, ...contents];
}

function isMeant(asked: Artifact, known: Artifact): boolean {
  if (asked.kind === "commit" && known.kind === "content") return asked.commit === known.revision;
  return isSameArtifact(known, asked) || artifactKey(known) === artifactKey(asked);
}

/** `ghcr.io/acme/api:1.8.0 is quarantined until 2026-08-29 (5xx since 1.8.0)`: why it must not come back, in one line. */
export function quarantineText({ artifact, record: { until, reason } }: QuarantineEntry): string {
  const what = artifact.kind === "content" ? `the content of ${artifactText(artifact)}` : artifactText(artifact);
  return `${what} is quarantined${until === undefined ? "" : ` until ${until.slice(0, 10)}`} (${reason})`;
}
