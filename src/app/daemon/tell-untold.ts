/**
 * Nobody misses a transition because a process was killed between its line and the message: what is not on record as told is told by who
 * comes next. That it was told rides on the next line of the job; only what waits for long, and the end of a job, get a line of their own.
 */
import { foldJob } from "../../core/job/job.ts";
import type { JobRecord } from "../../core/job/job-record.ts";
import { findUntold, type ToldRecord, toldRecord, type UntoldJob } from "../../core/job/told-record.ts";
import { fromIso, toIso } from "../../core/model/time.ts";
import type { Notification } from "../../core/notification/notification.ts";
import type { LedgerRecord } from "../../core/record.ts";
import { type DaemonWorld, SELF, type TargetLook } from "./daemon-lane.ts";
import { newsOf } from "./news.ts";
import type { Memory } from "./tick.ts";

/** Whoever wrote a line has told it by then, or is gone. Longer than what waits goes without being on record. */
const ORPHANED_MS = 240_000;
/** What is older is no news any more. */
const OLDEST_MS = 86_400_000;
/** So long it is waited for who is to be told, before other things are waited for. */
const SOON_MS = 15_000;
const AGAIN_MS = 1000;

export interface UntoldQuery {
  readonly look: TargetLook;
  readonly memory: Pick<Memory, "records" | "ledger">;
  readonly nowMs: number;
}

type Teller = Pick<DaemonWorld, "notify" | "toldOf" | "toldAfterMs">;

interface Telling {
  readonly line: JobRecord;
  readonly news: readonly Notification[];
}

/** Tells what nobody is left to tell. Told twice it is only by who was killed right after it. */
export function tellUntold(query: UntoldQuery, { notify, toldOf }: Teller): void {
  if (toldOf === undefined) return;
  for (const { line, news } of tellings(query).flat()) {
    if (leftMs(line, query) > 0) continue;
    for (const one of news) if (toldOf(one.key) === undefined) notify(one);
  }
}

/** How long it is left to who wrote it: a person tells nobody. */
function leftMs(line: JobRecord, { nowMs }: UntoldQuery): number {
  return line.by === SELF ? ORPHANED_MS - (nowMs - atOf(line)) : 0;
}

/** What was told by now and is not on record as such: to be added with the next line. */
export function toldRecords(query: UntoldQuery, { toldOf }: Pick<DaemonWorld, "toldOf">): readonly ToldRecord[] {
  if (toldOf === undefined) return [];
  return tellings(query).flatMap((lines) => {
    const isTold = ({ news }: Telling): boolean => news.every(({ key }) => toldOf(key) === "told");
    const waits = lines.findIndex((one) => !isTold(one));
    const last = (waits === -1 ? lines : lines.slice(0, waits)).findLast(({ news }) => news.length > 0);
    return last === undefined ? [] : [toldRecord(last.line, { at: toIso(query.nowMs), by: SELF })];
  });
}

/** What is left to be told. */
export interface Waiting {
  /** To be put on record by themselves: no other line comes soon. */
  readonly due: readonly ToldRecord[];
  /** Missing: nothing is waited for. */
  readonly againAfterMs?: number;
  /** It is about to be told. */
  readonly isSoon: boolean;
}

/** Of a target for which nothing is done just now. */
export function findWaiting(query: UntoldQuery, daemon: Teller): Waiting {
  const { toldOf, toldAfterMs } = daemon;
  const { nowMs } = query;
  if (toldOf === undefined) return { due: [], isSoon: false };
  const all = tellings(query).flat();
  const due = toldRecords(query, daemon).filter(({ line: id }) => {
    const line = all.find((one) => one.line.id === id)?.line;
    return line !== undefined && (line.outcome !== undefined || nowMs - atOf(line) >= toldAfterMs);
  });
  const isSoon = all.some(
    ({ line, news }) => nowMs - atOf(line) < SOON_MS && news.some(({ key }) => toldOf(key) === "waiting"),
  );
  if (isSoon) return { due, isSoon, againAfterMs: AGAIN_MS };
  const orphans = all.filter(({ news }) => news.some(({ key }) => toldOf(key) === undefined));
  const leftOf = orphans.map(({ line }) => leftMs(line, query));
  return leftOf.length === 0 ? { due, isSoon } : { due, isSoon, againAfterMs: Math.max(AGAIN_MS, Math.min(...leftOf)) };
}

/** By job, the lines that are to be told, oldest first. */
function tellings({ look, memory: { records, ledger }, nowMs }: UntoldQuery): readonly (readonly Telling[])[] {
  if (ledger.state !== "sound") return [];
  const { name } = look.observed.watched.target;
  return (untoldIn(records).get(name) ?? []).map(({ lines, isUnknown }) => {
    const fresh = lines.filter(({ line }) => nowMs - atOf(line) <= OLDEST_MS);
    return tellingsOf({ lines: fresh, isUnknown }, look);
  });
}

/** Of what was written by who did not record it yet, only where the job stands is told. */
function tellingsOf({ lines, isUnknown }: UntoldJob, look: TargetLook): readonly Telling[] {
  const all = lines.map(({ line, earlier }) => {
    const before = foldJob(earlier);
    const facts = { look, job: line.job, transition: line, nowMs: atOf(line) };
    return { line, news: newsOf(before === undefined ? facts : { ...facts, before }) };
  });
  const last = all.findLastIndex(({ news }) => news.length > 0);
  return isUnknown ? all.slice(Math.max(0, last)) : all;
}

function atOf({ at }: JobRecord): number {
  return fromIso(at) ?? 0;
}

/** A ledger that has not moved hands out the same records. */
const found = new WeakMap<readonly LedgerRecord[], ReturnType<typeof findUntold>>();

function untoldIn(records: readonly LedgerRecord[]): ReturnType<typeof findUntold> {
  const known = found.get(records) ?? findUntold(records, SELF);
  found.set(records, known);
  return known;
}
