/** Several kinds of one engine, followed together: in whichever version the cluster has them, and without those that it does not have. */
import type { JsonObject } from "../../core/model/json.ts";
import { LastgoodError } from "../../errors.ts";
import { linkAbort } from "../../linked-abort.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Cluster, FollowedKind, KindState, LiveChange, LiveObject } from "../../ports/cluster.ts";

/** A kind in the versions that can be read, the best first. */
export interface KindChoice {
  readonly kind: string;
  readonly apiVersions: readonly string[];
  /** What is known without it is worth having: where lastgood may not read it, it is left out. */
  readonly optional: boolean;
}

export interface KindsTools {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly kinds: readonly KindChoice[];
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly trim: (value: JsonObject) => JsonObject;
}

/** What is known of the kinds together. */
export interface KindsState {
  /** Kind → its objects by uid. Without the kinds that are missing. */
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, LiveObject>>;
  /** Kinds that the cluster does not have, or that lastgood may not read and need not. */
  readonly missing: ReadonlyMap<string, LastgoodError>;
  /** Has every kind been listed, or is it missing? */
  readonly isWhole: boolean;
  /** Of the kind that was heard of last: older than that nothing is. */
  readonly heardAtMs: number | undefined;
  readonly failure: LastgoodError | undefined;
}

/** How long a kind that the cluster does not have is left alone. */
const MISSING_MS = 60_000;
/** And one that was there a moment ago: it may have come back in another version. */
const AGAIN_MS = 5000;

/** Lists every kind once, in the order of the choices. Throws `Engine*` errors; `EngineKind` when there is none of the kinds that matter. */
export async function listKinds(tools: KindsTools, signal?: AbortSignal): Promise<KindsState> {
  const heardAtMs = tools.clock.nowMs();
  const objects = new Map<string, ReadonlyMap<string, LiveObject>>();
  const missing = new Map<string, LastgoodError>();
  for (const choice of tools.kinds) {
    const found = await listChoice(tools, choice, signal);
    if (found instanceof LastgoodError) missing.set(choice.kind, found);
    else objects.set(choice.kind, found);
  }
  const failure = noMain(tools, missing);
  if (failure !== undefined) throw failure;
  return { objects, missing, isWhole: true, heardAtMs, failure: undefined };
}

async function listChoice(
  { cluster, namespace, trim }: KindsTools,
  { kind, apiVersions, optional }: KindChoice,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, LiveObject> | LastgoodError> {
  let missing = new LastgoodError("EngineKind", `the cluster has no kind ${kind}`);
  for (const apiVersion of apiVersions) {
    try {
      const list = await cluster.list({ apiVersion, kind, ...(namespace === undefined ? {} : { namespace }) }, signal);
      return new Map(list.map((object) => [object.uid, { ...object, value: trim(object.value) }]));
    } catch (error) {
      if (!isLeftOut(error, optional)) throw error;
      missing = error;
      if (error.code === "EngineForbidden") break;
    }
  }
  return missing;
}

function isLeftOut(error: unknown, optional: boolean): error is LastgoodError {
  if (!(error instanceof LastgoodError)) return false;
  return error.code === "EngineKind" || (optional && error.code === "EngineForbidden");
}

/** Why there is nothing to see, when every kind that matters is missing. */
function noMain({ kinds }: KindsTools, missing: ReadonlyMap<string, LastgoodError>): LastgoodError | undefined {
  const main = kinds.filter(({ optional }) => !optional);
  return main.every(({ kind }) => missing.has(kind)) ? missing.get(main[0]?.kind ?? "") : undefined;
}

/** Follows them until the signal ends it. `onChange` is told after the state has changed, also when a kind turns out to be missing. */
export function followKinds(
  tools: KindsTools,
  { signal, onChange }: { readonly signal: AbortSignal; readonly onChange: (changes: readonly LiveChange[]) => void },
): { readonly state: () => KindsState; readonly done: Promise<void> } {
  const followed = tools.kinds.map((choice) => followChoice(tools, choice, { signal, onChange }));
  return {
    state: () =>
      join(
        tools,
        followed.map(({ state }) => state()),
      ),
    done: Promise.all(followed.map(async ({ done }) => done)).then(() => undefined),
  };
}

/** `missing`: the cluster does not have it, or lastgood may not read it and need not. */
interface ChoiceState {
  readonly known: KindState | undefined;
  readonly missing: LastgoodError | undefined;
}

function join(tools: KindsTools, states: readonly ChoiceState[]): KindsState {
  const objects = new Map<string, ReadonlyMap<string, LiveObject>>();
  const missing = new Map<string, LastgoodError>();
  const heard: number[] = [];
  const failures: LastgoodError[] = [];
  for (const [at, { kind }] of tools.kinds.entries()) {
    const state = states[at];
    const isListed = state?.known?.listedAtMs !== undefined;
    if (isListed) objects.set(kind, state.known.objects);
    else if (state?.missing !== undefined) missing.set(kind, state.missing);
    if (isListed && state.known.heardAtMs !== undefined) heard.push(state.known.heardAtMs);
    if (!missing.has(kind) && state?.known?.failure !== undefined) failures.push(state.known.failure);
  }
  const isWhole = objects.size + missing.size === tools.kinds.length;
  const heardAtMs = isWhole && heard.length > 0 ? Math.min(...heard) : undefined;
  return { objects, missing, isWhole, heardAtMs, failure: failures[0] ?? noMain(tools, missing) };
}

/** One kind, in the first version that there is. Another version takes the place of one that was there when it has been listed. */
function followChoice(
  { cluster, clock, namespace, trim }: KindsTools,
  { kind, apiVersions, optional }: KindChoice,
  { signal, onChange }: { readonly signal: AbortSignal; readonly onChange: (changes: readonly LiveChange[]) => void },
): { readonly state: () => ChoiceState; readonly done: Promise<void> } {
  let current: FollowedKind | undefined;
  let before: KindState | undefined;
  let missing: LastgoodError | undefined;

  async function follow(apiVersion: string): Promise<LastgoodError | undefined> {
    const end = linkAbort(signal);
    let left: LastgoodError | undefined;
    current = cluster.follow(
      { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }) },
      {
        signal: end.signal,
        trim,
        onChange(changes) {
          missing = undefined;
          onChange(changes);
        },
        onFailure(failure) {
          if (failure === undefined) missing = undefined;
          if (!isLeftOut(failure, optional)) return;
          left = failure;
          end.abort();
        },
      },
    );
    await current.done;
    end.abort();
    return left;
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      let left: LastgoodError | undefined;
      let last: KindState | undefined;
      for (const apiVersion of apiVersions) {
        left = await follow(apiVersion);
        if (signal.aborted) return;
        const state = current?.state();
        if (state?.listedAtMs !== undefined) last = { ...state, failure: left };
        if (left?.code === "EngineForbidden") break;
      }
      const isNews = missing === undefined || before !== last;
      [missing, before] = [left, last];
      if (isNews) onChange([]);
      await clock.sleep(last === undefined ? MISSING_MS : AGAIN_MS, signal).catch(() => undefined);
    }
  }

  return {
    state() {
      const now = current?.state();
      return { known: now?.listedAtMs === undefined ? (before ?? now) : now, missing };
    },
    done: run(),
  };
}
