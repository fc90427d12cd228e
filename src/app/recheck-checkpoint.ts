import { quarantinedHold } from "../core/checkpoint.ts";
import type { Hold } from "../core/model/hold.ts";
import type { Scope } from "../core/model/target.ts";
import type { Plan } from "../core/plan/types.ts";
import { quarantineAt, quarantineOf } from "../core/quarantine/state.ts";
import { findQuarantined } from "./find-quarantined.ts";
import type { HistoryWorld } from "./read-history.ts";

/**
 * Safety I4b: a person may think for an hour before they say yes. What is in quarantine by now is not gone back to; a revision that
 * they chose themselves is their decision. Undefined: go on.
 */
export async function recheckCheckpoint(
  { goal, target }: Plan,
  scope: Scope,
  { repository, ledger, clock }: HistoryWorld,
): Promise<Hold | undefined> {
  if (goal.kind !== "checkpoint" || goal.checkpoint.by !== "last-good") return undefined;
  const { records } = await ledger.read();
  const held = records.filter((record) => record.type === "quarantine");
  const entries = quarantineOf(target.name, quarantineAt(held, clock.nowMs()));
  if (entries.length === 0) return undefined;
  const { revision } = goal.checkpoint;
  const { id } = revision.revision;
  const files = await repository.files(id, scope);
  const found = await findQuarantined({ files, revisions: [{ ...revision, changes: [] }] }, entries, repository);
  const why = found.get(id);
  return why === undefined ? undefined : quarantinedHold(target.name, id, why);
}
