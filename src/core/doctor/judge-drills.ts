/** Was a revert ever rehearsed, and how did that go? */
import { type DrillRecord, drillText } from "../drill.ts";
import { fromIso } from "../model/time.ts";
import { ok, warning, type Finding } from "./finding.ts";

/** After so long rights, rules and tokens have changed. */
const OLD_MS = 90 * 86_400_000;

/** `drills`: of all targets, in any order. */
export function judgeDrills(drills: readonly DrillRecord[], nowMs: number): readonly Finding[] {
  const newest = new Map<string, DrillRecord>();
  for (const drill of drills.toSorted((a, b) => (fromIso(a.at) ?? 0) - (fromIso(b.at) ?? 0))) {
    newest.set(drill.target, drill);
  }
  const last = [...newest.values()];
  const [latest] = last.toSorted((a, b) => (fromIso(b.at) ?? 0) - (fromIso(a.at) ?? 0));
  if (latest === undefined) {
    return [ok("Drill", "never drilled: lastgood drill TARGET rehearses a revert without consequences")];
  }
  const failed = last.filter(({ outcome }) => outcome === "failed");
  const others = last.length > 1 ? ` (the latest of ${last.length} targets)` : "";
  const text = `${latest.target} ${drillText(latest, nowMs)}${others}`;
  if (failed.length > 0) {
    const [first] = failed;
    const what = failed.map((drill) => `${drill.target} ${drillText(drill, nowMs)}`).slice(0, 5);
    return [
      warning("Drill", what.join("; "), {
        meaning: "When it was rehearsed last, a revert did not come about.",
        remedy: [`lastgood drill ${first?.target ?? "TARGET"}    says whether it does now`],
      }),
    ];
  }
  if (nowMs - (fromIso(latest.at) ?? 0) < OLD_MS) return [ok("Drill", text)];
  return [
    warning("Drill", text, {
      meaning: "Rights, rules and tokens have changed since: nobody knows whether a revert still comes about.",
      remedy: [`lastgood drill ${latest.target}`],
    }),
  ];
}
