/** What holds where the file says nothing. Safe by themselves: safety.md, section 7. Durations as people write them. */
export const DEFAULTS = {
  forge: {
    type: "github",
    host: "github.com",
    commit: { style: "git", signoff: false, via: "auto" },
    pullRequest: { draft: false, labels: [], reviewers: { suspectAuthor: true, teams: [] }, assignees: [] },
  },
  policy: {
    mode: "propose",
    good: { bakeTime: "10m", requireAll: true, evidence: {} },
    bad: { for: "2m", samples: 3, on: ["Failed"] },
    components: { only: [], except: [] },
    limits: {
      suspectAge: "24h",
      checkpointAge: "14d",
      commits: 20,
      cooldown: "6h",
      perTarget: 1,
      perRepository: 3,
      total: 10,
    },
    never: { authors: [], paths: [] },
    quarantine: { for: "7d" },
    verify: { for: "2m", timeout: "15m" },
    requireReason: false,
    freeze: [],
  },
  freeze: { timezone: "UTC", mode: "observe" },
  ledger: { ref: "refs/lastgood/ledger" },
  notes: { ref: "refs/notes/lastgood" },
  notification: { on: ["*"] },
  server: {
    listen: "127.0.0.1:8080",
    dashboard: { readOnly: true },
    metrics: "127.0.0.1:9090",
    probes: "127.0.0.1:9440",
  },
} as const;
