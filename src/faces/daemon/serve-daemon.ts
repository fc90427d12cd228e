/** What the daemon answers over HTTP: webhooks and the API, metrics, probes. */
import { resolveHints } from "../../app/daemon/resolve-hints.ts";
import type { Daemon } from "../../app/daemon/run-daemon.ts";
import { haveAnswered } from "../../app/engines-say.ts";
import type { ObservedTarget } from "../../app/observe-targets.ts";
import type { Config } from "../../config/config.ts";
import type { Hint } from "../../core/hints/hint.ts";
import type { EngineView } from "../../ports/engine.ts";
import type { Board } from "../cli/open-board.ts";
import { readDecision, standingReader } from "../cli/read-board.ts";
import { bringsToken, openWebhooks } from "../compose-daemon.ts";
import { createSystemClock } from "../system-clock.ts";
import { apiRoutes } from "./api-routes.ts";
import { createApiView } from "./api-view.ts";
import type { CountLedger } from "./count-ledger.ts";
import { laneOf } from "./daemon-lanes.ts";
import type { DaemonLog } from "./daemon-log.ts";
import { type HttpServer, type Route, serveHttp } from "./http-server.ts";
import type { Metrics } from "./metrics.ts";
import { metricsRoutes, probeRoutes } from "./probe-routes.ts";
import type { SecretFiles } from "./secret-files.ts";
import { webhookRoutes } from "./webhook-routes.ts";

/** What was seen last: it changes from round to round. */
export interface LastRound {
  observed: readonly ObservedTarget[];
  /** By the target's name. */
  byName: ReadonlyMap<string, ObservedTarget>;
  views: ReadonlyMap<string, EngineView>;
  /** Epoch ms; missing: there was none yet. */
  roundAtMs?: number;
}

/** No round for so long: it hangs. */
const DEAD_MS = 600_000;

export interface ServeDaemon {
  readonly board: Board;
  readonly daemon: Pick<Daemon, "look">;
  readonly ledgers: Pick<CountLedger, "refresh">;
  readonly last: LastRound;
  readonly config: Config;
  readonly secrets: SecretFiles;
  readonly metrics: Metrics;
  /** `--listen`: instead of `server.listen`. */
  readonly listen: string | undefined;
  readonly log: DaemonLog;
  /** It is ending. */
  readonly stop: AbortSignal;
}

/** What shares an address shares a server. */
export async function serveDaemon(serving: ServeDaemon): Promise<readonly HttpServer[]> {
  const { config, ledgers, metrics, log, listen: asked } = serving;
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
  add(asked ?? server.listen, [...hooks(serving), ...api(serving)]);
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

function hooks({ board, daemon, metrics, secrets, last, config }: ServeDaemon): readonly Route[] {
  const onHints = (hints: readonly Hint[]): void => {
    const targets = last.observed.map((observed) => {
      const { name } = observed.watched.target;
      const lane = laneOf(board, name);
      const declared = lane?.declared.get(name) ?? config.targets.find((target) => target.name === name);
      return { observed, health: declared?.health ?? [], urls: lane?.urls ?? [] };
    });
    daemon.look(resolveHints(hints, targets));
  };
  return webhookRoutes({ reader: openWebhooks(secrets.senders), onHints, metrics });
}

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\]):\d+$/;

/** Without a token it is for whoever is on this machine, and for nobody where others can reach it. */
function api({ board, last, secrets, log, listen: asked, config }: ServeDaemon): readonly Route[] {
  const clock = createSystemClock();
  const standing = standingReader(board, { log });
  const view = createApiView({
    board: () => board,
    last: () => last,
    standing,
    decided: async (target) => readDecision(target, board.laneOf(target).world.ledger, { log }),
    nowMs: () => clock.nowMs(),
  });
  const listen = asked ?? config.server.listen;
  const isOpen = config.server.apiTokenFile === undefined && LOOPBACK.test(listen);
  return apiRoutes(view, ({ authorization }) => isOpen || bringsToken(secrets.apiTokens(), authorization));
}

function health({ last, stop }: ServeDaemon): Parameters<typeof probeRoutes>[0] {
  const clock = createSystemClock();
  const startMs = clock.nowMs();
  return {
    alive: () =>
      clock.nowMs() - (last.roundAtMs ?? startMs) > DEAD_MS ? "nothing was looked at for ten minutes" : undefined,
    ready: () => {
      if (stop.aborted) return "it is ending";
      return last.roundAtMs === undefined || !haveAnswered(last.views)
        ? "it has not looked at its targets yet"
        : undefined;
    },
  };
}
