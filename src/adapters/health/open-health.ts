/** The health sources of a target beside its engines, as the configuration names them. */
import { BURN_WINDOWS } from "../../core/health/burn-rate.ts";
import { type HealthConfig, type NamedHealth, namedHealth } from "../../core/model/health-config.ts";
import type { HealthSource } from "../../ports/health.ts";
import type { SafeWorld } from "./http/safe-request.ts";
import type { Server } from "./server.ts";

export interface HealthWorld extends Pick<SafeWorld, "clock" | "resolve"> {
  /** The token in a file. Throws `ConfigSecretFile`. */
  readonly readSecretFile: (path: string) => Promise<string>;
  /** The certificates in a file (PEM). Throws `ConfigSecretFile`. */
  readonly readCertificates: (path: string) => Promise<string>;
}

/**
 * Everything that can be asked how a target is, but for engines, in the order of the configuration; the names are those of `signalPolicyOf`.
 * Throws `ConfigSecretFile` for a file that cannot be read now; one that cannot be read later makes a reading `Unknown`.
 */
export async function openHealthSources(
  { health }: { readonly health: readonly HealthConfig[] },
  world: HealthWorld,
): Promise<readonly HealthSource[]> {
  const sources = await Promise.all(namedHealth(health).map(async (named) => open(named, world)));
  return sources.filter((source) => source !== undefined);
}

async function open({ name, config }: NamedHealth, world: HealthWorld): Promise<HealthSource | undefined> {
  switch (config.kind) {
    case "engine":
      return undefined;
    case "http": {
      const { createHttpProbe } = await import("./http/http-probe.ts");
      const { url, intervalMs, timeoutMs, expect: expected, showBody } = config;
      const ca = await certificates(config, world);
      const options = { name, url, intervalMs, timeoutMs, expected, showBody, ...ca };
      return createHttpProbe(options, await guarded(world, "public", config.allowNetworks));
    }
    case "prometheus": {
      const { createFigureSource } = await import("./prometheus/prometheus.ts");
      const { query, below, above, baseline, intervalMs } = config;
      const limits = { ...(below === undefined ? {} : { below }), ...(above === undefined ? {} : { above }) };
      const options = { name, query, limits, ...(baseline === undefined ? {} : { baseline }), intervalMs };
      return createFigureSource(await serverOf(config, world), options, await guarded(world, "internal"));
    }
    case "slo": {
      const { createBurnSource } = await import("./prometheus/prometheus.ts");
      const { query, objective, intervalMs } = config;
      const options = { name, query, objective, windows: BURN_WINDOWS, intervalMs };
      return createBurnSource(await serverOf(config, world), options, await guarded(world, "internal"));
    }
    case "alerts": {
      const { createAlertsSource } = await import("./alertmanager/alertmanager.ts");
      const { url, matchLabels, watchdog, intervalMs } = config;
      if (url === undefined) return undefined;
      const options = { name, matchLabels, ...(watchdog === undefined ? {} : { watchdog }), intervalMs };
      return createAlertsSource(await serverOf({ ...config, url }, world), options, await guarded(world, "internal"));
    }
  }
}

/** A probe's address may hold a folder's name of the managed repository; that of a monitoring system is the operator's own. */
async function guarded(
  { clock, resolve }: HealthWorld,
  reach: "public" | "internal",
  allowed: readonly string[] = [],
): Promise<SafeWorld> {
  const { createAddressGuard } = await import("./http/address-guard.ts");
  return { clock, isDenied: createAddressGuard(reach, allowed), ...(resolve === undefined ? {} : { resolve }) };
}

interface AskedConfig {
  readonly url: string;
  readonly timeoutMs: number;
  readonly tokenFile?: string;
  readonly caFile?: string;
}

async function serverOf(config: AskedConfig, world: HealthWorld): Promise<Server> {
  const { url, timeoutMs, tokenFile } = config;
  const ca = await certificates(config, world);
  if (tokenFile === undefined) return { url, timeoutMs, ...ca };
  const token = async (): Promise<string> => world.readSecretFile(tokenFile);
  await token();
  return { url, timeoutMs, token, ...ca };
}

async function certificates(
  { caFile }: Pick<AskedConfig, "caFile">,
  { readCertificates }: HealthWorld,
): Promise<{ readonly ca?: readonly string[] }> {
  return caFile === undefined ? {} : { ca: [await readCertificates(caFile)] };
}
