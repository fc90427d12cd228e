import { describe, expect, it } from "vitest";
import { baselineOf, recordObserved } from "../../src/core/checkpoint-observed.ts";
import { judgeRevisions } from "../../src/core/checkpoint.ts";
import { recordEvidence } from "../../src/core/evidence.ts";
import { commitId } from "../../src/core/model/git.ts";
import { type CheckpointRecord, parseLines, renderLines } from "../../src/core/record.ts";
import type { SignalFact } from "../../src/core/signal/observation.ts";
import { observe } from "../../src/core/signal/observe.ts";
import type { SignalPolicy } from "../../src/core/signal/policy.ts";
import { newSignal } from "../../src/core/signal/state.ts";
import { type HealthVerdict, judge } from "../../src/core/signal/verdict.ts";

const R1 = "1".repeat(40);
const R2 = "2".repeat(40);
const START_MS = Date.parse("2026-08-22T00:00:00Z");
const MINUTE = 60_000;
const IMAGES = ["ghcr.io/acme/api:1.7.4@sha256:aa"];

const POLICY: SignalPolicy = {
  sources: [{ name: "engine" }],
  bad: { forMs: 2 * MINUTE, samples: 3, on: ["Failed"] },
  good: { bakeTimeMs: 10 * MINUTE, requireAll: true },
  maxStaleMs: MINUTE,
};

function verdict(overrides: Partial<HealthVerdict> = {}): HealthVerdict {
  return {
    target: "api",
    verdict: "good",
    reason: "Baked",
    message: "healthy for the whole bake time",
    revision: R1,
    latest: R1,
    content: "c1",
    sinceMs: START_MS,
    atMs: START_MS + 10 * MINUTE,
    rule: "one source decides",
    sources: [{ source: "engine", opinion: "good", sinceMs: START_MS, leftMs: 0, message: "Healthy" }],
    ...overrides,
  };
}

function recordOf(said: HealthVerdict, records: readonly CheckpointRecord[] = []): CheckpointRecord | undefined {
  return recordObserved({
    verdict: said,
    records,
    images: IMAGES,
    newId: () => "01J0000000000000000000000A",
    by: "lastgood",
  });
}

function known(overrides: Partial<CheckpointRecord>): CheckpointRecord {
  const made = recordOf(verdict());
  if (made === undefined) throw new Error("no record");
  return { ...made, id: "01J00000000000000000000000", ...overrides };
}

describe("recordObserved", () => {
  it("calls nothing good while what it holds is not known: a failure under the next commit could not be told to be the same content's", () => {
    const { content: _, ...unread } = verdict();
    expect(recordOf(unread)).toBeUndefined();
    expect(recordOf({ ...unread, verdict: "bad" })).toMatchObject({ verdict: "bad", revision: R1 });
  });

  it("records a healthy bake time with its length, content and images, as a line that the ledger reads back", () => {
    const record = recordOf(verdict());
    expect(record).toEqual({
      v: 1,
      type: "checkpoint",
      id: "01J0000000000000000000000A",
      target: "api",
      revision: R1,
      verdict: "good",
      evidence: "observed",
      at: "2026-08-22T00:10:00Z",
      by: "lastgood",
      reason: "healthy for 10m, by one source: one source decides",
      healthyForSeconds: 600,
      content: "c1",
      images: IMAGES,
    });
    expect(parseLines(renderLines(record === undefined ? [] : [record])).records).toEqual([record]);
  });

  it("keeps what metrics usually said, of what is good only, and holds a revert against the newest of it", () => {
    const figure = { source: "prometheus errors", value: 0.2, better: "lower", limit: 1 } as const;
    const facts = {
      records: [],
      images: [],
      figures: [figure],
      newId: () => "01J0000000000000000000000A",
      by: "lastgood",
    };
    const good = recordObserved({ ...facts, verdict: verdict() });
    expect(good?.figures).toEqual([figure]);
    expect(parseLines(renderLines(good === undefined ? [] : [good])).records).toEqual([good]);
    const bad = recordObserved({ ...facts, verdict: verdict({ verdict: "bad", reason: "Failing" }) });
    expect(bad).not.toHaveProperty("figures");
    const older = known({});
    const newer = known({ figures: [{ ...figure, value: 0.3 }] });
    const records = [known({ figures: [figure] }), newer, older];
    expect(baselineOf(records, { target: "api", revision: R1 })).toEqual(newer.figures);
    expect(baselineOf(records, { target: "api", revision: R2, content: "c1" })).toEqual(newer.figures);
    expect(baselineOf(records, { target: "api", revision: R2 })).toEqual([]);
    expect(baselineOf([older], { target: "api", revision: R1 })).toEqual([]);
  });

  it("records exactly one checkpoint per content in a day of polls, across commits of others, restarts and a slow burn", () => {
    let records: readonly CheckpointRecord[] = [];
    let signal = newSignal("api");
    for (let index = 0; index < 2880; index++) {
      const atMs = START_MS + index * 30_000;
      const second = index > 1440;
      const failing = index > 2800;
      if (index % 500 === 0) signal = newSignal("api");
      const facts: readonly SignalFact[] = [
        {
          kind: "live",
          target: "api",
          revision: `${index}`.padStart(40, second ? "b" : "a"),
          content: second ? "c2" : "c1",
          atMs,
        },
        {
          kind: "observed",
          target: "api",
          source: "engine",
          status: failing ? "Failed" : "Current",
          atMs,
          message: "",
        },
      ];
      signal = facts.reduce((state, fact) => observe(state, fact, POLICY), signal);
      const said = judge(signal, POLICY, { nowMs: atMs });
      const record = recordObserved({
        verdict: said,
        records,
        images: [],
        newId: () => `${records.length}`,
        by: "lastgood",
      });
      if (record !== undefined) records = [...records, record];
    }
    expect(records.map(({ verdict, content }) => `${verdict} ${content ?? ""}`)).toEqual([
      "good c1",
      "good c2",
      "bad c2",
    ]);
    const evidence = recordEvidence(records, "api").map((item) => ({ ...item, content: item.recordedContent ?? "" }));
    const revision = {
      id: commitId(R1),
      parents: [],
      author: "",
      authorEmail: "",
      authoredAtMs: 0,
      committedAtMs: 0,
      message: "",
    };
    const history = [{ revision, changes: [] }];
    const verdictOf = (content: string): string | undefined =>
      judgeRevisions({ history, contents: new Map([[commitId(R1), content]]), evidence, nowMs: 0 })[0]?.verdict;
    expect([verdictOf("c1"), verdictOf("c2")]).toEqual(["good", "bad"]);
  });

  it("overrules good by bad, and never bad by good", () => {
    const bad = verdict({ verdict: "bad", message: "engine is bad: CrashLoopBackOff" });
    expect(recordOf(bad, [known({})])).toMatchObject({ verdict: "bad", reason: "engine is bad: CrashLoopBackOff" });
    expect(recordOf(bad, [known({ verdict: "bad" })])).toBeUndefined();
    expect(recordOf(verdict(), [known({ verdict: "bad" })])).toBeUndefined();
    expect(recordOf(verdict({ revision: R2 }), [known({ verdict: "bad", revision: commitId(R1) })])).toBeUndefined();
  });

  it("leaves what was cleared alone until the health that it saw began later", () => {
    const before = known({ verdict: "cleared", at: "2026-08-21T23:59:00Z" });
    const after = known({ verdict: "cleared", at: "2026-08-22T00:05:00Z" });
    expect(recordOf(verdict(), [before])).toBeDefined();
    expect(recordOf(verdict(), [after])).toBeUndefined();
  });

  it("does not mind other targets, other contents and other kinds of evidence", () => {
    const others = [
      known({ target: "web" }),
      known({ revision: commitId(R2), content: "c2" }),
      known({ evidence: "marked", verdict: "bad" }),
    ];
    expect(recordOf(verdict(), others)).toBeDefined();
  });

  it.each([
    ["undecided", { verdict: "undecided" }],
    ["of a chart version", { revision: "1.2.3" }],
    ["of an OCI digest", { revision: `sha256:${"a".repeat(64)}` }],
    ["bad by what an older revision broke", { verdict: "bad", inherits: R2 }],
  ] as const)("records nothing that is %s", (_, overrides) => {
    expect(recordOf(verdict(overrides))).toBeUndefined();
  });
});
