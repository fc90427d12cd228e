import type {
  AlertsHealthConfig,
  HealthConfig,
  HttpHealthConfig,
  PrometheusHealthConfig,
  SloHealthConfig,
} from "../core/model/health-config.ts";
import { DEFAULTS } from "./defaults.ts";
import { requireDuration } from "./duration.ts";
import type { WrittenHealth, WrittenKindHealth } from "./health-schema.ts";
import type { KindHealthConfig } from "./config.ts";

type ResolveFile = (file: string) => string;
type Written<K extends keyof WrittenHealth> = NonNullable<WrittenHealth[K]>;

/** One written source; the rules have made sure that it is exactly one. */
export function normaliseHealth(written: WrittenHealth, resolveFile: ResolveFile): readonly HealthConfig[] {
  const { engine, http, prometheus, slo, alerts } = written;
  return [
    ...(engine === undefined ? [] : [{ kind: "engine" as const, ...engine }]),
    ...(http === undefined ? [] : [normaliseHttp(http, resolveFile)]),
    ...(prometheus === undefined ? [] : [normalisePrometheus(prometheus, resolveFile)]),
    ...(slo === undefined ? [] : [normaliseSlo(slo, resolveFile)]),
    ...(alerts === undefined ? [] : [normaliseAlerts(alerts, resolveFile)]),
  ];
}

function normaliseHttp(written: Written<"http">, resolveFile: ResolveFile): HttpHealthConfig {
  const { failureThreshold, expect, allowNetworks = [], showBody = false } = written;
  const status = expect?.status ?? [];
  return {
    kind: "http",
    ...asked(written, resolveFile),
    ...(failureThreshold === undefined ? {} : { failureThreshold }),
    expect: {
      statuses: typeof status === "number" ? [status] : status,
      ...(expect?.body === undefined ? {} : { body: expect.body }),
    },
    allowNetworks,
    showBody,
  };
}

function normalisePrometheus(written: Written<"prometheus">, resolveFile: ResolveFile): PrometheusHealthConfig {
  const { query, below, above, baseline } = written;
  return {
    kind: "prometheus",
    ...asked(written, resolveFile),
    ...token(written, resolveFile),
    query,
    ...(below === undefined ? {} : { below }),
    ...(above === undefined ? {} : { above }),
    ...(baseline === undefined
      ? {}
      : { baseline: { factor: baseline.factor, noise: baseline.noise ?? DEFAULTS.health.noise } }),
  };
}

function normaliseSlo(written: Written<"slo">, resolveFile: ResolveFile): SloHealthConfig {
  const { query, objective } = written;
  return { kind: "slo", ...asked(written, resolveFile), ...token(written, resolveFile), query, objective };
}

function normaliseAlerts(written: Written<"alerts">, resolveFile: ResolveFile): AlertsHealthConfig {
  const { url, matchLabels, watchdog } = written;
  return {
    kind: "alerts",
    ...(url === undefined ? {} : { url }),
    ...timing(written, resolveFile),
    ...token(written, resolveFile),
    matchLabels,
    ...(watchdog === undefined ? {} : { watchdog }),
  };
}

function asked(
  written: Written<"http"> | Written<"prometheus"> | Written<"slo">,
  resolveFile: ResolveFile,
): Pick<HttpHealthConfig, "url" | "intervalMs" | "timeoutMs" | "caFile" | "forMs"> {
  return { url: written.url, ...timing(written, resolveFile) };
}

/** What all of them have. */
function timing(
  written: Pick<Written<"http">, "interval" | "timeout" | "caFile" | "for">,
  resolveFile: ResolveFile,
): Pick<HttpHealthConfig, "intervalMs" | "timeoutMs" | "caFile" | "forMs"> {
  const { interval, timeout, caFile } = written;
  const intervalMs = requireDuration(interval ?? DEFAULTS.health.interval);
  return {
    intervalMs,
    timeoutMs: Math.min(requireDuration(timeout ?? DEFAULTS.health.timeout), intervalMs),
    ...(caFile === undefined ? {} : { caFile: resolveFile(caFile) }),
    ...(written.for === undefined ? {} : { forMs: requireDuration(written.for) }),
  };
}

function token(
  { tokenFile }: { readonly tokenFile?: string | undefined },
  resolveFile: ResolveFile,
): { readonly tokenFile?: string } {
  return tokenFile === undefined ? {} : { tokenFile: resolveFile(tokenFile) };
}

/** How one kind is judged. */
export function normaliseKindHealth(written: WrittenKindHealth): KindHealthConfig {
  const { apiVersion, kind, current, failed, inProgress } = written;
  return {
    apiVersion,
    kind,
    current,
    ...(failed === undefined ? {} : { failed }),
    ...(inProgress === undefined ? {} : { inProgress }),
  };
}
