import { describe, expect, it } from "vitest";
import { decide } from "../../../src/core/decision/decide.ts";
import { GUARDS, type Guard, isTriggered } from "../../../src/core/decision/decision.ts";
import type { DecisionFacts } from "../../../src/core/decision/facts.ts";
import type { BlockerReason } from "../../../src/core/engine/engine-state.ts";
import { HOLD_EXITS, type HoldReason } from "../../../src/core/model/hold.ts";
import {
  BAD,
  DAY,
  FACTS,
  FORGE,
  GOOD,
  HOUR,
  LIMITS,
  MINUTE,
  NOW,
  OPEN,
  PLAN,
  revertOf,
  SECOND,
  withForge,
  withLimits,
  withPlan,
} from "./facts.ts";

type Spoil = Partial<DecisionFacts>;

const health = (more: Partial<DecisionFacts["verdict"]>): Spoil => ({ verdict: { ...FACTS.verdict, ...more } });
const undecided = (reason: DecisionFacts["verdict"]["reason"]): Spoil => health({ verdict: "undecided", reason });
const policy = (more: Partial<DecisionFacts["policy"]>): Spoil => ({ policy: { ...FACTS.policy, ...more } });
const live = (more: Partial<NonNullable<DecisionFacts["live"]>>): Spoil => ({
  live: { revision: BAD, applied: "applied", sinceMs: NOW - MINUTE, ...more },
});
const suspect = (more: object): Spoil =>
  withPlan({ suspects: [{ revision: BAD, authors: ["renovate", "bot@renovate.example"], ...more }] });
const checkpoint = (more: object): Spoil => withPlan({ checkpoint: { ...PLAN.checkpoint, ...more } });
const risk = (code: string, blocks: boolean): Spoil =>
  withPlan({ risks: [{ code, message: `${code} it is`, blocks }] });
const blocked = (reason: BlockerReason, untilMs?: number): Spoil => ({
  blockers: [{ reason, message: `${reason} it is`, ...(untilMs === undefined ? {} : { untilMs }) }],
});
const freeze = (mode: "observe" | "propose", more: object = {}): Spoil => ({
  freezes: [{ name: "weekend", mode, untilMs: NOW + HOUR, ...more }],
});

const WORSE = "1f2e3d4c5b6a79880716253443526170f0e1d2c3";

describe("decide", () => {
  it("acts, with the mode of the policy, when nothing stands in the way", () => {
    expect(decide(FACTS)).toMatchObject({
      kind: "act",
      mode: "merge",
      key: "0c9e41d27ab3",
      message: "opens a pull request that takes payments/api back to 3f9c2ab, and merges it",
    });
    expect(decide({ ...FACTS, ...policy({ mode: "push" }) })).toMatchObject({ kind: "act", mode: "push" });
    expect(decide({ ...FACTS, ...policy({ mode: "propose" }) })).toMatchObject({ kind: "act", mode: "propose" });
  });

  it("takes the pull request that lastgood itself has closed for something newer neither for a no nor for one more", () => {
    const attempt = { ...OPEN, kind: "closed", by: "lastgood[bot]", superseded: true } as const;
    const reverts = [revertOf({ pullRequest: OPEN.number, openedAtMs: NOW - HOUR, closedAtMs: NOW - MINUTE })];
    expect(decide({ ...FACTS, ...withForge({ attempt, reverts }) })).toMatchObject({ kind: "act" });
    const { superseded: _, ...byAPerson } = attempt;
    expect(decide({ ...FACTS, ...withForge({ attempt: byAPerson, reverts }) })).toMatchObject({ reason: "Vetoed" });
  });

  it("asks every guard, in their order", () => {
    expect(decide(FACTS).checks.map(({ guard }) => guard)).toEqual(GUARDS);
  });

  const holds: readonly (readonly [what: string, reason: HoldReason, guard: Guard, spoil: Spoil])[] = [
    ["healthy", "Healthy", "health", health({ verdict: "good", reason: "Baked" })],
    ["healthy, not for long", "Healthy", "health", undecided("Baking")],
    ["not failing for long enough", "InProgress", "health", undecided("Suspicious")],
    ["rolling out", "InProgress", "health", undecided("InProgress")],
    ["flapping", "Inconclusive", "health", undecided("Flapping")],
    ["without data", "Inconclusive", "health", undecided("NoData")],
    ["judged too long ago", "Inconclusive", "health", health({ atMs: NOW - MINUTE - 1 })],
    ["judged in the future", "Inconclusive", "health", health({ atMs: NOW + MINUTE + 1 })],
    ["judged at another revision", "Inconclusive", "health", live({ revision: GOOD })],
    ["judged at another content", "Inconclusive", "health", live({ content: "c-other" })],
    ["red with many others", "ManyTargets", "health", undecided("ManyTargets")],
    ["in a storm", "ManyTargets", "storm", { storm: { targets: 3, sinceMs: NOW - MINUTE } }],
    ["suspended", "Suspended", "suspended", { restrictions: { suspended: { said: "load test" } } }],
    ["suspended in the engine", "Suspended", "suspended", blocked("Suspended")],
    [
      "switched off",
      "Disabled",
      "kill-switch",
      withForge({ killSwitch: { state: "set", by: "mkim", access: "write" } }),
    ],
    ["maybe switched off", "Disabled", "kill-switch", withForge({ killSwitch: { state: "set", access: "unknown" } })],
    [
      "in doubt whether it is switched off",
      "Inconclusive",
      "kill-switch",
      withForge({ killSwitch: { state: "unreadable", message: "HTTP 500" } }),
    ],
    ["without a forge", "Inconclusive", "kill-switch", { forge: { state: "unreachable", message: "timeout" } }],
    ["in safe mode", "Disabled", "ledger", { ledger: { state: "rewound", message: "3 commits are gone" } }],
    ["without the lease", "Disabled", "lease", { leaseHeld: false }],
    ["syncing", "InProgress", "settled", live({ applied: "under way" })],
    ["not known to be synced", "Inconclusive", "settled", live({ applied: "unknown" })],
    ["about to be fixed", "Superseded", "settled", live({ newer: { revision: GOOD, by: "dlee" } })],
    ["closed by a person", "Vetoed", "attempt", withForge({ attempt: { ...OPEN, kind: "closed", by: "dlee" } })],
    [
      "taken over",
      "Vetoed",
      "attempt",
      withForge({ attempt: { ...OPEN, kind: "taken-over", message: "dlee pushed 1234567" } }),
    ],
    ["tried, nobody knows how", "Inconclusive", "attempt", withForge({ attempt: { kind: "unknown", message: "404" } })],
    [
      "reverted before",
      "AlreadyReverted",
      "attempt",
      withForge({ attempt: { kind: "landed", commit: GOOD, atMs: NOW - DAY } }),
    ],
    [
      "without a checkpoint",
      "NoCheckpoint",
      "plan",
      { plan: { kind: "hold", reason: "NoCheckpoint", message: "none" } },
    ],
    ["gone at good", "TargetGone", "plan", { plan: { kind: "hold", reason: "TargetGone", message: "gone" } }],
    [
      "overlapped by later work",
      "Conflict",
      "plan",
      { plan: { kind: "hold", reason: "Conflict", message: "1 field" } },
    ],
    ["off the branch", "NotAncestor", "plan", { plan: { kind: "hold", reason: "NotAncestor", message: "rewritten" } }],
    ["moving", "StalePlan", "plan", { plan: { kind: "hold", reason: "StalePlan", message: "moved" } }],
    ["back already", "Environment", "plan", { plan: { kind: "nothing" } }],
    ["the same at good and bad", "Environment", "environment", withPlan({ sameContent: true })],
    ["not touched", "Environment", "environment", withPlan({ paths: [] })],
    ["without a suspect", "Environment", "environment", withPlan({ suspects: [] })],
    ["failing since before", "Environment", "environment", health({ inherits: GOOD })],
    [
      "failing since before all that would go back",
      "Environment",
      "environment",
      { ...health({ inherits: GOOD }), ...withPlan({ undone: [BAD, WORSE] }) },
    ],
    ["lastgood's own revert", "RevertOfRevert", "revert-of-revert", suspect({ reverts: { by: "lastgood" } })],
    ["a person's revert", "RevertOfRevert", "revert-of-revert", suspect({ reverts: { by: "person" } })],
    ["opted out on the target", "OptedOut", "opt-out", { restrictions: { optedOut: { said: "annotation" } } }],
    ["opted out on the change", "OptedOut", "opt-out", suspect({ optedOut: { said: "label on #482" } })],
    ["by a protected author", "OptedOut", "opt-out", policy({ never: { authors: ["*@RENOVATE.example"], paths: [] } })],
    ["at a protected path", "OptedOut", "opt-out", policy({ never: { authors: [], paths: ["**/*.yaml"] } })],
    ["maybe opted out", "Inconclusive", "opt-out", suspect({ optOutUnknown: "HTTP 500" })],
    ["irreversible", "Irreversible", "risks", risk("Irreversible", true)],
    ["risky in a way that is new", "Irreversible", "risks", risk("constructor", true)],
    ["a mutable tag", "Environment", "risks", risk("MutableTag", true)],
    ["quarantined", "Quarantined", "risks", risk("Quarantined", true)],
    ["weakly proven", "WeakEvidence", "evidence", checkpoint({ evidence: "engine-sync" })],
    ["not proven", "WeakEvidence", "evidence", checkpoint({ evidence: undefined })],
    ["good long ago", "CheckpointTooOld", "checkpoint-age", checkpoint({ goodAtMs: NOW - 14 * DAY - 1 })],
    ["good, nobody knows when", "Inconclusive", "checkpoint-age", checkpoint({ goodAtMs: undefined })],
    ["good in the future", "Inconclusive", "checkpoint-age", checkpoint({ goodAtMs: NOW + MINUTE + 1 })],
    ["live for long", "SuspectTooOld", "suspect-age", live({ sinceMs: NOW - DAY - 1 })],
    ["live, nobody knows since when", "Inconclusive", "suspect-age", { live: { revision: BAD, applied: "applied" } }],
    ["many commits", "TooManyCommits", "commits", withPlan({ commits: 21 })],
    [
      "reverted just now",
      "Cooldown",
      "cooldown",
      { ...withForge({ reverts: [revertOf({ openedAtMs: NOW - 6 * HOUR + 1 })] }), ...withLimits({ perTarget: 9 }) },
    ],
    [
      "reverted in the future",
      "Cooldown",
      "cooldown",
      { ...withForge({ reverts: [revertOf({ openedAtMs: NOW + HOUR })] }), ...withLimits({ perTarget: 9 }) },
    ],
    [
      "opened long ago, landed just now",
      "Cooldown",
      "cooldown",
      withForge({ reverts: [revertOf({ openedAtMs: NOW - 2 * DAY, landed: { atMs: NOW - HOUR, by: "person" } })] }),
    ],
    [
      "over the target's budget",
      "BudgetExhausted",
      "budget-open",
      withForge({ reverts: [revertOf({ openedAtMs: NOW - 24 * HOUR + 1 })] }),
    ],
    [
      "over the repository's budget",
      "BudgetExhausted",
      "budget-open",
      withForge({ reverts: [1, 2, 3].map((n) => revertOf({ openedAtMs: NOW - n * HOUR, target: `other-${n}` })) }),
    ],
    [
      "over the whole budget",
      "BudgetExhausted",
      "budget-open",
      withForge({
        reverts: Array.from({ length: 10 }, (_, n) =>
          revertOf({ openedAtMs: NOW - n * HOUR, target: `other-${n}`, repository: `other-${n}` }),
        ),
      }),
    ],
    ["one of two at a time", "InProgress", "repository", { otherJob: { job: "01J9", target: "payments/web" } }],
    ["frozen", "Frozen", "freeze", freeze("observe")],
    ["only observed", "ObserveOnly", "mode", policy({ mode: "observe" })],
    [
      "only observed by annotation",
      "ObserveOnly",
      "mode",
      { restrictions: { mode: { said: "a", atMost: "observe" } } },
    ],
  ];

  it.each(holds)("holds what is %s: %s, by the guard %s", (_, reason, guard, spoil) => {
    const decision = decide({ ...FACTS, ...spoil });
    expect(decision).toMatchObject({ kind: "hold", reason, needs: [] });
    expect(decision.checks.find(({ passed }) => !passed)).toMatchObject({ guard, reason });
  });

  it("has a test for every reason that it can hold with", () => {
    const told = new Set<HoldReason>([...holds.map(([, reason]) => reason), "AlreadyOpen"]);
    expect(Object.keys(HOLD_EXITS).filter((reason) => !told.has(reason as HoldReason))).toEqual([]);
  });

  const passes: readonly (readonly [what: string, spoil: Spoil])[] = [
    ["a verdict as old as it may be", health({ atMs: NOW - MINUTE })],
    ["a verdict of an older commit with the same content", health({ revision: GOOD, latest: BAD })],
    ["a switch thrown by somebody who may not", withForge({ killSwitch: { state: "set", by: "eve", access: "none" } })],
    ["a revision that could not be applied", live({ applied: "failed" })],
    ["a branch without a pull request", withForge({ attempt: { kind: "branch", branch: "lastgood/a/1", head: GOOD } })],
    ["a failure that began at one of the suspects", health({ inherits: BAD })],
    [
      "a failure that began at what a later suspect wrote over",
      { ...health({ inherits: WORSE }), ...withPlan({ undone: [BAD, WORSE] }) },
    ],
    ["another author", policy({ never: { authors: ["dependabot*"], paths: [] } })],
    ["another path", policy({ never: { authors: [], paths: ["**/crds/**"] } })],
    ["risks that block nothing", risk("NotIncluded", false)],
    ["a person's word for good", checkpoint({ evidence: "marked" })],
    ["a checkpoint as old as it may be", checkpoint({ goodAtMs: NOW - 14 * DAY })],
    ["a suspect as old as it may be", live({ sinceMs: NOW - DAY })],
    ["a suspect that says it comes from the future", live({ sinceMs: NOW + DAY })],
    ["as many commits as may be", withPlan({ commits: 20 })],
    [
      "the end of the cooldown",
      { ...withForge({ reverts: [revertOf({ openedAtMs: NOW - 6 * HOUR })] }), ...withLimits({ perTarget: 2 }) },
    ],
    ["the end of the day", withForge({ reverts: [revertOf({ openedAtMs: NOW - 24 * HOUR })] })],
    ["another target's cooldown", withForge({ reverts: [revertOf({ openedAtMs: NOW, target: "payments/web" })] })],
    ["a freeze that was lifted", freeze("observe", { liftedBy: "mkim" })],
    ["a sync that hangs on the bad revision", blocked("OperationStuck")],
  ];

  it.each(passes)("lets %s pass", (_, spoil) => {
    expect(decide({ ...FACTS, ...spoil })).toMatchObject({ kind: "act", mode: "merge" });
  });

  const caps: readonly (readonly [what: string, spoil: Spoil])[] = [
    ["in a freeze that says so", freeze("propose")],
    ["by annotation", { restrictions: { mode: { said: "annotation", atMost: "propose" } } }],
    ["when it would not be delivered", blocked("SyncWindow", NOW + HOUR)],
    ["when auto-sync is off", blocked("AutoSyncOff")],
    [
      "when enough was landed, though not opened, today",
      withForge({
        reverts: [1, 2, 3].map((n) =>
          revertOf({
            openedAtMs: NOW - 2 * DAY,
            landed: { atMs: NOW - n * HOUR, by: "lastgood" },
            target: `other-${n}`,
          }),
        ),
      }),
    ],
  ];

  it.each(caps)("goes no further than a pull request %s", (_, spoil) => {
    expect(decide({ ...FACTS, ...spoil })).toMatchObject({ kind: "act", mode: "propose" });
    const open = decide({ ...FACTS, ...spoil, ...openOn(spoil) });
    expect(open).toMatchObject({ kind: "hold", reason: "AlreadyOpen" });
  });

  it("merges the pull request that is open, where it may, also in mode push", () => {
    for (const mode of ["merge", "push"] as const) {
      const decision = decide({ ...FACTS, ...policy({ mode }), ...withForge({ attempt: OPEN }) });
      expect(decision).toMatchObject({ kind: "act", mode: "merge", message: expect.stringContaining("merges #491") });
    }
  });

  it("does not count the pull request that it is about against itself", () => {
    const reverts = [revertOf({ openedAtMs: OPEN.openedAtMs, pullRequest: 491, key: PLAN.key })];
    expect(decide({ ...FACTS, ...withForge({ attempt: OPEN, reverts }) })).toMatchObject({ kind: "act" });
  });

  it("counts by the forge's clock, so that ours may jump", () => {
    const reverts = [revertOf({ openedAtMs: NOW - HOUR })];
    const nowMs = NOW + 365 * DAY;
    const jumped = { ...FACTS, nowMs, ...withForge({ reverts, clockMs: NOW }) };
    expect(decide(jumped).checks.filter(({ reason }) => reason === "Cooldown" || reason === "BudgetExhausted")).toEqual(
      [
        expect.objectContaining({ guard: "cooldown", untilMs: nowMs + 5 * HOUR }),
        expect.objectContaining({ guard: "budget-open", untilMs: nowMs + 23 * HOUR }),
      ],
    );
  });

  it("never opens anything on a budget of none", () => {
    for (const key of ["perTarget", "perRepository", "total"] as const) {
      const decision = decide({ ...FACTS, ...withLimits({ [key]: 0 }) });
      expect(decision).toMatchObject({ kind: "hold", reason: "BudgetExhausted" });
      expect(decision).not.toHaveProperty("untilMs");
    }
  });

  it("says when all that stands in the way is over, and nothing when something stays", () => {
    const both = { ...freeze("observe"), restrictions: { suspended: { said: "test", untilMs: NOW + 2 * HOUR } } };
    expect(decide({ ...FACTS, ...both })).toMatchObject({ reason: "Suspended", untilMs: NOW + 2 * HOUR });
    expect(decide({ ...FACTS, ...both, ...withPlan({ commits: 21 }) })).not.toHaveProperty("untilMs");
  });

  it("says what it would have done, once there is a plan", () => {
    const observed = decide({ ...FACTS, ...policy({ mode: "observe" }) });
    expect(observed).toMatchObject({ wouldHave: "opened a pull request that takes payments/api back to 3f9c2ab" });
    const frozen = decide({ ...FACTS, ...freeze("observe") });
    expect(frozen).toMatchObject({
      wouldHave: "opened a pull request that takes payments/api back to 3f9c2ab, and merged it",
    });
    expect(decide({ ...FACTS, leaseHeld: false, plan: { kind: "nothing" } })).not.toHaveProperty("wouldHave");
  });

  it("asks for what it needs only when nothing else stands in the way", () => {
    const { plan: _, ...unplanned } = FACTS;
    const unread: DecisionFacts = { ...unplanned, forge: { state: "read" } };
    expect(decide(unread)).toMatchObject({
      kind: "hold",
      reason: "Inconclusive",
      needs: ["kill-switch", "attempt", "plan", "reverts"],
    });
    expect(decide({ ...unread, ...freeze("observe") })).toMatchObject({ reason: "Frozen", needs: [] });
    expect(decide({ ...unread, ...undecided("Suspicious") })).toMatchObject({ reason: "InProgress", needs: [] });
  });

  it("begins a job on a bad verdict, whatever else stands in the way", () => {
    expect(isTriggered(decide({ ...FACTS, ...freeze("observe") }))).toBe(true);
    expect(isTriggered(decide({ ...FACTS, ...undecided("Suspicious") }))).toBe(false);
  });

  it("prefers Healthy to everything that would hold", () => {
    const spoilt = { ...FACTS, ...freeze("observe"), leaseHeld: false, restrictions: { suspended: { said: "x" } } };
    expect(decide({ ...spoilt, ...undecided("Baking") })).toMatchObject({ reason: "Healthy" });
    expect(decide(spoilt)).toMatchObject({ reason: "Suspended" });
  });

  it("lets a person's command pass time and number, told as warnings", () => {
    const reverts = [revertOf({ openedAtMs: NOW - SECOND })];
    const spoilt = {
      ...FACTS,
      personal: true,
      ...withForge({ reverts }),
      ...live({ sinceMs: NOW - 9 * DAY }),
    } as const;
    const decision = decide({ ...spoilt, ...undecided("NoData"), ...withPlan({ commits: LIMITS.commits + 1 }) });
    expect(decision).toMatchObject({ kind: "act", mode: "merge" });
    expect(decision.checks.filter(({ warning }) => warning === true).map(({ reason }) => reason)).toEqual([
      "Inconclusive",
      "SuspectTooOld",
      "TooManyCommits",
      "Cooldown",
      "BudgetExhausted",
      undefined,
    ]);
  });

  it.each([
    ["Frozen", freeze("observe")],
    ["Suspended", { restrictions: { suspended: { said: "x" } } }],
    ["Disabled", withForge({ killSwitch: { state: "set", access: "write" } })],
    ["ObserveOnly", policy({ mode: "observe" })],
    ["Vetoed", withForge({ attempt: { ...OPEN, kind: "closed" } })],
    ["NoCheckpoint", { plan: { kind: "hold", reason: "NoCheckpoint", message: "none" } }],
  ] as const)("holds a person's command, too: %s", (reason, spoil) => {
    expect(decide({ ...FACTS, personal: true, ...spoil })).toMatchObject({ kind: "hold", reason });
  });

  it("shows no control character of what others wrote", () => {
    const evil = "\u001b[31mred\u202e";
    const spoils: readonly Spoil[] = [
      freeze("observe", { name: evil }),
      { otherJob: { job: "1", target: evil } },
      withForge({ attempt: { ...OPEN, kind: "closed", by: evil } }),
      withForge({ killSwitch: { state: "set", by: evil, access: "write", url: evil } }),
      live({ newer: { revision: GOOD, by: evil } }),
      { ...policy({ never: { authors: ["*red*"], paths: [] } }), ...suspect({ authors: [evil] }) },
      { ...policy({ never: { authors: [], paths: ["*red*"] } }), ...withPlan({ paths: [evil] }) },
    ];
    for (const spoil of spoils) {
      const { message } = decide({ ...FACTS, ...spoil });
      expect(message).toContain("red");
      expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});

/** The same facts with the pull request open. */
function openOn({ forge }: Spoil): Pick<DecisionFacts, "forge"> {
  return forge?.state === "read" ? { forge: { ...forge, attempt: OPEN } } : { forge: { ...FORGE, attempt: OPEN } };
}
