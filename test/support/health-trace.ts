import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Status } from "../../src/core/kstatus/status.ts";
import type { SignalFact } from "../../src/core/signal/observation.ts";
import { observeAll } from "../../src/core/signal/observe.ts";
import { BREAKER, MAX_STALE_MS, type SignalPolicy, type SourcePolicy } from "../../src/core/signal/policy.ts";
import { newSignal, type TargetSignal } from "../../src/core/signal/state.ts";
import { judgeAll } from "../../src/core/signal/verdict.ts";

/**
 * What happens to targets over time, as `fixtures/traces/*.yaml` tell it. A line of `live` is `TIME REVISION [CONTENT]` (`-`: the engine says
 * nothing), one of `health` is `TIME STATUS[/STATUS EVERY] [@REVISION] [unproven] [rolledBack] [began=TIME] MESSAGE`: it holds until the
 * next line. `silent`: nothing comes; `frozen`: the last sample again, unchanged. One of `expect` is `VERDICT REVISION SINCE`. Everything is
 * looked at once per `poll`, a source of `sources` by its own interval and so long after the others.
 */
export interface HealthTrace {
  readonly file: string;
  readonly story: string;
  readonly kind: "noise" | "environment" | "incident" | "good";
  readonly lastsMs: number;
  readonly pollMs: number;
  readonly policy: Omit<SignalPolicy, "sources">;
  /** How far back the samples of a source reach. */
  readonly coversMs: Readonly<Record<string, number>>;
  /** Those that are not looked at together with the engine. */
  readonly sources: Readonly<Record<string, TraceSource>>;
  /** Our clock jumps by so much at that time. */
  readonly jumps: readonly { readonly atMs: number; readonly byMs: number }[];
  readonly targets: readonly TraceTarget[];
}

export interface TraceSource {
  readonly everyMs: number;
  /** So long after the engine it is asked, as far as its pace allows. */
  readonly offsetMs: number;
  readonly policy: Omit<SourcePolicy, "name">;
}

export interface TraceTarget {
  readonly name: string;
  readonly live: readonly { readonly atMs: number; readonly revision: string; readonly content?: string }[];
  readonly health: Readonly<Record<string, readonly Segment[]>>;
  readonly expect: readonly Expected[];
}

interface Segment {
  readonly atMs: number;
  readonly statuses: readonly string[];
  readonly everyMs: number;
  readonly revision?: string;
  readonly flags: readonly string[];
  readonly beganMs?: number;
  readonly message: string;
}

/** A verdict that has to come: not before its dwell is over, and no later than one poll after that. */
export interface Expected {
  readonly verdict: "good" | "bad";
  readonly revision: string;
  readonly sinceMs: number;
}

/** A verdict that came for the first time. */
export interface Signalled {
  readonly target: string;
  readonly verdict: "good" | "bad";
  readonly revision: string;
  readonly atMs: number;
}

export interface Replayed {
  readonly signalled: readonly Signalled[];
  /** Why nothing was decided, each once, over all targets. */
  readonly reasons: ReadonlySet<string>;
  readonly facts: readonly SignalFact[];
  readonly signals: readonly TargetSignal[];
}

const FOLDER = fileURLToPath(new URL("../../fixtures/traces/", import.meta.url));
const EPOCH_MS = Date.parse("2026-08-22T00:00:00Z");

/** All traces, by name. */
export function readTraces(): readonly HealthTrace[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => readTrace(file.replace(/\.yaml$/, ""), readFileSync(FOLDER + file, "utf8")));
}

interface WrittenTrace {
  readonly story: string;
  readonly kind: HealthTrace["kind"];
  readonly lasts: string;
  readonly poll?: string;
  readonly policy?: {
    readonly for?: string;
    readonly samples?: number;
    readonly on?: ("Failed" | "InProgress")[];
    readonly bakeTime?: string;
    readonly requireAll?: boolean;
  };
  readonly covers?: Readonly<Record<string, string>>;
  readonly clock?: Readonly<Record<string, string>>;
  readonly sources?: Readonly<Record<string, WrittenSource>>;
  readonly targets: Readonly<
    Record<
      string,
      { readonly live: string[]; readonly health: Readonly<Record<string, string[]>>; readonly expect?: string[] }
    >
  >;
}

interface WrittenSource {
  readonly every: string;
  readonly offset?: string;
  readonly for?: string;
  readonly samples?: number;
  readonly stale?: string;
}

export function readTrace(file: string, text: string): HealthTrace {
  const written = parse(text) as WrittenTrace;
  const { policy = {}, covers = {}, clock = {}, sources = {} } = written;
  return {
    file,
    story: written.story,
    kind: written.kind,
    lastsMs: readTime(written.lasts),
    pollMs: readTime(written.poll ?? "30s"),
    policy: {
      bad: { forMs: readTime(policy.for ?? "2m"), samples: policy.samples ?? 3, on: policy.on ?? ["Failed"] },
      good: { bakeTimeMs: readTime(policy.bakeTime ?? "10m"), requireAll: policy.requireAll ?? true },
      maxStaleMs: MAX_STALE_MS,
    },
    coversMs: Object.fromEntries(Object.entries(covers).map(([source, time]) => [source, readTime(time)])),
    sources: Object.fromEntries(Object.entries(sources).map(([source, item]) => [source, readSource(item)])),
    jumps: Object.entries(clock).map(([at, by]) => ({ atMs: readTime(at), byMs: readTime(by) })),
    targets: Object.entries(written.targets).map(([name, { live, health, expect = [] }]) => ({
      name,
      live: live.map(readLive),
      health: Object.fromEntries(Object.entries(health).map(([source, lines]) => [source, lines.map(readSegment)])),
      expect: expect.map(readExpected),
    })),
  };
}

function readSource({ every, offset = "0s", for: dwell, samples, stale }: WrittenSource): TraceSource {
  const everyMs = readTime(every);
  const policy = {
    ...(dwell === undefined ? {} : { forMs: readTime(dwell) }),
    ...(samples === undefined ? {} : { samples }),
    ...(stale === undefined ? {} : { maxStaleMs: readTime(stale) }),
  };
  return { everyMs, offsetMs: readTime(offset), policy };
}

function readTime(text: string): number {
  const match = /^(-?)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (match === null || text === "" || text === "-") throw new Error(`not a time: ${text}`);
  const [hours, minutes, seconds] = match.slice(2).map((part) => Number(part ?? 0));
  return (match[1] === "-" ? -1 : 1) * ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000;
}

function readLive(line: string): TraceTarget["live"][number] {
  const [at = "", revision = "", content] = line.split(" ");
  return { atMs: readTime(at), revision, ...(content === undefined ? {} : { content }) };
}

function readSegment(line: string): Segment {
  const [at = "", words = "", ...rest] = line.split(" ");
  const statuses = words.split("/");
  const everyMs = statuses.length > 1 ? readTime(rest.shift() ?? "") : 0;
  const revision = rest.find((word) => word.startsWith("@"))?.slice(1);
  const flags: readonly string[] = rest.filter((word) => word === "unproven" || word === "rolledBack");
  const began = rest.find((word) => word.startsWith("began="))?.slice("began=".length);
  const message = rest.filter((word) => !/^(?:@|began=)/.test(word) && !flags.includes(word)).join(" ");
  return {
    atMs: readTime(at),
    statuses,
    everyMs,
    ...(revision === undefined ? {} : { revision }),
    flags,
    ...(began === undefined ? {} : { beganMs: readTime(began) }),
    message,
  };
}

function readExpected(line: string): Expected {
  const [verdict, revision = "", since = ""] = line.split(" ");
  if (verdict !== "good" && verdict !== "bad") throw new Error(`not a verdict: ${line}`);
  return { verdict, revision, sinceMs: readTime(since) };
}

/** How long a verdict takes, in ms: of the slowest source, from its first sample to its last, and the wait for the first one. */
export function timesOf(
  trace: HealthTrace,
  verdict: "good" | "bad",
): { readonly dwell: number; readonly poll: number } {
  const { bad, good } = trace.policy;
  const times = sourcesOf(trace).map((source) => {
    const { everyMs: poll, policy = {} } = trace.sources[source] ?? { everyMs: trace.pollMs };
    const forMs = verdict === "good" ? good.bakeTimeMs : Math.max(bad.forMs, policy.forMs ?? 0);
    const samples = verdict === "good" ? 1 : Math.max(bad.samples, policy.samples ?? 0);
    // A source of its own pace is heard only once the engine has said what runs: that is a wait of its own.
    const wait = verdict === "good" && Object.hasOwn(trace.sources, source) ? poll + trace.pollMs : poll;
    return { dwell: Math.max(Math.ceil(forMs / poll), samples - 1) * poll, poll: wait };
  });
  return times.toSorted((a, b) => b.dwell + b.poll - a.dwell - a.poll)[0] ?? { dwell: 0, poll: trace.pollMs };
}

function sourcesOf({ targets }: HealthTrace): readonly string[] {
  return [...new Set(targets.flatMap(({ health }) => Object.keys(health)))];
}

/** Station *signal*, as it is or with something wrong in it: `test/core/signal/mutants.ts`. */
export interface SignalRules {
  readonly observeAll: typeof observeAll;
  readonly judgeAll: typeof judgeAll;
}

const RULES: SignalRules = { observeAll, judgeAll };

/** Plays a trace: polls every source of every target, the first time `phaseMs` after the beginning. */
export function replayTrace(trace: HealthTrace, phaseMs = 0, rules = RULES): Replayed {
  const policies = new Map(trace.targets.map((target) => [target.name, policyOf(trace, target)]));
  const policyFor = (name: string): SignalPolicy => policies.get(name) ?? { ...trace.policy, sources: [] };
  let signals: readonly TargetSignal[] = trace.targets.map(({ name }) => newSignal(name));
  const signalled: Signalled[] = [];
  const reasons = new Set<string>();
  const facts: SignalFact[] = [];
  for (const [atMs, due] of schedule(trace, phaseMs)) {
    const nowMs = clockAt(trace, atMs);
    const fresh = trace.targets.flatMap((target) => factsAt(trace, target, { atMs, due }));
    facts.push(...fresh);
    signals = signals.map((signal) =>
      rules.observeAll(
        signal,
        fresh.filter(({ target }) => target === signal.target),
        policyFor(signal.target),
      ),
    );
    for (const verdict of rules.judgeAll(signals, policyFor, { nowMs, breaker: BREAKER })) {
      const { target, revision = "" } = verdict;
      if (verdict.verdict === "undecided") reasons.add(verdict.reason);
      else if (
        !signalled.some(
          (other) => other.target === target && other.verdict === verdict.verdict && other.revision === revision,
        )
      ) {
        signalled.push({ target, verdict: verdict.verdict, revision, atMs });
      }
    }
  }
  return { signalled, reasons, facts, signals };
}

export function policyOf(trace: HealthTrace, target: TraceTarget): SignalPolicy {
  const sources = Object.keys(target.health).map((name) => ({ name, ...trace.sources[name]?.policy }));
  return { ...trace.policy, sources };
}

/** When what is looked at: the engine and all that have no interval of their own as "". */
function schedule(trace: HealthTrace, phaseMs: number): readonly (readonly [number, ReadonlySet<string>])[] {
  const looks = new Map<number, Set<string>>();
  const add = (source: string, fromMs: number, everyMs: number): void => {
    for (let atMs = fromMs; atMs <= trace.lastsMs; atMs += everyMs) {
      looks.set(atMs, (looks.get(atMs) ?? new Set()).add(source));
    }
  };
  add("", phaseMs, trace.pollMs);
  for (const [source, { everyMs, offsetMs }] of Object.entries(trace.sources))
    add(source, (phaseMs + offsetMs) % everyMs, everyMs);
  return [...looks].sort(([a], [b]) => a - b);
}

function clockAt({ jumps }: HealthTrace, atMs: number): number {
  return EPOCH_MS + atMs + jumps.filter((jump) => jump.atMs <= atMs).reduce((sum, { byMs }) => sum + byMs, 0);
}

function factsAt(
  trace: HealthTrace,
  target: TraceTarget,
  { atMs, due }: { readonly atMs: number; readonly due: ReadonlySet<string> },
): readonly SignalFact[] {
  const nowMs = clockAt(trace, atMs);
  const live = target.live.findLast((item) => item.atMs <= atMs);
  const { revision, content } = live ?? { revision: "-" };
  const told: readonly SignalFact[] =
    revision === "-" || !due.has("")
      ? []
      : [{ kind: "live", target: target.name, revision, ...(content === undefined ? {} : { content }), atMs: nowMs }];
  const seen = Object.keys(target.health)
    .filter((source) => due.has(Object.hasOwn(trace.sources, source) ? source : ""))
    .flatMap((source) => sampleAt(trace, target, { source, atMs, revision }));
  return [...told, ...seen];
}

function sampleAt(
  trace: HealthTrace,
  target: TraceTarget,
  { source, atMs, revision }: { readonly source: string; readonly atMs: number; readonly revision: string },
): readonly SignalFact[] {
  const segments = target.health[source] ?? [];
  const index = segments.findLastIndex((segment) => segment.atMs <= atMs);
  const segment = segments[index];
  if (segment === undefined || segment.statuses[0] === "silent") return [];
  if (segment.statuses[0] === "frozen") return sampleAt(trace, target, { source, atMs: segment.atMs - 1, revision });
  const turn =
    segment.everyMs === 0 ? 0 : Math.floor((atMs - segment.atMs) / segment.everyMs) % segment.statuses.length;
  const about = segment.revision ?? (source === "engine" ? revision : undefined);
  const coversMs = trace.coversMs[source];
  return [
    {
      kind: "observed",
      target: target.name,
      source,
      status: segment.statuses[turn] as Status,
      atMs: clockAt(trace, atMs),
      message: segment.message === "" ? (segment.statuses[turn] ?? "") : segment.message,
      ...(about === undefined || about === "-" ? {} : { revision: about }),
      ...(coversMs === undefined ? {} : { coversMs }),
      ...(segment.beganMs === undefined ? {} : { sinceMs: EPOCH_MS + segment.beganMs }),
      ...(segment.flags.includes("unproven") ? { unproven: true as const } : {}),
      ...(segment.flags.includes("rolledBack") ? { rolledBack: true as const } : {}),
    },
  ];
}

/** What is wrong with what came of a trace, in words; nothing when it is what the trace expects. */
export function faultsOf(trace: HealthTrace, { signalled }: Replayed): readonly string[] {
  const wanted = trace.targets.flatMap((target) =>
    target.expect.map((expected) => ({ target: target.name, ...expected })),
  );
  const wrong = signalled
    .filter((came) => !wanted.some((expected) => isThe(came, expected)))
    .map(({ target, verdict, revision, atMs }) => `false ${verdict} at ${target} ${revision} after ${atMs / 1000} s`);
  const missed = wanted.flatMap((expected) => {
    const came = signalled.find((other) => isThe(other, expected));
    const name = `${expected.verdict} at ${expected.target} ${expected.revision}`;
    if (came === undefined) return [`no ${name}`];
    const tookMs = came.atMs - expected.sinceMs;
    const { dwell, poll } = timesOf(trace, expected.verdict);
    if (tookMs < leastMs(trace, expected.verdict)) return [`${name} too early: ${tookMs / 1000} s`];
    return tookMs > dwell + poll ? [`${name} too late: ${tookMs / 1000} s`] : [];
  });
  return [...wrong, ...missed];
}

/** No verdict comes before the policy's own dwell, whatever the sources. */
function leastMs({ policy: { bad, good } }: HealthTrace, verdict: "good" | "bad"): number {
  return verdict === "good" ? good.bakeTimeMs : bad.forMs;
}

function isThe(came: Signalled, expected: Expected & { readonly target: string }): boolean {
  return came.target === expected.target && came.verdict === expected.verdict && came.revision === expected.revision;
}
