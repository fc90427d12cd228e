/** Station *verification*: a revert has landed in git; has it arrived, and did it help? */
import type { Blocker } from "./engine/engine-state.ts";
import type { Status } from "./kstatus/status.ts";
import { escapeText, shorten } from "./model/escape.ts";
import { shortId } from "./model/git.ts";
import { formatDuration } from "./model/time.ts";
import { MAX_STALE_MS } from "./signal/policy.ts";
import type { HealthVerdict } from "./signal/verdict.ts";
import type { Opinion } from "./signal/weigh.ts";

/** What is known since the revert landed. Plain JSON. */
export interface VerificationFacts {
  readonly nowMs: number;
  readonly landed: { readonly commit: string; readonly content?: string; readonly atMs: number };
  /** When the engine was asked to look; missing: it was not. */
  readonly askedAtMs?: number;
  /** Since when the target was failing: for the time to restore. */
  readonly sinceMs?: number;
  readonly delivery: DeliveryFacts;
  /** Now: of whatever runs. It counts only when that is the revert. */
  readonly verdict: HealthVerdict;
  readonly policy: VerifyPolicy;
  /** Figures of metrics at the checkpoint, and now. */
  readonly baseline: readonly Figure[];
  readonly figures: readonly Figure[];
  /** Only what carries traffic went back. Missing: all of the target counts. */
  readonly traffic?: TrafficFacts;
}

/** A target of which only the traffic went back is well when the traffic is: its bad pods stay as they are. */
export interface TrafficFacts {
  /** What carries the traffic, and what gets it, by `Deployment/api`. `sinceMs`: since when it is as it is. */
  readonly objects: readonly { readonly name: string; readonly status: Status; readonly sinceMs?: number }[];
  /** Sources of the verdict that judge the target as a whole: they play no part. */
  readonly ignored: readonly string[];
  /** Workloads that stay bad until the rest goes back. */
  readonly stay: readonly string[];
}

/** `Policy` in src/config fits as it is. */
export interface VerifyPolicy {
  /** `Current` for so long; after so long a person is called. */
  readonly verify: { readonly forMs: number; readonly timeoutMs: number };
}

/** What a metric says of a target. */
export interface Figure {
  readonly source: string;
  readonly value: number;
  readonly better: "lower" | "higher";
  /** What the configuration allows. */
  readonly limit?: number;
}

/** Where the revert is on its way into the cluster, as the engine tells. */
export type DeliveryFacts =
  /** It has not come yet, and nothing that is known keeps it. */
  | { readonly kind: "on its way" }
  | { readonly kind: "unknown"; readonly message: string }
  | { readonly kind: "blocked"; readonly blockers: readonly [Blocker, ...Blocker[]] }
  /** It runs (or a later commit with the same content of the target does). `atMs`: when that was first seen. */
  | { readonly kind: "reached"; readonly atMs: number }
  /** Something else came after it, by somebody. */
  | { readonly kind: "superseded"; readonly revision: string; readonly by: string };

/** `untilMs`: when it is given up, or done, as far as time alone decides. `reachedAtMs`: when the revert was first seen to run. */
export type Verification =
  | { readonly kind: "on its way"; readonly message: string; readonly untilMs: number; readonly blocker?: Blocker }
  | { readonly kind: "not delivered"; readonly message: string; readonly blocker?: Blocker }
  | {
      readonly kind: "verifying";
      readonly message: string;
      readonly untilMs: number;
      readonly reachedAtMs: number;
      readonly currentForMs: number;
    }
  | {
      readonly kind: "verified";
      readonly message: string;
      readonly reachedAtMs: number;
      readonly currentForMs: number;
      /** What metrics say now, beside what they said at the checkpoint: `5xx 0.4 (0.3 at the checkpoint)`. Missing: none was asked. */
      readonly figures?: string;
      /** From the first symptom to now. */
      readonly afterSymptomMs?: number;
    }
  | { readonly kind: "still unhealthy"; readonly message: string; readonly reachedAtMs: number }
  /** Nobody can tell how it is. */
  | { readonly kind: "timeout"; readonly message: string; readonly reachedAtMs: number }
  | { readonly kind: "superseded"; readonly message: string; readonly revision: string };

/** How far a revert that landed has come. It is given `verify.timeoutMs` to arrive since it was asked for, and as long again to help. */
export function verify(facts: VerificationFacts): Verification {
  const { nowMs, landed, askedAtMs = landed.atMs, delivery, policy } = facts;
  // Who was away when it landed asks late.
  const untilMs = Math.max(landed.atMs, askedAtMs) + policy.verify.timeoutMs;
  switch (delivery.kind) {
    case "superseded": {
      const { revision, by } = delivery;
      const message = `${escapeText(shortId(revision))} by ${escapeText(shorten(by, 100))} came after ${shortId(landed.commit)}`;
      return { kind: "superseded", message, revision };
    }
    case "reached":
      return verifyHealth(facts, delivery.atMs);
    case "on its way":
    case "unknown":
    case "blocked": {
      const [blocker] = delivery.kind === "blocked" ? delivery.blockers : [];
      const found = { message: wayOf(delivery), ...(blocker === undefined ? {} : { blocker }) };
      return nowMs >= untilMs ? { kind: "not delivered", ...found } : { kind: "on its way", ...found, untilMs };
    }
  }
}

function wayOf(delivery: Exclude<DeliveryFacts, { readonly kind: "reached" | "superseded" }>): string {
  switch (delivery.kind) {
    case "on its way":
      return "the engine has not taken it yet";
    case "unknown":
      return `whether the engine has taken it cannot be told: ${delivery.message}`;
    case "blocked":
      return delivery.blockers[0].message;
  }
}

function verifyHealth(facts: VerificationFacts, reachedAtMs: number): Verification {
  const { nowMs, policy, sinceMs } = facts;
  const untilMs = reachedAtMs + Math.max(policy.verify.timeoutMs, policy.verify.forMs);
  const isBound = isOfRevert(facts);
  const health = facts.traffic === undefined ? targetHealth(facts, reachedAtMs) : trafficHealth(facts, reachedAtMs);
  const currentForMs = isBound ? health.currentForMs : 0;
  const worse = worseThanBefore(facts);
  const isSteady = currentForMs > 0 && currentForMs >= policy.verify.forMs;
  const current = `Current for ${formatDuration(currentForMs)} (needs ${formatDuration(policy.verify.forMs)})${stayText(facts)}`;
  if (isSteady && worse === undefined) {
    const after = sinceMs === undefined ? {} : { afterSymptomMs: Math.max(0, nowMs - sinceMs) };
    const figures = figuresText(facts);
    const told = figures === undefined ? { message: current } : { message: `${current}; ${figures}`, figures };
    return { kind: "verified", ...told, reachedAtMs, currentForMs, ...after };
  }
  const message = isSteady && worse !== undefined ? worse : currentForMs > 0 ? current : health.message;
  if (nowMs < untilMs) return { kind: "verifying", message, untilMs, reachedAtMs, currentForMs };
  const nobodyKnows = !isBound || health.isUnknown;
  return { kind: nobodyKnows ? "timeout" : "still unhealthy", message, reachedAtMs };
}

interface Health {
  readonly currentForMs: number;
  /** What is wrong, where it is not well. */
  readonly message: string;
  /** Nobody can tell. */
  readonly isUnknown: boolean;
}

function targetHealth({ nowMs, verdict }: VerificationFacts, reachedAtMs: number): Health {
  const isUnknown = verdict.verdict === "undecided" && SILENT.includes(verdict.reason);
  return { currentForMs: currentFor(verdict, { nowMs, reachedAtMs }), message: verdict.message, isUnknown };
}

/** What carries and what gets the traffic is `Current`, and every source beside the engine says that it is well. */
function trafficHealth({ nowMs, verdict, traffic }: VerificationFacts, reachedAtMs: number): Health {
  const { objects = [], ignored = [] } = traffic ?? {};
  const broken = objects.find(({ status }) => status !== "Current");
  if (broken !== undefined) {
    const { name, status } = broken;
    const message = `${escapeText(shorten(name, 100))}, which the traffic takes, is ${status}`;
    return { currentForMs: 0, message, isUnknown: status === "Unknown" };
  }
  const sources = verdict.sources.filter(({ source }) => !ignored.includes(source));
  const bad = sources.find(({ opinion }) => !WELL.includes(opinion));
  if (bad !== undefined) {
    const { source, opinion, message } = bad;
    const said = `${escapeText(shorten(source, 200))} is ${opinion}: ${escapeText(shorten(message, 300))}`;
    return { currentForMs: 0, message: said, isUnknown: NO_OPINION.includes(opinion) };
  }
  const sinceMs = Math.max(reachedAtMs, ...[...objects, ...sources].map((one) => one.sinceMs ?? reachedAtMs));
  return {
    currentForMs: Math.max(0, nowMs - sinceMs),
    message: "the traffic has only just gone back",
    isUnknown: false,
  };
}

const WELL: readonly Opinion[] = ["good", "baking"];
const NO_OPINION: readonly Opinion[] = ["no data", "stale", "unknown", "unproven", "not found"];

function stayText({ traffic }: VerificationFacts): string {
  if (traffic === undefined || traffic.stay.length === 0) return "";
  const names = traffic.stay.slice(0, 3).map((name) => escapeText(shorten(name, 100)));
  const more = traffic.stay.length > names.length ? ` and ${traffic.stay.length - names.length} more` : "";
  return `; only traffic went back: ${names.join(", ")}${more} ${traffic.stay.length === 1 ? "stays" : "stay"} as before`;
}

/** Reasons of a verdict that say nothing about health. */
const SILENT: readonly HealthVerdict["reason"][] = ["NoRevision", "Stale", "NoData", "Unknown"];

/** A verdict on what ran before says nothing about the revert (engines report revisions, and targets share repositories). */
function isOfRevert({ nowMs, verdict, landed }: VerificationFacts): boolean {
  if (Math.abs(nowMs - verdict.atMs) > MAX_STALE_MS) return false;
  if (landed.content !== undefined && verdict.content !== undefined) return landed.content === verdict.content;
  return verdict.revision === landed.commit || verdict.latest === landed.commit;
}

/** How long it has been well without a break, since the revert runs. */
function currentFor(
  { verdict, reason, sinceMs }: HealthVerdict,
  { nowMs, reachedAtMs }: { readonly nowMs: number; readonly reachedAtMs: number },
): number {
  if (sinceMs === undefined || (verdict !== "good" && reason !== "Baking")) return 0;
  return Math.max(0, nowMs - Math.max(sinceMs, reachedAtMs));
}

/** A figure may be so much worse than at the checkpoint: a part of it, or of the way from there to what the configuration allows. */
const TOLERANCE = { ofBaseline: 0.25, ofWayToLimit: 0.1 };

/** The first figure that is not back where it was; undefined when all are, or there is nothing to compare with. */
function worseThanBefore({ baseline, figures }: VerificationFacts): string | undefined {
  for (const { source, value: before, better, limit } of baseline) {
    const now = figures.find((figure) => figure.source === source)?.value;
    if (now === undefined) continue;
    const slack = Math.max(
      Math.abs(before) * TOLERANCE.ofBaseline,
      limit === undefined ? 0 : Math.abs(limit - before) * TOLERANCE.ofWayToLimit,
    );
    const isWorse = better === "lower" ? now > before + slack : now < before - slack;
    if (isWorse) return `${escapeText(shorten(source, 200))} is ${figureText(now)}, and was ${figureText(before)}`;
  }
  return undefined;
}

/** So many figures are told; who has more looks at the dashboard. */
const MAX_FIGURES = 5;

function figuresText({ figures, baseline }: VerificationFacts): string | undefined {
  if (figures.length === 0) return undefined;
  const told = figures.slice(0, MAX_FIGURES).map(({ source, value, limit }) => {
    const before = baseline.find((figure) => figure.source === source)?.value;
    const beside =
      before === undefined
        ? limit === undefined
          ? ""
          : ` (limit ${figureText(limit)})`
        : ` (${figureText(before)} at the checkpoint)`;
    return `${escapeText(shorten(source, 200))} ${figureText(value)}${beside}`;
  });
  const more = figures.length > told.length ? ` and ${figures.length - told.length} more` : "";
  return `${told.join(", ")}${more}`;
}

function figureText(value: number): string {
  return String(Number(value.toPrecision(3)));
}
