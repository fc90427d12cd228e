/** Has a revert that landed arrived, and did it help? What station *verification* looks at, in the daemon and for a person who waits. */
import { baselineOf } from "../../core/checkpoint-observed.ts";
import type { AttemptFacts } from "../../core/decision/facts.ts";
import { fromIso } from "../../core/model/time.ts";
import type { Job } from "../../core/job/job.ts";
import type { LedgerRecord } from "../../core/record.ts";
import { type DeliveryFacts, type Figure, verify, type Verification } from "../../core/verification.ts";
import { bringCommit } from "../bring-commit.ts";
import { commitId } from "../../core/model/git.ts";
import { LastgoodError } from "../../errors.ts";
import type { DaemonWorld, LaneReading, VerifiedLook } from "./daemon-lane.ts";
import { newestOf, type Tip } from "./read-live.ts";
import { readTraffic } from "./read-traffic.ts";

type Landed = Extract<AttemptFacts, { readonly kind: "landed" }>;

export interface ReadVerification {
  readonly look: VerifiedLook;
  readonly lane: LaneReading;
  readonly attempt: Landed;
  /** What the ledger says: how it was when it was good stands there. */
  readonly records: readonly LedgerRecord[];
  /** Missing: none is on record. */
  readonly job?: Pick<Job, "askedAtMs" | "reachedAt" | "since" | "checkpoint">;
  readonly tip?: Tip;
}

/** Where the revert is by now. */
export async function readVerification(
  request: ReadVerification,
  daemon: Pick<DaemonWorld, "engines">,
): Promise<Verification> {
  const { look, lane, attempt, job } = request;
  const nowMs = lane.world.clock.nowMs();
  const content = await landedContent(request);
  const sinceMs = job?.since === undefined ? undefined : fromIso(job.since);
  const delivery = await deliveryOf(request, content);
  const traffic =
    delivery.kind === "reached" ? await readTraffic({ ...request, landed: attempt.commit }, daemon) : undefined;
  return verify({
    nowMs,
    landed: { commit: attempt.commit, atMs: attempt.atMs, ...(content === undefined ? {} : { content }) },
    ...(job?.askedAtMs === undefined ? {} : { askedAtMs: job.askedAtMs }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    delivery,
    verdict: look.observed.verdict,
    policy: look.policy,
    baseline: baselineFor(request, content),
    figures: look.observed.figures,
    ...(traffic === undefined ? {} : { traffic }),
  });
}

/** What metrics said at the checkpoint that the revert goes back to; none where nobody kept figures. */
function baselineFor(
  { look, attempt, records, job }: ReadVerification,
  content: string | undefined,
): readonly Figure[] {
  const { name } = look.observed.watched.target;
  const revision = job?.checkpoint ?? attempt.commit;
  const checkpoints = records.filter((record) => record.type === "checkpoint");
  return baselineOf(checkpoints, { target: name, revision, ...(content === undefined ? {} : { content }) });
}

/** What the target holds right after the revert; undefined when that cannot be read yet. */
async function landedContent({ look, lane, attempt }: ReadVerification): Promise<string | undefined> {
  const { remote, repository } = lane.world;
  try {
    const isHere = (await repository.resolve(attempt.commit)) !== undefined;
    if (!isHere && remote !== undefined) {
      await bringCommit(commitId(attempt.commit), "merged", { ...lane.world, remote });
    }
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return undefined;
  }
  return lane.readContent(look.observed.watched.target, attempt.commit);
}

async function deliveryOf(request: ReadVerification, landed: string | undefined): Promise<DeliveryFacts> {
  const { look, lane, attempt, job, tip } = request;
  const { revision, content, states, failures } = look.observed;
  const [failure] = failures;
  if (revision === undefined) {
    return { kind: "unknown", message: failure?.message ?? "the engine does not say which revision runs" };
  }
  const isHere = revision === attempt.commit || (landed !== undefined && content === landed);
  if (isHere) {
    const atMs = job?.reachedAt === undefined ? undefined : fromIso(job.reachedAt);
    return { kind: "reached", atMs: atMs ?? lane.world.clock.nowMs() };
  }
  if (tip?.content !== undefined && landed !== undefined && tip.content !== landed) {
    // A tip without the revert was read too early: it is older, whatever it holds.
    const isAfter = (await lane.world.repository.refs.distance(commitId(attempt.commit), tip.base)) !== undefined;
    const newest = isAfter ? await newestOf(look, lane, tip) : undefined;
    if (newest !== undefined) return { kind: "superseded", revision: newest.id, by: newest.author };
  }
  const [first, ...more] = states.flatMap(({ blockers }) => blockers.filter(({ reason }) => reason !== "PruneOff"));
  return first === undefined ? { kind: "on its way" } : { kind: "blocked", blockers: [first, ...more] };
}
