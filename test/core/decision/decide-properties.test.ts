import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../src/core/decision/decide.ts";
import type { DecisionFacts } from "../../../src/core/decision/facts.ts";
import { MODES } from "../../../src/core/model/mode.ts";
import { BAD, DAY, FACTS, FORGE, GOOD, HOUR, NOW, OPEN, PLAN, revertOf } from "./facts.ts";

/** Makes lastgood do less, or at least not more. */
type Restriction = (facts: DecisionFacts) => DecisionFacts;

function ofForge(facts: DecisionFacts, change: (forge: typeof FORGE) => typeof FORGE): DecisionFacts {
  return facts.forge.state === "read" ? { ...facts, forge: change(facts.forge) } : facts;
}

const RESTRICTIONS: readonly (readonly [string, Restriction])[] = [
  ["suspended", (facts) => ({ ...facts, restrictions: { ...facts.restrictions, suspended: { said: "x" } } })],
  ["opted out", (facts) => ({ ...facts, restrictions: { ...facts.restrictions, optedOut: { said: "x" } } })],
  ["annotated observe", (facts) => annotated(facts, "observe")],
  ["annotated propose", (facts) => annotated(facts, "propose")],
  ["frozen", (facts) => frozen(facts, "observe")],
  ["frozen but for proposals", (facts) => frozen(facts, "propose")],
  ["a storm", (facts) => ({ ...facts, storm: { targets: 3, sinceMs: NOW } })],
  ["a blocker", (facts) => ({ ...facts, blockers: [...facts.blockers, { reason: "AutoSyncOff", message: "x" }] })],
  [
    "a suspended engine",
    (facts) => ({ ...facts, blockers: [...facts.blockers, { reason: "Suspended", message: "x" }] }),
  ],
  ["no lease", (facts) => ({ ...facts, leaseHeld: false })],
  ["safe mode", (facts) => ({ ...facts, ledger: { state: "damaged", message: "x" } })],
  ["another job", (facts) => ({ ...facts, otherJob: { job: "1", target: "x" } })],
  ["switched off", (facts) => ofForge(facts, (forge) => ({ ...forge, killSwitch: { state: "set", access: "write" } }))],
  [
    "one more revert",
    (facts) =>
      ofForge(facts, (forge) => ({
        ...forge,
        reverts: [...(forge.reverts ?? []), revertOf({ openedAtMs: NOW - HOUR, pullRequest: 7 })],
      })),
  ],
  [
    "closed by a person",
    (facts) => ofForge(facts, (forge) => ({ ...forge, attempt: { ...OPEN, kind: "closed" as const } })),
  ],
  ["an unreachable forge", (facts) => ({ ...facts, forge: { state: "unreachable", message: "x" } })],
  [
    "an older suspect",
    (facts) => (facts.live === undefined ? facts : { ...facts, live: { ...facts.live, sinceMs: 0 } }),
  ],
  ["no verdict", (facts) => ({ ...facts, verdict: { ...facts.verdict, verdict: "undecided", reason: "NoData" } })],
  ["smaller budgets", (facts) => limited(facts)],
  ["more protected", (facts) => protectedMore(facts)],
  ["a risk", (facts) => planned(facts, { risks: [{ code: "Irreversible", message: "x", blocks: true }] })],
  ["an opt-out", (facts) => planned(facts, { suspects: [{ revision: BAD, authors: [], optedOut: { said: "x" } }] })],
  ["weak evidence", (facts) => planned(facts, { checkpoint: { ...PLAN.checkpoint, evidence: "tag" } })],
];

function annotated(facts: DecisionFacts, atMost: "observe" | "propose"): DecisionFacts {
  const before = facts.restrictions.mode?.atMost;
  const mode = { said: "x", atMost: before === "observe" ? before : atMost };
  return { ...facts, restrictions: { ...facts.restrictions, mode } };
}

function frozen(facts: DecisionFacts, mode: "observe" | "propose"): DecisionFacts {
  return { ...facts, freezes: [...facts.freezes, { name: "x", mode }] };
}

function limited(facts: DecisionFacts): DecisionFacts {
  const { limits } = facts.policy;
  const less = { ...limits, perRepository: Math.min(1, limits.perRepository), commits: Math.min(1, limits.commits) };
  return { ...facts, policy: { ...facts.policy, limits: less } };
}

function protectedMore(facts: DecisionFacts): DecisionFacts {
  const { authors, paths } = facts.policy.never;
  return { ...facts, policy: { ...facts.policy, never: { authors, paths: [...paths, "apps/**"] } } };
}

function planned(facts: DecisionFacts, more: Partial<typeof PLAN>): DecisionFacts {
  return facts.plan?.kind === "plan" ? { ...facts, plan: { ...facts.plan, ...more } } : facts;
}

/** Facts of all kinds, most of which let lastgood act: what holds everything proves nothing. */
const anyFacts: fc.Arbitrary<DecisionFacts> = fc
  .record({
    mode: fc.constantFrom(...MODES),
    open: fc.boolean(),
    personal: fc.boolean(),
    commits: fc.integer({ min: 0, max: 25 }),
    landed: fc.array(fc.integer({ min: 0, max: 3 * DAY }), { maxLength: 3 }),
    blocker: fc.constantFrom("OperationStuck" as const, "SyncWindow" as const, undefined),
    restricted: fc.array(fc.constantFrom(...RESTRICTIONS), { maxLength: 1 }),
  })
  .map(({ mode, open, personal, commits, landed, blocker, restricted }) => {
    const facts: DecisionFacts = {
      ...FACTS,
      ...(personal ? { personal: true } : {}),
      policy: { ...FACTS.policy, mode },
      plan: { ...PLAN, commits },
      blockers: blocker === undefined ? [] : [{ reason: blocker, message: "x" }],
      forge: {
        ...FORGE,
        ...(open ? { attempt: OPEN } : {}),
        reverts: landed.map((agoMs, n) =>
          revertOf({ openedAtMs: NOW - agoMs, target: `other-${n}`, pullRequest: n + 1 }),
        ),
      },
    };
    return restricted.reduce((all, [, restrict]) => restrict(all), facts);
  });

function rankOf(facts: DecisionFacts): number {
  const decision = decide(facts);
  return decision.kind === "hold" ? 0 : MODES.indexOf(decision.mode);
}

describe("decide, whatever the facts", () => {
  it("never does more because of a restriction (I21)", () => {
    fc.assert(
      fc.property(anyFacts, fc.constantFrom(...RESTRICTIONS), (facts, [, restrict]) => {
        expect(rankOf(restrict(facts))).toBeLessThanOrEqual(rankOf(facts));
      }),
      { numRuns: 2000 },
    );
  });

  it("never goes further than the policy says (I5)", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        expect(rankOf(facts)).toBeLessThanOrEqual(MODES.indexOf(facts.policy.mode));
      }),
    );
  });

  it("acts on some of these facts in each mode: the properties are about something", () => {
    const ranks = new Set(fc.sample(anyFacts, { numRuns: 500, seed: 1 }).map(rankOf));
    expect(ranks).toEqual(new Set([0, 1, 2, 3]));
  });

  const unknowns: readonly (readonly [string, (facts: DecisionFacts) => DecisionFacts])[] = [
    ["what runs", (facts) => omit(facts, "live")],
    ["the plan", (facts) => omit(facts, "plan")],
    ["the forge", (facts) => ({ ...facts, forge: { state: "unreachable", message: "x" } })],
    ["the kill switch", (facts) => ofForge(facts, (forge) => omit(forge, "killSwitch"))],
    ["earlier attempts", (facts) => ofForge(facts, (forge) => omit(forge, "attempt"))],
    ["earlier reverts", (facts) => ofForge(facts, (forge) => omit(forge, "reverts"))],
    ["the ledger", (facts) => ({ ...facts, ledger: { state: "unreadable", message: "x" } })],
    ["the verdict", (facts) => ({ ...facts, verdict: { ...facts.verdict, verdict: "undecided", reason: "Unknown" } })],
    ["the revision of the verdict", (facts) => ({ ...facts, verdict: omit(facts.verdict, "revision") })],
    ["whether it is applied", (facts) => ({ ...facts, live: { revision: BAD, applied: "unknown", sinceMs: NOW } })],
    ["since when it runs", (facts) => ({ ...facts, live: { revision: BAD, applied: "applied" } })],
    ["when the checkpoint was good", (facts) => planned(facts, { checkpoint: { revision: GOOD, evidence: "marked" } })],
    [
      "whether it opts out",
      (facts) => planned(facts, { suspects: [{ revision: BAD, authors: [], optOutUnknown: "HTTP 500" }] }),
    ],
  ];

  it.each(unknowns)("does nothing by itself without knowing %s (I8)", (_, forget) => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        expect(decide(forget(omit(facts, "personal"))).kind).toBe("hold");
      }),
    );
  });

  it("answers in plain JSON, the same each time (I22)", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const decision = decide(facts);
        const recorded: unknown = JSON.parse(JSON.stringify({ facts, decision }));
        expect(recorded).toEqual({ facts, decision });
        expect(decide((recorded as { readonly facts: DecisionFacts }).facts)).toEqual(decision);
      }),
    );
  });
});

function omit<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as Omit<T, K>;
}
