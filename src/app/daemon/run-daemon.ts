/**
 * The daemon: rounds of looking, a queue of targets, and what is told. It remembers nothing that matters: another one in its place goes on
 * from the engines, git and the forge.
 */
import { LastgoodError } from "../../errors.ts";
import { linkAbort } from "../../linked-abort.ts";
import type { EvidencePatterns } from "../../core/model/evidence.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EngineView } from "../../ports/engine.ts";
import type { Log } from "../../ports/log.ts";
import { haveAnswered } from "../engines-say.ts";
import type { ObservedTarget, WatchedTarget } from "../observe-targets.ts";
import { type WatchTargets, watchTargets } from "../watch-targets.ts";
import type { DaemonLane, DaemonWorld, TargetLook, TargetPolicy } from "./daemon-lane.ts";
import { heldEngine, heldWorld } from "./held-world.ts";
import { pollEngine } from "./poll-engine.ts";
import { createQueue } from "./queue.ts";
import { type Reconciled, reconcileTarget } from "./reconcile-target.ts";
import { createStormTeller } from "./tell-storm.ts";

export interface RunDaemon extends Pick<WatchTargets, "engines" | "discover" | "observer" | "signal" | "everyMs"> {
  /** The repository that a target of the last round lies in. */
  readonly laneOf: (target: string) => DaemonLane | undefined;
  readonly lanes: () => readonly DaemonLane[];
  /** Read at every look: a new configuration counts at once. */
  readonly policyOf: (watched: WatchedTarget) => { readonly policy: TargetPolicy; readonly patterns: EvidencePatterns };
  readonly notify: DaemonWorld["notify"];
  /** Missing: nobody listens. */
  readonly toldOf?: DaemonWorld["toldOf"];
  /** False: another replica acts, and this one only looks. Missing: there is no other. */
  readonly leaseHeld?: () => boolean;
  readonly log: Pick<Log, "warn">;
  /** Ends when nothing is left to be done without waiting for others. */
  readonly once?: boolean;
  /** Told after each round, and after each look at a target with the time that it took. */
  readonly onRound?: (observed: readonly ObservedTarget[], views: ReadonlyMap<string, EngineView>) => void;
  readonly onReconciled?: (target: string, reconciled: Reconciled, tookMs: number) => void;
}

export interface Daemon {
  /** Makes these due now; others are left out. */
  look(targets: readonly string[]): void;
  /** Resolves when the signal has ended it, or `once` is done; rejects with bugs of what it was given. */
  readonly done: Promise<void>;
}

/** So many targets are decided on at once. */
const LANES = 8;
/** `once`: a verdict needs its samples, and no more than this beyond the policy's dwell. */
const ONCE_MS = 60_000;
/** What waits for longer is likely to see another process in this one's place: a person has to merge, an engine to sync. */
const TOLD_MS = 120_000;

/** Begins. */
export function runDaemon(request: RunDaemon, clock: Pick<Clock, "nowMs" | "sleep">): Daemon {
  const { laneOf, log, signal, observer, everyMs, leaseHeld = () => true } = request;
  const engines = request.engines.map((one) =>
    request.once === true ? { ...one, engine: pollEngine(one.engine, clock) } : one,
  );
  const own = linkAbort(signal);
  const until = own.signal;
  const known = new Map<string, Known>();
  let views: Views = new Map();
  const world: DaemonWorld = {
    engines: new Map(engines.map(({ engine }) => [engine.name, heldEngine(engine, leaseHeld)])),
    lanes: request.lanes,
    notify: onlyOnce(request),
    ...(request.toldOf === undefined ? {} : { toldOf: request.toldOf }),
    toldAfterMs: request.once === true ? 0 : TOLD_MS,
    decided: new Map(),
    leaseHeld,
  };

  function lookOf(name: string): TargetLook | undefined {
    const observed = known.get(name)?.observed;
    return observed === undefined ? undefined : { observed, views, ...request.policyOf(observed.watched) };
  }

  async function work(name: string): Promise<number> {
    const lane = laneOf(name);
    const before = known.get(name);
    if (lane === undefined || before === undefined) return LOST_MS;
    if (!leaseHeld()) {
      before.settled = true;
      return STANDBY_MS;
    }
    const startMs = clock.nowMs();
    const held = { ...lane, world: heldWorld(lane.world, leaseHeld) };
    const reconciled = await reconcileTarget({ look: () => lookOf(name), lane: held }, world);
    const now = known.get(name);
    if (now !== undefined && now.observed === before.observed) now.settled = reconciled.settled;
    if (leaseHeld()) storms.hear(before.observed, reconciled.decision, clock.nowMs());
    request.onReconciled?.(name, reconciled, Math.max(0, clock.nowMs() - startMs));
    return reconciled.requeueAfterMs;
  }

  const storms = createStormTeller(request.notify);

  const queue = createQueue({
    clock,
    lanes: LANES,
    work,
    onBug: (name, error) => {
      const message = error instanceof Error ? error.message : "something that is no error was thrown";
      log.warn(`${name}: ${error instanceof LastgoodError ? error.code : "Internal"}: ${message}`);
    },
  });

  const ends = onceEnd(request, clock, { known, views: () => views });

  function onRound(observed: readonly ObservedTarget[]): void {
    const names = new Set(observed.map(({ watched }) => watched.target.name));
    for (const name of known.keys()) {
      if (names.has(name)) continue;
      known.delete(name);
      queue.forget(name);
    }
    const nowMs = clock.nowMs();
    for (const one of observed) {
      const { name } = one.watched.target;
      const before = known.get(name);
      const isNews = before === undefined || interestOf(before.observed) !== interestOf(one);
      known.set(name, { observed: one, settled: !isNews && before.settled });
      if (isNews) queue.due(name, nowMs);
    }
    request.onRound?.(observed, views);
    if (request.once === true && ends()) own.abort();
  }

  async function run(): Promise<void> {
    const watching = watchTargets(
      {
        engines,
        observer,
        signal: until,
        discover: async (looked) => {
          views = new Map(looked.map(({ name, view }) => [name, view]));
          return request.discover(looked);
        },
        onRound,
        ...(everyMs === undefined ? {} : { everyMs }),
      },
      clock,
    );
    // Whichever ends in failure ends the other.
    const both = [watching, queue.run(until)].map((part) => part.finally(() => own.abort()));
    const [first] = (await Promise.allSettled(both)).filter((part) => part.status === "rejected");
    if (first !== undefined) throw first.reason;
  }

  return {
    look: (targets) => {
      for (const name of targets) if (known.has(name)) queue.due(name, clock.nowMs());
    },
    done: run(),
  };
}

/** A target whose repository is not open. */
const LOST_MS = 60_000;
/** How soon who has come to hold the lease goes to work. */
const STANDBY_MS = 2000;

type Views = ReadonlyMap<string, EngineView>;

interface Known {
  readonly observed: ObservedTarget;
  /** Decided on as it is, and nothing left to be done at once. */
  settled: boolean;
}

/** Keys that are remembered. */
const MOST_TOLD = 10_000;

/** What stands for long is seen at every look, and told at the first. */
function onlyOnce({ notify, toldOf }: Pick<RunDaemon, "notify" | "toldOf">): DaemonWorld["notify"] {
  const told = new Set<string>();
  return (notification) => {
    if (toldOf === undefined ? told.has(notification.key) : toldOf(notification.key) !== undefined) return;
    told.add(notification.key);
    if (told.size > MOST_TOLD) told.delete([...told][0] ?? "");
    notify(notification);
  };
}

/** What makes it worth deciding again: figures that only go on do not. */
function interestOf({ verdict, present, revision, content, states, watched }: ObservedTarget): string {
  const blockers = states.flatMap(({ blockers }) => blockers.map(({ reason }) => reason));
  const { mode, suspended } = watched.restrictions;
  return JSON.stringify([
    verdict.verdict,
    verdict.reason,
    present.status,
    revision,
    content,
    blockers,
    mode,
    suspended !== undefined,
  ]);
}

/** Is all done that can be done without waiting for a person, an engine, or the end of a window? */
function onceEnd(
  { policyOf }: Pick<RunDaemon, "policyOf">,
  clock: Pick<Clock, "nowMs">,
  { known, views }: { readonly known: ReadonlyMap<string, Known>; readonly views: () => Views },
): () => boolean {
  const startMs = clock.nowMs();
  return () => {
    const all = [...known.values()];
    const lateMs = clock.nowMs() - startMs;
    const isPending = ({ observed: { verdict, watched } }: Known): boolean =>
      PENDING.includes(verdict.reason) && lateMs < policyOf(watched).policy.bad.forMs + ONCE_MS;
    // What only engines know is not there before they were heard.
    const isHeard = lateMs >= ONCE_MS || haveAnswered(views());
    return isHeard && all.every(({ settled }) => settled) && !all.some(isPending);
  };
}

/** It takes more looks to come to a verdict. */
const PENDING: readonly ObservedTarget["verdict"]["reason"][] = ["Suspicious", "NoData", "NoRevision"];
