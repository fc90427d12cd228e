import { LastgoodError } from "../../../errors.ts";
import type { RevertOptions } from "./revert-options.ts";

const WAITS = ["merged", "synced", "verified"] as const;

/** How far `--wait` goes; undefined: it was not asked for. Throws `UsageArgument`. */
export function waitOf({ wait }: RevertOptions): (typeof WAITS)[number] | undefined {
  if (wait === undefined) return undefined;
  const known = WAITS.find((candidate) => candidate === wait);
  if (known !== undefined) return known;
  throw new LastgoodError("UsageArgument", `--wait=${wait} is not one of ${WAITS.join(", ")}`);
}

/** How long `--timeout` waits; default 5m. Throws `UsageArgument`. */
export function timeoutMs({ timeout }: RevertOptions): number {
  const match = /^(\d{1,4})(s|m|h)$/.exec(timeout ?? "5m");
  const unit = { s: 1000, m: 60_000, h: 3_600_000 } as const;
  if (match?.[1] !== undefined) return Number(match[1]) * unit[match[2] as keyof typeof unit];
  throw new LastgoodError("UsageArgument", `--timeout ${timeout ?? ""} is not a duration`, {
    hint: "For example 90s, 5m or 1h.",
  });
}
