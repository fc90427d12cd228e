import type { ObjectId } from "../core/model/component.ts";
import type { Right } from "../core/doctor/rights.ts";
import type { JsonObject } from "../core/model/json.ts";
import type { LastgoodError } from "../errors.ts";

/** What names a kind: `{ apiVersion: "argoproj.io/v1alpha1", kind: "Application" }`. */
export interface KindName {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Which objects of a kind. */
export interface KindQuery extends KindName {
  /** Undefined: all namespaces that the cluster has. */
  readonly namespace?: string;
  /** As `kubectl -l` takes it. */
  readonly labels?: string;
  /** As `kubectl --field-selector` takes it. */
  readonly fields?: string;
}

/**
 * One object as the cluster has it now: untrusted. `managedFields` and kubectl's copy of the manifest are left out, and what
 * `trim` took away. It always has `apiVersion`, `kind`, `metadata.name`, `metadata.uid` and `metadata.resourceVersion`.
 */
export interface LiveObject {
  readonly id: ObjectId;
  /** An object made anew under the same name has another one: it is another object. */
  readonly uid: string;
  readonly resourceVersion: string;
  readonly value: JsonObject;
}

/** `gone` is only ever said after the cluster has said so, or a whole list has come without the object. */
export type LiveChange =
  | { readonly kind: "found"; readonly object: LiveObject }
  | { readonly kind: "changed"; readonly object: LiveObject; readonly before: LiveObject }
  | { readonly kind: "gone"; readonly before: LiveObject };

/** What is known of a kind. Never half a list: it is empty and `listedAtMs` undefined until the first one has come whole. */
export interface KindState {
  /** By uid. */
  readonly objects: ReadonlyMap<string, LiveObject>;
  /** When the last whole list was asked for. */
  readonly listedAtMs: number | undefined;
  /** When the cluster last said anything of this kind: how fresh the state is. */
  readonly heardAtMs: number | undefined;
  /** Why it is not heard of at present; undefined while all is well. The objects are those from before. */
  readonly failure: LastgoodError | undefined;
}

export interface FollowOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** What has changed, right after the state has. Nothing is told twice: not after a reconnect, not after a new list. */
  readonly onChange?: (changes: readonly LiveChange[]) => void;
  /** Called when `failure` appears, becomes another one, or ends. */
  readonly onFailure?: (failure: LastgoodError | undefined) => void;
  /** Keeps of each object only what is needed: two thousand whole ones are a lot of memory. */
  readonly trim?: (value: JsonObject) => JsonObject;
}

export interface FollowedKind {
  state(): KindState;
  /** Resolves when the signal ends it; rejects with what a callback has thrown. Nothing else ends it. */
  readonly done: Promise<void>;
}

/** What makes an engine look at once instead of at its next poll. It changes nothing else. */
export type LookRequest =
  /** Argo CD, on an Application: annotation `argocd.argoproj.io/refresh`, which it takes away when it has looked. */
  | { readonly engine: "argocd"; readonly hard: boolean }
  /** Flux, on any of its kinds: annotation `reconcile.fluxcd.io/requestedAt`; the token comes back in the status when handled. */
  | { readonly engine: "flux"; readonly token: string };

/** A Kubernetes Event on an object. */
export interface EventRequest {
  readonly about: LiveObject;
  readonly type: "Normal" | "Warning";
  /** PascalCase. */
  readonly reason: string;
  /** One line; cut at 1,024 characters. */
  readonly message: string;
  /** The same key on the same object is the same Event: it is there once, however often it is created. Any text. */
  readonly key: string;
}

/**
 * A Kubernetes cluster. Read, but for two annotations and Events; workloads are never written, Secrets never read.
 * Throws `Engine*` errors only. A kind that the cluster does not have: `EngineKind`.
 */
export interface Cluster {
  /** The context's name, or `in-cluster`: for people. */
  readonly name: string;
  /** Where the context, or the pod, stands. */
  readonly namespace: string;
  /** All objects, in one consistent list: whole or not at all. */
  list(query: KindQuery, signal?: AbortSignal): Promise<readonly LiveObject[]>;
  /** The object; undefined when there is none. */
  get(id: ObjectId): Promise<LiveObject | undefined>;
  /** Keeps a state that is right within one resync, whatever happens to the connection. */
  follow(query: KindQuery, options: FollowOptions): FollowedKind;
  /** Throws `EngineConflict` when the object has another uid by now, `EngineNotFound` when it is no more. */
  askToLook(object: Pick<LiveObject, "id" | "uid">, request: LookRequest): Promise<void>;
  recordEvent(event: EventRequest): Promise<void>;
  /** May our account do these? One answer for each, in order. Asked, not tried. Missing where nobody can be asked. */
  canI?(rights: readonly Right[], signal?: AbortSignal): Promise<readonly boolean[]>;
  /** What answers there. Missing where nobody can be asked. */
  versions?(signal?: AbortSignal): Promise<ClusterVersions>;
}

export interface ClusterVersions {
  /** `v1.34.0` */
  readonly kubernetes: string;
  /** How far the API server's clock is before ours, in ms; undefined: it does not say. */
  readonly aheadMs?: number;
}
