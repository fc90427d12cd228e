/** What the engines of one target say now: for a command that wants to know what they say, not only what follows from it. */
import type { EngineState } from "../../core/engine/engine-state.ts";
import { isManagedUrl } from "../../core/target/repository-url.ts";
import type { LastgoodError } from "../../errors.ts";
import { readEngine } from "../../app/look-once.ts";
import { createSystemClock } from "../system-clock.ts";
import type { CommandContext, CommonOptions } from "./context.ts";
import { discoverTarget } from "./discover-target.ts";
import type { OpenedTarget } from "./open-target.ts";

export interface EnginesSeen {
  /** Of the target. */
  readonly states: readonly EngineState[];
  /** Those that were meant, and could not be asked. */
  readonly failures: readonly { readonly engine: string; readonly failure: LastgoodError }[];
}

const LONGEST_MS = 15_000;

/** Asks once; undefined where no engine is configured, and no cluster is named. Throws `EngineConfig`. */
export async function lookAtEngines(
  { config, target, world }: Pick<OpenedTarget, "config" | "target" | "world">,
  { kubeconfig, context: kubeContext }: CommonOptions,
  { surroundings, log }: CommandContext,
): Promise<EnginesSeen | undefined> {
  const all = config?.engines ?? [];
  if (all.length === 0 && kubeconfig === undefined && kubeContext === undefined) return undefined;
  const declared = config?.targets.find(({ name }) => name === target.name);
  const named = new Set(declared?.health.flatMap((source) => (source.kind === "engine" ? [source.name] : [])));
  const { openEngines } = await import("../compose-engines.ts");
  const clock = createSystemClock();
  const engines = await openEngines(
    {
      engines: named.size === 0 ? all : all.filter(({ name }) => named.has(name)),
      clock,
      log,
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(kubeContext === undefined ? {} : { context: kubeContext }),
    },
    surroundings,
  );
  const looked = await Promise.all(
    engines.map(async ({ engine, guessed }) => ({
      name: engine.name,
      guessed,
      view: await readEngine(engine, clock, surroundings.signal, LONGEST_MS),
    })),
  );
  const discovered = discoverTarget({
    target,
    declared,
    engines: looked.map(({ name, view }) => ({ name, states: [...view.states.values()] })),
    isHere: ({ url }) => isManagedUrl(url, world.urls) !== false,
    nowMs: clock.nowMs(),
  });
  const views = new Map(looked.map(({ name, view }) => [name, view]));
  return {
    states: (discovered?.objects ?? []).flatMap(({ engine, key }) => views.get(engine)?.states.get(key ?? "") ?? []),
    failures: looked.flatMap(({ name, guessed, view: { failure } }) =>
      failure === undefined || guessed === true ? [] : [{ engine: name, failure }],
    ),
  };
}
