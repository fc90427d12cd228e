import type { Rule } from "../../src/standins/github/rules/rule-types.ts";

/** What lastgood's App asks for (interface.md §7), and labels. */
export const APP_PERMISSIONS = {
  metadata: "read",
  contents: "write",
  pull_requests: "write",
  issues: "write",
  checks: "read",
  statuses: "read",
} as const;

/** A pull request is needed, and nothing more of it. */
export const REVIEW_RULE = {
  type: "pull_request",
  approvals: 0,
  dismissStale: false,
  codeOwners: false,
  conversations: false,
  lastPush: false,
  methods: ["merge", "squash", "rebase"],
} as const satisfies Rule;
