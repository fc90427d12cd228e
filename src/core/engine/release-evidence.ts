/** What an engine's own record says about revisions of a target: evidence, as far as it proves anything. */
import type { Evidence } from "../model/evidence.ts";
import { commitId, isFullId } from "../model/git.ts";
import { formatDuration } from "../model/time.ts";
import type { EngineRelease, EngineState } from "./engine-state.ts";
import { type Own, ownRevision, ownSource } from "./match-state.ts";

export interface EngineEvidence {
  readonly statements: readonly Evidence[];
  /**
   * Revisions that run, or are wanted to, and are not well: what the engine recorded of their content before proves nothing, for it
   * recorded the deploy and not what came after.
   */
  readonly unwell: readonly string[];
}

export interface ReleaseFacts extends Own {
  readonly state: EngineState;
  /** A revision that is well now has been so for long enough to be good. */
  readonly bakeTimeMs: number;
  readonly nowMs: number;
}

/**
 * A deploy of the past proves health where the engine waited for it, else only that it was applied (weak). One that failed proves nothing
 * good, and nothing bad either: it may have been the cluster. What has been well for the whole bake time, by the engine's own account, was good.
 */
export function releaseEvidence(facts: ReleaseFacts): EngineEvidence {
  const { state } = facts;
  const { status } = state;
  const isWell = status.status === "Current" && status.unproven === undefined && status.rolledBack === undefined;
  const revision = ownRevision(state, facts);
  const releases = releasesOf(facts);
  const statements = [...releases.map((release) => statementOf(release, state)), ...presentOf(facts, releases, isWell)];
  const { live, desired } = state.sources[ownSource(state, facts.target, facts.isHere) ?? -1] ?? {};
  const unwell = isWell ? [] : [revision, live, desired].filter((id) => id !== undefined);
  return { statements, unwell: [...new Set(unwell)] };
}

interface OwnRelease extends Pick<EngineRelease, "atMs"> {
  readonly revision: string;
  readonly proves: "health" | "sync";
}

/** Of the target's own source. What is no commit (the version of a chart) says nothing of git. */
function releasesOf({ state, target, isHere }: ReleaseFacts): readonly OwnRelease[] {
  const index = ownSource(state, target, isHere) ?? 0;
  return state.history.flatMap(({ revisions, atMs, proves }) => {
    const revision = revisions[index];
    return revision === undefined || !isFullId(revision) || proves === "failure" ? [] : [{ revision, atMs, proves }];
  });
}

function statementOf({ revision, atMs, proves }: OwnRelease, { engine }: EngineState): Evidence {
  const isHealth = proves === "health";
  return {
    revision: commitId(revision),
    verdict: "good",
    kind: isHealth ? "engine-health" : "engine-sync",
    detail: isHealth ? `deployed and healthy, says ${engine}` : `synced, says ${engine}`,
    atMs,
  };
}

function presentOf(
  { state, bakeTimeMs, nowMs, ...own }: ReleaseFacts,
  releases: readonly OwnRelease[],
  isWell: boolean,
): readonly Evidence[] {
  const revision = ownRevision(state, own);
  const { sinceMs } = state.status;
  if (!isWell || revision === undefined || !isFullId(revision) || sinceMs === undefined) return [];
  // Health that did not change when the revision came is older than the revision.
  const deployedMs = Math.max(
    ...releases.filter((release) => release.revision === revision).map(({ atMs }) => atMs),
    sinceMs,
  );
  const healthyForMs = nowMs - deployedMs;
  if (healthyForMs < bakeTimeMs) return [];
  return [
    {
      revision: commitId(revision),
      verdict: "good",
      kind: "engine-health",
      detail: `healthy for ${formatDuration(healthyForMs)}, says ${state.engine}`,
      atMs: nowMs,
      healthyForMs,
    },
  ];
}
