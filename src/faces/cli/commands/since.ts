import { parseDuration } from "../../../config/duration.ts";
import { LastgoodError } from "../../../errors.ts";

/** `--since 36h`, `14d` or a date, as epoch ms. Throws `UsageArgument`. */
export function parseSince(text: string, nowMs: number): number {
  const duration = parseDuration(text);
  const at = duration === undefined ? Date.parse(text) : nowMs - duration;
  if (!Number.isNaN(at)) return at;
  throw new LastgoodError("UsageArgument", `--since ${text} is neither a duration nor a date`, {
    hint: "For example 36h, 14d or 2026-08-01.",
  });
}
