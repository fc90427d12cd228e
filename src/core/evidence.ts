/** Statements in git and in the ledger, read as evidence: tags, notes and trailers that match a pattern, and records. */
import { compileGlob } from "./target/glob.ts";
import type { Evidence, EvidencePatterns } from "./model/evidence.ts";
import { type Annotation, type RevisionChange, trailersOf } from "./model/git.ts";
import { fromIso } from "./model/time.ts";
import type { CheckpointRecord } from "./record.ts";

/** Tags and notes that match. */
export function annotationEvidence(
  annotations: readonly Annotation[],
  patterns: EvidencePatterns,
): readonly Evidence[] {
  const tags = patterns.tags.map(matcher);
  const { ref, match } = patterns.notes ?? { ref: "", match: "" };
  const noteMatches = matcher(match);
  return annotations
    .filter((annotation) =>
      annotation.kind === "tag"
        ? tags.some((matches) => matches(annotation.name))
        : sameNotes(ref, annotation.name) && annotation.text.split("\n").some(noteMatches),
    )
    .map(({ kind, name, commit, tagger, atMs }) => ({
      revision: commit,
      verdict: "good",
      kind: "tag",
      detail: `${kind} ${name}${tagger === undefined ? "" : ` by ${tagger}`}`,
      atMs,
    }));
}

/** Trailers of the target's own commits that match. */
export function trailerEvidence(history: readonly RevisionChange[], patterns: EvidencePatterns): readonly Evidence[] {
  const rules = patterns.trailers.map(({ key, value }) => ({ key: key.toLowerCase(), matches: matcher(value) }));
  if (rules.length === 0) return [];
  return history.flatMap(({ revision }) => {
    const found = trailersOf(revision.message).find(({ key, value }) =>
      rules.some((rule) => rule.key === key && rule.matches(value)),
    );
    if (found === undefined) return [];
    const detail = `trailer ${found.key}: ${found.value}`;
    return [{ revision: revision.id, verdict: "good", kind: "tag", detail, atMs: revision.committedAtMs }];
  });
}

/** What the ledger says of a target: the newest record of each (revision, kind) counts; `cleared` takes it back. */
export function recordEvidence(
  records: readonly CheckpointRecord[],
  target: string,
): readonly (Evidence & { readonly recordedContent?: string })[] {
  const newest = new Map<string, CheckpointRecord>();
  for (const record of records) {
    if (record.target === target) newest.set(`${record.revision} ${record.evidence}`, record);
  }
  return [...newest.values()].flatMap(({ revision, verdict, evidence, at, by, reason, healthyForSeconds, content }) =>
    verdict === "cleared"
      ? []
      : [
          {
            revision,
            verdict,
            kind: evidence,
            detail: evidence === "marked" ? `marked ${verdict} by ${by}: "${reason}"` : reason,
            atMs: fromIso(at) ?? 0,
            ...(healthyForSeconds === undefined ? {} : { healthyForMs: healthyForSeconds * 1000 }),
            ...(content === undefined ? {} : { recordedContent: content }),
          },
        ],
  );
}

/** A name is no path: `release-*` also means `release-2026/08`. */
function matcher(pattern: string): (text: string) => boolean {
  const glob = compileGlob(pattern.replaceAll("/", "\u0001"));
  return (text) => glob(text.trim().replaceAll("/", "\u0001"));
}

function sameNotes(ref: string, name: string): boolean {
  return ref === name || ref === `refs/notes/${name}`;
}
