/** What engines have on record of the target of a command: evidence that costs two requests, and is never waited for for long. */
import type { LiveStatuses } from "../../app/choose-strategy.ts";
import type { PlanWorld } from "../../app/plan-goal.ts";
import type { HistoryWorld } from "../../app/read-history.ts";
import type { Config, TargetConfig } from "../../config/config.ts";
import type { EngineState } from "../../core/engine/engine-state.ts";
import type { EngineEvidence } from "../../core/engine/release-evidence.ts";
import type { Restrictions } from "../../core/model/restriction.ts";
import type { Target } from "../../core/model/target.ts";
import { LastgoodError } from "../../errors.ts";
import type { Engine } from "../../ports/engine.ts";
import type { CommandContext, CommonOptions } from "./context.ts";

interface Asking {
  readonly config: Config | undefined;
  /** The target in the configuration; missing: it is not there. */
  readonly declared: TargetConfig | undefined;
  /** Addresses of the repository. */
  readonly urls: readonly string[];
}

/** At 3 a.m. a cluster that does not answer must not keep a plan from being made. */
const LONGEST_MS = 5000;

/**
 * Asks the engines of the configuration, or the cluster that a flag names; undefined without either: then no cluster is touched. The answer
 * is remembered: a command that looks twice sees the same.
 */
export function engineEvidenceFor(
  asking: Asking,
  options: CommonOptions,
  context: CommandContext,
): EngineWords | undefined {
  const engines = asking.config?.engines ?? [];
  if (engines.length === 0 && options.context === undefined && options.kubeconfig === undefined) return undefined;
  const known = new Map<string, Promise<Looked | undefined>>();
  const lookAt = async (target: Target): Promise<Looked | undefined> => {
    const asked = known.get(target.name) ?? lookAtTarget(target, { ...asking, options, context });
    known.set(target.name, asked);
    return asked;
  };
  const images = new Map<string, ReturnType<EngineWords["seenImages"]>>();
  const askOnce: EngineWords["seenImages"] = async (target) => {
    const looked = await lookAt(target);
    if (looked === undefined) return undefined;
    const [{ askImages }, { createSystemClock }] = await Promise.all([
      import("../../app/doubt-images.ts"),
      import("../system-clock.ts"),
    ]);
    return askImages({ ...looked, clock: createSystemClock(), signal: context.surroundings.signal });
  };
  return {
    async engineEvidence(target) {
      const looked = await lookAt(target);
      return looked === undefined ? NOTHING : looked.evidence;
    },
    async restrictions(target) {
      const looked = await lookAt(target);
      return looked === undefined ? undefined : { restrictions: looked.restrictions, states: looked.states };
    },
    async liveStatuses(target) {
      const looked = await lookAt(target);
      if (looked === undefined) return undefined;
      const { readLiveStatuses } = await import("../../app/choose-strategy.ts");
      return readLiveStatuses(looked.states, looked.engines);
    },
    async seenImages(target) {
      const asked = images.get(target.name) ?? askOnce(target);
      images.set(target.name, asked);
      return asked;
    },
  };
}

/** What the engines of a target say. */
export interface EngineWords {
  /** Of its past. */
  readonly engineEvidence: NonNullable<HistoryWorld["engineEvidence"]>;
  /** What its objects ask for, and how they are; undefined when none can tell. */
  readonly restrictions: (
    target: Target,
  ) => Promise<{ readonly restrictions: Restrictions; readonly states: readonly EngineState[] } | undefined>;
  /** Of its workloads now; undefined when none can tell. */
  readonly liveStatuses: (target: Target) => Promise<LiveStatuses | undefined>;
  /** Of the images that it had and has; undefined when none can tell. */
  readonly seenImages: NonNullable<PlanWorld["seenImages"]>;
}

interface Looked {
  readonly restrictions: Restrictions;
  readonly evidence: EngineEvidence;
  readonly states: readonly EngineState[];
  readonly engines: ReadonlyMap<string, Engine>;
}

type Reading = Asking & { readonly options: CommonOptions; readonly context: CommandContext };

async function lookAtTarget(target: Target, reading: Reading): Promise<Looked | undefined> {
  const { config, declared, urls, options, context } = reading;
  const { log, surroundings } = context;
  try {
    const [
      { openEngines },
      { readEngine },
      { engineEvidenceOf },
      { discoverTarget },
      { isManagedUrl },
      watched,
      { createSystemClock },
    ] = await Promise.all([
      import("../compose-engines.ts"),
      import("../../app/look-once.ts"),
      import("../../app/read-standing.ts"),
      import("./discover-target.ts"),
      import("../../core/target/repository-url.ts"),
      import("../watched-targets.ts"),
      import("../system-clock.ts"),
    ]);
    const clock = createSystemClock();
    const engines = await openEngines({ engines: enginesOf(reading), clock, log, ...flagsOf(options) }, surroundings);
    const looked = await Promise.all(
      engines.map(async ({ engine, guessed }) => {
        const view = await readEngine(engine, clock, surroundings.signal, LONGEST_MS);
        if (view.failure !== undefined && guessed === undefined) {
          log.warn(`what ${engine.name} has on record is left out as evidence: ${view.failure.message}`);
        }
        return { name: engine.name, view };
      }),
    );
    const isHere = ({ url }: { readonly url: string }): boolean => isManagedUrl(url, urls) !== false;
    const discovered = discoverTarget({
      target,
      declared,
      engines: looked.map(({ name, view }) => ({ name, states: [...view.states.values()] })),
      isHere,
      nowMs: clock.nowMs(),
    });
    if (discovered === undefined) return undefined;
    const facts = { config, declared, isHere, sources: [] };
    const views = new Map(looked.map(({ name, view }) => [name, view]));
    return {
      restrictions: discovered.restrictions,
      evidence: engineEvidenceOf(watched.watchedTarget(discovered, facts), views, clock.nowMs()),
      states: discovered.objects.flatMap(({ engine, key }) => views.get(engine)?.states.get(key ?? "") ?? []),
      engines: new Map(engines.map(({ engine }) => [engine.name, engine])),
    };
  } catch (error) {
    surroundings.signal.throwIfAborted();
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`what engines have on record is left out as evidence: ${error.message}`);
    return undefined;
  }
}

const NOTHING: EngineEvidence = { statements: [], unwell: [] };

/** Those that the target names as its health; where it names none, all. */
function enginesOf({ config, declared }: Reading): Config["engines"] {
  const engines = config?.engines ?? [];
  const named = new Set(declared?.health.flatMap((source) => (source.kind === "engine" ? [source.name] : [])));
  return named.size === 0 ? engines : engines.filter(({ name }) => named.has(name));
}

function flagsOf({ kubeconfig, context }: CommonOptions): { readonly kubeconfig?: string; readonly context?: string } {
  return { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) };
}
