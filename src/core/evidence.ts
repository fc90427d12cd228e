/** Statements in git and in the ledger, read as evidence: tags, notes and trailers that match a pattern, and records. */
import { compileGlob } from "./target/glob.ts";
import type { Evidence, EvidencePatterns } from "./model/evidence.ts";
import type { CheckResult, Deployment } from "./model/forge-fact.ts";
import { type Annotation, type CommitId, type RevisionChange, trailersOf } from "./model/git.ts";
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

/** How the newest deployment of each commit to the configured environment went. One that runs, or was dropped, says nothing. */
export function deploymentEvidence(
  deployments: readonly Deployment[],
  { deployments: wanted }: EvidencePatterns,
): readonly Evidence[] {
  if (wanted === undefined) return [];
  const newest = new Map<CommitId, Deployment>();
  for (const deployment of deployments) {
    if (deployment.environment !== wanted.environment || !isFrom(deployment.by, wanted.by)) continue;
    if (deployment.state === "pending" || deployment.state === "unknown") continue;
    const known = newest.get(deployment.commit);
    if (known === undefined || known.atMs < deployment.atMs) newest.set(deployment.commit, deployment);
  }
  return [...newest.values()].map(({ commit, environment, state, by, atMs }) => ({
    revision: commit,
    verdict: state === "failure" ? "bad" : "good",
    kind: "deployment",
    detail: `deployment to ${environment} ${state === "failure" ? "failed" : "succeeded"}, by ${by}`,
    atMs,
  }));
}

/** Statuses and check runs of the configured names that passed. A failed one proves nothing: it may have been the runner. */
export function checkEvidence(
  revision: CommitId,
  checks: readonly CheckResult[],
  { checks: wanted }: EvidencePatterns,
): readonly Evidence[] {
  if (wanted === undefined) return [];
  const names = wanted.names.map(matcher);
  return checks
    .filter(({ name, state, by }) => state === "passed" && isFrom(by, wanted.by) && names.some((is) => is(name)))
    .map(({ name, by, atMs }) => ({
      revision,
      verdict: "good",
      kind: "check",
      detail: `check ${name} passed, by ${by}`,
      atMs,
    }));
}

/** GitHub's logins do not tell capital letters apart; an app writes as `slug` or `slug[bot]`. */
function isFrom(by: string, logins: readonly string[]): boolean {
  const plain = (login: string): string => login.toLowerCase().replace(/\[bot\]$/, "");
  return logins.length === 0 || logins.some((login) => plain(login) === plain(by));
}

/** A name is no path: `release-*` also means `release-2026/08`. */
function matcher(pattern: string): (text: string) => boolean {
  const glob = compileGlob(pattern.replaceAll("/", "\u0001"));
  return (text) => glob(text.trim().replaceAll("/", "\u0001"));
}

function sameNotes(ref: string, name: string): boolean {
  return ref === name || ref === `refs/notes/${name}`;
}
