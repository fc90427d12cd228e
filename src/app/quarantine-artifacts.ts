import type { Target } from "../core/model/target.ts";
import { toIso } from "../core/model/time.ts";
import { isReapply } from "../core/change/message.ts";
import { artifactsOf } from "../core/plan/taken-back.ts";
import type { Artifact, QuarantineRecord } from "../core/quarantine/record.ts";
import { findEntries, quarantineAt, type QuarantineEntry, type QuarantineQuery } from "../core/quarantine/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Delivery } from "./delivery.ts";

interface QuarantineWorld {
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** Who says it, and why. */
export interface Said {
  readonly by: string;
  readonly reason: string;
}

export interface QuarantineRequest extends Said {
  readonly artifacts: readonly Artifact[];
  /** Names; empty: for all targets. */
  readonly targets: readonly string[];
  /** Epoch ms; missing: until it is released. */
  readonly untilMs?: number;
  readonly job?: string;
  readonly pullRequest?: number;
}

/** Puts artifacts into quarantine. Answers what was written, once others can read it. Throws `Ledger*` errors. */
export async function quarantineArtifacts(
  request: QuarantineRequest,
  { ledger, clock }: QuarantineWorld,
): Promise<readonly QuarantineRecord[]> {
  const { artifacts, targets, untilMs, by, reason, job, pullRequest } = request;
  const records = artifacts.map((artifact): QuarantineRecord => ({
    v: 1,
    type: "quarantine",
    id: clock.newId(),
    action: "add",
    artifact,
    targets,
    at: toIso(clock.nowMs()),
    ...(untilMs === undefined ? {} : { until: toIso(untilMs) }),
    by,
    reason,
    ...(job === undefined ? {} : { job }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
  }));
  await ledger.append(records);
  return records;
}

/** Takes entries out of quarantine, each by a record of its own. */
export async function releaseEntries(
  entries: readonly QuarantineEntry[],
  { by, reason }: Said,
  { ledger, clock }: QuarantineWorld,
): Promise<readonly QuarantineRecord[]> {
  const records = entries.map(({ artifact, target }): QuarantineRecord => ({
    v: 1,
    type: "quarantine",
    id: clock.newId(),
    action: "release",
    artifact,
    targets: target === undefined ? [] : [target],
    at: toIso(clock.nowMs()),
    by,
    reason,
  }));
  await ledger.append(records);
  return records;
}

/** What is in quarantine now, the newest last. `damaged`: lines of the ledger that say nothing. */
export async function readQuarantine({
  ledger,
  clock,
}: QuarantineWorld): Promise<{ readonly entries: readonly QuarantineEntry[]; readonly damaged: number }> {
  const { records, damaged } = await ledger.read();
  const held = records.filter((record) => record.type === "quarantine");
  return { entries: quarantineAt(held, clock.nowMs()), damaged };
}

/** The entries that a person means, see `findEntries`. */
export async function findQuarantine(
  query: QuarantineQuery,
  world: QuarantineWorld,
): Promise<readonly QuarantineEntry[]> {
  return findEntries(query, (await readQuarantine(world)).entries);
}

/**
 * What a merged revert took back, put into quarantine for `forMs`: a part of the job, not an option of the person. Nothing where it
 * brought back what a revert had taken: what that revert had restored was good.
 */
export async function quarantineReverted(
  { plan, job, pullRequest }: Delivery,
  { forMs, by, reason }: { readonly forMs: number; readonly by: string; readonly reason?: string | undefined },
  world: QuarantineWorld,
): Promise<readonly QuarantineRecord[]> {
  const artifacts = isReapply(plan) ? [] : artifactsOf(plan);
  if (artifacts.length === 0) return [];
  const request: QuarantineRequest = {
    artifacts,
    targets: targetsOf(plan.target),
    untilMs: world.clock.nowMs() + forMs,
    by,
    reason: reason ?? `reverted in ${plan.target.name}`,
    job,
    ...(pullRequest === undefined ? {} : { pullRequest: pullRequest.number }),
  };
  return quarantineArtifacts(request, world);
}

/** An undo without a target is about the files it touched, whoever they belong to. */
function targetsOf({ name, origin }: Target): readonly string[] {
  return origin.kind === "change" ? [] : [name];
}
