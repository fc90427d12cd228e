/** A person's own revert becomes a job in the ledger, beside what it does: it is never made slower, or failed, by that. */
import type { Delivery, RevertRequest } from "../../app/delivery.ts";
import { revertedByHand, verifiedByHand } from "../../core/job/by-hand.ts";
import type { JobRecord } from "../../core/job/job-record.ts";
import { foldJob } from "../../core/job/job.ts";
import type { Verification } from "../../core/verification.ts";
import { LastgoodError } from "../../errors.ts";
import type { CommandContext } from "./context.ts";
import type { OpenedTarget } from "./open-target.ts";

/** After everything else is done, a person at a terminal waits no longer for it; a script has a little more time. */
const LONGEST_MS = { terminal: 1000, script: 5000 } as const;

export interface RevertRecorder {
  /** Begins to record it; fails never. */
  readonly record: (delivery: Delivery, key: string) => void;
  /** Begins to record what was seen of it after it landed; fails never. */
  readonly verdict: (delivery: Delivery, verification: Verification) => void;
  /** Until all is recorded, or its time is over. */
  readonly settle: () => Promise<void>;
}

/** Where there is a ledger, or a configuration that asks for one; a local branch is nobody's business. */
export function recordReverts(
  { by = "somebody", reason, mode }: Pick<RevertRequest, "by" | "reason" | "mode">,
  { world, target, policy, config }: OpenedTarget,
  { log, interactive }: Pick<CommandContext, "log" | "interactive">,
): RevertRecorder {
  const stop = new AbortController();
  const ledger = world.ledgerWithin(stop.signal);
  // Read while the plan is made: what is on record by then is all that it is asked for.
  const isWanted = mode !== "branch" && (policy !== undefined || world.isKept());
  const before = readLater(async () => ((await isWanted) ? ledger.read() : undefined));
  let recorded = Promise.resolve();
  const written: JobRecord[] = [];
  const write = async (delivery: Delivery, key: string): Promise<void> => {
    const known = await before();
    if (known === undefined) return;
    const { records } = known;
    const own = [...records, ...written].filter(
      (record): record is JobRecord => record.type === "job" && record.job === delivery.job,
    );
    const repository = config?.targets.find(({ name }) => name === target.name)?.repository ?? world.remote?.url;
    const lines = revertedByHand(
      {
        ...factsOf(delivery, key),
        by,
        nowMs: world.clock.nowMs(),
        ...(reason === undefined ? {} : { reason }),
        ...(repository === undefined ? {} : { repository }),
      },
      { known: foldJob(own), found: delivery.found },
    );
    written.push(...lines);
    await ledger.append(lines);
  };
  /** Read again: whoever waits for long is seldom alone. */
  const judge = async ({ job }: Delivery, verification: Verification): Promise<void> => {
    if ((await before()) === undefined) return;
    const { records } = await ledger.read();
    const own = records.filter((record): record is JobRecord => record.type === "job" && record.job === job);
    const lines = verifiedByHand({ by, nowMs: world.clock.nowMs(), verification }, foldJob(own));
    if (lines.length > 0) await ledger.append(lines);
  };
  const later = (work: () => Promise<void>, lost: string): void => {
    recorded = recorded.then(async () => {
      try {
        await work();
      } catch (error) {
        if (stop.signal.aborted) return;
        const why = error instanceof LastgoodError ? error.message : String(error);
        log.warn(`${lost}: ${why}`);
      }
    });
  };
  return {
    record: (delivery, key) =>
      later(async () => write(delivery, key), "this revert is not in the ledger, so lastgood jobs does not show it"),
    verdict: (delivery, verification) =>
      later(
        async () => judge(delivery, verification),
        "how this revert ended is not in the ledger, so lastgood jobs does not show it",
      ),
    settle: async () => {
      const late = setTimeout(() => stop.abort(), interactive ? LONGEST_MS.terminal : LONGEST_MS.script);
      try {
        await recorded;
      } finally {
        clearTimeout(late);
      }
      if (stop.signal.aborted) log.warn("the ledger did not answer in time: lastgood jobs does not show this revert");
      stop.abort();
    },
  };
}

/** Begins at once; a failure is told to who asks for the answer. */
function readLater<T>(read: () => Promise<T>): () => Promise<T> {
  const reading = read();
  reading.catch(() => undefined);
  return async () => reading;
}

function factsOf(
  { job, plan, branch, commit, pullRequest, landed, pending }: Delivery,
  key: string,
): Omit<Parameters<typeof revertedByHand>[0], "by" | "nowMs"> {
  const { target, goal, suspects } = plan;
  const [suspect] = suspects;
  return {
    job,
    key,
    branch,
    commit,
    target: target.name,
    ...(target.environment === undefined ? {} : { environment: target.environment }),
    ...(suspect === undefined ? {} : { suspect: suspect.id }),
    ...(goal.kind === "undo" ? {} : { checkpoint: goal.checkpoint.revision.revision.id }),
    ...(pullRequest === undefined ? {} : { pullRequest: { number: pullRequest.number, url: pullRequest.url } }),
    ...(landed === undefined ? {} : { landed }),
    ...(pending === undefined ? {} : { pending }),
  };
}
