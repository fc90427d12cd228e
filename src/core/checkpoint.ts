/**
 * Station *checkpoint*: which revisions of a target were good, on what evidence, and which of them is the last known good.
 * Good is about the target's content: revisions with the same content share their verdict.
 */
import type { ContentId } from "./content.ts";
import { EVIDENCE_KINDS, type Evidence, isWeak } from "./model/evidence.ts";
import { type CommitId, type Revision, type RevisionChange, trailersOf } from "./model/git.ts";
import { type Hold, hold } from "./model/hold.ts";
import { shellWord } from "./model/shell.ts";

export type Verdict = "good" | "bad" | "unproven";

/** One revision of a target, judged. */
export interface JudgedRevision extends RevisionChange {
  /** 1 for the oldest; what `--to-revision` takes. */
  readonly number: number;
  readonly content: ContentId;
  readonly verdict: Verdict;
  /** What the verdict rests on, strongest first; empty when unproven. */
  readonly evidence: readonly Evidence[];
  /** How long it was the newest one on the branch, in ms. */
  readonly liveForMs: number;
  /** The later commit whose message says that it reverts this one. */
  readonly revertedBy?: Revision;
  /** Why it must not come back, in one line, when it or what it names is in quarantine. Chosen only by a person. */
  readonly quarantined?: string;
}

export interface JudgeFacts {
  /** First-parent history of the target, newest first, complete. */
  readonly history: readonly RevisionChange[];
  readonly contents: ReadonlyMap<CommitId, ContentId>;
  /** Statements, with the content they are about. */
  readonly evidence: readonly (Evidence & { readonly content: ContentId })[];
  readonly nowMs: number;
}

/** Judges every revision; same order as the history (newest first). */
export function judgeRevisions(facts: JudgeFacts): readonly JudgedRevision[] {
  const reverts = findReverts(facts.history);
  const byContent = groupByContent(allEvidence(facts, reverts));
  let replacedAtMs = facts.nowMs;
  return facts.history.map((change, index) => {
    const content = facts.contents.get(change.revision.id) ?? "";
    const { verdict, evidence } = weigh(byContent.get(content) ?? []);
    const revertedBy = reverts.get(change.revision.id);
    const judged: JudgedRevision = {
      ...change,
      number: facts.history.length - index,
      content,
      verdict,
      evidence,
      liveForMs: Math.max(0, replacedAtMs - change.revision.committedAtMs),
      ...(revertedBy === undefined ? {} : { revertedBy }),
    };
    replacedAtMs = change.revision.committedAtMs;
    return judged;
  });
}

function groupByContent(statements: JudgeFacts["evidence"]): ReadonlyMap<ContentId, readonly Evidence[]> {
  const groups = new Map<ContentId, Evidence[]>();
  for (const statement of statements) {
    const group = groups.get(statement.content);
    if (group === undefined) groups.set(statement.content, [statement]);
    else group.push(statement);
  }
  return groups;
}

function allEvidence(facts: JudgeFacts, reverts: ReadonlyMap<CommitId, Revision>): JudgeFacts["evidence"] {
  const named = new Set(
    facts.history
      .filter(({ revision }) => namedReverts(revision.message).length > 0)
      .map(({ revision }) => revision.id),
  );
  const reverted = [...reverts].flatMap(([suspect, revert]) => {
    const content = facts.contents.get(suspect);
    // Taking a revert back ("Reapply") says nothing of what the revert had restored.
    if (content === undefined || named.has(suspect)) return [];
    const detail = `reverted by ${revert.id.slice(0, 7)}`;
    const statement: Evidence = {
      revision: suspect,
      verdict: "bad",
      kind: "reverted",
      detail,
      atMs: revert.committedAtMs,
    };
    return [{ ...statement, content }];
  });
  return [...facts.evidence, ...reverted];
}

/**
 * A person's newest word counts before everything; else one proof of bad outweighs any of good
 * (a later-proven-bad revision is no checkpoint); else the strongest evidence of good.
 */
function weigh(statements: readonly Evidence[]): Pick<JudgedRevision, "verdict" | "evidence"> {
  const marks = statements.filter((statement) => statement.kind === "marked").sort((a, b) => b.atMs - a.atMs);
  const verdict: Verdict =
    marks[0]?.verdict ??
    (statements.some((statement) => statement.verdict === "bad") ? "bad" : statements.length > 0 ? "good" : "unproven");
  const evidence = statements
    .filter((statement) => statement.verdict === verdict)
    .sort((a, b) => strength(a) - strength(b) || b.atMs - a.atMs);
  return { verdict, evidence };
}

function strength(evidence: Evidence): number {
  return EVIDENCE_KINDS.indexOf(evidence.kind);
}

/**
 * Which commits were reverted, by whose message (`This reverts commit SHA.`, as git, GitHub and lastgood write it).
 * A revert that was itself reverted does not count. Messages are untrusted: this can only take checkpoints away.
 */
export function findReverts(history: readonly RevisionChange[]): ReadonlyMap<CommitId, Revision> {
  const found = new Map<CommitId, Revision>();
  const ids = history.map(({ revision }) => revision.id);
  for (const { revision } of history) {
    if (found.has(revision.id)) continue;
    for (const suspect of namedReverts(revision.message)) {
      const id = ids.find((candidate) => candidate.startsWith(suspect));
      if (id !== undefined && id !== revision.id && !found.has(id)) found.set(id, revision);
    }
  }
  return found;
}

function namedReverts(message: string): readonly string[] {
  const written = [...message.slice(0, 20_000).matchAll(/\breverts commit ([0-9a-f]{7,64})\b/g)].map(
    (match) => match[1],
  );
  const trailers = trailersOf(message.slice(-20_000)).filter(({ key }) => key === "lastgood-suspect");
  return [...written, ...trailers.map(({ value }) => value)].filter(
    (id): id is string => id !== undefined && /^[0-9a-f]{7,64}$/.test(id),
  );
}

/** A commit of which nothing is known but what it changed. */
export function unjudged(change: RevisionChange): JudgedRevision {
  return { ...change, number: 0, content: "", verdict: "unproven", evidence: [], liveForMs: 0 };
}

/** What is gone back to, and on what grounds. */
export interface Checkpoint {
  readonly kind: "checkpoint";
  readonly revision: JudgedRevision;
  /** `last-good`: found by evidence. `chosen`: a person named it. */
  readonly by: "last-good" | "chosen";
  /** No evidence, or only weak evidence, that it was good. */
  readonly weak: boolean;
}

/** The nearest good ancestor, by the commit graph and never by date. Holds `NoCheckpoint` when there is none. */
export function findLastGood(target: string, revisions: readonly JudgedRevision[]): Checkpoint | Hold {
  const good = revisions.find(isCheckpoint);
  if (good !== undefined) return checkpointAt(good, "last-good");
  const held = revisions.find(({ verdict, quarantined }) => verdict === "good" && quarantined !== undefined);
  if (held?.quarantined !== undefined) return quarantinedHold(target, held.revision.id, held.quarantined);
  const looked = revisions.length;
  const newest = revisions.find((revision) => revision.verdict !== "bad" && revision.number < looked);
  const short = newest?.revision.id.slice(0, 7) ?? "REV";
  return hold(
    "NoCheckpoint",
    looked === 0
      ? `no commit on this branch touches ${target}`
      : `no known-good checkpoint for ${target}: ${looked} ${looked === 1 ? "revision" : "revisions"} looked at, none is proven good`,
    [
      `lastgood history ${shellWord(target)}    shows them`,
      `lastgood mark good ${shellWord(target)} ${short} --reason "..."    if you know that it was good`,
      `lastgood revert ${shellWord(target)} --to ${short}    choose the revision yourself`,
    ],
  );
}

/** Is it known to be good, and free to be gone back to? */
export function isCheckpoint({ verdict, quarantined }: JudgedRevision): boolean {
  return verdict === "good" && quarantined === undefined;
}

/** What was good must not come back: a person alone goes there (safety.md H82). */
export function quarantinedHold(target: string, revision: CommitId, why: string): Hold {
  const short = revision.slice(0, 7);
  return hold("Quarantined", `${target} cannot go back to ${short}: ${why}`, [
    "lastgood quarantine list    shows what is held, and why",
    `lastgood quarantine release ${target} --reason "..."    when it is fixed`,
    `lastgood revert ${target} --to ${short}    go there all the same`,
  ]);
}

export function checkpointAt(revision: JudgedRevision, by: Checkpoint["by"]): Checkpoint {
  const strong = revision.verdict === "good" && revision.evidence.some((evidence) => !isWeak(evidence.kind));
  return { kind: "checkpoint", revision, by, weak: !strong };
}
