import type { KillPoint } from "../support/killed-daemon.ts";

/** Everything that a job writes, in order: what it is called, and the request that does it. */
const WRITES: readonly (readonly [name: string, doing: RegExp])[] = [
  ["the record of what was observed", /^ledger .*"type":"checkpoint".*"verdict":"bad"/],
  ["the job's first record", /^ledger .*"type":"job".*"detail":"opens a pull request/],
  ["the branch", /^POST \/repos\/acme\/gitops\/git\/refs /],
  ["the commit", /^POST \/api\/graphql .*createCommitOnBranch\(/],
  ["the pull request", /^POST \/repos\/acme\/gitops\/pulls /],
  ["its labels", /^POST \/repos\/acme\/gitops\/issues\/\d+\/labels .*awaiting/],
  ["the comment", /^POST \/repos\/acme\/gitops\/issues\/\d+\/comments /],
  ["the record of the pull request", /^ledger .*"detail":"opened #/],
  ["the record that it is merged now", /^ledger .*"station":"merge"/],
  ["the merge", /^PUT \/repos\/acme\/gitops\/pulls\/\d+\/merge /],
  ["the comment on the merge", /^PATCH \/repos\/acme\/gitops\/issues\/comments\/\d+ .*merged as/],
  ["the record of the landing", /^ledger .*"landed":"[0-9a-f]{40}"/],
  ["the annotation that asks the engine to look", /^PATCH .*\/applications\/api .*refresh/],
  ["the record that it was asked", /^ledger .*"asked":true/],
  ["the record of the arrival", /^ledger .*"station":"verification"/],
  ["the quarantine", /^ledger .*"type":"quarantine"/],
  ["the incident issue", /^POST \/repos\/acme\/gitops\/issues /],
  ["the last comment", /^PATCH \/repos\/acme\/gitops\/issues\/comments\/\d+ .*(?:verified|Current|healthy)/],
  ["the last label", /^POST \/repos\/acme\/gitops\/issues\/\d+\/labels .*verified/],
  ["the end", /^ledger .*"outcome":"verified"/],
];

/** Every second one goes on elsewhere, on a replica that has no clone. */
export const KILL_POINTS: readonly KillPoint[] = WRITES.flatMap(([name, doing], index) =>
  (["arrived", "applied"] as const).map((moment, more): KillPoint => ({
    name: `${moment === "arrived" ? "before" : "after"} ${name}`,
    moment,
    doing,
    ...((index + more) % 2 === 0 ? {} : { elsewhere: true }),
  })),
);
