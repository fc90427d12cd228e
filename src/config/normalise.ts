/** The configuration as written → as used. Takes only what the schema and the rules found sound. */
import { EVENTS } from "../core/model/event.ts";
import type { DeploymentPattern, EvidencePatterns } from "../core/model/evidence.ts";
import {
  type Config,
  type ForgeConfig,
  type NotificationConfig,
  type Policy,
  type ServerConfig,
  type TargetConfig,
  WEBHOOK_SOURCES,
} from "./config.ts";
import { DEFAULTS } from "./defaults.ts";
import { requireDuration } from "./duration.ts";
import { fillEvidence } from "./expand-targets.ts";
import { normaliseHealth, normaliseKindHealth } from "./normalise-health.ts";
import { normalPath } from "./paths.ts";
import { DEFAULT_POLICY, layOver, parentOf, resolvePolicy } from "./policies.ts";
import type { WrittenConfig, WrittenEvidence, WrittenPolicy, WrittenTarget } from "./schema.ts";

/** Defaults filled in, durations in ms, policies resolved. `resolveFile` gives a file named in the config its place. */
export function normaliseConfig(
  written: WrittenConfig,
  resolveFile: (file: string) => string,
): Omit<Config, "path" | "places"> {
  const policies = normalisePolicies(written.policies ?? {});
  return {
    forge: normaliseForge(written.forge ?? {}, resolveFile),
    repositories: (written.repositories ?? []).map(({ name, url, branch }) => ({ name, url, ...given({ branch }) })),
    engines: (written.engines ?? []).map(({ name, type, context, namespace, discover, health }) => ({
      name,
      type,
      ...given({ context, namespace, discover }),
      ...(health === undefined ? {} : { health: health.map(normaliseKindHealth) }),
    })),
    targets: (written.targets ?? []).map((target) =>
      normaliseTarget(target, { config: written, policies, resolveFile }),
    ),
    policies: new Map([...policies].map(([name, { policy }]) => [name, policy])),
    ledger: { ref: written.ledger?.ref ?? DEFAULTS.ledger.ref, ...given({ repository: written.ledger?.repository }) },
    notifications: (written.notifications ?? []).map((item) => normaliseNotification(item, resolveFile)),
    server: normaliseServer(written.server ?? {}, resolveFile),
  };
}

/** The keys that are given: an optional key is absent, never undefined. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

type WrittenForge = NonNullable<WrittenConfig["forge"]>;

function normaliseForge(written: WrittenForge, resolveFile: (file: string) => string): ForgeConfig {
  const { auth, caFile, webhookSecretFile, commit, pullRequest } = written;
  const defaults = DEFAULTS.forge;
  return {
    type: written.type ?? defaults.type,
    host: (written.host ?? defaults.host).toLowerCase(),
    ...(auth?.app === undefined
      ? {}
      : {
          auth: {
            kind: "app",
            id: String(auth.app.id),
            privateKeyFile: resolveFile(auth.app.privateKeyFile),
            ...given({ installationId: auth.app.installationId }),
          },
        }),
    ...(auth?.tokenFile === undefined ? {} : { auth: { kind: "token", tokenFile: resolveFile(auth.tokenFile) } }),
    ...(caFile === undefined ? {} : { caFile: resolveFile(caFile) }),
    ...(webhookSecretFile === undefined ? {} : { webhookSecretFile: resolveFile(webhookSecretFile) }),
    commit: {
      style: commit?.style ?? defaults.commit.style,
      signoff: commit?.signoff ?? defaults.commit.signoff,
      via: commit?.via ?? defaults.commit.via,
      ...(typeof commit?.signingKeyFile === "string" ? { signingKeyFile: resolveFile(commit.signingKeyFile) } : {}),
    },
    pullRequest: {
      draft: pullRequest?.draft ?? defaults.pullRequest.draft,
      labels: pullRequest?.labels ?? defaults.pullRequest.labels,
      reviewers: {
        suspectAuthor: pullRequest?.reviewers?.suspectAuthor ?? defaults.pullRequest.reviewers.suspectAuthor,
        teams: pullRequest?.reviewers?.teams ?? defaults.pullRequest.reviewers.teams,
      },
      assignees: pullRequest?.assignees ?? defaults.pullRequest.assignees,
    },
  };
}

interface NamedPolicy {
  readonly policy: Policy;
  readonly evidence: WrittenEvidence;
}

function normalisePolicies(written: NonNullable<WrittenConfig["policies"]>): ReadonlyMap<string, NamedPolicy> {
  const names = new Set([DEFAULT_POLICY, ...Object.keys(written)]);
  return new Map(
    [...names].map((name) => {
      const resolved = resolvePolicy(name, written);
      const parent = parentOf(name, written);
      const policy = { name, ...given({ extends: parent }), ...normalisePolicy(resolved) };
      return [name, { policy, evidence: resolved.good?.evidence ?? {} }];
    }),
  );
}

function normalisePolicy(written: WrittenPolicy): Omit<Policy, "name" | "extends"> {
  const defaults = DEFAULTS.policy;
  const { good, bad, components, limits, never, verify, freeze } = written;
  return {
    mode: written.mode ?? defaults.mode,
    good: {
      bakeTimeMs: requireDuration(good?.bakeTime ?? defaults.good.bakeTime),
      requireAll: good?.requireAll ?? defaults.good.requireAll,
      evidence: normaliseEvidence(good?.evidence ?? {}),
    },
    bad: {
      forMs: requireDuration(bad?.for ?? defaults.bad.for),
      samples: bad?.samples ?? defaults.bad.samples,
      on: bad?.on ?? defaults.bad.on,
    },
    components: { only: components?.only ?? [], except: components?.except ?? [] },
    limits: {
      suspectAgeMs: requireDuration(limits?.suspectAge ?? defaults.limits.suspectAge),
      checkpointAgeMs: requireDuration(limits?.checkpointAge ?? defaults.limits.checkpointAge),
      commits: limits?.commits ?? defaults.limits.commits,
      cooldownMs: requireDuration(limits?.cooldown ?? defaults.limits.cooldown),
      perTarget: limits?.perTarget ?? defaults.limits.perTarget,
      perRepository: limits?.perRepository ?? defaults.limits.perRepository,
      total: limits?.total ?? defaults.limits.total,
    },
    never: { authors: never?.authors ?? [], paths: never?.paths ?? [] },
    quarantine: { forMs: requireDuration(written.quarantine?.for ?? defaults.quarantine.for) },
    verify: {
      forMs: requireDuration(verify?.for ?? defaults.verify.for),
      timeoutMs: requireDuration(verify?.timeout ?? defaults.verify.timeout),
    },
    requireReason: written.requireReason ?? defaults.requireReason,
    strategy: written.strategy ?? defaults.strategy,
    ...given({ chartVersion: written.chartVersion, runbook: written.runbook }),
    freeze: (freeze ?? []).map((window) => ({
      cron: window.cron,
      forMs: requireDuration(window.for),
      timezone: window.timezone ?? DEFAULTS.freeze.timezone,
      mode: window.mode ?? DEFAULTS.freeze.mode,
    })),
  };
}

function normaliseEvidence(written: WrittenEvidence): EvidencePatterns {
  const { tags, notes, trailers, deployments, checks } = written;
  return {
    tags: listOf(tags),
    ...(deployments === undefined ? {} : { deployments: deploymentsOf(deployments) }),
    ...(checks === undefined ? {} : { checks: checksOf(checks) }),
    ...(notes === undefined ? {} : { notes: { ref: notes.ref ?? DEFAULTS.notes.ref, match: notes.match } }),
    trailers: listOf(trailers).map((trailer) => {
      const colon = trailer.indexOf(":");
      return { key: trailer.slice(0, colon).trim(), value: trailer.slice(colon + 1).trim() };
    }),
  };
}

function deploymentsOf(written: NonNullable<WrittenEvidence["deployments"]>): DeploymentPattern {
  const { environment, by = [], record = false } = typeof written === "string" ? { environment: written } : written;
  return { environment, by, record };
}

function checksOf(written: NonNullable<WrittenEvidence["checks"]>): NonNullable<EvidencePatterns["checks"]> {
  if (typeof written === "string" || Array.isArray(written)) return { names: listOf(written), by: [] };
  const { names, by = [] } = written;
  return { names: listOf(names), by };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

interface TargetContext {
  readonly config: WrittenConfig;
  readonly policies: ReadonlyMap<string, NamedPolicy>;
  readonly resolveFile: (file: string) => string;
}

function normaliseTarget(written: WrittenTarget, { config, policies, resolveFile }: TargetContext): TargetConfig {
  const named = policies.get(written.policy ?? DEFAULT_POLICY);
  if (named === undefined) throw new Error(`the rules let policy "${written.policy ?? ""}" pass`);
  const only = config.repositories?.length === 1 ? config.repositories[0]?.name : undefined;
  const wildcard = written.name.includes("*");
  const evidence = normaliseEvidence(layOver(named.evidence, written.evidence ?? {}));
  return {
    name: written.name,
    wildcard,
    ...given({ environment: written.environment, repository: written.repository ?? only }),
    paths: written.paths.map(normalPath),
    health: (written.health ?? []).flatMap((source) => normaliseHealth(source, resolveFile)),
    policy: named.policy,
    evidence: wildcard ? evidence : fillEvidence(evidence, written.name),
  };
}

type WrittenNotification = NonNullable<WrittenConfig["notifications"]>[number];

function normaliseNotification(
  written: WrittenNotification,
  resolveFile: (file: string) => string,
): NotificationConfig {
  const names: readonly string[] = written.on ?? DEFAULTS.notification.on;
  const on = EVENTS.filter((event) => names.includes("*") || names.includes(event));
  const told = { ...given({ template: written.template }), on };
  switch (written.type) {
    case "slack":
      return { type: "slack", urlFile: resolveFile(written.urlFile), ...told };
    case "pagerduty": {
      const { url = DEFAULTS.notification.pagerDutyUrl, routingKeyFile } = written;
      return { type: "pagerduty", url, routingKeyFile: resolveFile(routingKeyFile), ...told };
    }
    case "webhook": {
      const { url, hmacSecretFile } = written;
      const key = hmacSecretFile === undefined ? {} : { hmacSecretFile: resolveFile(hmacSecretFile) };
      return { type: "webhook", url, ...key, ...told };
    }
  }
}

function normaliseServer(
  written: NonNullable<WrittenConfig["server"]>,
  resolveFile: (file: string) => string,
): ServerConfig {
  const defaults = DEFAULTS.server;
  const { webhooks = {}, api, lease } = written;
  const files = WEBHOOK_SOURCES.flatMap((source) => {
    const proof = webhooks[source];
    return proof === undefined ? [] : [[source, resolveFile(proof.secretFile)] as const];
  });
  return {
    listen: written.listen ?? defaults.listen,
    ...given({ publicUrl: written.publicUrl }),
    dashboard: { readOnly: written.dashboard?.readOnly ?? defaults.dashboard.readOnly },
    webhooks: Object.fromEntries(files),
    ...(api === undefined ? {} : { apiTokenFile: resolveFile(api.tokenFile) }),
    metrics: written.metrics ?? defaults.metrics,
    probes: written.probes ?? defaults.probes,
    ...(lease === undefined
      ? {}
      : {
          lease: {
            name: lease.name ?? defaults.lease.name,
            ...given({ namespace: lease.namespace, context: lease.context }),
          },
        }),
  };
}
