import { type JudgedRevision, judgeRevisions } from "../core/checkpoint.ts";
import { type ContentId, contentIdOf, contentsOf, emptyContent } from "../core/content.ts";
import type { EngineEvidence } from "../core/engine/release-evidence.ts";
import { annotationEvidence, recordEvidence, trailerEvidence } from "../core/evidence.ts";
import type { Evidence, EvidencePatterns } from "../core/model/evidence.ts";
import { commitId, type CommitId, type FileEntry, isFullId, type RevisionChange } from "../core/model/git.ts";
import type { Scope, Target } from "../core/model/target.ts";
import { quarantineAt, type QuarantineEntry, quarantineOf } from "../core/quarantine/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Repository } from "../ports/repository.ts";
import { findQuarantined } from "./find-quarantined.ts";
import { findScope } from "./find-scope.ts";
import { type ForgeEvidenceWorld, readForgeEvidence } from "./read-forge-evidence.ts";
import { sha256 } from "./hash.ts";

export interface HistoryRequest {
  readonly target: Target;
  /** The tip that is looked at. */
  readonly base: CommitId;
  readonly patterns: EvidencePatterns;
  /**
   * A person has chosen this revision: what lies far below it is left out, unless evidence that is asked for can only be found by reading all.
   * Of what was reverted and brought back, only what happened above, or not long before, is seen then.
   */
  readonly chosen?: CommitId;
}

export interface HistoryWorld extends ForgeEvidenceWorld {
  readonly repository: Repository;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** What engines have on record of a target. Missing: no engine is asked. Never rejects: what cannot be had costs a warning. */
  readonly engineEvidence?: (target: Target) => Promise<EngineEvidence>;
}

/** A target's past, judged. */
export interface TargetHistory {
  readonly target: Target;
  readonly base: CommitId;
  readonly scope: Scope;
  /** The target's files at `base`. */
  readonly files: readonly FileEntry[];
  readonly content: ContentId;
  /** Newest first. Complete, and numbered; above a chosen revision and some way below it when that is enough, without numbers (0). */
  readonly revisions: readonly JudgedRevision[];
  /** What could not be followed, for people. */
  readonly notes: readonly string[];
}

/** Evidence on commits off the target's own history is matched by content; beyond this many it is left out. */
const MAX_FOREIGN_EVIDENCE = 200;

/** So many commits of the branch below a chosen revision are looked through: what it brings back was mostly reverted not long before. */
const MAX_BELOW = 500;

/** Reads the revisions of a target and everything that is known about them. */
export async function readHistory(request: HistoryRequest, world: HistoryWorld): Promise<TargetHistory> {
  const { target, base, patterns } = request;
  const { repository } = world;
  const { scope, notes, files } = await findScope({ repository, commit: base, target });
  const [near, { statements, quarantine }, engine] = await Promise.all([
    readNear(request, scope, repository),
    readStatements(request, world),
    world.engineEvidence?.(target) ?? NO_ENGINE,
  ]);
  const isMuch = statements.length + engine.statements.length > MAX_FOREIGN_EVIDENCE;
  const isPart = near !== undefined && quarantine.length === 0 && !isMuch;
  const history = isPart ? near : await collect(repository.history({ from: base, scope }));
  const contents = contentsOf(files, history, sha256);
  const told = await readForgeEvidence(patterns, history, world);
  const known = [...statements, ...trailerEvidence(history, patterns), ...told];
  const places = { contents, scope, repository };
  const evidence = [...(await locate(known, places)), ...(await locateEngine(engine, places))];
  const nowMs = world.clock.nowMs();
  const judged = judgeRevisions({ history, contents, evidence, nowMs });
  const held = await findQuarantined({ files, revisions: judged }, quarantine, repository);
  return {
    target,
    base,
    scope,
    files,
    content: contentIdOf(files, sha256),
    revisions: judged.map((revision) => {
      const why = held.get(revision.revision.id);
      return {
        ...revision,
        ...(isPart ? { number: 0 } : {}),
        ...(why === undefined ? {} : { quarantined: why }),
      };
    }),
    notes,
  };
}

/** The revisions above a chosen one, itself, and some below; undefined when all of the past has to be read. */
async function readNear(
  { base, patterns, chosen }: HistoryRequest,
  scope: Scope,
  repository: Repository,
): Promise<readonly RevisionChange[] | undefined> {
  // These are told by commits, wherever they stand: what a revision shares with one far below is seen only when both are read.
  if (chosen === undefined || patterns.trailers.length > 0 || patterns.checks !== undefined) return undefined;
  const until = await repository.resolve(`${chosen}~${MAX_BELOW}`);
  if (until === undefined) return undefined;
  const near = await collect(repository.history({ from: base, until, scope }));
  return near.some(({ revision }) => revision.id === chosen) ? near : undefined;
}

type Statement = Evidence & { readonly recordedContent?: string };

interface Statements {
  readonly statements: readonly Statement[];
  /** What must not come back to the target. */
  readonly quarantine: readonly QuarantineEntry[];
}

async function readStatements({ target, patterns }: HistoryRequest, world: HistoryWorld): Promise<Statements> {
  const { records, damaged } = await world.ledger.read();
  if (damaged > 0) world.log.warn(`${damaged} ledger ${damaged === 1 ? "line is" : "lines are"} damaged and left out`);
  const checkpoints = records.filter((record) => record.type === "checkpoint");
  const held = records.filter((record) => record.type === "quarantine");
  const notes = patterns.notes === undefined ? [] : [patterns.notes.ref];
  const asks = patterns.tags.length > 0 || notes.length > 0;
  const annotations = asks ? await world.repository.refs.annotations(notes) : [];
  return {
    statements: [...recordEvidence(checkpoints, target.name), ...annotationEvidence(annotations, patterns)],
    quarantine: quarantineOf(target.name, quarantineAt(held, world.clock.nowMs())),
  };
}

const NO_ENGINE: EngineEvidence = { statements: [], unwell: [] };

/** What the engine recorded of a content does not count while that very content is not well. */
async function locateEngine(
  { statements, unwell }: EngineEvidence,
  places: Located,
): Promise<readonly (Evidence & { readonly content: ContentId })[]> {
  if (statements.length === 0) return [];
  const ill = unwell.filter(isFullId).map((id) => ({ revision: commitId(id), ...UNWELL }));
  const [located, marks] = await Promise.all([locate(statements, places), locate(ill, places)]);
  const contents = new Set(marks.map(({ content }) => content));
  return located.filter(({ content }) => !contents.has(content));
}

const UNWELL = { verdict: "bad", kind: "engine-health", detail: "", atMs: 0 } as const;

interface Located {
  readonly contents: ReadonlyMap<CommitId, ContentId>;
  readonly scope: Scope;
  readonly repository: Repository;
}

/** Says which content each statement is about. Nothing is left to be said about a commit that is gone or lacks the target. */
async function locate(
  statements: readonly Statement[],
  { contents, scope, repository }: Located,
): Promise<readonly (Evidence & { readonly content: ContentId })[]> {
  const absent = emptyContent(sha256);
  const known = new Set(contents.values());
  const contentOf = ({ revision, recordedContent }: Statement): ContentId | undefined =>
    contents.get(revision) ??
    (recordedContent !== undefined && known.has(recordedContent) ? recordedContent : undefined);
  const direct = statements.flatMap((statement) => {
    const content = contentOf(statement);
    return content === undefined || content === absent ? [] : [{ ...statement, content }];
  });
  const foreign = statements
    .filter((statement) => contentOf(statement) === undefined)
    .sort((a, b) => b.atMs - a.atMs)
    .slice(0, MAX_FOREIGN_EVIDENCE);
  const read = await readContents(new Set(foreign.map(({ revision }) => revision)), scope, repository);
  const located = foreign.flatMap((statement) => {
    const content = read.get(statement.revision);
    return content === undefined ? [] : [{ ...statement, content }];
  });
  return [...direct, ...located];
}

/** How many listings run at once. */
const LANES = 8;

/** What the target held at commits off its own history; a commit that is gone, or that lacks the target, is left out. */
async function readContents(
  commits: ReadonlySet<CommitId>,
  scope: Scope,
  repository: Repository,
): Promise<ReadonlyMap<CommitId, ContentId>> {
  const found = new Map<CommitId, ContentId>();
  const queue = [...commits];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const commit = await repository.resolve(next);
      const files = commit === undefined ? [] : await repository.files(commit, scope);
      if (files.length > 0) found.set(next, contentIdOf(files, sha256));
    }
  };
  await Promise.all(Array.from({ length: LANES }, work));
  return found;
}

async function collect(changes: AsyncIterable<RevisionChange>): Promise<readonly RevisionChange[]> {
  const all: RevisionChange[] = [];
  for await (const change of changes) all.push(change);
  return all;
}
