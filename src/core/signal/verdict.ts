/** Station *signal*, second half: the state of a target → one verdict, bound to the revision that is live. */
import { escapeText, shorten } from "../model/escape.ts";
import { shortId } from "../model/git.ts";
import type { HoldReason } from "../model/hold.ts";
import { formatDuration } from "../model/time.ts";
import type { BreakerPolicy, SignalPolicy } from "./policy.ts";
import type { TargetSignal } from "./state.ts";
import { findStorms, type Storm } from "./storm.ts";
import { leanTogether, opinionsOf, type Opinion, type SourceOpinion } from "./weigh.ts";

/** Why a verdict is what it is. */
export type VerdictReason =
  /** bad: sources failed for the whole dwell. */
  | "Failing"
  /** good: healthy for the whole bake time. */
  | "Baked"
  /** No engine has said what runs. */
  | "NoRevision"
  /** What is known is too old. */
  | "Stale"
  /** There is no source, or one has said nothing yet. */
  | "NoData"
  /** Sources can not tell. */
  | "Unknown"
  /** On its way: a rollout, a deletion. */
  | "InProgress"
  /** Failing, not for long enough. */
  | "Suspicious"
  /** Healthy, not for long enough. */
  | "Baking"
  | "Flapping"
  /** Some sources are bad, others are not, and the rule wants all. */
  | "Disagree"
  /** Too many targets fail at once: it is not what was deployed. */
  | "ManyTargets";

/** What the health sources say of one revision of a target. */
export interface HealthVerdict {
  readonly target: string;
  readonly verdict: "good" | "bad" | "undecided";
  readonly reason: VerdictReason;
  /** One sentence for people. */
  readonly message: string;
  /** The first revision that was seen live with the present content; missing when nobody knows what runs. */
  readonly revision?: string;
  /** The newest revision with that content. */
  readonly latest?: string;
  readonly content?: string;
  /** Since when it is good or bad, or on the way there: epoch ms. */
  readonly sinceMs?: number;
  /** `bad`: the revision under which it began to fail, when that is an older one. */
  readonly inherits?: string;
  /** Epoch ms at which it was judged. It holds no longer than `maxStaleMs`. */
  readonly atMs: number;
  /** How the sources were put together, in words. */
  readonly rule: string;
  readonly sources: readonly SourceOpinion[];
}

/** The verdict on one target now. `storms`: those of all targets, see `findStorms`. */
export function judge(
  signal: TargetSignal,
  policy: SignalPolicy,
  {
    nowMs,
    storms = [],
    breaker,
  }: { readonly nowMs: number; readonly storms?: readonly Storm[]; readonly breaker?: BreakerPolicy },
): HealthVerdict {
  const { live } = signal;
  const storm = storms.findLast(({ targets }) => targets.includes(signal.target));
  const fromMs = storm?.endMs === undefined ? undefined : storm.endMs + (breaker?.withinMs ?? 0);
  const sources = opinionsOf(signal, policy, { nowMs, ...(fromMs === undefined ? {} : { fromMs }) });
  const together = leanTogether(sources, policy.good.requireAll);
  const draft = { signal, policy, nowMs, sources };
  if (live === undefined)
    return verdictOf(draft, "undecided", "NoRevision", "no engine has said yet which revision runs");
  if (Math.abs(nowMs - live.confirmedAtMs) > policy.maxStaleMs) {
    return verdictOf(draft, "undecided", "Stale", "the engine has not said for too long which revision runs");
  }
  if (together === "good") return verdictOf(draft, "good", "Baked", "healthy for the whole bake time");
  if (storm !== undefined && storm.endMs === undefined && sources.some(({ opinion }) => RED.includes(opinion))) {
    const others = `${storm.targets.length} targets began to fail at about the same time`;
    return verdictOf(draft, "undecided", "ManyTargets", `${others}: it is not what was deployed`);
  }
  if (together === "bad") return verdictOf(draft, "bad", "Failing", describe(sources, "bad"));
  const reason = undecidedReason(sources, policy);
  return verdictOf(draft, "undecided", reason, undecidedMessage(sources, reason));
}

/** The verdicts on all targets, with those that fail together recognised. */
export function judgeAll(
  signals: readonly TargetSignal[],
  policyOf: (target: string) => SignalPolicy,
  { nowMs, breaker }: { readonly nowMs: number; readonly breaker: BreakerPolicy },
): readonly HealthVerdict[] {
  const storms = findStorms(signals, breaker, { nowMs, policyOf });
  return signals.map((signal) => judge(signal, policyOf(signal.target), { nowMs, storms, breaker }));
}

/** Why nothing is done on this verdict; undefined for `bad`. */
export function holdReasonOf({ verdict, reason }: HealthVerdict): HoldReason | undefined {
  if (verdict === "bad") return undefined;
  if (verdict === "good") return "Healthy";
  switch (reason) {
    case "ManyTargets":
      return "ManyTargets";
    case "Baking":
      return "Healthy";
    case "InProgress":
    case "Suspicious":
      return "InProgress";
    case "Failing":
    case "Baked":
    case "NoRevision":
    case "Stale":
    case "NoData":
    case "Unknown":
    case "Flapping":
    case "Disagree":
      return "Inconclusive";
  }
}

const RED: readonly Opinion[] = ["bad", "failing", "flapping"];

interface Draft {
  readonly signal: TargetSignal;
  readonly policy: SignalPolicy;
  readonly nowMs: number;
  readonly sources: readonly SourceOpinion[];
}

function verdictOf(
  { signal, policy, nowMs, sources }: Draft,
  ...[verdict, reason, message]: readonly [HealthVerdict["verdict"], VerdictReason, string]
): HealthVerdict {
  const { target, live } = signal;
  const { content, inherits } = live ?? {};
  const wanted: readonly Opinion[] = verdict === "good" || reason === "Baking" ? ["good", "baking"] : RED;
  const times = sources.flatMap(({ opinion, sinceMs }) =>
    sinceMs !== undefined && wanted.includes(opinion) ? [sinceMs] : [],
  );
  // Good is as short as its youngest source, bad as long as its oldest.
  const sinceMs =
    times.length === 0
      ? undefined
      : verdict === "good" || reason === "Baking"
        ? Math.max(...times)
        : Math.min(...times);
  return {
    target,
    verdict,
    reason,
    message,
    ...(live === undefined ? {} : { revision: live.revision, latest: live.latest }),
    ...(content === undefined ? {} : { content }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(verdict !== "bad" || inherits === undefined ? {} : { inherits }),
    atMs: nowMs,
    rule: ruleOf(policy),
    sources,
  };
}

function ruleOf({ good: { requireAll }, sources }: SignalPolicy): string {
  if (sources.length < 2) return "one source decides";
  return requireAll
    ? "all sources have to be well, one bad one is enough"
    : "one source that is well is enough, all have to be bad";
}

/** The first of these that a source says is why nothing is decided. */
const REASONS: readonly (readonly [Opinion, VerdictReason])[] = [
  ["flapping", "Flapping"],
  ["failing", "Suspicious"],
  ["in progress", "InProgress"],
  ["terminating", "InProgress"],
  ["stale", "Stale"],
  ["no data", "NoData"],
  ["not found", "Unknown"],
  ["unknown", "Unknown"],
  ["unproven", "Unknown"],
  ["baking", "Baking"],
];

function undecidedReason(sources: readonly SourceOpinion[], { good }: SignalPolicy): VerdictReason {
  const says = (opinion: Opinion): boolean => sources.some((said) => said.opinion === opinion);
  if (!good.requireAll && says("bad")) return "Disagree";
  return REASONS.find(([opinion]) => says(opinion))?.[1] ?? "NoData";
}

function undecidedMessage(sources: readonly SourceOpinion[], reason: VerdictReason): string {
  if (sources.length === 0) return "it has no health source";
  if (reason === "Disagree") return describe(sources, "bad");
  const opinion = REASONS.find(
    ([said, why]) => why === reason && sources.some((source) => source.opinion === said),
  )?.[0];
  return opinion === undefined ? "nothing is known of it" : describe(sources, opinion);
}

function describe(sources: readonly SourceOpinion[], opinion: Opinion): string {
  return sources
    .filter((source) => source.opinion === opinion)
    .map(({ source, message, leftMs }) => {
      const left = leftMs === undefined || leftMs === 0 ? "" : ` (${formatDuration(leftMs)} to go)`;
      return `${escapeText(shorten(source, 200))} is ${opinion}${left}: ${escapeText(shorten(message, 300))}`;
    })
    .join("; ");
}

/** `payments/api 8d41c07: bad, http https://…/healthz is bad: HTTP 503`. */
export function describeVerdict({ target, revision, verdict, message }: HealthVerdict): string {
  return `${target}${revision === undefined ? "" : ` ${shortId(revision)}`}: ${verdict}, ${message}`;
}
