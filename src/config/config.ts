/** The configuration as used: defaults filled in, durations in milliseconds, policies resolved. Types only: costs nothing to import. */
import type { RevertOrder } from "../core/model/revert-order.ts";
import type { Place } from "../errors.ts";
import type { EventName } from "../core/model/event.ts";
import type { EvidencePatterns } from "../core/model/evidence.ts";
import type { HealthConfig } from "../core/model/health-config.ts";

export type { HealthConfig };

/** How far lastgood may go unattended, in rising order. */
export const MODES = ["observe", "propose", "merge", "push"] as const;

export type Mode = (typeof MODES)[number];

/** What an undo does with the version of a chart. */
export const CHART_VERSIONS = ["restore", "bump", "keep"] as const;

export type ChartVersion = (typeof CHART_VERSIONS)[number];

/** Who makes the revert commit: whatever fits, lastgood, or the forge. */
export const COMMIT_VIAS = ["auto", "push", "api"] as const;

export type CommitVia = (typeof COMMIT_VIAS)[number];

export interface Config {
  /** The file it was read from. */
  readonly path: string;
  readonly forge: ForgeConfig;
  readonly repositories: readonly RepositoryConfig[];
  readonly engines: readonly EngineConfig[];
  readonly targets: readonly TargetConfig[];
  /** Always holds `default`. */
  readonly policies: ReadonlyMap<string, Policy>;
  readonly ledger: LedgerConfig;
  readonly notifications: readonly NotificationConfig[];
  readonly server: ServerConfig;
  /** Where a key is written, by its path as people see it: `policies.default.good.bakeTime`, `targets[0].paths`. */
  readonly places: ReadonlyMap<string, Place>;
}

export interface ForgeConfig {
  readonly type: "github" | "none";
  readonly host: string;
  /** Missing: the token of the environment (`GH_TOKEN`, `gh auth token`). Files are absolute or relative to the working directory. */
  readonly auth?: ForgeAuth;
  /** Certificates (PEM) that are trusted when the host is talked to. */
  readonly caFile?: string;
  readonly webhookSecretFile?: string;
  readonly commit: {
    readonly style: "git" | "conventional";
    readonly signingKeyFile?: string;
    readonly signoff: boolean;
    readonly via: CommitVia;
  };
  readonly pullRequest: {
    readonly draft: boolean;
    readonly labels: readonly string[];
    readonly reviewers: { readonly suspectAuthor: boolean; readonly teams: readonly string[] };
    readonly assignees: readonly string[];
  };
}

export type ForgeAuth =
  | {
      readonly kind: "app";
      /** App id or client id. */
      readonly id: string;
      readonly privateKeyFile: string;
      /** Missing: found by the repository. */
      readonly installationId?: number;
    }
  | { readonly kind: "token"; readonly tokenFile: string };

export interface RepositoryConfig {
  readonly name: string;
  readonly url: string;
  /** Missing: the branch that the remote's HEAD names. */
  readonly branch?: string;
}

export interface EngineConfig {
  readonly name: string;
  readonly type: "argocd" | "flux" | "workloads";
  /** Missing: the current context of the kubeconfig, or the cluster lastgood runs in. */
  readonly context?: string;
  readonly namespace?: string;
  readonly discover?: { readonly selector: string };
  /** How kinds that lastgood has no rule for are judged. */
  readonly health?: readonly KindHealthConfig[];
}

/** CEL over the live object: the first of `inProgress`, `failed`, `current` that is true decides. */
export interface KindHealthConfig {
  readonly apiVersion: string;
  readonly kind: string;
  readonly current: string;
  readonly failed?: string;
  readonly inProgress?: string;
}

export interface TargetConfig {
  /** `payments/api`; with `wildcard` a pattern, `edge/*`: see `expandTargets`. */
  readonly name: string;
  readonly wildcard: boolean;
  readonly environment?: string;
  /** Name in `repositories`; missing when none is declared: the repository at hand. */
  readonly repository?: string;
  /** From the root of the repository, `/` between, "" is the root. A wildcard's hold `{name}`. */
  readonly paths: readonly string[];
  readonly health: readonly HealthConfig[];
  readonly policy: Policy;
  /** Of the policy, with the target's own laid over it and `{target}` filled in (not in a wildcard). */
  readonly evidence: EvidencePatterns;
}

export interface Policy {
  readonly name: string;
  /** The policy that fills what this one leaves open; missing for `default`, which rests on lastgood's own defaults. */
  readonly extends?: string;
  readonly mode: Mode;
  readonly good: { readonly bakeTimeMs: number; readonly requireAll: boolean; readonly evidence: EvidencePatterns };
  readonly bad: { readonly forMs: number; readonly samples: number; readonly on: readonly ("Failed" | "InProgress")[] };
  /** Selectors as typed: `Deployment/api`, `:image`. Empty `only`: all. */
  readonly components: { readonly only: readonly string[]; readonly except: readonly string[] };
  readonly limits: {
    readonly suspectAgeMs: number;
    readonly checkpointAgeMs: number;
    /** The most commits that one revert may drop. */
    readonly commits: number;
    readonly cooldownMs: number;
    /** Reverts per 24 hours. */
    readonly perTarget: number;
    readonly perRepository: number;
    readonly total: number;
  };
  readonly never: { readonly authors: readonly string[]; readonly paths: readonly string[] };
  readonly quarantine: { readonly forMs: number };
  readonly verify: { readonly forMs: number; readonly timeoutMs: number };
  readonly requireReason: boolean;
  /** An address that incidents link to. */
  readonly runbook?: string;
  /** Missing: as the repository does it, `restore` where that is not clear. */
  readonly chartVersion?: ChartVersion;
  readonly freeze: readonly Freeze[];
  /** Of reverts by lastgood itself; a person says with `--only` what is meant. */
  readonly strategy: RevertOrder;
}

/** From each time of `cron`, for so long, at most `mode`. */
export interface Freeze {
  readonly cron: string;
  readonly forMs: number;
  /** IANA name. */
  readonly timezone: string;
  readonly mode: Mode;
}

export interface LedgerConfig {
  readonly ref: string;
  /** Name in `repositories`; missing: each target's own repository. */
  readonly repository?: string;
}

export type NotificationConfig = (
  | { readonly type: "slack"; readonly urlFile: string }
  | { readonly type: "webhook"; readonly url: string; readonly hmacSecretFile?: string }
  | { readonly type: "pagerduty"; readonly url: string; readonly routingKeyFile: string }
) & {
  /** Instead of lastgood's own sentence: see `renderTemplate`. */
  readonly template?: string;
  /** `"*"` in the file is written out here. */
  readonly on: readonly EventName[];
};

export const WEBHOOK_SOURCES = ["argocd", "flux", "alertmanager", "signals"] as const;

export type WebhookSource = (typeof WEBHOOK_SOURCES)[number];

export interface ServerConfig {
  /** `HOST:PORT` */
  readonly listen: string;
  readonly publicUrl?: string;
  readonly dashboard: { readonly readOnly: boolean };
  /** Files with the secrets of senders; one that is missing is off. GitHub's is `forge.webhookSecretFile`. */
  readonly webhooks: { readonly [source in WebhookSource]?: string };
  readonly apiTokenFile?: string;
  readonly metrics: string;
  readonly probes: string;
  /** Missing: there is one daemon, and it always acts. */
  readonly lease?: LeaseConfig;
}

/** The Lease that replicas share: whoever holds it acts, the others look. */
export interface LeaseConfig {
  readonly name: string;
  /** Missing: where the pod, or the context, stands. */
  readonly namespace?: string;
  /** Missing: the current context of the kubeconfig, or the cluster lastgood runs in. */
  readonly context?: string;
}
