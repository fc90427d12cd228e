/** The part of compose.ts for the daemon: who is told, who may tell it something, and what it shares with its like. */
import { resolve } from "node:path";
import { createEventNotifier } from "../adapters/notifier/kubernetes/event-notifier.ts";
import {
  createPagerDutyNotifier,
  createSlackNotifier,
  createWebhookNotifier,
} from "../adapters/notifier/http/http-notifiers.ts";
import { isBearer } from "../adapters/webhook/signature.ts";
import { createWebhookReader } from "../adapters/webhook/webhook-reader.ts";
import { openKubernetesLease } from "../adapters/lease/kubernetes/kubernetes-lease.ts";
import type { Config, LeaseConfig, NotificationConfig } from "../config/config.ts";
import { readSecretFile } from "../config/read-secret-file.ts";
import { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { LeaseStore } from "../ports/lease.ts";
import type { Log } from "../ports/log.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { WebhookReader } from "../ports/webhook.ts";
import { openCluster } from "./compose-engines.ts";
import type { Surroundings } from "./surroundings.ts";

const TIMEOUT_MS = 10_000;

export interface OpenNotifiers {
  readonly config: Config;
  readonly kubeconfig?: string;
  /** `--context`. */
  readonly context?: string;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
}

/** Everybody who is told: those of the configuration, and each cluster of an engine, by Events. Nothing is sent yet. */
export async function openNotifiers(
  request: OpenNotifiers,
  surroundings: Pick<Surroundings, "env" | "cwd">,
): Promise<readonly Notifier[]> {
  const { config, context, log } = request;
  const world = { fetch: globalThis.fetch, timeoutMs: TIMEOUT_MS };
  const told = config.notifications.map((one) => openNotifier(one, world));
  const contexts = new Set(config.engines.map((engine) => context ?? engine.context));
  const events: Notifier[] = [];
  for (const name of contexts) {
    try {
      events.push(createEventNotifier(await openCluster(request, surroundings, name)));
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
      log.warn(`no Events are recorded${name === undefined ? "" : ` in ${name}`}: ${error.message}`);
    }
  }
  return [...told, ...events];
}

function openNotifier(
  one: NotificationConfig,
  world: { readonly fetch: typeof globalThis.fetch; readonly timeoutMs: number },
): Notifier {
  const told = { on: one.on, ...(one.template === undefined ? {} : { template: one.template }) };
  switch (one.type) {
    case "slack":
      return createSlackNotifier({ ...told, url: async () => readSecretFile(one.urlFile) }, world);
    case "webhook": {
      const { hmacSecretFile: file } = one;
      const secret = file === undefined ? {} : { secret: async () => readSecretFile(file) };
      return createWebhookNotifier({ ...told, url: one.url, ...secret }, world);
    }
    case "pagerduty":
      return createPagerDutyNotifier(
        { ...told, url: one.url, routingKey: async () => readSecretFile(one.routingKeyFile) },
        world,
      );
  }
}

export interface OpenLease {
  readonly lease: LeaseConfig;
  /** `--kubeconfig`. */
  readonly kubeconfig?: string;
  /** `--context`: instead of what the configuration says. */
  readonly context?: string;
  readonly clock: Clock;
}

/** The Lease that replicas share; nothing is sent yet. Throws `EngineConfig`. */
export async function openLease(
  { lease, kubeconfig, context = lease.context, clock }: OpenLease,
  { env, cwd }: Pick<Surroundings, "env" | "cwd">,
): Promise<LeaseStore> {
  return openKubernetesLease({
    env,
    clock,
    lease,
    ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(cwd, kubeconfig) }),
    ...(context === undefined ? {} : { context }),
  });
}

/** Secrets of senders, by sender. */
export type SenderSecrets = Parameters<typeof createWebhookReader>[0] extends () => infer S ? S : never;

/** `secrets` is asked at each request. */
export function openWebhooks(secrets: () => SenderSecrets): WebhookReader {
  return createWebhookReader(secrets);
}

/** Does a request bring one of these as its bearer token? Without any, nobody does. */
export function bringsToken(tokens: readonly string[], authorization: string | undefined): boolean {
  return tokens.length > 0 && isBearer(tokens, authorization);
}
