import { pickJob, readJobs } from "../../../app/change-job.ts";
import { isEnded, type Job } from "../../../core/job/job.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { CommandContext } from "../context.ts";
import type { OpenedLedger } from "../open-ledger.ts";
import { entryLine, jobDocument } from "../render/job-detail.ts";
import { jobListDocument, jobTable } from "../render/job-table.ts";
import type { IsWanted } from "./jobs.ts";

export interface WatchJobs {
  /** One job: its timeline, until it ends. */
  readonly id: string | undefined;
  readonly wanted: IsWanted;
  readonly limit: number;
}

interface Parts {
  readonly opened: OpenedLedger;
  readonly context: CommandContext;
}

/** The ledger is asked so often. */
const POLL_MS = 3000;

/** `jobs -w`: drawn anew in place on a terminal, what has changed elsewhere. Ends with Ctrl-C, when its reader has gone, or with the one job. */
export async function watchJobs({ id, wanted, limit }: WatchJobs, parts: Parts): Promise<ExitCode> {
  const { opened, context } = parts;
  const { world } = opened;
  const { signal } = context.surroundings;
  const show = id === undefined ? showAll({ wanted, limit }, parts) : showOne(id, parts);
  let failing = false;
  while (!signal.aborted && !context.isClosed()) {
    try {
      const { jobs } = await readJobs(world);
      failing = false;
      if (show(jobs) === "over") return EXIT.done;
    } catch (error) {
      // What was seen before stays; that it cannot be asked is said once.
      if (!(error instanceof LastgoodError) || !error.transient) throw error;
      if (!failing) context.log.warn(error.message);
      failing = true;
    }
    await world.clock.sleep(POLL_MS, signal).catch(() => undefined);
  }
  return signal.aborted ? EXIT.interrupted : EXIT.done;
}

type Show = (jobs: readonly Job[]) => "over" | "goes on";

function showAll({ wanted, limit }: Pick<WatchJobs, "wanted" | "limit">, { opened, context }: Parts): Show {
  const told = new Map<string, string>();
  const { style, format, redraw } = context;
  return (all) => {
    const matching = all.filter(wanted);
    const jobs = limit === 0 ? matching : matching.slice(0, limit);
    const nowMs = opened.world.clock.nowMs();
    if (redraw !== undefined) {
      redraw(jobTable({ jobs, all, nowMs, style, wide: format === "wide" }));
      return "goes on";
    }
    const changed = jobs.filter((job) => told.get(job.id) !== stateOf(job));
    for (const job of jobs) told.set(job.id, stateOf(job));
    if (changed.length === 0) return "goes on";
    if (format === "json" || format === "yaml") context.document(jobListDocument(changed, nowMs));
    else if (format === "name") context.print(changed.map((job) => job.id));
    else context.table(jobTable({ jobs: changed, all, nowMs, style, wide: format === "wide" }));
    return "goes on";
  };
}

function stateOf({ updatedAtMs, timeline }: Job): string {
  return `${updatedAtMs} ${timeline.length}`;
}

function showOne(id: string, { opened, context }: Parts): Show {
  let shown = 0;
  return (jobs) => {
    const job = pickJob(id, jobs);
    const fresh = job.timeline.slice(shown);
    shown = Math.max(shown, job.timeline.length);
    const { format, style } = context;
    if (fresh.length > 0) {
      if (format === "json" || format === "yaml") {
        context.document(jobDocument({ job, decisions: [], nowMs: opened.world.clock.nowMs() }));
      } else context.print(fresh.map((entry) => entryLine(entry, style)));
    }
    return isEnded(job) ? "over" : "goes on";
  };
}
