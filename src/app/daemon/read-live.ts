/** What runs, and what is about to: from the engine's states and the branch. */
import type { LiveFacts, RestrictionFacts } from "../../core/decision/facts.ts";
import { engineKey, type EngineState } from "../../core/engine/engine-state.ts";
import { escapeText, shorten } from "../../core/model/escape.ts";
import type { CommitId, Revision } from "../../core/model/git.ts";
import { findScope } from "../find-scope.ts";
import type { ObservedTarget, WatchedTarget } from "../observe-targets.ts";
import type { LaneReading, TargetLook } from "./daemon-lane.ts";

/** What the branch holds of a target. */
export interface Tip {
  readonly base: CommitId;
  /** Missing: it is not there any more, or cannot be read. */
  readonly content?: string;
}

/** The newest commit of the target on its branch. */
export async function readTip({ observed }: Pick<TargetLook, "observed">, lane: LaneReading): Promise<Tip | undefined> {
  const base = await lane.world.repository.resolve(`refs/heads/${lane.branch}`);
  if (base === undefined) return undefined;
  const content = await lane.readContent(observed.watched.target, base);
  return { base, ...(content === undefined ? {} : { content }) };
}

/** The newest commit up to the tip that touches the target. */
export async function newestOf(
  look: Pick<TargetLook, "observed">,
  lane: LaneReading,
  { base }: Tip,
): Promise<Revision | undefined> {
  const { repository } = lane.world;
  const { scope } = await findScope({ repository, commit: base, target: look.observed.watched.target });
  for await (const { revision } of repository.history({ from: base, scope, limit: 1 })) return revision;
  return undefined;
}

/** What runs; undefined while nobody says. `newer`: what the branch holds instead, when that is something else. */
export function liveFacts({ observed }: TargetLook, newer?: Revision): LiveFacts | undefined {
  const { revision, content } = observed;
  if (revision === undefined) return undefined;
  const sinceMs = runsSince(observed, revision);
  return {
    revision,
    ...(content === undefined ? {} : { content }),
    applied: appliedOf(observed),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(newer === undefined ? {} : { newer: { revision: newer.id, by: newer.author } }),
  };
}

/** Of several objects the one that has come least far counts. */
function appliedOf({ states }: ObservedTarget): LiveFacts["applied"] {
  const found = states.map(ofState);
  return WORST_FIRST.find((word) => found.includes(word)) ?? "unknown";
}

const WORST_FIRST: readonly LiveFacts["applied"][] = ["unknown", "under way", "failed", "applied"];

function ofState({ sync, status }: EngineState): LiveFacts["applied"] {
  if (sync === "Synced" || status.status === "Current") return "applied";
  if (status.status === "Failed") return "failed";
  return status.status === "InProgress" ? "under way" : "unknown";
}

/** As the engine's own record says; else since when its status is what it is: it was there no later than that. */
function runsSince({ states }: ObservedTarget, revision: string): number | undefined {
  const deployed = states.flatMap(({ history }) =>
    history.flatMap(({ revisions, atMs }) => (revisions.includes(revision) ? [atMs] : [])),
  );
  const changed = states.flatMap(({ status }) => status.sinceMs ?? []);
  const times = deployed.length > 0 ? deployed : changed;
  return times.length === 0 ? undefined : Math.min(...times);
}

/** As much of a target as tells what its engine's objects ask for. */
export interface Restricted {
  readonly observed: {
    readonly watched: Pick<WatchedTarget, "restrictions">;
    readonly states: readonly Pick<EngineState, "id">[];
  };
}

/** What annotations on the engine's objects ask for. */
export function restrictionFacts({ observed }: Restricted): RestrictionFacts {
  const { restrictions } = observed.watched;
  const { suspended, mode } = restrictions;
  const where = observed.states.map(({ id }) => engineKey(id)).join(", ") || "the engine's object";
  const reason = suspended?.reason === undefined ? "" : `: "${escapeText(shorten(suspended.reason, 200))}"`;
  const until = suspended?.untilMs === undefined ? {} : { untilMs: suspended.untilMs };
  return {
    ...(suspended === undefined ? {} : { suspended: { said: `annotation on ${where}${reason}`, ...until } }),
    ...(mode === undefined ? {} : { mode: { said: `annotation on ${where}`, atMost: mode } }),
  };
}
