/** Is this machine's clock right, as far as servers tell, and does it know the time zones that are used? */
import { formatDuration } from "../model/time.ts";
import { failed, ok, skipped, warning, type Finding } from "./finding.ts";

/** What a server said of the time. */
export interface ServerTime {
  /** `github.com`, `cluster prod`. */
  readonly from: string;
  /** How far its clock is before ours, in ms. */
  readonly aheadMs: number;
}

/** `Date` has whole seconds, and answers take their time. */
const UNSEEN_MS = 5_000;
// docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App": iat 60 s in the past, exp at most 10 min ahead.
const REFUSED_MS = 60_000;

/** Judges our clock by those of servers. */
export function judgeClock(times: readonly ServerTime[]): readonly Finding[] {
  if (times.length === 0) return [skipped("Clock", "no server has told its time")];
  const off = times.filter(({ aheadMs }) => Math.abs(aheadMs) > UNSEEN_MS);
  if (off.length === 0) {
    return [ok("Clock", `the clock agrees with ${times.map(({ from }) => from).join(", ")}`)];
  }
  const alone = times.length > 1 && off.length === 1;
  return off.map(({ from, aheadMs }) => {
    const by = `${formatDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? "behind" : "before"}`;
    const whose = alone ? " (others agree with ours: theirs may be wrong)" : "";
    const far = Math.abs(aheadMs) > REFUSED_MS;
    return (far && !alone ? failed : warning)("Clock", `this machine's clock is ${by} ${from}${whose}`, {
      meaning: far
        ? "GitHub refuses signatures of an App that are a minute off, and what is observed is dated wrongly: bake times and cooldowns do not hold."
        : "What is observed is dated wrongly by so much.",
      remedy: ["timedatectl set-ntp true    (chrony or ntpd elsewhere); in a pod it is the node's clock"],
    });
  });
}

/** A time zone that freezes name, and what the machine makes of it. */
export interface ZoneFacts {
  readonly zone: string;
  readonly known: boolean;
}

export function judgeZones(zones: readonly ZoneFacts[]): readonly Finding[] {
  const unknown = zones.filter(({ known }) => !known).map(({ zone }) => zone);
  if (unknown.length > 0) {
    return [
      failed("TimeZones", `time zones that this machine does not know: ${unknown.join(", ")}`, {
        meaning: "Freezes would begin and end at other times than people think.",
        remedy: ["Run lastgood on a Node with full ICU data (official builds have it), or unset NODE_ICU_DATA."],
      }),
    ];
  }
  return [
    ok(
      "TimeZones",
      zones.length === 0
        ? "time zone data is there"
        : `time zones are known: ${zones.map(({ zone }) => zone).join(", ")}`,
    ),
  ];
}
