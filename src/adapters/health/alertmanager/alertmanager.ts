import { type AlertsAnswer, judgeAlerts, readAlerts } from "../../../core/health/alerts-answer.ts";
import type { HealthReading } from "../../../core/health/reading.ts";
import type { HealthSource } from "../../../ports/health.ts";
import { requestSafely, RequestTrouble, type SafeWorld } from "../http/safe-request.ts";
import { authorize, type Server, TokenTrouble } from "../server.ts";

export interface AlertsOptions {
  readonly name: string;
  readonly matchLabels: Readonly<Record<string, string>>;
  /** Name of an alert that always fires. Missing: that nothing fires is well. */
  readonly watchdog?: string;
  readonly intervalMs: number;
}

/** Ten thousand alerts of usual size are 8 MB; those of one target are few. */
const MAX_BYTES = 4_194_304;

/** Which alerts with these labels fire, by Alertmanager's API v2. `server.url` is without `/api/v2/alerts`. */
export function createAlertsSource(server: Server, options: AlertsOptions, world: SafeWorld): HealthSource {
  const { name, matchLabels, watchdog, intervalMs } = options;
  return {
    name,
    intervalMs,
    async read(_context, signal): Promise<HealthReading> {
      const asked = { server, world, signal };
      const answer = await ask(matchLabels, asked);
      if (watchdog === undefined || answer.kind === "none" || answer.alerts.length > 0) return judgeAlerts(answer);
      return judgeAlerts(answer, { name: watchdog, answer: await ask({ alertname: watchdog }, asked) });
    },
  };
}

interface Asked {
  readonly server: Server;
  readonly world: SafeWorld;
  readonly signal: AbortSignal | undefined;
}

async function ask(labels: Readonly<Record<string, string>>, { server, world, signal }: Asked): Promise<AlertsAnswer> {
  const { timeoutMs, ca } = server;
  // Silenced and inhibited ones, too: a target of which somebody silenced an alert is not well.
  const query = new URLSearchParams({ active: "true", silenced: "true", inhibited: "true", unprocessed: "true" });
  for (const [label, text] of Object.entries(labels)) query.append("filter", `${label}=${JSON.stringify(text)}`);
  try {
    const request = {
      url: new URL(`${server.url.replace(/\/+$/, "")}/api/v2/alerts?${query.toString()}`),
      headers: { accept: "application/json", ...(await authorize(server)) },
      maxBytes: MAX_BYTES,
      timeoutMs,
      ...(ca === undefined ? {} : { ca }),
    };
    const { status, bytes, cut } = await requestSafely(request, world, signal);
    if (cut) return { kind: "none", message: "answers with more than 4 MB" };
    return readAlerts({ status, body: bytes.toString("utf8") }, labels);
  } catch (error) {
    if (error instanceof RequestTrouble || error instanceof TokenTrouble)
      return { kind: "none", message: error.message };
    throw error;
  }
}
