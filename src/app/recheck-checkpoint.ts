import { type JudgedRevision, quarantinedHold } from "../core/checkpoint.ts";
import { recordEvidence } from "../core/evidence.ts";
import { shortId } from "../core/model/git.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import { shellWord } from "../core/model/shell.ts";
import type { Scope } from "../core/model/target.ts";
import type { Plan } from "../core/plan/types.ts";
import { quarantineAt, quarantineOf } from "../core/quarantine/state.ts";
import type { LedgerRecord } from "../core/record.ts";
import { findQuarantined } from "./find-quarantined.ts";
import type { HistoryWorld } from "./read-history.ts";

/**
 * Safety I4b: a person may think for an hour before they say yes, and a merge may wait for a day. What is in quarantine, or was marked
 * bad, by now is not gone back to; a revision that they chose themselves is their decision. Undefined: go on.
 */
export async function recheckCheckpoint(plan: Plan, scope: Scope, world: HistoryWorld): Promise<Hold | undefined> {
  const { goal } = plan;
  if (goal.kind !== "checkpoint" || goal.checkpoint.by !== "last-good") return undefined;
  const { records } = await world.ledger.read();
  const { revision } = goal.checkpoint;
  return markedBad(revision, { records, plan }) ?? (await quarantined(revision, { records, plan, scope, world }));
}

interface Recheck {
  readonly records: readonly LedgerRecord[];
  readonly plan: Plan;
}

/** By its commit, or by its content: history may have been rewritten since. */
function markedBad({ revision, content }: JudgedRevision, { records, plan: { target } }: Recheck): Hold | undefined {
  const verdicts = records.filter((record) => record.type === "checkpoint");
  const bad = recordEvidence(verdicts, target.name).find(
    (said) =>
      said.kind === "marked" &&
      said.verdict === "bad" &&
      (said.revision === revision.id || (content !== "" && said.recordedContent === content)),
  );
  if (bad === undefined) return undefined;
  const name = shellWord(target.name);
  return hold("StalePlan", `${shortId(revision.id)} was marked bad since the plan was made: ${bad.detail}`, [
    `lastgood plan ${name}    makes a new plan, to the good one before it`,
    `lastgood revert ${name} --to ${shortId(revision.id)}    go there all the same`,
  ]);
}

async function quarantined(
  revision: JudgedRevision,
  { records, plan: { target }, scope, world }: Recheck & { readonly scope: Scope; readonly world: HistoryWorld },
): Promise<Hold | undefined> {
  const { repository, clock } = world;
  const held = records.filter((record) => record.type === "quarantine");
  const entries = quarantineOf(target.name, quarantineAt(held, clock.nowMs()));
  if (entries.length === 0) return undefined;
  const { id } = revision.revision;
  const files = await repository.files(id, scope);
  const found = await findQuarantined({ files, revisions: [{ ...revision, changes: [] }] }, entries, repository);
  const why = found.get(id);
  return why === undefined ? undefined : quarantinedHold(target.name, id, why);
}
