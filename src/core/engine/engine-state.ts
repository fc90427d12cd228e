/** What a GitOps engine says of one thing that it deploys, in lastgood's words: the vendor's end in the files beside this one. */
import type { ObjectStatus } from "../kstatus/status.ts";
import type { ObjectId } from "../model/component.ts";

export const ENGINE_TYPES = ["argocd", "flux", "workloads"] as const;

export type EngineType = (typeof ENGINE_TYPES)[number];

/** One object of an engine (Application, Kustomization, HelmRelease), or one workload of a cluster without an engine. */
export interface EngineState {
  /** The engine's name in the configuration; of one that nobody configured, its type. */
  readonly engine: string;
  readonly type: EngineType;
  readonly id: ObjectId;
  readonly uid: string;
  /** How it is, bound to a revision where that can be told. */
  readonly status: ObjectStatus;
  /** Does what runs match what is asked for? `Unknown` while nobody can tell. */
  readonly sync: "Synced" | "OutOfSync" | "Unknown";
  /** In the engine's order; empty for workloads. */
  readonly sources: readonly EngineSource[];
  /** What it has deployed before, newest first. */
  readonly history: readonly EngineRelease[];
  /** What keeps a revert in git from arriving, the surest first; empty when nothing is known to. */
  readonly blockers: readonly Blocker[];
  /** What it waits for, as `kind/namespace/name` of the same engine. */
  readonly dependsOn: readonly string[];
  /** What makes it: an ApplicationSet, a parent Application, the Kustomization that applies a HelmRelease. */
  readonly parent?: ObjectId;
  /** `lastgood.dev/…` without the prefix, untrusted: they only ever restrict. */
  readonly annotations: { readonly [name: string]: string };
  /** Its labels, untrusted: what `engines[].discover.selector` is about. */
  readonly labels?: { readonly [name: string]: string };
  /** Where its workloads are, for the reasons down to the pod. Missing: another cluster, or nobody knows. */
  readonly workloads?: WorkloadPlace;
  /** When the engine last looked at it, epoch ms by its own clock. */
  readonly lookedAtMs?: number;
  /** How often it looks without being asked, in ms, where it says so. */
  readonly pollMs?: number;
}

/** Where a target's files come from. */
export interface EngineSource {
  readonly url: string;
  /** From the root of the repository; "" is the root. Missing: a chart from a registry. */
  readonly path?: string;
  readonly chart?: string;
  /** Branch, tag, commit or range that is followed; missing: the default branch. */
  readonly follows?: string;
  /** It follows nothing that a commit on a branch could move (tag, commit, chart version): the change lives where the object is written. */
  readonly fixed: boolean;
  /** What runs: a full commit id, a chart version or a digest. Missing while nobody can tell. */
  readonly live?: string;
  /** What the engine has seen last and wants to run. */
  readonly desired?: string;
}

/** A deploy of the past. */
export interface EngineRelease {
  /** In the order of the sources. */
  readonly revisions: readonly string[];
  /** Epoch ms. */
  readonly atMs: number;
  /** Did the engine see it healthy, or only apply it? */
  readonly proves: "health" | "sync" | "failure";
}

/** Why a commit in git does not reach the cluster. */
export interface Blocker {
  readonly reason: BlockerReason;
  /** One line for people. */
  readonly message: string;
  /** What frees it, ready to be pasted. lastgood never runs it. */
  readonly command?: string;
  /** Epoch ms at which it ends by itself. */
  readonly untilMs?: number;
}

export type BlockerReason =
  /** The engine was told to leave it alone. */
  | "Suspended"
  /** Nothing is synced unless a person does. */
  | "AutoSyncOff"
  /** An operation hangs on an old revision; the new one waits behind it. */
  | "OperationStuck"
  | "SyncWindow"
  /** What it depends on is not ready. */
  | "Dependency"
  /** The source cannot be fetched. */
  | "Source"
  /** It follows a tag, a commit or a chart version. */
  | "FixedRevision"
  /** A chart from git is rebuilt only when its version changes. */
  | "ChartVersion"
  /** Objects that only a revert would remove are left in place. */
  | "PruneOff"
  /** A group of an ApplicationSet goes before it. */
  | "RollingSync";

export interface WorkloadPlace {
  readonly namespace?: string;
  /** Objects that the engine says belong to it. */
  readonly objects: readonly ObjectId[];
  /** As `kubectl -l` takes it: what the engine labels its objects with. */
  readonly labels?: string;
}

/** `application/argocd/payments-api`: what people type, and how states are keyed. */
export function engineKey({ kind, namespace, name }: Omit<ObjectId, "apiVersion">): string {
  return [kind.toLowerCase(), ...(namespace === undefined ? [] : [namespace]), name].join("/");
}
