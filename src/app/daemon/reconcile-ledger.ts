/** Out of safe mode: a ledger in doubt is relied on again once it agrees with git and the forge (safety.md I16, F52). */
import { encodeTime } from "ulid";
import { isPutBack } from "../../core/audit.ts";
import type { PastRevert } from "../../core/decision/facts.ts";
import { foldJobs, type Job } from "../../core/job/job.ts";
import { rebuildJobs } from "../../core/job/rebuild-jobs.ts";
import { toldRecord } from "../../core/job/told-record.ts";
import type { LedgerRecord } from "../../core/record.ts";
import { LastgoodError } from "../../errors.ts";
import type { Ledger, LedgerDoubt, LedgerReading } from "../../ports/ledger.ts";
import { sha256 } from "../hash.ts";
import { findSetAside } from "../set-aside.ts";
import { askReverts } from "./ask-forge.ts";
import { type DaemonLane, type DaemonWorld, SELF } from "./daemon-lane.ts";

/** By ledger: the key of what was told last. */
const told = new WeakMap<Ledger, string>();

/** Many targets find the same doubt at once: it is looked into once. */
const underWay = new WeakMap<Ledger, Promise<void>>();

/**
 * The ledger as it is to be relied on. One in doubt is reconciled first; where that cannot be done, or does not help, the doubt stays in the
 * answer. Throws what reading throws.
 */
export async function readReconciled(lane: DaemonLane, daemon: Pick<DaemonWorld, "notify">): Promise<LedgerReading> {
  const { ledger, log } = lane.world;
  const reading = await ledger.read();
  const { doubt } = reading;
  if (doubt === undefined) return reading;
  if (doubt.state === "newer" && doubt.lost.length === 0) {
    tell(doubt, "nothing is done unattended", { lane, daemon });
    return reading;
  }
  const mine = underWay.get(ledger) ?? reconcile(reading, doubt, { lane, daemon });
  underWay.set(ledger, mine);
  try {
    await mine;
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`${sentenceOf(doubt)}; it cannot be reconciled yet: ${error.code}: ${error.message}`);
    return reading;
  } finally {
    underWay.delete(ledger);
  }
  return ledger.read();
}

interface Place {
  readonly lane: DaemonLane;
  readonly daemon: Pick<DaemonWorld, "notify">;
}

/** Git and the forge have to answer; then what they know, and what holds lastgood back, is on record again. */
async function reconcile({ records }: LedgerReading, doubt: LedgerDoubt, place: Place): Promise<void> {
  const { lane } = place;
  const { forge, ledger, remote } = lane.world;
  await remote?.fetch([]);
  const putBack = doubt.lost.filter(isPutBack);
  const jobs = foldJobs([...records, ...putBack]);
  const { reverts } = await askReverts(lane, jobs);
  const setAside = await findSetAside(unknownOf(reverts, jobs), forge?.talk);
  const found = rebuildJobs({ reverts, setAside, jobs, repository: lane.name, by: SELF, idOf });
  // How they ended is no news: that the ledger was lost is.
  const told = found.map((line) => toldRecord(line, { at: line.at, by: SELF }));
  await ledger.append([...putBack, ...found, ...told]);
  await ledger.accept?.(doubt);
  tell(doubt, `${countOf(putBack, "record")} put back, ${countOf(found, "job")} found again on the forge`, place);
}

/** Numbers of those that were closed, and that no job tells of. */
function unknownOf(reverts: readonly PastRevert[], jobs: readonly Job[]): readonly number[] {
  const known = new Set(jobs.map(({ pullRequest }) => pullRequest));
  return reverts.flatMap(({ closedAtMs, pullRequest }) =>
    closedAtMs === undefined || pullRequest === undefined || known.has(pullRequest) ? [] : [pullRequest],
  );
}

function countOf({ length }: readonly LedgerRecord[], what: string): string {
  return `${length} ${what}${length === 1 ? "" : "s"}`;
}

const STATES: { readonly [state in LedgerDoubt["state"]]: string } = {
  damaged: "the ledger is damaged",
  rewound: "the ledger has lost records",
  newer: "the ledger is of a newer lastgood",
};

function sentenceOf({ state, message }: LedgerDoubt): string {
  return `${STATES[state]}: ${message}`;
}

/** Once for each doubt; who is started anew tells people the same by the same key. */
function tell(doubt: LedgerDoubt, what: string, { lane, daemon }: Place): void {
  const { clock, ledger, log } = lane.world;
  const message = `${sentenceOf(doubt)}; ${what}`;
  const lost = doubt.lost.map(({ id }) => id).join(" ");
  const key = `ledger ${lane.name} ${sha256(`${message} ${lost}`).slice(0, 16)}`;
  if (told.get(ledger) === key) return;
  told.set(ledger, key);
  log.warn(`${lane.name}: ${message}`);
  daemon.notify({ event: "LedgerInDoubt", key, incident: key, target: lane.name, message, atMs: clock.nowMs() });
}

/** A ULID whose second half is no chance: hex digits are digits of its base 32 too. */
function idOf(atMs: number, text: string): string {
  return `${encodeTime(atMs)}${sha256(text).slice(0, 16).toUpperCase()}`;
}
