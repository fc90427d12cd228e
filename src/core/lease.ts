/**
 * When a lease may be taken, and how long it is held: as client-go's leader election has it. Clocks of two machines are never compared: what
 * is written into a lease counts by when it was seen here to change. It saves work; nothing rests on it (I10).
 */

/** What a lease says. All of it is untrusted. Times are text, for people: nobody reckons with them. */
export interface LeaseRecord {
  /** Empty: nobody. */
  readonly holder: string;
  readonly acquiredAt?: string;
  readonly renewedAt?: string;
  /** For how long, from its last renewal, others leave it to its holder; missing: it does not say. */
  readonly durationMs?: number;
  /** How often it has gone from one to another. */
  readonly transitions: number;
}

/** A lease, and since when it says what it says. */
export interface SeenLease {
  readonly record: LeaseRecord;
  /** By our monotonic clock. */
  readonly atMs: number;
}

export const LEASE = {
  /** What its holder has from each renewal. */
  durationMs: 30_000,
  /** Who has not come to renew it for so long acts no more: well before anybody else may. */
  renewWithinMs: 20_000,
  /** How often it is renewed, or looked at. */
  retryMs: 5000,
} as const;

/** What is nobody's for so long was given up, as client-go does: the shortest that Kubernetes takes. */
const GIVEN_MS = 1000;

/** A duration that somebody has written by mistake keeps nobody away for longer than this; nor for less than its holder reckons with. */
const LONGEST_MS = 600_000;

/** What was read again: seen since then, unless it says the same as before. */
export function seeLease(before: SeenLease | undefined, record: LeaseRecord, nowMs: number): SeenLease {
  return before !== undefined && isSame(before.record, record) ? before : { record, atMs: nowMs };
}

function isSame(one: LeaseRecord, other: LeaseRecord): boolean {
  return (
    one.holder === other.holder &&
    one.renewedAt === other.renewedAt &&
    one.acquiredAt === other.acquiredAt &&
    one.durationMs === other.durationMs &&
    one.transitions === other.transitions
  );
}

/** May `self` take what was last seen, and is still there? */
export function mayTake({ record, atMs }: SeenLease, self: string, nowMs: number): boolean {
  const { holder, durationMs = LEASE.durationMs } = record;
  if (holder === self || (holder === "" && durationMs <= GIVEN_MS)) return true;
  return nowMs - atMs >= Math.min(Math.max(durationMs, LEASE.durationMs), LONGEST_MS);
}

/** What `self` writes to take or to renew it. `at`: ISO 8601 UTC. */
export function takeLease(before: LeaseRecord | undefined, self: string, at: string): LeaseRecord {
  const isOurs = before?.holder === self;
  const transitions = before?.transitions ?? 0;
  return {
    holder: self,
    acquiredAt: (isOurs ? before.acquiredAt : undefined) ?? at,
    renewedAt: at,
    durationMs: LEASE.durationMs,
    transitions: isOurs || before === undefined ? transitions : transitions + 1,
  };
}

/** What its holder writes to give it up: the next one need not wait. */
export function giveLease(before: LeaseRecord, at: string): LeaseRecord {
  return { ...before, holder: "", acquiredAt: at, renewedAt: at, durationMs: GIVEN_MS };
}

/**
 * What is made where one was deleted: nobody's, and kept from all for as long as it lasts. Whoever has held it last, seen or unseen, may not
 * know yet that it is gone.
 */
export function newLease(before: LeaseRecord, at: string): LeaseRecord {
  return { ...before, holder: "", acquiredAt: at, renewedAt: at, durationMs: LEASE.durationMs };
}

/**
 * For how long nobody else takes it, counted from when our last renewal was sent: others count from when they saw it, which is later.
 * 0: it is not held. `renewedAtMs` undefined: it was given up, or lost.
 */
export function leftMs(renewedAtMs: number | undefined, nowMs: number): number {
  if (renewedAtMs === undefined) return 0;
  const sinceMs = nowMs - renewedAtMs;
  return sinceMs < LEASE.renewWithinMs ? LEASE.durationMs - sinceMs : 0;
}
