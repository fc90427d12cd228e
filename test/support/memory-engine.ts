import type { EngineSource, EngineState, EngineType } from "../../src/core/engine/engine-state.ts";
import { engineKey } from "../../src/core/engine/engine-state.ts";
import { type Status, type StatusDetails, statusOf } from "../../src/core/kstatus/status.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { LiveObject } from "../../src/ports/cluster.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Engine, EngineView, Reason } from "../../src/ports/engine.ts";

/** An engine without a cluster, for tests of what uses one. */
export interface MemoryEngine extends Engine {
  /** From now on it has these, and no others; everybody who follows is told. */
  set(...states: readonly EngineState[]): void;
  /** From now on it cannot be heard; undefined: it can. */
  fail(failure: LastgoodError | undefined): void;
  /** `kind/namespace/name token`, in order. */
  readonly looked: readonly string[];
  /** What `pods` answers: a list, or what it throws. */
  live: readonly LiveObject[] | LastgoodError;
  /** What `read` waits for before it answers. */
  hold: Promise<void> | undefined;
}

export interface MemoryEngineOptions {
  readonly name?: string;
  readonly type?: EngineType;
  readonly clock: Pick<Clock, "nowMs">;
}

export function memoryEngine({ name = "argo", type = "argocd", clock }: MemoryEngineOptions): MemoryEngine {
  let states: ReadonlyMap<string, EngineState> = new Map();
  let failure: LastgoodError | undefined;
  let heardAtMs: number | undefined;
  const listeners = new Set<(keys: readonly string[]) => void>();
  const looked: string[] = [];
  const view = (): EngineView => {
    if (failure === undefined) heardAtMs = clock.nowMs();
    return { states, heardAtMs, failure };
  };
  const engine: MemoryEngine = {
    name,
    type,
    looked,
    live: [],
    hold: undefined,
    set(...next) {
      states = new Map(next.map((state) => [engineKey(state.id), { ...state, engine: name, type }]));
      for (const tell of listeners) tell([...states.keys()]);
    },
    fail(next) {
      failure = next;
      for (const tell of listeners) tell([]);
    },
    async read(signal) {
      await engine.hold;
      signal?.throwIfAborted();
      if (failure !== undefined) throw failure;
      return view();
    },
    follow({ signal, onChange }) {
      if (onChange !== undefined) listeners.add(onChange);
      const done = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      return { view, done: done.finally(() => onChange !== undefined && listeners.delete(onChange)) };
    },
    explain: async ({ id, status }): Promise<Reason> => ({ id, status, below: [] }),
    async pods() {
      if (engine.live instanceof LastgoodError) throw engine.live;
      return engine.live;
    },
    async askToLook({ id }, token) {
      looked.push(`${engineKey(id)} ${token}`);
    },
  };
  return engine;
}

export interface AppFacts extends Partial<Omit<EngineState, "status" | "id" | "sources">>, StatusDetails {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly word?: Status;
  readonly reason?: string;
  readonly message?: string;
  readonly path?: string;
  readonly url?: string;
  readonly sources?: readonly EngineSource[];
}

/** What an engine says of one Application, `Current` unless told otherwise, made from `apps/NAME` of the repository at hand. */
export function appState(facts: AppFacts = {}): EngineState {
  const {
    kind = "Application",
    namespace = "argocd",
    name = "api",
    word = "Current",
    revision,
    path = `apps/${name}`,
  } = facts;
  const { reason = word, message = `it is ${word}`, url = "https://git.example.com/acme/gitops.git" } = facts;
  const { sinceMs, revisions, rolledBack, unproven } = facts;
  const live = revision === undefined ? {} : { live: revision, desired: revision };
  return {
    engine: facts.engine ?? "argo",
    type: facts.type ?? "argocd",
    id: { apiVersion: "argoproj.io/v1alpha1", kind, namespace, name },
    uid: facts.uid ?? `uid-${namespace}-${name}`,
    status: statusOf(word, reason, message, { sinceMs, revision, revisions, rolledBack, unproven }),
    sync: facts.sync ?? "Synced",
    sources: facts.sources ?? [{ url, path, follows: "main", fixed: false, ...live }],
    history: facts.history ?? [],
    blockers: facts.blockers ?? [],
    dependsOn: facts.dependsOn ?? [],
    annotations: facts.annotations ?? {},
    ...(facts.labels === undefined ? {} : { labels: facts.labels }),
    ...(facts.parent === undefined ? {} : { parent: facts.parent }),
  };
}
