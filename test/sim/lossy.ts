/** L3: one incident, once with every webhook and watch event, and once with all of them lost: it comes to the same end, only later. */
import { endOf } from "./enumerate.ts";
import type { Product } from "./product.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { type Report, runWorld } from "./world.ts";

/** The longest that anything is left without a look: what a wait of a job is at most. */
export const POLL_MS = 30_000;
/** What comes and goes in between, and what is two incidents: which of them is seen first is chance. */
const RACES: ReadonlySet<string> = new Set(["flap", "twice", "pair"]);
/** Calls take as long as they take, in one run other than in the other. */
const SLACK_MS = 10_000;

export interface Compared {
  readonly seed: number;
  readonly incidents: number;
  /** How much later a job ended, at most. */
  readonly lateMs: number;
  /** Undefined: it came to the same end, in time. */
  readonly why?: string;
}

const MINUTE = 60_000;
/** As the product looks, unless it is told otherwise. */
const EVERY_MS = 5000;

/**
 * Nothing but one incident of the seed, and what people do about it: who answers a pull request that is merged at once comes first or second by
 * chance.
 */
function plainOf(seed: number): Scenario | undefined {
  const scenario = scenarioOf(seed);
  const first = scenario.incidents.find(({ kind }) => !RACES.has(kind));
  if (first === undefined) return undefined;
  const incidents = [{ ...first, atMs: 2 * MINUTE }];
  const alone = { acts: [], faultRate: 0, hasLease: false, replicas: 1, sequel: "nothing" } as const;
  const people = scenario.mode === "propose" ? {} : ({ reaction: "nothing" } as const);
  return { ...scenario, ...alone, ...people, incidents, everyMs: EVERY_MS, calmMs: 20 * MINUTE };
}

/** Undefined: the seed has no incident that can be compared. */
export async function compareLossy(seed: number, product?: Product): Promise<Compared | undefined> {
  const scenario = plainOf(seed);
  if (scenario === undefined) return undefined;
  const given = product === undefined ? {} : { product };
  const told = await runWorld({ ...scenario, isSilent: false, hasWebhooks: true }, given);
  const lost = await runWorld({ ...scenario, isSilent: true }, given);
  const lateMs = lateness(told, lost);
  const why = differenceOf(told, lost, lateMs);
  return { seed, incidents: told.stats.incidents, lateMs, ...(why === undefined ? {} : { why }) };
}

function differenceOf(told: Report, lost: Report, lateMs: number): string | undefined {
  const broken = [...told.violations, ...lost.violations].map(({ invariant, message }) => `${invariant}: ${message}`);
  if (broken.length > 0) return broken.join("; ");
  if (endOf(told) !== endOf(lost)) return `${endsOf(lost)} instead of ${endsOf(told)}`;
  return lateMs > POLL_MS + SLACK_MS ? `${Math.round(lateMs / 1000)} s later` : undefined;
}

function endsOf({ jobs }: Report): string {
  return (
    jobs.map(({ target, key, outcome }) => `${target} ${key ?? ""} ${outcome ?? "goes on"}`).join(", ") || "nothing"
  );
}

function lateness(told: Report, lost: Report): number {
  const late = told.jobs.flatMap(({ target, key, endedAtMs }) => {
    const other = lost.jobs.find((job) => job.target === target && job.key === key);
    return endedAtMs === undefined || other?.endedAtMs === undefined ? [] : [other.endedAtMs - endedAtMs];
  });
  return Math.max(0, ...late);
}
