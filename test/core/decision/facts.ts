/** Facts on which lastgood acts, to be spoiled one at a time. */
import type { DecisionFacts, ForgeFacts, PastRevert, PlanSummary } from "../../../src/core/decision/facts.ts";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const NOW = Date.UTC(2026, 7, 22, 13, 50);
export const BAD = "8d41c07be1f0a6f2c9d3e4b5a6978c1d2e3f4051";
export const GOOD = "3f9c2ab0d8c47e5b6a190f2e3d4c5b6a79881234";

export const LIMITS: DecisionFacts["policy"]["limits"] = {
  suspectAgeMs: DAY,
  checkpointAgeMs: 14 * DAY,
  commits: 20,
  cooldownMs: 6 * HOUR,
  perTarget: 1,
  perRepository: 3,
  total: 10,
};

export const PLAN: PlanSummary = {
  kind: "plan",
  key: "0c9e41d27ab3",
  checkpoint: { revision: GOOD, evidence: "observed", goodAtMs: NOW - HOUR },
  suspects: [{ revision: BAD, authors: ["renovate", "bot@renovate.example"] }],
  commits: 1,
  paths: ["apps/payments/api/deployment.yaml"],
  sameContent: false,
  risks: [],
};

export const FORGE: Extract<ForgeFacts, { readonly state: "read" }> = {
  state: "read",
  clockMs: NOW,
  killSwitch: { state: "clear" },
  attempt: { kind: "none" },
  reverts: [],
};

/** The daemon in mode `merge`, and nothing in its way. */
export const FACTS: DecisionFacts = {
  nowMs: NOW,
  target: { name: "payments/api", environment: "prod", repository: "gitops" },
  verdict: {
    target: "payments/api",
    verdict: "bad",
    reason: "Failing",
    message: "engine is bad: CrashLoopBackOff",
    revision: BAD,
    latest: BAD,
    content: "c-bad",
    sinceMs: NOW - 4 * MINUTE,
    atMs: NOW,
    rule: "one source decides",
    sources: [{ source: "engine", opinion: "bad", message: "CrashLoopBackOff" }],
  },
  policy: {
    name: "default",
    mode: "merge",
    bad: { forMs: 2 * MINUTE, samples: 3 },
    limits: LIMITS,
    never: { authors: [], paths: [] },
  },
  restrictions: {},
  live: { revision: BAD, content: "c-bad", applied: "applied", sinceMs: NOW - 14 * MINUTE },
  plan: PLAN,
  forge: FORGE,
  freezes: [],
  blockers: [],
  ledger: { state: "sound" },
  leaseHeld: true,
};

/** A revert of the past that was opened so long ago, and landed by lastgood at once. */
export function revertOf(more: Partial<PastRevert> & { readonly openedAtMs: number }): PastRevert {
  return {
    target: "payments/api",
    repository: "gitops",
    key: "ffffffffffff",
    landed: { atMs: more.openedAtMs, by: "lastgood" },
    pullRequest: 400,
    ...more,
  };
}

export function withLimits(limits: Partial<DecisionFacts["policy"]["limits"]>): Pick<DecisionFacts, "policy"> {
  return { policy: { ...FACTS.policy, limits: { ...LIMITS, ...limits } } };
}

export function withPlan(plan: Partial<PlanSummary>): Pick<DecisionFacts, "plan"> {
  return { plan: { ...PLAN, ...plan } };
}

export function withForge(forge: Partial<typeof FORGE>): Pick<DecisionFacts, "forge"> {
  return { forge: { ...FORGE, ...forge } };
}

export const OPEN = {
  kind: "open",
  number: 491,
  url: "https://github.com/acme/gitops/pull/491",
  openedAtMs: NOW - 5 * MINUTE,
  head: "2b60e1f0a6f2c9d3e4b5a6978c1d2e3f40518d41",
} as const;
