import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observation, SignalFact } from "../../../src/core/signal/observation.ts";
import { observe, observeAll } from "../../../src/core/signal/observe.ts";
import { BREAKER, type SignalPolicy } from "../../../src/core/signal/policy.ts";
import { newSignal, type TargetSignal } from "../../../src/core/signal/state.ts";
import {
  describeVerdict,
  type HealthVerdict,
  holdReasonOf,
  judge,
  judgeAll,
} from "../../../src/core/signal/verdict.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function policy(overrides: Partial<SignalPolicy> = {}): SignalPolicy {
  return {
    sources: [{ name: "engine" }],
    bad: { forMs: 2 * MINUTE, samples: 3, on: ["Failed"] },
    good: { bakeTimeMs: 10 * MINUTE, requireAll: true },
    maxStaleMs: MINUTE,
    ...overrides,
  };
}

function live(atMs: number, revision = "r1", content?: string): SignalFact {
  return { kind: "live", target: "api", revision, atMs, ...(content === undefined ? {} : { content }) };
}

function seen(atMs: number, status: Observation["status"], more: Partial<Observation> = {}): SignalFact {
  return { kind: "observed", target: "api", source: "engine", status, atMs, message: `${status} it is`, ...more };
}

/** Polls every 30 s from 0 to `untilMs`, and says `status` each time. */
function polls(untilMs: number, status: Observation["status"], more: Partial<Observation> = {}): readonly SignalFact[] {
  const times = Array.from({ length: Math.floor(untilMs / (30 * SECOND)) + 1 }, (_, index) => index * 30 * SECOND);
  return times.flatMap((atMs) => [live(atMs), seen(atMs, status, more)]);
}

function judged(facts: readonly SignalFact[], nowMs: number, rules = policy()): HealthVerdict {
  return judge(observeAll(newSignal("api"), facts, rules), rules, { nowMs });
}

describe("observe", () => {
  it("takes the same sample twice for one", () => {
    const facts = [live(0), seen(0, "Failed"), seen(0, "Failed"), seen(0, "Failed"), seen(2 * SECOND, "Failed")];
    expect(observeAll(newSignal("api"), facts, policy()).sources["engine"]?.bad).toEqual({
      sinceMs: 0,
      untilMs: 2 * SECOND,
      samples: 2,
    });
  });

  it("leaves the state as it is for a late fact, another target, an unknown source, another revision, and no time", () => {
    const state = observeAll(newSignal("api"), [live(MINUTE), seen(MINUTE, "Current")], policy());
    const unheard: readonly SignalFact[] = [
      seen(MINUTE - SECOND, "Failed"),
      live(MINUTE - SECOND, "r0"),
      { ...seen(2 * MINUTE, "Failed"), target: "web" },
      seen(2 * MINUTE, "Failed", { source: "somebody" }),
      seen(2 * MINUTE, "Failed", { source: "__proto__" }),
      seen(2 * MINUTE, "Failed", { revision: "r0" }),
      seen(Number.NaN, "Failed"),
    ];
    for (const fact of unheard) expect(observe(state, fact, policy())).toBe(state);
  });

  it("holds no more than a few hundred bytes after a day of flapping", () => {
    const facts = Array.from({ length: 5000 }, (_, index) => [
      live(index * 5000),
      seen(index * 5000, index % 2 === 0 ? "Failed" : "Current"),
    ]);
    expect(JSON.stringify(observeAll(newSignal("api"), facts.flat(), policy())).length).toBeLessThan(1500);
  });

  it("names the revision under which it began to fail, over any number of later ones", () => {
    const rules = policy({ sources: [{ name: "http" }], good: { bakeTimeMs: MINUTE, requireAll: true } });
    const facts = Array.from({ length: 40 }, (_, index) => index * 30 * SECOND).flatMap((atMs) => [
      live(atMs, `r${Math.min(3, Math.floor(atMs / (2 * MINUTE)) + 1)}`),
      seen(atMs, atMs < MINUTE ? "Current" : "Failed", { source: "http" }),
    ]);
    expect(judged(facts, facts.at(-1)?.atMs ?? 0, rules)).toMatchObject({
      verdict: "bad",
      revision: "r3",
      inherits: "r1",
    });
  });
});

describe("a revision that came while another failed", () => {
  it("is to blame for what fails after it was well for the whole bake time", () => {
    const rules = policy({ sources: [{ name: "http" }], good: { bakeTimeMs: MINUTE, requireAll: true } });
    const facts = Array.from({ length: 24 }, (_, index) => index * 30 * SECOND).flatMap((atMs) => [
      live(atMs, atMs < 2 * MINUTE ? "r1" : "r2"),
      seen(atMs, atMs < 3 * MINUTE || atMs > 6 * MINUTE ? "Failed" : "Current", { source: "http" }),
    ]);
    const verdict = judged(facts, facts.at(-1)?.atMs ?? 0, rules);
    expect(verdict).toMatchObject({ verdict: "bad", revision: "r2" });
    expect(verdict).not.toHaveProperty("inherits");
  });
});

describe("judge", () => {
  it("is bad after time and samples, both", () => {
    expect(judged(polls(90 * SECOND, "Failed"), 90 * SECOND)).toMatchObject({
      verdict: "undecided",
      reason: "Suspicious",
    });
    expect(judged(polls(2 * MINUTE, "Failed"), 2 * MINUTE)).toMatchObject({
      verdict: "bad",
      reason: "Failing",
      revision: "r1",
      sinceMs: 0,
    });
    const many = policy({ bad: { forMs: 2 * MINUTE, samples: 6, on: ["Failed"] } });
    expect(judged(polls(2 * MINUTE, "Failed"), 2 * MINUTE, many)).toMatchObject({ verdict: "undecided" });
  });

  it("lets a source lengthen the dwell, never shorten it", () => {
    const longer = policy({ sources: [{ name: "engine", forMs: 5 * MINUTE }] });
    const shorter = policy({ sources: [{ name: "engine", forMs: SECOND, samples: 1 }] });
    expect(judged(polls(4 * MINUTE, "Failed"), 4 * MINUTE, longer).verdict).toBe("undecided");
    expect(judged(polls(5 * MINUTE, "Failed"), 5 * MINUTE, longer).verdict).toBe("bad");
    expect(judged(polls(90 * SECOND, "Failed"), 90 * SECOND, shorter).verdict).toBe("undecided");
  });

  it("keeps a verdict no longer than it is fresh, in both directions of the clock", () => {
    const facts = polls(2 * MINUTE, "Failed");
    expect(judged(facts, 3 * MINUTE).verdict).toBe("bad");
    expect(judged(facts, 3 * MINUTE + 1)).toMatchObject({ verdict: "undecided", reason: "Stale" });
    expect(judged(facts, 0)).toMatchObject({ verdict: "undecided", reason: "Stale" });
  });

  it.each(["Unknown", "NotFound", "Terminating", "InProgress"] as const)("never decides on %s", (status) => {
    expect(judged(polls(60 * MINUTE, status), 60 * MINUTE).verdict).toBe("undecided");
    const after = [...polls(2 * MINUTE, "Failed"), live(150 * SECOND), seen(150 * SECOND, status)];
    expect(judged(after, 150 * SECOND).verdict).toBe("undecided");
  });

  it("never takes Current without a health check for good", () => {
    expect(judged(polls(60 * MINUTE, "Current", { unproven: true }), 60 * MINUTE)).toMatchObject({
      verdict: "undecided",
    });
  });

  it("never decides without a source", () => {
    expect(judged(polls(60 * MINUTE, "Failed"), 60 * MINUTE, policy({ sources: [] }))).toMatchObject({
      reason: "NoData",
    });
  });

  it("says how sources that disagree were put together", () => {
    const sources = [{ name: "engine" }, { name: "http" }];
    const facts = [...polls(11 * MINUTE, "Current"), ...polls(11 * MINUTE, "Failed", { source: "http" })].sort(
      (a, b) => a.atMs - b.atMs,
    );
    const all = judged(facts, 11 * MINUTE, policy({ sources }));
    expect(all).toMatchObject({ verdict: "bad", rule: "all sources have to be well, one bad one is enough" });
    expect(all.sources.map(({ source, opinion }) => `${source} ${opinion}`)).toEqual(["engine good", "http bad"]);
    const any = judged(facts, 11 * MINUTE, policy({ sources, good: { bakeTimeMs: 10 * MINUTE, requireAll: false } }));
    expect(any).toMatchObject({
      verdict: "undecided",
      reason: "Disagree",
      rule: "one source that is well is enough, all have to be bad",
    });
  });

  it("lets a source that is seldom asked say so for as long as that takes", () => {
    const seldom = (maxStaleMs: number): SignalPolicy =>
      policy({ sources: [{ name: "engine" }, { name: "slo", maxStaleMs }] });
    const slo = [0, 5, 10].map((minute) => seen(minute * MINUTE, "Failed", { source: "slo" }));
    const facts = [...polls(21 * MINUTE, "Current"), ...slo].sort((a, b) => a.atMs - b.atMs);
    const until = (minute: number): readonly SignalFact[] => facts.filter(({ atMs }) => atMs <= minute * MINUTE);
    expect(judged(until(14), 14 * MINUTE, seldom(10 * MINUTE))).toMatchObject({ verdict: "bad", sinceMs: 0 });
    expect(judged(until(14), 14 * MINUTE, seldom(MINUTE))).toMatchObject({ verdict: "undecided", reason: "Stale" });
    expect(judged(facts, 20 * MINUTE + 1, seldom(10 * MINUTE))).toMatchObject({ reason: "Stale" });
  });

  it("holds what began before a revision against none, unless it was seen then", () => {
    const rules = policy({ sources: [{ name: "alerts" }] });
    const alert = (atMs: number, sinceMs: number): SignalFact => seen(atMs, "Failed", { source: "alerts", sinceMs });
    const times = Array.from({ length: 60 }, (_, index) => index * 30 * SECOND);
    const unseen = times.flatMap((atMs) => [live(atMs), alert(atMs, -2 * MINUTE)]);
    expect(judged(unseen, 1770 * SECOND, rules)).toMatchObject({ verdict: "undecided", reason: "Unknown" });
    const atOnce = times.flatMap((atMs) => [live(atMs), alert(atMs, -MINUTE)]);
    expect(judged(atOnce, 1770 * SECOND, rules)).toMatchObject({ verdict: "bad", revision: "r1" });
    const carried = times.flatMap((atMs) => [live(atMs, atMs < 2 * MINUTE ? "r1" : "r2"), alert(atMs, 10 * SECOND)]);
    expect(judged(carried, 1770 * SECOND, rules)).toMatchObject({ verdict: "bad", revision: "r2", inherits: "r1" });
  });

  it("needs every source for good, and says which one is missing", () => {
    const rules = policy({ sources: [{ name: "engine" }, { name: "http" }] });
    expect(judged(polls(11 * MINUTE, "Current"), 11 * MINUTE, rules)).toMatchObject({
      verdict: "undecided",
      reason: "NoData",
      message: "http is no data: nothing was heard of it at this revision",
    });
  });

  it("makes what sources say harmless to look at", () => {
    const facts = polls(2 * MINUTE, "Failed", { message: "\u001b[31mred\u202e" });
    expect(describeVerdict(judged(facts, 2 * MINUTE))).toBe("api r1: bad, engine is bad: \\x1b[31mred\\u202e");
  });

  it("gives a hold its reason, and none to bad", () => {
    expect(holdReasonOf(judged(polls(2 * MINUTE, "Failed"), 2 * MINUTE))).toBeUndefined();
    expect(holdReasonOf(judged(polls(MINUTE, "Failed"), MINUTE))).toBe("InProgress");
    expect(holdReasonOf(judged(polls(11 * MINUTE, "Current"), 11 * MINUTE))).toBe("Healthy");
    expect(holdReasonOf(judged([], 0))).toBe("Inconclusive");
  });
});

describe("judgeAll", () => {
  function failing(name: string, sinceMs: number, untilMs: number, revision = name): TargetSignal {
    const times = Array.from({ length: untilMs / (30 * SECOND) + 1 }, (_, index) => index * 30 * SECOND);
    const facts = times.flatMap((atMs): readonly SignalFact[] => [
      { kind: "live", target: name, revision, atMs },
      { ...seen(atMs, atMs < sinceMs ? "Current" : "Failed"), target: name },
    ]);
    return observeAll(newSignal(name), facts, policy());
  }
  function verdictsOf(signals: readonly TargetSignal[], nowMs: number): readonly string[] {
    const now = { nowMs, breaker: BREAKER };
    return judgeAll(signals, () => policy(), now).map(({ verdict, reason }) => `${verdict} ${reason}`);
  }

  it("takes three targets that fail within ten minutes for their environment", () => {
    const signals = ["a", "b", "c"].map((name, index) => failing(name, MINUTE * (1 + index * 4), 12 * MINUTE));
    expect(verdictsOf(signals, 12 * MINUTE)).toEqual(Array(3).fill("undecided ManyTargets"));
    expect(verdictsOf(signals.slice(0, 2), 12 * MINUTE)).toEqual(Array(2).fill("bad Failing"));
  });

  it("takes three targets that one young revision broke for one incident", () => {
    const signals = ["a", "b", "c"].map((name) => failing(name, MINUTE, 4 * MINUTE, "r1"));
    expect(verdictsOf(signals, 4 * MINUTE)).toEqual(Array(3).fill("bad Failing"));
  });

  it("takes three targets that fail far apart for three incidents", () => {
    const signals = ["a", "b", "c"].map((name, index) => failing(name, MINUTE * (1 + index * 11), 30 * MINUTE));
    expect(verdictsOf(signals, 30 * MINUTE)).toEqual(Array(3).fill("bad Failing"));
  });

  it("sees them fail together between two looks, too, when their source is seldom asked", () => {
    const rules = policy({ sources: [{ name: "slo", maxStaleMs: 10 * MINUTE }] });
    const signals = ["a", "b", "c"].map((name) => {
      const facts = Array.from({ length: 49 }, (_, index) => index * 30 * SECOND).flatMap((atMs): SignalFact[] => [
        { kind: "live", target: name, revision: name, atMs },
        ...(atMs % (5 * MINUTE) === 0 ? [{ ...seen(atMs, "Failed", { source: "slo" }), target: name }] : []),
      ]);
      return observeAll(newSignal(name), facts, rules);
    });
    const verdicts = judgeAll(signals, () => rules, { nowMs: 24 * MINUTE, breaker: BREAKER });
    expect(verdicts.map(({ reason }) => reason)).toEqual(Array(3).fill("ManyTargets"));
  });

  it("lets no silent target count", () => {
    const signals = [
      failing("a", MINUTE, 3 * MINUTE),
      failing("b", MINUTE, 3 * MINUTE),
      failing("c", 5 * MINUTE, 8 * MINUTE),
    ];
    expect(verdictsOf(signals, 8 * MINUTE)).toEqual(["undecided Stale", "undecided Stale", "bad Failing"]);
  });
});

describe("the signal, whatever happens", () => {
  const status = fc.constantFrom("Current", "InProgress", "Failed", "Terminating", "NotFound", "Unknown" as const);
  const noise = fc.array(fc.record({ status, polls: fc.integer({ min: 1, max: 8 }) }), { maxLength: 40 });

  /** Samples every 15 s; a run of failures is at most 7 polls, 90 s, long, and something well follows. */
  function quiet(
    runs: readonly { readonly status: Observation["status"]; readonly polls: number }[],
  ): readonly Observation["status"][] {
    return runs.flatMap((run) =>
      run.status === "Failed"
        ? [...Array<"Failed">(Math.min(7, run.polls)).fill("Failed"), "Current" as const]
        : Array(run.polls).fill(run.status),
    ) as readonly Observation["status"][];
  }
  function play(statuses: readonly Observation["status"][]): readonly HealthVerdict[] {
    let state = newSignal("api");
    return statuses.map((said, index) => {
      const atMs = index * 15 * SECOND;
      state = observeAll(state, [live(atMs), seen(atMs, said)], policy());
      return judge(state, policy(), { nowMs: atMs });
    });
  }

  it("is never bad while nothing fails for as long as the dwell", () => {
    fc.assert(
      fc.property(noise, (runs) => {
        expect(play(quiet(runs)).filter(({ verdict }) => verdict === "bad")).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("tells every failure that lasts within dwell and one poll, whatever came before", () => {
    fc.assert(
      fc.property(noise, (runs) => {
        const before = quiet(runs);
        const verdicts = play([...before, ...Array<"Failed">(10).fill("Failed")]).slice(before.length);
        const first = verdicts.findIndex(({ verdict }) => verdict === "bad");
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first).toBeLessThanOrEqual(9);
      }),
      { numRuns: 500 },
    );
  });

  it("is good only when every sample of the bake time leaned to good or said nothing for less than a minute", () => {
    fc.assert(
      fc.property(noise, (runs) => {
        const statuses = quiet(runs);
        for (const [index, { verdict }] of play(statuses).entries()) {
          if (verdict !== "good") continue;
          expect(statuses.slice(index - 40, index + 1)).not.toContain("Failed");
          expect(index).toBeGreaterThanOrEqual(40);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("does not depend on doubles, nor on the order of what different sources say at one time", () => {
    fc.assert(
      fc.property(noise, (runs) => {
        const rules = policy({ sources: [{ name: "engine" }, { name: "http" }] });
        const pairs = quiet(runs).map((said, index) => [
          seen(index * 15 * SECOND, said),
          seen(index * 15 * SECOND, said, { source: "http" }),
        ]);
        const facts = pairs.flatMap((pair, index) => [live(index * 15 * SECOND), ...pair]);
        const mirrored = pairs.flatMap((pair, index) => [live(index * 15 * SECOND), ...pair.toReversed(), ...pair]);
        const once = observeAll(newSignal("api"), facts, rules);
        const other = observeAll(newSignal("api"), mirrored, rules);
        const nowMs = pairs.length * 15 * SECOND;
        expect(judge(other, rules, { nowMs })).toEqual(judge(once, rules, { nowMs }));
      }),
    );
  });
});
