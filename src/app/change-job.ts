/** A person's word on a job: cancelled, or to be tried again. Appended to the ledger, where whoever runs the job reads it. */
import { cancelJob, type HandAnswer, retryJob } from "../core/job/by-hand.ts";
import { foldJobs, type Job } from "../core/job/job.ts";
import { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger } from "../ports/ledger.ts";

interface JobWorld {
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** The jobs on record, the newest first. */
export async function readJobs({ ledger }: Pick<JobWorld, "ledger">): Promise<{
  readonly jobs: readonly Job[];
  readonly damaged: number;
}> {
  const { records, damaged } = await ledger.read();
  return { jobs: foldJobs(records), damaged };
}

/** The job that a person means by an id or the beginning of one, capital letters or not. Throws `UsageArgument`. */
export function pickJob(id: string, jobs: readonly Job[]): Job {
  const wanted = id.toUpperCase();
  const exact = jobs.find((job) => job.id.toUpperCase() === wanted);
  const found = exact === undefined ? jobs.filter((job) => job.id.toUpperCase().startsWith(wanted)) : [exact];
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  if (first === undefined) {
    throw new LastgoodError("UsageArgument", `no job ${id} is on record`, {
      hint: "lastgood jobs    lists the newest; older ones are in lastgood ledger export --type job",
    });
  }
  throw new LastgoodError("UsageArgument", `${id} can mean ${found.length} jobs`, {
    hint: `Give more of it: ${found
      .slice(0, 5)
      .map((job) => job.id)
      .join(", ")}`,
  });
}

export interface ChangeJob {
  readonly change: "cancel" | "retry";
  readonly by: string;
  readonly reason?: string;
}

/** What the change would do, before anything is written. */
export function answerFor(
  { change, by, reason }: ChangeJob,
  { job, jobs }: { readonly job: Job; readonly jobs: readonly Job[] },
  clock: Clock,
): HandAnswer {
  const hand = {
    by,
    nowMs: clock.nowMs(),
    id: clock.newId(),
    jobId: clock.newId(),
    ...(reason === undefined ? {} : { reason }),
  };
  return change === "cancel" ? cancelJob(job, hand) : retryJob(job, jobs, hand);
}

/** Writes it and answers the job that it is about, as it stands then: somebody may have been faster. */
export async function recordAnswer(
  { record }: Extract<HandAnswer, { readonly kind: "record" }>,
  world: JobWorld,
): Promise<Job> {
  await world.ledger.append([record]);
  const { jobs } = await readJobs(world);
  const job = jobs.find(({ id }) => id === record.job);
  if (job !== undefined) return job;
  throw new LastgoodError("LedgerWrite", `job ${record.job} was recorded, but is not on record`, {
    hint: "Somebody has put an older ledger back: run the command again.",
  });
}
