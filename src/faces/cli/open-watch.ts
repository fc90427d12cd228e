/** Whom a command asks that stays until the engines have its revert: seen to answer before anything is written. */
import { readEngine } from "../../app/look-once.ts";
import type { WaitFor, WaitWatch } from "../../app/wait-verified.ts";
import type { LookedAtEngine } from "../../app/discover-targets.ts";
import type { Config, Policy, TargetConfig } from "../../config/config.ts";
import { DEFAULTS } from "../../config/defaults.ts";
import { requireDuration } from "../../config/duration.ts";
import { escapeText } from "../../core/model/escape.ts";
import { isManagedUrl } from "../../core/target/repository-url.ts";
import { LastgoodError } from "../../errors.ts";
import { createSystemClock } from "../system-clock.ts";
import { policyOf, watchedTarget } from "../watched-targets.ts";
import type { CommandContext, CommonOptions } from "./context.ts";
import { discoverTarget } from "./discover-target.ts";
import { openAllEngines } from "./open-board.ts";
import type { OpenedTarget } from "./open-target.ts";

/** An engine that answers so late is not there for somebody who waits for a revert. */
const LONGEST_MS = 15_000;

interface Opening {
  readonly opened: OpenedTarget;
  readonly options: CommonOptions;
  readonly context: CommandContext;
  readonly until: WaitFor;
}

/**
 * Opens the engines of the target, as `status` does. Throws `EngineConfig` where there are none, `EngineUnreachable` or `EngineForbidden` where
 * none can be asked, and `UsageArgument` where none of them has the target: whoever waits would wait for nothing.
 */
export async function openWatch({ opened, options, context, until }: Opening): Promise<WaitWatch> {
  const { target, config, declared, world, patterns } = opened;
  const flag = `--wait=${until}`;
  if (target.origin.kind === "change") {
    throw new LastgoodError("UsageMissing", `${flag} asks the engine about one target, and none is named`, {
      hint: "Name the target that the change belongs to, or leave --wait out.",
    });
  }
  const engines = await openThem(opened, { options, context, until });
  const clock = createSystemClock();
  const isHere = ({ url }: { readonly url: string }): boolean => isManagedUrl(url, world.urls) !== false;
  const { openHealth } = await import("../compose-engines.ts");
  const sources = declared === undefined ? [] : await openHealth(declared.health, clock);
  const discovered = (looked: readonly LookedAtEngine[]): ReturnType<typeof discoverTarget> =>
    discoverTarget({
      target,
      declared,
      engines: looked.map(({ name, view }) => ({ name, states: [...view.states.values()] })),
      isHere,
      nowMs: clock.nowMs(),
    });
  const looked = await Promise.all(
    engines.map(async ({ engine }) => ({
      name: engine.name,
      view: await readEngine(engine, clock, context.surroundings.signal, LONGEST_MS),
    })),
  );
  const found = discovered(looked);
  const states = (found?.objects ?? []).flatMap(({ engine, key }) => {
    const view = looked.find(({ name }) => name === engine)?.view;
    return view?.states.get(key ?? "") ?? [];
  });
  if (states.length === 0) throw notThere(opened, looked, flag);
  const failing = states.flatMap(({ status }) => (status.status === "Failed" ? (status.sinceMs ?? []) : []));
  const { records } = await world.ledger.read();
  return {
    engines,
    records,
    patterns,
    policy: verifyPolicy(found, { config, declared }),
    discover: (now) => {
      const seen = discovered(now);
      return seen === undefined ? undefined : watchedTarget(seen, { config, declared, isHere, sources });
    },
    ...(failing.length === 0 ? {} : { sinceMs: Math.min(...failing) }),
  };
}

/** Those that the target names as its health; where it names none, all. */
async function openThem(
  { config, declared }: OpenedTarget,
  { options, context, until }: Omit<Opening, "opened">,
): Promise<Awaited<ReturnType<typeof openAllEngines>>> {
  const all = config?.engines ?? [];
  const named = new Set(declared?.health.flatMap((source) => (source.kind === "engine" ? [source.name] : [])));
  const wanted = named.size === 0 ? all : all.filter(({ name }) => named.has(name));
  try {
    return await openAllEngines(wanted, { config, options, context });
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "EngineConfig") throw error;
    throw new LastgoodError("EngineConfig", `--wait=${until} needs an engine to ask: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: `${error.hint}\n${WITHOUT}` }),
      ...(error.place === undefined ? {} : { place: error.place }),
      cause: error,
    });
  }
}

const WITHOUT = "Nothing was written. --wait=merged needs no engine.";

/** An engine that cannot be asked is the reason; else none of those that were asked has the target. */
function notThere({ target }: OpenedTarget, looked: readonly LookedAtEngine[], flag: string): LastgoodError {
  const failure = looked.flatMap(({ view }) => view.failure ?? [])[0];
  const names = looked.map(({ name }) => name).join(", ");
  const name = escapeText(target.name);
  if (failure !== undefined) {
    return new LastgoodError(failure.code, `${flag} needs the engine of ${name}: ${failure.message}`, {
      hint: failure.hint === undefined ? WITHOUT : `${failure.hint}\n${WITHOUT}`,
      cause: failure,
    });
  }
  return new LastgoodError("UsageArgument", `${flag} has nobody to ask: ${names} has no object of ${name}`, {
    hint: `lastgood status    shows what engines have.\n${WITHOUT}`,
  });
}

interface Declared {
  readonly config: Config | undefined;
  readonly declared: TargetConfig | undefined;
}

function verifyPolicy(
  found: ReturnType<typeof discoverTarget>,
  facts: Declared,
): Pick<Policy, "verify" | "components"> {
  const policy = found === undefined ? undefined : policyOf(found, facts);
  const { verify } = DEFAULTS.policy;
  const defaults = { forMs: requireDuration(verify.for), timeoutMs: requireDuration(verify.timeout) };
  return policy ?? { verify: defaults, components: { only: [], except: [] } };
}
