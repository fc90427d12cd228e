/** What can say whether a target is well, as the configuration names it. Files are absolute or relative to the working directory. */
import { maskSecrets } from "./secret.ts";

export type HealthConfig =
  | EngineHealthConfig
  | HttpHealthConfig
  | PrometheusHealthConfig
  | SloHealthConfig
  | AlertsHealthConfig;

/** `object`: the name of the engine's object. */
export interface EngineHealthConfig {
  readonly kind: "engine";
  readonly name: string;
  readonly object: string;
}

/** What sources that are asked over HTTP have in common. */
interface AskedHealthConfig {
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly caFile?: string;
  /** Lengthens the policy's `bad.for`. */
  readonly forMs?: number;
}

export interface HttpHealthConfig extends AskedHealthConfig {
  readonly kind: "http";
  /** Lengthens the policy's `bad.samples`. */
  readonly failureThreshold?: number;
  /** `statuses` empty: 200 to 299. */
  readonly expect: { readonly statuses: readonly number[]; readonly body?: string };
  /** Addresses and CIDR ranges. */
  readonly allowNetworks: readonly string[];
  readonly showBody: boolean;
}

export interface PrometheusHealthConfig extends AskedHealthConfig {
  readonly kind: "prometheus";
  readonly query: string;
  /** At least one of the two is there. */
  readonly below?: number;
  readonly above?: number;
  readonly baseline?: { readonly factor: number; readonly noise: number };
  readonly tokenFile?: string;
}

export interface SloHealthConfig extends AskedHealthConfig {
  readonly kind: "slo";
  /** Holds `{window}`. */
  readonly query: string;
  /** In percent. */
  readonly objective: number;
  readonly tokenFile?: string;
}

export interface AlertsHealthConfig extends Omit<AskedHealthConfig, "url"> {
  readonly kind: "alerts";
  /** Of Alertmanager. Missing: nobody is asked, and the labels only tell which webhooks are about the target. */
  readonly url?: string;
  readonly matchLabels: { readonly [label: string]: string };
  /** Name of an alert that always fires: while it does not, silence says nothing. */
  readonly watchdog?: string;
  readonly tokenFile?: string;
}

/** A source, and what it is called among those of its target: the same in every run, without secrets. */
export interface NamedHealth {
  readonly name: string;
  readonly config: HealthConfig;
}

/** The sources of a target with their names. What only tells which webhooks are about the target is none. */
export function namedHealth(health: readonly HealthConfig[]): readonly NamedHealth[] {
  const times = new Map<string, number>();
  return health
    .filter((config) => config.kind !== "alerts" || config.url !== undefined)
    .map((config) => {
      const name = nameOf(config);
      const time = (times.get(name) ?? 0) + 1;
      times.set(name, time);
      return { name: time === 1 ? name : `${name} #${time}`, config };
    });
}

function nameOf(config: HealthConfig): string {
  switch (config.kind) {
    case "engine":
      return `${config.name} ${config.object}`;
    case "http":
      return `http ${maskSecrets(config.url)}`;
    case "prometheus":
      return `prometheus ${maskSecrets(config.query)}`;
    case "slo":
      return `burn rate ${maskSecrets(config.query)}`;
    case "alerts": {
      const labels = Object.entries(config.matchLabels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
      return `alerts {${maskSecrets(labels.sort().join(", "))}}`;
    }
  }
}
