import { describe, expect, it } from "vitest";
import { findStorm } from "../../../src/app/daemon/find-storm.ts";
import { createStormTeller } from "../../../src/app/daemon/tell-storm.ts";
import type { ObservedTarget } from "../../../src/app/observe-targets.ts";
import type { Decision } from "../../../src/core/decision/decision.ts";
import type { JobRecord } from "../../../src/core/job/job-record.ts";
import { foldJobs } from "../../../src/core/job/job.ts";
import { toIso } from "../../../src/core/model/time.ts";
import type { Notification } from "../../../src/core/notification/notification.ts";
import { plainTarget } from "../../../src/core/target/plain-target.ts";
import { jobRecord, JOBS_BEGIN } from "../../support/job-record.ts";

const MINUTE = 60_000;
const NOW = JOBS_BEGIN + 12 * MINUTE;

function revision(digit: string): string {
  return digit.repeat(40);
}

/** A job of a target that has been failing since so many minutes after the first. */
function failing(target: string, suspect: string, minutes: number, more: Partial<JobRecord> = {}): JobRecord {
  return jobRecord(target, 1, { target, suspect, since: toIso(JOBS_BEGIN + minutes * MINUTE), ...more });
}

function stormOf(target: string, ...lines: readonly JobRecord[]) {
  return findStorm(foldJobs(lines), { target, nowMs: NOW });
}

describe("findStorm", () => {
  const [api, web] = [failing("api", revision("1"), 0), failing("web", revision("2"), 4)];

  it("sees three targets with unrelated revisions fail within ten minutes, whoever watches them", () => {
    const found = { targets: 3, sinceMs: JOBS_BEGIN + 9 * MINUTE };
    expect(stormOf("api", api, web, failing("pay", revision("3"), 9))).toEqual(found);
    expect(stormOf("other", api, web, failing("pay", revision("3"), 9))).toBeUndefined();
  });

  it.each([
    ["only two fail", failing("api", revision("1"), 0)],
    ["one commit breaks them", failing("pay", revision("2"), 9)],
    ["they fail too far apart", failing("pay", revision("3"), 11)],
    ["one of them has ended", failing("pay", revision("3"), 9, { status: "Completed", outcome: "superseded" })],
    ["a revert of one has landed", failing("pay", revision("3"), 9, { landed: revision("4") })],
  ])("is none when %s", (_, third) => {
    expect(stormOf("api", api, web, third)).toBeUndefined();
  });
});

describe("createStormTeller", () => {
  const HELD: Decision = { kind: "hold", reason: "ManyTargets", message: "3 targets fail", needs: [], checks: [] };
  const CALM: Decision = { ...HELD, reason: "Healthy" };

  function seen(name: string): ObservedTarget {
    return { watched: { target: plainTarget([`apps/${name}`], { name }) } } as unknown as ObservedTarget;
  }

  it("calls people once for a storm, and again for another one much later", () => {
    const told: Notification[] = [];
    const teller = createStormTeller((one) => void told.push(one));
    for (const name of ["api", "web", "pay"]) teller.hear(seen(name), HELD, NOW);
    expect(told).toMatchObject([
      { event: "RevertHeld", target: "api", message: "nothing is reverted: 3 targets fail" },
    ]);
    for (const name of ["api", "web", "pay"]) teller.hear(seen(name), CALM, NOW + MINUTE);
    teller.hear(seen("web"), HELD, NOW + 2 * MINUTE);
    expect(told).toHaveLength(1);
    teller.hear(seen("web"), undefined, NOW + 3 * MINUTE);
    teller.hear(seen("web"), HELD, NOW + 90 * MINUTE);
    expect(told).toHaveLength(2);
    expect(new Set(told.map(({ key }) => key)).size).toBe(2);
  });
});
