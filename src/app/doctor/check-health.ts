/** What is asked how targets are, beside engines: each once. */
import { ok, warning, type Finding } from "../../core/doctor/finding.ts";
import type { HealthSource } from "../../ports/health.ts";
import { inLanes } from "../in-lanes.ts";
import type { Check } from "./run-checks.ts";

/** A target with what it is asked by. Throws `ConfigSecretFile`. */
export interface HealthCheckTarget {
  readonly target: string;
  readonly open: () => Promise<readonly HealthSource[]>;
}

const LANES = 8;

/** An answer that is bad is no fault of the source: it is told as it is. */
export function healthCheck(targets: readonly HealthCheckTarget[]): Check {
  return {
    name: "Health",
    doing: "asking health sources",
    timeoutMs: 120_000,
    meaning: "Nobody tells lastgood that something is ill.",
    run: async (signal) => (await inLanes(targets, LANES, async (each) => askAll(each, signal))).flat(),
  };
}

async function askAll({ target, open }: HealthCheckTarget, signal: AbortSignal): Promise<readonly Finding[]> {
  const sources = await open();
  return Promise.all(
    sources.map(async (source): Promise<Finding> => {
      const { status, message } = await source.read({}, signal);
      const text = `${target}: ${source.name}: ${message}`;
      if (status !== "Unknown") return ok("Health", `${text} (${status})`);
      return warning("HealthUnknown", text, {
        meaning: "This source says neither good nor bad: with requireAll nothing is ever called good.",
        remedy: [
          "Ask it by hand from where lastgood runs: address, token, network policy, and for queries whether they find a series",
        ],
      });
    }),
  );
}
