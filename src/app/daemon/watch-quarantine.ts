/**
 * What a verified revert took back, and somebody, often a bot, has brought back since: people are told where that was done and wherever they
 * listen, before it fails again. Should it fail, it is a suspect like any other: reverted within the budgets, never twice with the same content.
 */
import { violationComment, violationText } from "../../core/change/violation.ts";
import type { Job } from "../../core/job/job.ts";
import { type CommitId, commitId, type Revision } from "../../core/model/git.ts";
import type { Notification } from "../../core/notification/notification.ts";
import { toIso } from "../../core/model/time.ts";
import type { Finding } from "../../core/quarantine/introduced.ts";
import type { QuarantineRecord } from "../../core/quarantine/record.ts";
import { quarantineAt, type QuarantineEntry, quarantineOf } from "../../core/quarantine/state.ts";
import type { LedgerRecord } from "../../core/record.ts";
import { LastgoodError } from "../../errors.ts";
import { checkChange } from "../check-change.ts";
import { findScope } from "../find-scope.ts";
import { findOrigin } from "../suspect-people.ts";
import { askKillSwitch } from "./ask-forge.ts";
import { type DaemonLane, type DaemonWorld, SELF, type TargetLook } from "./daemon-lane.ts";
import type { Tip } from "./read-live.ts";
import type { Memory } from "./tick.ts";

export interface WatchQuarantine {
  readonly look: TargetLook;
  readonly lane: DaemonLane;
  readonly memory: Memory;
  readonly tip: Tip;
}

interface Violation {
  /** The commit that brought it back. */
  readonly revision: Revision;
  readonly finding: Finding;
}

/** Tells people of what has come back to the target's branch. Costs a warning at most: nothing that is decided depends on it. */
export async function watchQuarantine(
  request: WatchQuarantine,
  { notify }: Pick<DaemonWorld, "notify">,
): Promise<void> {
  const { look, lane, memory } = request;
  const { name } = look.observed.watched.target;
  const job = memory.jobs.find((one) => one.target === name && one.outcome === "verified" && one.landed !== undefined);
  const entries = job === undefined ? [] : entriesOf(request, job);
  if (job?.landed === undefined || entries.length === 0) return;
  try {
    const violation = await findViolation(request, entries, commitId(job.landed));
    if (violation === undefined || !(await putOnRecord(violation, request))) return;
    notify(newsOf(violation, request, job));
    await comment(violation, request);
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    lane.world.log.warn(`${name}: whether what is quarantined has come back cannot be told: ${error.message}`);
  }
}

/** What this job has put there: what people quarantine besides is for `check`. */
function entriesOf({ look, lane, memory }: WatchQuarantine, { id }: Job): readonly QuarantineEntry[] {
  const records = memory.records.filter((record) => record.type === "quarantine");
  const entries = quarantineAt(records, lane.world.clock.nowMs());
  return quarantineOf(look.observed.watched.target.name, entries).filter(({ record }) => record.job === id);
}

/** So many commits are looked through for the one that did it. */
const MOST_COMMITS = 20;

async function findViolation(
  { look, lane, tip }: WatchQuarantine,
  entries: readonly QuarantineEntry[],
  landed: CommitId,
): Promise<Violation | undefined> {
  const { target } = look.observed.watched;
  const { repository } = lane.world;
  if ((await repository.resolve(landed)) === undefined) return undefined;
  if (tip.content !== undefined && tip.content === (await lane.readContent(target, landed))) return undefined;
  const check = async (base: CommitId, head: CommitId): Promise<Finding | undefined> => {
    const findTarget = async (name: string) => (name === target.name ? target : undefined);
    const { introduced } = await checkChange({ base, head, entries, targets: [target.name], findTarget }, repository);
    return introduced.find(({ admits }) => admits !== true);
  };
  const finding = await check(landed, tip.base);
  if (finding === undefined) return undefined;
  const { scope } = await findScope({ repository, commit: tip.base, target });
  for await (const { revision } of repository.history({ from: tip.base, until: landed, scope, limit: MOST_COMMITS })) {
    const [parent] = revision.parents;
    const own = parent === undefined ? undefined : await check(parent, revision.id);
    if (own !== undefined) return { revision, finding: own };
  }
  return undefined;
}

/** Once for each commit that does it, whoever is started anew: the ledger remembers. The quarantine starts anew with it. */
async function putOnRecord({ revision, finding }: Violation, { look, lane }: WatchQuarantine): Promise<boolean> {
  const { clock, ledger } = lane.world;
  const { name } = look.observed.watched.target;
  const { record, artifact } = finding.entry;
  const nowMs = clock.nowMs();
  const line: QuarantineRecord = {
    ...record,
    id: clock.newId(),
    artifact,
    targets: [name],
    at: toIso(nowMs),
    until: toIso(nowMs + look.policy.quarantine.forMs),
    by: SELF,
    broughtBack: revision.id,
  };
  const isKnown = (one: LedgerRecord): boolean =>
    one.type === "quarantine" && one.broughtBack === revision.id && one.targets.includes(name);
  return ledger.append([line], (records) => records.some(isKnown));
}

function newsOf({ revision, finding }: Violation, { look, lane }: WatchQuarantine, job: Job): Notification {
  const { target } = look.observed.watched;
  return {
    event: "QuarantineViolated",
    key: `${job.id} QuarantineViolated ${revision.id}`,
    incident: job.id,
    target: target.name,
    ...(target.environment === undefined ? {} : { environment: target.environment }),
    message: violationText(revision, finding.entry),
    revision: revision.id,
    ...(job.url === undefined ? {} : { url: job.url }),
    job: job.id,
    atMs: lane.world.clock.nowMs(),
  };
}

/** On the pull request that did it, once; not where lastgood only observes, or was switched off. */
async function comment({ revision, finding }: Violation, { look, lane }: WatchQuarantine): Promise<void> {
  const talk = lane.world.forge?.talk;
  if (talk === undefined || look.policy.mode === "observe") return;
  const origin = await findOrigin(revision, talk);
  if (origin === undefined || (await askKillSwitch(lane)).state !== "clear") return;
  const text = violationComment(look.observed.watched.target.name, finding.entry);
  await talk.comment(origin.number, `quarantine-${revision.id.slice(0, 12)}`, text);
}
