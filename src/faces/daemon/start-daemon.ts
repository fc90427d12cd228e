/** Puts the daemon together, keeps it running through changes of its configuration, and ends it in good order. */
import type { DaemonLane, TargetPolicy } from "../../app/daemon/daemon-lane.ts";
import { type Daemon, runDaemon } from "../../app/daemon/run-daemon.ts";
import type { Reconciled } from "../../app/daemon/reconcile-target.ts";
import { createPeople, type People } from "../../app/notify-people.ts";
import { createObserver, type ObservedTarget, type WatchedTarget } from "../../app/observe-targets.ts";
import type { Config } from "../../config/config.ts";
import type { EvidencePatterns } from "../../core/model/evidence.ts";
import { lowerMode, type Mode } from "../../core/model/mode.ts";
import { LastgoodError } from "../../errors.ts";
import { linkAbort } from "../../linked-abort.ts";
import type { EngineView } from "../../ports/engine.ts";
import type { Ledger } from "../../ports/ledger.ts";
import type { CommandContext, CommonOptions } from "../cli/context.ts";
import { loadConfigFor } from "../cli/load-config.ts";
import { whyNoTarget } from "../cli/no-targets.ts";
import { type Board, type Lane, openBoard } from "../cli/open-board.ts";
import { openNotifiers } from "../compose-daemon.ts";
import { createSystemClock } from "../system-clock.ts";
import { policyOf } from "../watched-targets.ts";
import { type CountLedger, countLedger } from "./count-ledger.ts";
import { createMeter } from "./count-outside.ts";
import { laneOf, openDaemonLane, routedLedger } from "./daemon-lanes.ts";
import type { DaemonLog } from "./daemon-log.ts";
import { createFetches, type Fetches } from "./fetch-branches.ts";
import type { Lasting } from "./lasting.ts";
import { createSecretFiles } from "./secret-files.ts";
import { type LastRound, serveDaemon } from "./serve-daemon.ts";
import { type SharedWork, shareWork } from "./share-work.ts";
import { tellConfirmed } from "./tell-confirmed.ts";

export interface StartDaemon {
  readonly options: CommonOptions & {
    readonly once?: boolean;
    readonly listen?: string;
  };
  /** No target goes further than this. */
  readonly atMost?: Mode;
  /** Its signal ends everything at once: later than `stop`. */
  readonly context: CommandContext;
  readonly log: DaemonLog;
  /** Asks to end in good order. */
  readonly stop: AbortSignal;
  /** Secrets that are to be masked from now on. */
  readonly onSecrets: (values: readonly string[]) => void;
}

/** Everything that belongs to one configuration. */
export interface Generation {
  readonly config: Config;
  /** Resolves when it has ended. */
  readonly done: Promise<void>;
  /** Reads the configuration again, and opens what it names, without beginning anything. Throws what is wrong with it. */
  check(): Promise<void>;
  close(): Promise<void>;
  /** After that: resolves when everybody was told, or does not listen for too long. */
  told(): Promise<void>;
}

const SECRETS_MS = 60_000;
const GRACE_MS = 5000;
/** Who does not listen for so long at the end is not told. Kubernetes kills after 30 s. */
const TOLD_MS = 15_000;

/** Opens all of it, and begins. Throws what is wrong with the configuration: nothing was begun then. */
export async function startGeneration(request: StartDaemon, lasting: Lasting): Promise<Generation> {
  const { options, context, log } = request;
  const clock = createSystemClock();
  const config = await loadConfigFor(options, context);
  if (config === undefined) {
    throw new LastgoodError("ConfigNotFound", "the daemon needs a configuration", {
      hint: "Write a lastgood.yaml, or name one with --config.",
    });
  }
  const board = await openBoard(options, { ...context, log, meter: createMeter(lasting.metrics) }, "remote");
  const stop = linkAbort(request.stop);
  const { signal } = stop;
  let lease: SharedWork | undefined;
  try {
    const secrets = createSecretFiles(config, log);
    await secrets.read();
    request.onSecrets(secrets.values());
    const shared = { lease: config.server.lease, options, surroundings: context.surroundings, log };
    lease = await shareWork({ ...shared, metrics: lasting.metrics });
    const { release } = lease;
    if (options.once === true) await Promise.race([lease.settled, aborted(signal)]);
    const parts = await openParts({ request, board, config, lasting, signal, lease });
    const servers =
      options.once === true
        ? []
        : await serveDaemon({
            ...parts,
            config,
            secrets,
            metrics: lasting.metrics,
            listen: options.listen,
            log,
            stop: request.stop,
          });
    const rereading = again(SECRETS_MS, signal, async () => {
      await secrets.read();
      request.onSecrets(secrets.values());
    });
    return {
      config,
      told: async () => parts.people.settled(TOLD_MS),
      done: parts.daemon.done.finally(() => stop.abort()),
      check: async () => (await openBoard(options, { ...context, log }, "here")).close(),
      async close() {
        stop.abort();
        await parts.daemon.done.catch(() => undefined);
        await parts.fetches.ended();
        await rereading;
        // Nothing is under way any more: the next one need not wait.
        await release();
        await Promise.all(servers.map((server) => server.close(GRACE_MS)));
        await board.close();
      },
    };
  } catch (error) {
    stop.abort();
    await lease?.release();
    await board.close();
    throw error;
  }

  async function again(ms: number, until: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!until.aborted) {
      await clock.sleep(ms, until).catch(() => undefined);
      if (!until.aborted) await work();
    }
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

interface Opening {
  readonly request: StartDaemon;
  readonly board: Board;
  readonly config: Config;
  readonly lasting: Lasting;
  readonly signal: AbortSignal;
  readonly lease: Pick<SharedWork, "held">;
}

interface Parts {
  readonly board: Board;
  readonly daemon: Daemon;
  readonly people: People;
  readonly ledgers: CountLedger;
  readonly fetches: Fetches;
  readonly last: LastRound;
}

async function openParts({ request, board, config, lasting, signal, lease }: Opening): Promise<Parts> {
  const { options, context, log, atMost } = request;
  const { metrics, counts, memory } = lasting;
  const clock = createSystemClock();
  const last: LastRound = { observed: [], byName: new Map(), views: new Map() };
  const environments = (name: string): string => last.byName.get(name)?.watched.target.environment ?? "";
  const counted = countLedger(metrics, environments);
  const ledgers = new Map<Lane, Ledger>();
  const byLane = new Map<Lane, DaemonLane>();
  for (const lane of board.lanes) {
    const targets = (): readonly string[] => namesIn(last.observed, board, lane);
    const ledger = counted.watch(lane.world.ledger);
    ledgers.set(lane, ledger);
    byLane.set(lane, await openDaemonLane({ board, lane, ledger, config, log, targets }));
  }
  const notifiers = await openNotifiers({ config, clock, log, ...placeOf(options) }, context.surroundings);
  const people = createPeople({
    notifiers,
    memory: lasting.told,
    clock,
    log,
    count: (type, result) => metrics.notifications.inc({ type: type.split(" ")[0] ?? type, result }),
    signal: context.surroundings.signal,
  });
  const policy = (watched: WatchedTarget): { readonly policy: TargetPolicy; readonly patterns: EvidencePatterns } => {
    const declared = laneOf(board, watched.target.name)?.declared.get(watched.target.name);
    const found = policyOf(watched, { config, declared }) ?? defaultOf(config);
    const mode = atMost === undefined ? found.mode : lowerMode(found.mode, atMost);
    return { policy: { ...found, mode }, patterns: declared?.evidence ?? found.good.evidence };
  };
  const fetches = createFetches(board, () => clock.nowMs(), log);
  const ledger = routedLedger(board, ledgers);
  const tellEmpty = emptyTeller(board, log);
  const daemon = runDaemon(
    {
      engines: board.engines,
      observer: createObserver({
        readContent: board.readContent,
        clock,
        log,
        memory,
        recorder: {
          ledger,
          engines: new Map(board.engines.map(({ engine }) => [engine.name, engine])),
          by: "lastgood",
          ...(lease.held === undefined ? {} : { may: lease.held }),
        },
      }),
      discover: async (looked) => {
        await fetches.look(looked.map(({ view }) => view));
        return board.discover(looked);
      },
      signal,
      log,
      laneOf: (target) => {
        const lane = laneOf(board, target);
        return lane === undefined ? undefined : byLane.get(lane);
      },
      lanes: () => [...byLane.values()],
      policyOf: policy,
      notify: (notification) => {
        counts.told(notification);
        people.notify(notification);
      },
      ...(notifiers.length === 0 ? {} : { toldOf: people.toldOf }),
      ...(options.once === true ? { once: true } : {}),
      ...(lease.held === undefined ? {} : { leaseHeld: lease.held }),
      onRound: (observed, views) => {
        last.observed = observed;
        last.byName = new Map(observed.map((one) => [one.watched.target.name, one]));
        last.views = views;
        last.roundAtMs = clock.nowMs();
        tellEmpty(observed, views);
        counts.round(observed, {
          modeOf: ({ watched }) => policy(watched).policy.mode,
          lastGoodMs: counted.lastGoodMs,
        });
      },
      onReconciled: (target, reconciled, tookMs) => {
        const observed = last.byName.get(target);
        counts.reconciled(observed, reconciled, tookMs);
        tell(target, reconciled, log);
      },
    },
    clock,
  );
  return { board, daemon, people, ledgers: counted, fetches, last };
}

function placeOf({ kubeconfig, context }: CommonOptions): { readonly kubeconfig?: string; readonly context?: string } {
  return { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) };
}

/** A configuration always holds it. */
function defaultOf({ policies }: Config): NonNullable<ReturnType<typeof policyOf>> {
  const policy = policies.get("default");
  if (policy === undefined) throw new Error("a configuration without a default policy");
  return policy;
}

function namesIn(observed: readonly ObservedTarget[], board: Board, lane: Lane): readonly string[] {
  const names = observed.map(({ watched }) => watched.target.name);
  return names.filter((name) => laneOf(board, name) === lane);
}

/** Says once that there is nothing to watch: until there is. */
function emptyTeller(
  board: Board,
  log: DaemonLog,
): (observed: readonly ObservedTarget[], views: ReadonlyMap<string, EngineView>) => void {
  let isTold = false;
  return (observed, views) => {
    const isHeard = [...views.values()].every(({ heardAtMs }) => heardAtMs !== undefined);
    if (observed.length === 0 && isHeard && !isTold) log.warn(whyNoTarget(board, views));
    isTold = isHeard && observed.length === 0;
  };
}

/** One line for each thing that is done, and for each component that is verified; waits and idle looks are no news. */
function tell(target: string, { step, decision, confirmed }: Reconciled, log: DaemonLog): void {
  if (step === undefined || step.kind === "wait" || step.kind === "idle") return;
  const { key } = decision ?? {};
  log.event(step.kind, { target, ...(key === undefined ? {} : { key }) });
  if (confirmed !== undefined) tellConfirmed(target, confirmed, log);
}
