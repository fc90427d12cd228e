/** From what goes on outside to metrics. Labels are closed lists of words: what is in none of them is `other`. */
import type { Meter } from "../../ports/meter.ts";
import type { Metrics } from "./metrics.ts";

const OPERATIONS: readonly string[] =
  "clone fetch push ls-remote cat-file for-each-ref log ls-tree merge-base rev-list rev-parse commit-graph fast-import repack update-ref".split(
    " ",
  );

/** docs.github.com/rest/rate-limit: the limits that requests of ours count for. */
const RESOURCES: readonly string[] = ["core", "graphql", "search"];

export function createMeter(metrics: Metrics): Meter {
  return {
    git(operation, result, seconds) {
      const labels = { operation: among(OPERATIONS, operation) };
      metrics.gitOperations.inc({ ...labels, result });
      metrics.gitDuration.observe(labels, seconds);
    },
    forge({ api, status, seconds, limit }) {
      metrics.forgeRequests.inc({ api, code: status !== undefined && isStatus(status) ? String(status) : "none" });
      metrics.forgeDuration.observe({ api }, seconds);
      if (limit === undefined) return;
      const labels = { resource: among(RESOURCES, limit.resource) };
      metrics.rateLimitRemaining.set(labels, limit.remaining);
      metrics.rateLimitReset.set(labels, limit.resetAtSeconds);
    },
    ledgerPush: (result) => metrics.ledgerPushes.inc({ result }),
  };
}

function among(known: readonly string[], word: string): string {
  return known.includes(word) ? word : "other";
}

function isStatus(code: number): boolean {
  return Number.isInteger(code) && code >= 100 && code <= 599;
}
