/** Puts the daemon together, keeps it running through changes of its configuration, and ends it in good order. */
import type { DaemonLane, TargetPolicy } from "../../app/daemon/daemon-lane.ts";
import { resolveHints } from "../../app/daemon/resolve-hints.ts";
import { type Daemon, runDaemon } from "../../app/daemon/run-daemon.ts";
import type { Reconciled } from "../../app/daemon/reconcile-target.ts";
import { createPeople, type People } from "../../app/notify-people.ts";
import { createObserver, type ObservedTarget, type WatchedTarget } from "../../app/observe-targets.ts";
import type { Config } from "../../config/config.ts";
import type { Hint } from "../../core/hints/hint.ts";
import { isFullId } from "../../core/model/git.ts";
import type { EvidencePatterns } from "../../core/model/evidence.ts";
import { lowerMode, type Mode } from "../../core/model/mode.ts";
import { LastgoodError } from "../../errors.ts";
import type { EngineView } from "../../ports/engine.ts";
import type { Ledger } from "../../ports/ledger.ts";
import type { CommandContext, CommonOptions } from "../cli/context.ts";
import { loadConfigFor } from "../cli/load-config.ts";
import { type Board, type Lane, openBoard } from "../cli/open-board.ts";
import { standingReader } from "../cli/commands/status.ts";
import { bringsToken, openNotifiers, openWebhooks } from "../compose-daemon.ts";
import { createSystemClock } from "../system-clock.ts";
import { policyOf } from "../watched-targets.ts";
import { apiRoutes } from "./api-routes.ts";
import { createApiView } from "./api-view.ts";
import { type CountLedger, countLedger } from "./count-ledger.ts";
import { createMeter } from "./count-outside.ts";
import { openDaemonLane, routedLedger } from "./daemon-lanes.ts";
import type { DaemonLog } from "./daemon-log.ts";
import { type HttpServer, type Route, serveHttp } from "./http-server.ts";
import type { Lasting } from "./lasting.ts";
import { metricsRoutes, probeRoutes } from "./probe-routes.ts";
import { createSecretFiles, type SecretFiles } from "./secret-files.ts";
import { type SharedWork, shareWork } from "./share-work.ts";
import { webhookRoutes } from "./webhook-routes.ts";

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

/** A silent branch is fetched so often; a revision that is not known here, at once. */
const FETCH_MS = 60_000;
const SECRETS_MS = 60_000;
/** No round for so long: it hangs. */
const DEAD_MS = 600_000;
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
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, request.stop]);
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
    const servers = options.once === true ? [] : await serve({ ...parts, request, config, lasting, secrets });
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

interface Last {
  observed: readonly ObservedTarget[];
  views: ReadonlyMap<string, EngineView>;
  /** Epoch ms; missing: there was none yet. */
  roundAtMs?: number;
}

interface Parts {
  readonly board: Board;
  readonly daemon: Daemon;
  readonly people: People;
  readonly ledgers: CountLedger;
  readonly last: Last;
}

async function openParts({ request, board, config, lasting, signal, lease }: Opening): Promise<Parts> {
  const { options, context, log, atMost } = request;
  const { metrics, counts, memory } = lasting;
  const clock = createSystemClock();
  const last: Last = { observed: [], views: new Map() };
  const environments = (name: string): string =>
    last.observed.find(({ watched }) => watched.target.name === name)?.watched.target.environment ?? "";
  const counted = countLedger(metrics, environments);
  const ledgers = new Map<Lane, Ledger>();
  const byLane = new Map<Lane, DaemonLane>();
  for (const lane of board.lanes) {
    const targets = (): readonly string[] => namesIn(last.observed, board, lane);
    const ledger = counted.watch(lane.world.ledger);
    ledgers.set(lane, ledger);
    byLane.set(lane, await openDaemonLane({ board, lane, ledger, config, log, targets }));
  }
  const people = createPeople({
    notifiers: await openNotifiers({ config, clock, log, ...placeOf(options) }, context.surroundings),
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
  const fetched = createFetches(board, () => clock.nowMs(), log);
  const ledger = routedLedger(board, ledgers);
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
        await fetched.look(looked.map(({ view }) => view));
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
      ...(options.once === true ? { once: true } : {}),
      ...(lease.held === undefined ? {} : { leaseHeld: lease.held }),
      onRound: (observed, views) => {
        last.observed = observed;
        last.views = views;
        last.roundAtMs = clock.nowMs();
        counts.round(observed, {
          modeOf: ({ watched }) => policy(watched).policy.mode,
          lastGoodMs: counted.lastGoodMs,
        });
      },
      onReconciled: (target, reconciled, tookMs) => {
        const observed = last.observed.find(({ watched }) => watched.target.name === target);
        counts.reconciled(observed, reconciled, tookMs);
        tell(target, reconciled, log);
      },
    },
    clock,
  );
  return { board, daemon, people, ledgers: counted, last };
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

function laneOf(board: Board, target: string): Lane | undefined {
  try {
    return board.laneOf(target);
  } catch {
    return undefined;
  }
}

function namesIn(observed: readonly ObservedTarget[], board: Board, lane: Lane): readonly string[] {
  const names = observed.map(({ watched }) => watched.target.name);
  return names.filter((name) => laneOf(board, name) === lane);
}

/** One line for each thing that is done; waits and idle looks are no news. */
function tell(target: string, { step, decision }: Reconciled, log: DaemonLog): void {
  if (step === undefined || step.kind === "wait" || step.kind === "idle") return;
  const { key } = decision ?? {};
  log.event(step.kind, { target, ...(key === undefined ? {} : { key }) });
}

interface Fetches {
  /** Fetches what engines speak of and is not here, and every repository now and then. Never throws for what the world does. */
  look(views: readonly EngineView[]): Promise<void>;
}

function createFetches(board: Board, nowMs: () => number, log: DaemonLog): Fetches {
  const fetchedAt = new Map<Lane, number>(board.lanes.map((lane) => [lane, nowMs()]));
  const running = new Map<Lane, Promise<void>>();
  const unknown = new Set<string>();

  async function fetch(lane: Lane): Promise<void> {
    try {
      await lane.world.remote?.fetch([]);
      await lane.refresh();
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
      log.warn(`${lane.name} cannot be fetched: ${error.message}`);
    }
  }

  async function isNew(lane: Lane, revisions: readonly string[]): Promise<boolean> {
    for (const revision of revisions) {
      const key = `${lane.name} ${revision}`;
      if (unknown.has(key) || (await lane.world.repository.resolve(revision)) !== undefined) continue;
      // Asked for once: it may be a commit of another repository.
      unknown.add(key);
      return true;
    }
    return false;
  }

  return {
    async look(views) {
      const states = views.flatMap((view) => [...view.states.values()]);
      for (const lane of board.lanes) {
        const own = states.filter(({ sources }) => sources.some((source) => lane.here.isHere(source)));
        const revisions = own.flatMap(({ status }) => [
          ...(status.revisions ?? []),
          ...(status.revision ?? "").split(" "),
        ]);
        const isDue = nowMs() - (fetchedAt.get(lane) ?? 0) >= FETCH_MS;
        if (!isDue && !(await isNew(lane, [...new Set(revisions.filter(isFullId))]))) continue;
        fetchedAt.set(lane, nowMs());
        const one = running.get(lane) ?? fetch(lane).finally(() => running.delete(lane));
        running.set(lane, one);
        await one;
      }
    },
  };
}

interface Serving extends Parts {
  readonly request: StartDaemon;
  readonly config: Config;
  readonly lasting: Lasting;
  readonly secrets: SecretFiles;
}

/** What shares an address shares a server. */
async function serve(serving: Serving): Promise<readonly HttpServer[]> {
  const { request, config, ledgers } = serving;
  const { metrics } = serving.lasting;
  const { log } = request;
  const clock = createSystemClock();
  const text = async (): Promise<string> => {
    ledgers.refresh(clock.nowMs());
    return metrics.text();
  };
  const { server } = config;
  const routes = new Map<string, readonly Route[]>();
  // Port 0 is one of its own each time.
  const add = (address: string, more: readonly Route[]): void => {
    const key = address.endsWith(":0") ? `${address} ${routes.size}` : address;
    routes.set(key, [...(routes.get(key) ?? []), ...more]);
  };
  add(request.options.listen ?? server.listen, [...hooks(serving), ...api(serving)]);
  add(server.metrics, metricsRoutes({ contentType: metrics.contentType, text }));
  add(server.probes, probeRoutes(health(serving)));
  const servers: HttpServer[] = [];
  try {
    for (const [listen, own] of routes) {
      const one = await serveHttp({ listen: listen.split(" ")[0] ?? listen, routes: own, log });
      servers.push(one);
      log.event("listening", { address: one.address, path: own[0]?.path });
    }
    return servers;
  } catch (error) {
    await Promise.all(servers.map((one) => one.close(0)));
    throw error;
  }
}

function hooks({ board, daemon, lasting, secrets, last, config }: Serving): readonly Route[] {
  const onHints = (hints: readonly Hint[]): void => {
    const targets = last.observed.map((observed) => {
      const { name } = observed.watched.target;
      const lane = laneOf(board, name);
      const declared = lane?.declared.get(name) ?? config.targets.find((target) => target.name === name);
      return { observed, health: declared?.health ?? [], urls: lane?.urls ?? [] };
    });
    daemon.look(resolveHints(hints, targets));
  };
  return webhookRoutes({ reader: openWebhooks(secrets.senders), onHints, metrics: lasting.metrics });
}

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\]):\d+$/;

/** Without a token it is for whoever is on this machine, and for nobody where others can reach it. */
function api({ board, last, secrets, request, config }: Serving): readonly Route[] {
  const clock = createSystemClock();
  const standing = standingReader(board, { log: request.log });
  const view = createApiView({
    board: () => board,
    last: () => last,
    standing,
    nowMs: () => clock.nowMs(),
  });
  const listen = request.options.listen ?? config.server.listen;
  const isOpen = config.server.apiTokenFile === undefined && LOOPBACK.test(listen);
  return apiRoutes(view, ({ authorization }) => isOpen || bringsToken(secrets.apiTokens(), authorization));
}

function health({ last, request }: Serving): Parameters<typeof probeRoutes>[0] {
  const clock = createSystemClock();
  const startMs = clock.nowMs();
  return {
    alive: () =>
      clock.nowMs() - (last.roundAtMs ?? startMs) > DEAD_MS ? "nothing was looked at for ten minutes" : undefined,
    ready: () => {
      if (request.stop.aborted) return "it is ending";
      const isHeard = [...last.views.values()].every(
        (view) => view.heardAtMs !== undefined || view.failure !== undefined,
      );
      return last.roundAtMs === undefined || !isHeard ? "it has not looked at its targets yet" : undefined;
    },
  };
}
