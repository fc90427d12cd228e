/** Where a target stands: what it could go back to, what is suspected, and how far a revert has come. */
import { isCheckpoint, type JudgedRevision } from "../core/checkpoint.ts";
import { branchName, revertKey } from "../core/change/branch.ts";
import { type EngineEvidence, releaseEvidence } from "../core/engine/release-evidence.ts";
import { recordEvidence } from "../core/evidence.ts";
import type { Evidence, EvidencePatterns } from "../core/model/evidence.ts";
import type { CommitId } from "../core/model/git.ts";
import type { CheckpointRecord } from "../core/record.ts";
import { LastgoodError } from "../errors.ts";
import type { EngineView } from "../ports/engine.ts";
import type { Forge, PullRequest } from "../ports/forge.ts";
import { sha256 } from "./hash.ts";
import type { ObservedTarget, WatchedTarget } from "./observe-targets.ts";
import { type HistoryWorld, readHistory, type TargetHistory } from "./read-history.ts";
import { within } from "./within.ts";

export interface StandingRequest {
  readonly observed: ObservedTarget;
  readonly views: ReadonlyMap<string, EngineView>;
  readonly base: CommitId;
  readonly patterns: EvidencePatterns;
}

export interface StandingWorld extends Omit<HistoryWorld, "engineEvidence"> {
  /** Opens the way to the forge; missing: pull requests are not looked for. */
  readonly openForge?: () => Promise<Pick<Forge, "findPullRequest">>;
}

export interface Standing {
  readonly lastGood?: { readonly revision: string; readonly evidence: readonly Evidence[] };
  /** What came after the last good one and runs, newest first; without one, what runs. Empty while the target is well. */
  readonly suspects: readonly JudgedRevision[];
  /** The newest pull request that reverts what runs. */
  readonly pullRequest?: PullRequest;
  /** Only where the whole history was read. */
  readonly history?: TargetHistory;
}

/** What engines say of the past of a target. */
export function engineEvidenceOf(
  { target, isHere, policy, objects }: Pick<WatchedTarget, "target" | "isHere" | "policy" | "objects">,
  views: ReadonlyMap<string, EngineView>,
  nowMs: number,
): EngineEvidence {
  const all = objects.flatMap(({ engine, key }) => {
    const state = key === undefined ? undefined : views.get(engine)?.states.get(key);
    if (state === undefined) return [];
    return [releaseEvidence({ target, isHere, state, bakeTimeMs: policy.good.bakeTimeMs, nowMs })];
  });
  return { statements: all.flatMap(({ statements }) => statements), unwell: all.flatMap(({ unwell }) => unwell) };
}

/** Of a target that is well, from the ledger and the engine alone: thousands of histories are not walked to say that all is well. */
export function standingOfWell(
  { observed, views }: Pick<StandingRequest, "observed" | "views">,
  records: readonly CheckpointRecord[],
  nowMs: number,
): Standing {
  const { revision, content, watched } = observed;
  const said = recordEvidence(records, watched.target.name);
  const here = said.filter(
    (one) => one.revision === revision || (content !== undefined && one.recordedContent === content),
  );
  if (revision !== undefined && !here.some(({ verdict }) => verdict === "bad")) {
    const now = engineEvidenceOf(watched, views, nowMs).statements.filter(
      (one) => one.kind === "engine-health" && one.revision === revision,
    );
    const evidence = [...here, ...now];
    if (evidence.length > 0) return { suspects: [], lastGood: { revision, evidence } };
  }
  const bad = new Set(said.filter(({ verdict }) => verdict === "bad").map((one) => one.revision));
  const last = said
    .filter((one) => one.verdict === "good" && !bad.has(one.revision))
    .toSorted((a, b) => b.atMs - a.atMs)[0];
  return { suspects: [], ...(last === undefined ? {} : { lastGood: { revision: last.revision, evidence: [last] } }) };
}

/** Everything, from the whole history of the target. */
export async function readStanding(request: StandingRequest, world: StandingWorld): Promise<Standing> {
  const { observed, views, base, patterns } = request;
  const { target } = observed.watched;
  const engine = engineEvidenceOf(observed.watched, views, world.clock.nowMs());
  const history = await readHistory({ target, base, patterns }, { ...world, engineEvidence: async () => engine });
  const { revisions } = history;
  const good = revisions.findIndex(isCheckpoint);
  const last = revisions[good];
  const isWell = observed.present.status === "Current";
  const live = revisions.findIndex(
    ({ content, revision }) => content === observed.content || revision.id === observed.revision,
  );
  const from = Math.max(0, live);
  const suspects = isWell || good === from ? [] : revisions.slice(from, good === -1 || good < from ? from + 1 : good);
  const pullRequest = isWell
    ? undefined
    : await within(PATIENCE_MS, async () => findRevert(history, world), { clock: world.clock, late: () => undefined });
  return {
    suspects,
    history,
    ...(last === undefined ? {} : { lastGood: { revision: last.revision.id, evidence: last.evidence } }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
  };
}

/** So many times was a revert of one suspect begun anew, at most, that people are told of. */
const MOST_ATTEMPTS = 5;

/** A forge that does not answer must not keep people from seeing how things are. */
const PATIENCE_MS = 10_000;

/** The open one, else the newest. A forge that cannot be asked tells of none. */
async function findRevert(
  { target, content }: TargetHistory,
  { openForge }: StandingWorld,
): Promise<PullRequest | undefined> {
  try {
    const forge = await openForge?.();
    if (forge === undefined) return undefined;
    const key = revertKey(target.name, content, sha256);
    let newest: PullRequest | undefined;
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
      const found = await forge.findPullRequest(branchName(target.name, key, attempt));
      if (found === undefined) break;
      newest = found;
      if (found.state === "open") break;
    }
    return newest;
  } catch (error) {
    if (error instanceof LastgoodError && error.code !== "Internal") return undefined;
    throw error;
  }
}
