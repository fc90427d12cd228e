/** What the engines say of one target: how its objects are, which revision runs, and what of it counts as a fact. */
import { type DiscoveredTarget, sourceName } from "../core/discovery.ts";
import type { EngineState } from "../core/engine/engine-state.ts";
import { type IsHere, ownRevision } from "../core/engine/match-state.ts";
import { engineFacts } from "../core/signal/facts.ts";
import type { SignalFact } from "../core/signal/observation.ts";
import type { SourceSays } from "../core/signal/present.ts";
import type { LastgoodError } from "../errors.ts";
import type { EngineView } from "../ports/engine.ts";
import type { ReadContent } from "./content-reader.ts";

export interface EnginesSay {
  /** Those that are there, in the order of the target's objects. */
  readonly states: readonly EngineState[];
  readonly says: readonly SourceSays[];
  /** The target's revision that runs; missing while nobody can tell. */
  readonly revision?: string;
  readonly content?: string;
  readonly facts: readonly SignalFact[];
  /** Why engines of it are not heard of. */
  readonly failures: readonly LastgoodError[];
}

/** Each was heard, or is known not to be reached: only then is what is not there not there. */
export function haveAnswered(views: ReadonlyMap<string, EngineView>): boolean {
  return [...views.values()].every(({ heardAtMs, failure }) => heardAtMs !== undefined || failure !== undefined);
}

/** `views`: by the engine's name. Throws what reading the content from git throws. */
export async function enginesSay(
  { target, objects, isHere }: DiscoveredTarget & { readonly isHere: IsHere },
  views: ReadonlyMap<string, EngineView>,
  readContent: ReadContent,
): Promise<EnginesSay> {
  const seen = await Promise.all(
    objects.map(async (object) => {
      const view = views.get(object.engine);
      const state = object.key === undefined ? undefined : view?.states.get(object.key);
      const source = sourceName(object);
      if (view === undefined || state === undefined) return { source, view, says: missing(source, view) };
      const revision = ownRevision(state, { target, isHere });
      const content = revision === undefined ? undefined : await readContent(target, revision);
      return { source, view, state, revision, content, says: saysOf(source, state, view) };
    }),
  );
  const live = seen.find(({ revision }) => revision !== undefined);
  return {
    states: seen.flatMap(({ state }) => state ?? []),
    says: seen.map(({ says }) => says),
    ...(live?.revision === undefined ? {} : { revision: live.revision }),
    ...(live?.content === undefined ? {} : { content: live.content }),
    facts: seen.flatMap(({ source, view, state, revision, content }) =>
      view?.heardAtMs === undefined || state === undefined
        ? []
        : engineFacts({
            target: target.name,
            source,
            atMs: view.heardAtMs,
            status: state.status,
            ...(revision === undefined ? {} : { revision }),
            ...(content === undefined ? {} : { content }),
          }),
    ),
    failures: [...new Set(seen.flatMap(({ view }) => view?.failure ?? []))],
  };
}

function saysOf(source: string, { status }: EngineState, { failure }: EngineView): SourceSays {
  const { reason, message, sinceMs, unproven, rolledBack } = status;
  if (failure !== undefined) return { source, status: "Unknown", reason: failure.code, message: failure.message };
  return {
    source,
    status: status.status,
    reason,
    message,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(unproven === undefined ? {} : { unproven }),
    ...(rolledBack === undefined ? {} : { rolledBack: true as const }),
  };
}

/** Only an engine that was heard can say that there is no such object. */
function missing(source: string, view: EngineView | undefined): SourceSays {
  if (view?.failure !== undefined) {
    return { source, status: "Unknown", reason: view.failure.code, message: view.failure.message };
  }
  return view?.heardAtMs === undefined
    ? { source, status: "Unknown", reason: "NotHeard", message: "the engine has not been heard of yet" }
    : { source, status: "NotFound", reason: "NotFound", message: "the engine has no such object" };
}
