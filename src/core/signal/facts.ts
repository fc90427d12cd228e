/** What engines and health sources say, as facts of station *signal*. */
import type { HealthReading } from "../health/reading.ts";
import type { ObjectStatus } from "../kstatus/status.ts";
import type { Observation, SignalFact } from "./observation.ts";

interface Seen {
  readonly target: string;
  /** Its name in the policy. */
  readonly source: string;
  /** When it was true, by our clock: of a watch, when the cluster was last heard of. */
  readonly atMs: number;
}

/** What a source beside the engine has read: about whatever is live. `atMs`: when it was asked, not when it answered. */
export function readingFact(seen: Seen, { status, message, coversMs, sinceMs }: HealthReading): Observation {
  return {
    kind: "observed",
    ...seen,
    status,
    message,
    ...(coversMs === undefined ? {} : { coversMs }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  };
}

export interface EngineSeen extends Seen {
  readonly status: ObjectStatus;
  /** The revision of the target's own source, of an Application with several. Missing: the status' own. */
  readonly revision?: string;
  /** Content id of the target at that revision, where it is known. */
  readonly content?: string;
}

/**
 * What an engine's object says: which revision runs, and how it is. A status that cannot be told to belong to a revision is evidence for
 * none, whatever it says.
 */
export function engineFacts({ status, content, ...seen }: EngineSeen): readonly SignalFact[] {
  const { target, source, atMs } = seen;
  const revision = seen.revision ?? status.revision;
  const observed: Observation = {
    kind: "observed",
    target,
    source,
    atMs,
    status: status.status,
    message: status.message,
  };
  if (revision === undefined) return [{ ...observed, status: "Unknown" }];
  return [
    { kind: "live", target, revision, ...(content === undefined ? {} : { content }), atMs },
    {
      ...observed,
      revision,
      ...(status.unproven === undefined ? {} : { unproven: status.unproven }),
      ...(status.rolledBack === undefined ? {} : { rolledBack: true as const }),
    },
  ];
}
