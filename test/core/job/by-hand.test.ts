import { describe, expect, it } from "vitest";

import {
  cancelJob,
  retryJob,
  revertedByHand,
  type RevertedByHand,
  verifiedByHand,
} from "../../../src/core/job/by-hand.ts";
import { type JobRecord, jobRecordOf } from "../../../src/core/job/job-record.ts";
import { foldJob, type Job } from "../../../src/core/job/job.ts";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { JOBS_BEGIN, jobRecord } from "../../support/job-record.ts";

const HAND = { by: "Mina Kim", nowMs: JOBS_BEGIN + 60_000, id: "line-new", jobId: "job-new" };
const OPEN = { pullRequest: 491, key: "0c9e41d27ab3", suspect: "8".repeat(40) } as const;

function job(...more: readonly Partial<JobRecord>[]): Job {
  const folded = foldJob([
    jobRecord("job-1", 0, OPEN),
    ...more.map((one, index) => jobRecord("job-1", index + 1, one)),
  ]);
  if (folded === undefined) throw new Error("no job");
  return folded;
}

const FAILED = { status: "Exception", outcome: "failed", code: "ForgePermission" } as const;

/** The line, as the ledger reads it back. */
function readBack(answer: ReturnType<typeof cancelJob>): JobRecord | undefined {
  return answer.kind === "record" ? jobRecordOf(answer.record as unknown as JsonObject) : undefined;
}

describe("cancelJob", () => {
  it("ends the job where it stands, in the person's name", () => {
    const record = readBack(cancelJob(job(), { ...HAND, reason: "we roll forward" }));
    expect(record).toMatchObject({
      job: "job-1",
      by: "Mina Kim",
      status: "Completed",
      outcome: "cancelled",
      station: "pull request",
      detail: "cancelled by Mina Kim: we roll forward",
      ...OPEN,
    });
    expect(foldJob([jobRecord("job-1", 0, OPEN), ...(record === undefined ? [] : [record])])?.outcome).toBe(
      "cancelled",
    );
  });

  it("is done already for one that is cancelled, and refused for one that has ended otherwise", () => {
    const cancelled = job({ status: "Completed", outcome: "cancelled", detail: "cancelled by Dana" });
    expect(cancelJob(cancelled, HAND)).toMatchObject({ kind: "done", message: expect.stringContaining("Dana") });
    expect(cancelJob(job(FAILED), HAND)).toMatchObject({
      kind: "refused",
      message: "job job-1 has ended (failed): there is nothing to cancel",
    });
  });
});

describe("retryJob", () => {
  it("begins a new job for the same suspect, that knows which one it tries again", () => {
    const record = readBack(retryJob(job(FAILED), [job(FAILED)], { ...HAND, reason: "the token has the right now" }));
    expect(record).toMatchObject({
      job: "job-new",
      retryOf: "job-1",
      status: "Queued",
      station: "decision",
      trigger: "Mina Kim",
      key: OPEN.key,
      suspect: OPEN.suspect,
      detail: "to be tried again, says Mina Kim: the token has the right now",
    });
    // What the first one opened is found again on the forge.
    expect(record?.pullRequest).toBeUndefined();
  });

  it("is refused while the job goes on", () => {
    expect(retryJob(job(), [job()], HAND)).toMatchObject({
      kind: "refused",
      message: "job job-1 has not ended (In Progress, pull request): it goes on by itself",
    });
  });

  it("is refused for what was verified, and for what a person rejected", () => {
    for (const outcome of ["verified", "rejected"] as const) {
      const ended = job({ status: "Completed", outcome });
      expect(retryJob(ended, [ended], HAND)).toMatchObject({
        kind: "refused",
        hint: expect.stringContaining("lastgood revert payments/api"),
      });
    }
  });

  it("is done already when it is tried again, and refused beside another job of the target", () => {
    const again = foldJob([jobRecord("job-2", 9, { status: "Queued", retryOf: "job-1" })]);
    const other = foldJob([jobRecord("job-3", 9, { status: "Queued" })]);
    if (again === undefined || other === undefined) throw new Error("no job");
    expect(retryJob(job(FAILED), [job(FAILED), again], HAND)).toEqual({
      kind: "done",
      message: "job job-2 tries it again already",
    });
    expect(retryJob(job(FAILED), [job(FAILED), other], HAND)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("job job-3 is under way"),
    });
  });
});

describe("revertedByHand", () => {
  const FACTS: RevertedByHand = {
    job: "01J9ZK4T7Q0000000000000000",
    by: "Mina Kim",
    nowMs: HAND.nowMs,
    target: "payments/api",
    environment: "prod",
    key: OPEN.key,
    suspect: OPEN.suspect,
    checkpoint: "3".repeat(40),
    branch: "lastgood/payments-api/0c9e41d27ab3",
    commit: "2".repeat(40),
    pullRequest: { number: 491, url: "https://github.com/acme/gitops/pull/491" },
  };
  const NEW = { known: undefined, found: false };

  it("is a job that waits for its pull request", () => {
    const [line, ...more] = revertedByHand({ ...FACTS, reason: "5xx" }, NEW);
    expect(more).toEqual([]);
    expect(jobRecordOf(line as unknown as JsonObject)).toEqual(line);
    expect(line).toMatchObject({
      job: FACTS.job,
      trigger: "Mina Kim",
      station: "pull request",
      status: "In Progress",
      detail: "opened #491: 5xx",
      pullRequest: 491,
      checkpoint: FACTS.checkpoint,
    });
  });

  it("says what is new of a job that is known, and leaves its trigger as it is", () => {
    const known = foldJob([jobRecord(FACTS.job, 0, OPEN)]);
    const merged = { ...FACTS, landed: "5".repeat(40) };
    const lines = revertedByHand(merged, { known, found: false });
    expect(lines.map(({ station, trigger, landed }) => [station, trigger, landed])).toEqual([
      ["sync", "health Failed", merged.landed],
    ]);
    const after = foldJob([jobRecord(FACTS.job, 0, OPEN), ...lines]);
    expect(revertedByHand(merged, { known: after, found: false })).toEqual([]);
    expect(revertedByHand({ ...FACTS, pending: "checks run" }, { known, found: true })).toEqual([]);
  });

  it("has the same ids however often it is told", () => {
    const merged = { ...FACTS, landed: "5".repeat(40) };
    const once = revertedByHand(merged, NEW);
    const twice = revertedByHand({ ...merged, nowMs: merged.nowMs + 5000 }, NEW);
    expect(once.map(({ id }) => id)).toEqual(twice.map(({ id }) => id));
    expect(foldJob([...once, ...twice])?.timeline).toHaveLength(2);
  });

  it("of a push has landed at once, and of one that is not merged yet says why", () => {
    const { pullRequest: _, ...pushed } = { ...FACTS, landed: FACTS.commit };
    expect(revertedByHand(pushed, NEW).map(({ detail }) => detail)).toEqual([
      "pushed as 2222222: the engine takes it from here",
    ]);
    const pending = revertedByHand({ ...FACTS, pending: "checks run" }, NEW);
    expect(pending.map(({ station, detail }) => [station, detail])).toEqual([
      ["pull request", "opened #491"],
      ["merge", "not merged yet: checks run"],
    ]);
  });
});

describe("verifiedByHand", () => {
  const reachedAtMs = JOBS_BEGIN + 30_000;
  const VERIFIED = { kind: "verified", message: "Current for 2m", reachedAtMs, currentForMs: 120_000 } as const;
  const hand = (verification: Parameters<typeof verifiedByHand>[0]["verification"], known: Job | undefined) =>
    verifiedByHand({ by: "Mina Kim", nowMs: JOBS_BEGIN + 60_000, verification }, known);
  /** Begun by the person. */
  const own = (): Job => {
    const folded = foldJob([jobRecord("job-1", 0, { ...OPEN, by: "Mina Kim" })]);
    if (folded === undefined) throw new Error("no job");
    return folded;
  };
  const foldedWith = (lines: readonly JobRecord[]): Job | undefined =>
    foldJob([
      jobRecord("job-1", 0, { ...OPEN, by: "Mina Kim" }),
      ...lines.flatMap((line) => jobRecordOf(line as unknown as JsonObject) ?? []),
    ]);

  it("says that it has arrived, and ends the job with what was seen, however often", () => {
    const lines = hand(VERIFIED, own());
    expect(lines.map(({ id }) => id)).toEqual(["job-1-reached", "job-1-verdict"]);
    expect(foldedWith([...lines, ...lines])).toMatchObject({
      status: "Completed",
      outcome: "verified",
      station: "record",
      detail: "Current for 2m",
      reachedAt: expect.any(String),
      timeline: { length: 3 },
    });
  });

  it("stands where it is while nothing is decided, and is an Exception where it did not help or arrive", () => {
    expect(hand({ kind: "on its way", message: "not yet", untilMs: 0 }, own())).toEqual([]);
    const verifying = { ...VERIFIED, kind: "verifying", untilMs: 0 } as const;
    expect(foldedWith(hand(verifying, own()))).toMatchObject({ status: "In Progress", station: "verification" });
    expect(foldedWith(hand({ kind: "not delivered", message: "it is suspended" }, own()))).toMatchObject({
      status: "Exception",
      outcome: "not delivered",
      station: "sync",
    });
    expect(foldedWith(hand({ kind: "timeout", message: "no data", reachedAtMs }, own()))).toMatchObject({
      outcome: "timeout",
      detail: "it cannot be verified: no data",
    });
  });

  it("leaves a job alone that is unknown, has ended, or that the daemon goes on with", () => {
    expect(hand(VERIFIED, undefined)).toEqual([]);
    expect(hand(VERIFIED, job(FAILED))).toEqual([]);
    expect(hand(VERIFIED, job({ by: "lastgood", station: "sync" }))).toEqual([]);
  });
});
