import { answerFor, pickJob, readJobs, recordAnswer } from "../../../app/change-job.ts";
import { JOB_STATUSES, type JobStatus } from "../../../core/job/job-record.ts";
import { isEnded, type Job } from "../../../core/job/job.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { shellLine } from "../../../core/model/shell.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { Command, CommandContext, CommonOptions } from "../context.ts";
import { type OpenedLedger, openLedger } from "../open-ledger.ts";
import { explainRecord } from "../render/explained-decision.ts";
import { jobDetail, type JobDetail, jobDocument } from "../render/job-detail.ts";
import { jobListDocument, jobTable } from "../render/job-table.ts";
import { whoAmI } from "../who-am-i.ts";
import { placeWords } from "./asked.ts";
import { parseLimit } from "./history.ts";

export interface JobsOptions extends CommonOptions {
  readonly id?: string;
  readonly status?: string;
  readonly target?: readonly string[];
  readonly limit?: string;
  readonly watch?: boolean;
  readonly cancel?: boolean;
  readonly retry?: boolean;
  readonly reason?: string;
}

/** On a terminal; older ones are asked for. */
const SHOWN = 20;

/** `jobs [ID]`: reverts from trigger to end, as the ledger has them; with ID the whole story of one, and what a person may do with it. */
export const runJobs: Command<JobsOptions> = async (options, context): Promise<ExitCode> => {
  const wanted = wantedOf(options);
  const change = changeOf(options);
  const limit = parseLimit(options.limit, context.interactive ? SHOWN : 0);
  const opened = await openLedger("HEAD", options, context);
  try {
    if (change !== undefined) return await changeJob(change, options, { opened, context });
    if (options.watch === true) {
      const { watchJobs } = await import("./watch-jobs.ts");
      return await watchJobs({ id: options.id, wanted, limit }, { opened, context });
    }
    const { jobs, damaged } = await readJobs(opened.world);
    if (damaged > 0)
      context.log.warn(`${damaged} lines of the ledger are damaged and left out: lastgood ledger verify`);
    if (options.id !== undefined) await showJob(pickJob(options.id, jobs), jobs, { opened, context });
    else showJobs({ jobs, wanted, limit, options }, { opened, context });
    return EXIT.done;
  } finally {
    await opened.world.close();
  }
};

interface Parts {
  readonly opened: OpenedLedger;
  readonly context: CommandContext;
}

/** `--status`, `--target`. */
export type IsWanted = (job: Job) => boolean;

function wantedOf({ status, target, id }: JobsOptions): IsWanted {
  if (id !== undefined && (status !== undefined || target !== undefined)) {
    throw new LastgoodError("UsageArgument", "--status and --target choose among jobs, and ID names one", {
      hint: "Leave one of them out.",
    });
  }
  const statuses = status === undefined ? undefined : new Set(status.split(",").map(statusOf));
  const targets = target === undefined ? undefined : new Set(target.map((name) => name.replace(/^\.\/|\/$/g, "")));
  return (job) => (statuses?.has(job.status) ?? true) && (targets?.has(job.target) ?? true);
}

function statusOf(text: string): JobStatus {
  const plain = (word: string): string => word.toLowerCase().replaceAll(/[^a-z]/g, "");
  const known = JOB_STATUSES.find((status) => plain(status) === plain(text));
  if (known !== undefined) return known;
  throw new LastgoodError("UsageArgument", `--status ${text} is no status`, {
    hint: `Give ${JOB_STATUSES.map((one) => (one.includes(" ") ? `"${one}"` : one)).join(", ")}; several by commas.`,
  });
}

function changeOf({ cancel, retry, id, reason, watch }: JobsOptions): "cancel" | "retry" | undefined {
  const change = cancel === true ? "cancel" : retry === true ? "retry" : undefined;
  if (cancel === true && retry === true) {
    throw new LastgoodError("UsageArgument", "--cancel and --retry exclude each other");
  }
  if (change === undefined) {
    if (reason === undefined) return undefined;
    throw new LastgoodError("UsageArgument", "--reason is for --cancel and --retry");
  }
  if (watch === true) throw new LastgoodError("UsageArgument", `-w and --${change} exclude each other`);
  if (id !== undefined) return change;
  throw new LastgoodError("UsageMissing", `--${change} which job?`, { hint: `lastgood jobs ID --${change}` });
}

interface Showing {
  readonly jobs: readonly Job[];
  readonly wanted: IsWanted;
  readonly limit: number;
  readonly options: JobsOptions;
}

function showJobs({ jobs: all, wanted, limit, options }: Showing, { opened, context }: Parts): void {
  const matching = all.filter(wanted);
  const jobs = limit === 0 ? matching : matching.slice(0, limit);
  const nowMs = opened.world.clock.nowMs();
  const { format, style } = context;
  if (format === "json" || format === "yaml") {
    context.document(jobListDocument(jobs, nowMs));
    return;
  }
  if (format === "name") {
    context.print(jobs.map(({ id }) => id));
    return;
  }
  if (jobs.length === 0) {
    context.say([all.length === 0 ? "No job is on record." : `None of ${all.length} jobs is such.`]);
    return;
  }
  context.table(jobTable({ jobs, all, nowMs, style, wide: format === "wide" }));
  if (context.interactive && matching.length > jobs.length) {
    context.say([`${matching.length - jobs.length} older ones are not shown (--limit 0 shows all)`]);
  }
  const [first] = jobs;
  if (first !== undefined) context.next(shellLine(["lastgood", "jobs", first.id, ...placeWords(options)]));
}

async function showJob(job: Job, jobs: readonly Job[], { opened, context }: Parts): Promise<void> {
  const { format, style } = context;
  if (format === "name") {
    context.print([job.id]);
    return;
  }
  const detail = await readDetail(job, jobs, opened);
  if (format === "json" || format === "yaml") context.document(jobDocument(detail));
  else context.print(jobDetail(detail, style));
  if (!isEnded(job)) return;
  if (job.status === "Exception" && detail.retriedBy === undefined) {
    context.next(shellLine(["lastgood", "jobs", job.id, "--retry"]));
  }
}

/** Everything that is on record of one job. */
async function readDetail(job: Job, jobs: readonly Job[], { world }: OpenedLedger): Promise<JobDetail> {
  const hashes = new Set(job.timeline.flatMap(({ decision }) => decision ?? []));
  const records = hashes.size === 0 ? [] : ((await world.ledger.decisions?.(job.target)) ?? []);
  const decisions = [...hashes].flatMap((hash) => {
    const record = records.find((one) => one.hash === hash);
    return record === undefined ? [] : [explainRecord(record, { all: true })];
  });
  const retriedBy = jobs.find(({ retryOf }) => retryOf === job.id)?.id;
  const incident = await findIncident(job, world);
  return {
    job,
    decisions,
    nowMs: world.clock.nowMs(),
    ...(retriedBy === undefined ? {} : { retriedBy }),
    ...(incident === undefined ? {} : { incident }),
  };
}

/** The issue that was opened when it ended. A forge that cannot be asked tells of none. */
async function findIncident(job: Job, { openForge }: OpenedLedger["world"]): Promise<string | undefined> {
  if (!isEnded(job) || job.landed === undefined) return undefined;
  try {
    return (await (await openForge?.())?.issues?.find(job.id))?.url;
  } catch (error) {
    if (error instanceof LastgoodError && error.code !== "Internal") return undefined;
    throw error;
  }
}

const EFFECTS = {
  cancel: (job: Job) => [
    `Ends job ${job.id} of ${escapeText(job.target)}: lastgood leaves this suspect alone from now on.`,
    job.landed === undefined
      ? job.pullRequest === undefined
        ? "No pull request was opened yet, and none will be."
        : `#${job.pullRequest} stays as it is: merge or close it yourself. What lastgood has ordered to be merged is called back.`
      : "What has landed stays: nothing is reverted, and nobody is told whether it helped.",
  ],
  retry: (job: Job) => [
    `Begins a new job for ${escapeText(job.target)}, as if it had just been found failing: every guard is asked again.`,
    "A daemon takes it up at its next look; without one nothing happens.",
  ],
} as const;

async function changeJob(change: "cancel" | "retry", options: JobsOptions, parts: Parts): Promise<ExitCode> {
  const { opened, context } = parts;
  const { world } = opened;
  const { id = "", yes, reason } = options;
  const { jobs } = await readJobs(world);
  const job = pickJob(id, jobs);
  const { name: by } = await whoAmI(context.surroundings);
  const asked = { change, by, ...(reason === undefined || reason.trim() === "" ? {} : { reason }) };
  const answer = answerFor(asked, { job, jobs }, world.clock);
  if (answer.kind === "refused") throw new LastgoodError("UsageArgument", answer.message, { hint: answer.hint });
  if (answer.kind === "done") {
    context.log.done(escapeText(answer.message));
    showChanged(job, { opened, context });
    return EXIT.done;
  }
  context.say(EFFECTS[change](job));
  if (yes !== true && !(await context.confirm(change === "cancel" ? "Cancel it?" : "Try it again?", "--yes"))) {
    context.say(["Nothing was written."]);
    return EXIT.interrupted;
  }
  const changed = await recordAnswer(answer, world);
  if (change === "cancel" && changed.outcome !== "cancelled") {
    context.log.warn(
      `it ended before that: ${escapeText(changed.outcome ?? changed.status)}, ${escapeText(changed.detail)}`,
    );
  } else context.log.done(change === "cancel" ? `cancelled job ${job.id}` : `job ${changed.id} tries it again`);
  showChanged(changed, { opened, context });
  if (change === "retry") context.next(shellLine(["lastgood", "jobs", changed.id, "-w", ...placeWords(options)]));
  return EXIT.done;
}

function showChanged(job: Job, { opened, context }: Parts): void {
  if (context.format === "json" || context.format === "yaml") {
    context.document(jobDocument({ job, decisions: [], nowMs: opened.world.clock.nowMs() }));
  } else context.print([job.id]);
}
