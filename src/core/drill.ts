/** Drills: a revert rehearsed without consequences, and what the ledger keeps of it. */
import { isFullId } from "./model/git.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "./model/json.ts";
import { isId, isName, isText, isTime } from "./model/record-field.ts";
import { formatDuration, fromIso } from "./model/time.ts";

export const DRILL_RESULTS = ["ok", "warning", "failed", "skipped"] as const;

export type DrillResult = (typeof DRILL_RESULTS)[number];

/** One part of a revert, as it went. */
export interface DrillStation {
  /** `plan`, `permissions`, `draft pull request`. */
  readonly name: string;
  readonly result: DrillResult;
  /** How long it took. */
  readonly ms: number;
  /** One sentence. Untrusted texts in it are escaped by who shows it. */
  readonly detail: string;
}

/** One drill of a target. */
export interface DrillRecord {
  readonly v: 1;
  readonly type: "drill";
  /** ULID. */
  readonly id: string;
  readonly target: string;
  readonly environment?: string;
  /** RFC 3339, UTC: when it began. */
  readonly at: string;
  readonly by: string;
  /** `failed`: a revert would not have come about. */
  readonly outcome: "passed" | "failed";
  /** All stations together. */
  readonly ms: number;
  readonly stations: readonly DrillStation[];
  /** Full ids: what it stood on, and where it went back to. */
  readonly base?: string;
  readonly to?: string;
  /** The draft that was opened and closed again. */
  readonly pullRequest?: number;
}

/** A line of the ledger is no place for more. */
const MOST_STATIONS = 40;

/** The record with exactly the fields we know; undefined when one of them is missing or wrong. */
export function drillRecordOf(value: JsonObject): DrillRecord | undefined {
  const { id, target, environment, at, by, outcome, ms, base, to, pullRequest } = value;
  const stations = stationsOf(value["stations"]);
  if (!isId(id) || !isName(target) || !isTime(at) || !isText(by) || !isAmount(ms) || stations === undefined) {
    return undefined;
  }
  if (outcome !== "passed" && outcome !== "failed") return undefined;
  if (environment !== undefined && !isName(environment)) return undefined;
  if ((base !== undefined && !isCommit(base)) || (to !== undefined && !isCommit(to))) return undefined;
  if (pullRequest !== undefined && !(isAmount(pullRequest) && Number.isSafeInteger(pullRequest))) return undefined;
  return {
    v: 1,
    type: "drill",
    id,
    target,
    ...(environment === undefined ? {} : { environment }),
    at,
    by,
    outcome,
    ms,
    stations,
    ...(base === undefined ? {} : { base }),
    ...(to === undefined ? {} : { to }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
  };
}

function stationsOf(value: JsonValue | undefined): readonly DrillStation[] | undefined {
  if (!isList(value) || value.length > MOST_STATIONS) return undefined;
  const stations = value.flatMap((item) => stationOf(item) ?? []);
  return stations.length === value.length ? stations : undefined;
}

function stationOf(value: JsonValue): DrillStation | undefined {
  if (!isObject(value)) return undefined;
  const { name, ms, detail } = value;
  const result = DRILL_RESULTS.find((known) => known === value["result"]);
  if (!isName(name) || result === undefined || !isAmount(ms) || !isText(detail)) return undefined;
  return { name, result, ms, detail };
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isCommit(value: unknown): value is string {
  return isText(value) && isFullId(value);
}

/** Did a revert come about, station by station? What was not looked at is no failure. */
export function drillOutcome(stations: readonly DrillStation[]): DrillRecord["outcome"] {
  return stations.some(({ result }) => result === "failed") ? "failed" : "passed";
}

/** The newest drill of a target; undefined: it was never drilled. */
export function lastDrill(
  records: Iterable<{ readonly type: string } | DrillRecord>,
  target: string,
): DrillRecord | undefined {
  let newest: DrillRecord | undefined;
  for (const record of records) {
    if (!isDrill(record) || record.target !== target) continue;
    if (newest === undefined || timeOf(record) >= timeOf(newest)) newest = record;
  }
  return newest;
}

function isDrill(record: { readonly type: string }): record is DrillRecord {
  return record.type === "drill";
}

function timeOf({ at }: DrillRecord): number {
  return fromIso(at) ?? 0;
}

/** `drilled 12d ago: 8.4 s`, `never drilled`: how sure it is that a revert would come about. */
export function drillText(drill: DrillRecord | undefined, nowMs: number): string {
  if (drill === undefined) return "never drilled";
  const age = `drilled ${formatDuration(Math.max(0, nowMs - timeOf(drill)))} ago`;
  if (drill.outcome === "passed") return `${age}: ${secondsText(drill.ms)}`;
  const failed = drill.stations.filter(({ result }) => result === "failed").map(({ name }) => name);
  return `${age}, and failed${failed.length === 0 ? "" : `: ${failed.join(", ")}`}`;
}

/** `8.4 s`, `0.02 s`. */
export function secondsText(ms: number): string {
  const seconds = ms / 1000;
  return `${seconds >= 0.1 || ms === 0 ? seconds.toFixed(1) : seconds.toFixed(2)} s`;
}

/** Where drills push what they show, for a moment. No revert: `parseBranch` does not know it. */
export const DRILL_BRANCHES = "lastgood/drill/";

/** `lastgood/drill/payments-api/01J9ZK…` */
export function drillBranch(slug: string, id: string): string {
  return `${DRILL_BRANCHES}${slug}/${id}`;
}

/** Crockford's base 32, as ULIDs are written in. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** When the drill of a branch began, by its id (ULID: epoch ms in the first ten digits); undefined for any other branch. */
export function drillBegan(branch: string): number | undefined {
  const id = /^lastgood\/drill\/[^/]+\/([0-9A-HJKMNP-TV-Z]{26})$/.exec(branch)?.[1];
  if (id === undefined) return undefined;
  return Array.from(id.slice(0, 10), (digit) => DIGITS.indexOf(digit)).reduce((sum, digit) => sum * 32 + digit, 0);
}
