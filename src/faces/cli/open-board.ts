/** Everything that `status` looks at: repositories, engines, health sources. */
import { createContentReader, type ReadContent } from "../../app/content-reader.ts";
import { discoverTargets, type LookedAtEngine, readRepositoryTargets } from "../../app/discover-targets.ts";
import type { RepositoryTargets } from "../../app/discover-targets.ts";
import { newSurveyMemory, type SurveyMemory } from "../../app/find-targets.ts";
import type { WatchedTarget } from "../../app/observe-targets.ts";
import type { Config, RepositoryConfig, TargetConfig } from "../../config/config.ts";
import { expandTargets } from "../../config/expand-targets.ts";
import type { CommitId } from "../../core/model/git.ts";
import { LastgoodError } from "../../errors.ts";
import type { HealthSource } from "../../ports/health.ts";
import { chooseForge } from "../choose-auth.ts";
import type { OpenedEngine } from "../compose-engines.ts";
import { openWorld } from "../compose.ts";
import type { OpenedWorld, OpenWorld } from "../compose-parts.ts";
import { ledgerPlaceOf } from "../ledger-place.ts";
import { locateRepository } from "../locate-repository.ts";
import { createSystemClock } from "../system-clock.ts";
import { configuredTargetsOf, watchedTarget } from "../watched-targets.ts";
import type { CommandContext, CommonOptions } from "./context.ts";
import { loadConfigFor } from "./load-config.ts";

/** One repository, and the targets that lie in it. */
export interface Lane extends LaneTargets {
  /** In the configuration, else its address or folder. */
  readonly name: string;
  readonly world: OpenedWorld;
  readonly urls: readonly string[];
  readonly readContent: ReadContent;
  /** Looks for targets again when the branch has moved. */
  refresh(): Promise<void>;
}

/** What there is at a commit. */
interface LaneTargets {
  readonly here: RepositoryTargets;
  /** By the target's name, wildcards filled in. */
  readonly declared: ReadonlyMap<string, TargetConfig>;
  readonly sources: ReadonlyMap<string, readonly HealthSource[]>;
}

export interface Board {
  readonly config: Config | undefined;
  readonly engines: readonly OpenedEngine[];
  readonly lanes: readonly Lane[];
  /** All targets of all repositories, from what the engines say now. */
  discover(engines: readonly LookedAtEngine[]): readonly WatchedTarget[];
  /** The repository that a target of the last discovery lies in. */
  laneOf(target: string): Lane;
  readonly readContent: ReadContent;
  close(): Promise<void>;
}

/** Opens it. Throws `EngineConfig` where there is no engine to look at, and as `openWorld`. */
export async function openBoard(
  options: CommonOptions,
  context: CommandContext,
  reach: OpenWorld["reach"] = "here",
): Promise<Board> {
  const config = await loadConfigFor(options, context);
  const engines = await openAllEngines(config?.engines ?? [], { config, options, context });
  const lanes = await openLanes({ config, options, context, reach });
  const byTarget = new Map<string, Lane>();
  const clock = createSystemClock();
  const laneOf = (target: string): Lane => {
    const lane = byTarget.get(target);
    if (lane === undefined) throw new Error(`no repository is known for ${target}`);
    return lane;
  };
  return {
    config,
    engines,
    lanes,
    laneOf,
    readContent: async (target, revision) => laneOf(target.name).readContent(target, revision),
    discover(looked) {
      byTarget.clear();
      return lanes.flatMap((lane) =>
        discoverTargets(lane.here, looked, clock.nowMs()).flatMap((discovered) => {
          const { name } = discovered.target;
          // The same name in two repositories: the first one has it, as its records in the ledger do.
          if (byTarget.has(name)) return [];
          byTarget.set(name, lane);
          const sources = lane.sources.get(name) ?? [];
          const facts = { config, declared: lane.declared.get(name), isHere: lane.here.isHere, sources };
          return [watchedTarget(discovered, facts)];
        }),
      );
    },
    close: async () => void (await Promise.all(lanes.map(({ world }) => world.close()))),
  };
}

/** Opens these engines; of none, what the cluster at hand has. Throws `EngineConfig` where there is nothing to look at. */
export async function openAllEngines(
  engines: Config["engines"],
  { config, options, context }: Pick<Opening, "config" | "options" | "context">,
): Promise<readonly OpenedEngine[]> {
  const { kubeconfig, context: kubeContext } = options;
  const { surroundings, log } = context;
  const { openEngines } = await import("../compose-engines.ts");
  const request = {
    engines,
    clock: createSystemClock(),
    log,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(kubeContext === undefined ? {} : { context: kubeContext }),
  };
  try {
    return await openEngines(request, surroundings);
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "EngineConfig" || engines.length > 0) throw error;
    // Somebody has named one: what is wrong with it is the answer.
    if (kubeconfig !== undefined || kubeContext !== undefined) throw error;
    throw new LastgoodError(
      "EngineConfig",
      "there is no engine to look at: none is configured, and no cluster is at hand",
      {
        hint: `Name the cluster with --kubeconfig or --context, or configure engines in ${config?.path ?? "lastgood.yaml"}:\n${SAMPLE}`,
        cause: error,
      },
    );
  }
}

const SAMPLE = `  engines:
    - { name: prod, type: argocd, context: CONTEXT }    # or flux, or workloads`;

async function openLanes(opening: Opening): Promise<readonly Lane[]> {
  const { config, options, context } = opening;
  const { env } = context.surroundings;
  const repositories = config?.repositories ?? [];
  const isNamed = (options.repo ?? env["LASTGOOD_REPO"]) !== undefined;
  const wanted: readonly (RepositoryConfig | undefined)[] =
    repositories.length === 0 || (isNamed && repositories.length > 1) ? [undefined] : repositories;
  const lanes: Lane[] = [];
  try {
    for (const repository of wanted) lanes.push(await openLane(repository, opening));
    return lanes;
  } catch (error) {
    await Promise.all(lanes.map(({ world }) => world.close()));
    throw error;
  }
}

interface Opening {
  readonly config: Config | undefined;
  readonly options: CommonOptions;
  readonly context: CommandContext;
  readonly reach: OpenWorld["reach"];
}

async function openLane(repository: RepositoryConfig | undefined, opening: Opening): Promise<Lane> {
  const { config, options, context, reach } = opening;
  const { surroundings, log, meter } = context;
  const branch = repository?.branch;
  const location = locateRepository({ repo: options.repo, configUrl: repository?.url }, surroundings);
  const world = await openWorld(
    {
      location,
      reach,
      clock: createSystemClock(),
      log,
      forge: chooseForge(surroundings, config),
      meter,
      ...(branch === undefined ? {} : { branch }),
      ...(options.base === undefined ? {} : { standOn: options.base }),
      ...ledgerPlaceOf(config),
    },
    surroundings,
  );
  try {
    const urls = [...new Set([...world.urls, ...(repository === undefined ? [] : [repository.url])])];
    const memory = newSurveyMemory();
    const read = async (commit: CommitId): Promise<LaneTargets> =>
      readTargets({ config, repository, world, urls, commit, memory });
    let present = { commit: world.base, targets: await read(world.base) };
    return {
      name: repository?.name ?? world.urls[0] ?? (location.kind === "url" ? location.url : location.path),
      world,
      urls,
      get here() {
        return present.targets.here;
      },
      get declared() {
        return present.targets.declared;
      },
      get sources() {
        return present.targets.sources;
      },
      readContent: createContentReader(world.repository),
      async refresh() {
        const commit = await world.repository.resolve(world.baseRef);
        if (commit !== undefined && commit !== present.commit) present = { commit, targets: await read(commit) };
      },
    };
  } catch (error) {
    await world.close();
    throw error;
  }
}

interface ReadTargets {
  readonly config: Config | undefined;
  readonly repository: RepositoryConfig | undefined;
  readonly world: OpenedWorld;
  readonly urls: readonly string[];
  readonly commit: CommitId;
  readonly memory: SurveyMemory;
}

async function readTargets({ config, repository, world, urls, commit, memory }: ReadTargets): Promise<LaneTargets> {
  const targets = await targetsOf({ config, repository, world, commit });
  const request = {
    repository: world.repository,
    commit,
    repositoryUrls: urls,
    configured: configuredTargetsOf(targets),
    memory,
  };
  return {
    here: { ...(await readRepositoryTargets(request)), takesAll: isUnconfigured(config) },
    declared: new Map(targets.map((target) => [target.name, target])),
    sources: await openSources(targets),
  };
}

/** Then a person wants to see what there is: nobody has chosen anything. */
function isUnconfigured(config: Config | undefined): boolean {
  return config === undefined || (config.engines.length === 0 && config.targets.length === 0);
}

async function openSources(targets: readonly TargetConfig[]): Promise<LaneTargets["sources"]> {
  const { openHealth } = await import("../compose-engines.ts");
  const clock = createSystemClock();
  return new Map(
    await Promise.all(targets.map(async ({ name, health }) => [name, await openHealth(health, clock)] as const)),
  );
}

/** The configured targets of a repository; of one that the configuration does not name, all. */
async function targetsOf({
  config,
  repository,
  world,
  commit,
}: Omit<ReadTargets, "urls" | "memory">): Promise<readonly TargetConfig[]> {
  if (config === undefined) return [];
  const wild = config.targets.some((target) => target.wildcard);
  const files = wild ? await world.repository.files(commit) : [];
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)));
  const names = new Set(config.targets.map((target) => target.repository));
  const wanted = [...names].filter(
    (name) => repository === undefined || name === undefined || name === repository.name,
  );
  return wanted.flatMap((name) => expandTargets(config, [...folders], name).targets);
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join("/"));
}
