/** From what a person typed to a target in an open repository. */
import { findTargets } from "../../app/find-targets.ts";
import { resolveTarget } from "../../app/resolve-target.ts";
import { type EvidencePatterns, NO_PATTERNS } from "../../core/model/evidence.ts";
import type { CommitId } from "../../core/model/git.ts";
import type { Target } from "../../core/model/target.ts";
import { plainTarget } from "../../core/target/plain-target.ts";
import type { Config, Policy, TargetConfig } from "../../config/config.ts";
import { LastgoodError } from "../../errors.ts";
import { openWorld } from "../compose.ts";
import type { OpenedWorld } from "../compose-parts.ts";
import { chooseForge } from "../choose-auth.ts";
import { ledgerPlaceOf, managedRepository } from "../ledger-place.ts";
import { engineNames } from "../engine-names.ts";
import { locateRepository } from "../locate-repository.ts";
import { createSystemClock } from "../system-clock.ts";
import type { CommandContext, CommonOptions } from "./context.ts";
import { engineEvidenceFor, type EngineWords } from "./engine-evidence.ts";
import { loadConfigFor } from "./load-config.ts";

export interface OpenedTarget {
  readonly world: OpenedWorld;
  readonly target: Target;
  readonly base: CommitId;
  readonly patterns: EvidencePatterns;
  readonly policy?: Policy;
  readonly config?: Config;
  /** The target in the configuration, wildcards filled in; missing: it is not there. */
  readonly declared?: TargetConfig;
  /** How the workloads are now; missing: no cluster is to be asked. */
  readonly liveStatuses?: EngineWords["liveStatuses"];
  /** What the engine's objects ask for; missing: no cluster is to be asked. */
  readonly engineRestrictions?: EngineWords["restrictions"];
}

interface Ask {
  /** Missing: the person is told what there is. */
  readonly query?: string;
  readonly reach: "here" | "remote";
  /** `--base` names the branch to push to or to open the pull request on. */
  readonly baseIsBranch?: boolean;
  /** No target is needed: all that a change touched. */
  readonly anything?: boolean;
  /** Does it matter here what could not be followed about the target? Elsewhere only `-v` says so. */
  readonly notes?: boolean;
  /** Does it matter here who waits for the target? */
  readonly dependents?: boolean;
  /** As in `OpenWorld`. */
  readonly whole?: boolean;
}

/** Opens the repository and finds the target. Throws `UsageTarget` with what there is. */
export async function openTarget(ask: Ask, options: CommonOptions, context: CommandContext): Promise<OpenedTarget> {
  const config = await loadConfigFor(options, context);
  const typed = ask.query === undefined ? undefined : config?.targets.find(({ name }) => name === ask.query);
  const world = await openRepositoryWorld(ask, { options, context, config, declared: typed });
  try {
    const base = await baseOf(options, world);
    const declared = await declaredTargets(config, { world, base });
    const configTargets = declared.map(asTarget);
    const anything = ask.anything === true && ask.query === undefined;
    const found = anything ? ANYTHING : await find(ask, { options, context, world, base, config, configTargets });
    const named = declared.find(({ name }) => name === found.name) ?? typed;
    const target = ask.dependents === true ? await withDependents(found, { config, named, world, base }) : found;
    const policy = named?.policy ?? (anything ? config?.policies.get("default") : undefined);
    const words = engineEvidenceFor({ config, declared: named, urls: world.urls }, options, context);
    const { repository, urls: repositoryUrls } = world;
    const targetsAt = async (commit: CommitId): Promise<readonly Target[]> => [
      ...configTargets,
      ...(await findTargets({ repository, commit, repositoryUrls })),
    ];
    return {
      world: {
        ...world,
        targetsAt,
        ...(words === undefined ? {} : { engineEvidence: words.engineEvidence, seenImages: words.seenImages }),
      },
      ...(words === undefined ? {} : { liveStatuses: words.liveStatuses, engineRestrictions: words.restrictions }),
      target,
      base,
      patterns: named?.evidence ?? config?.policies.get("default")?.good.evidence ?? NO_PATTERNS,
      ...(policy === undefined ? {} : { policy }),
      ...(named === undefined ? {} : { declared: named }),
      ...(config === undefined ? {} : { config }),
    };
  } catch (error) {
    await world.close();
    throw error;
  }
}

const ANYTHING: Target = {
  name: "repository",
  origin: { kind: "change" },
  sources: [{ path: "", tool: "everything" }],
  notes: [],
};

interface Place {
  readonly options: CommonOptions;
  readonly context: CommandContext;
  readonly config: Config | undefined;
  readonly declared: TargetConfig | undefined;
}

async function openRepositoryWorld(ask: Ask, { options, context, config, declared }: Place): Promise<OpenedWorld> {
  const repository =
    config?.repositories.find(({ name }) => name === declared?.repository) ?? managedRepository(config);
  const { surroundings, log } = context;
  const location = locateRepository({ repo: options.repo, configUrl: repository?.url }, surroundings);
  const branch = ask.baseIsBranch === true ? options.base : undefined;
  const standOn = ask.baseIsBranch === true ? undefined : options.base;
  const wanted = branch ?? repository?.branch;
  return openWorld(
    {
      location,
      reach: ask.reach,
      clock: createSystemClock(),
      log,
      forge: chooseForge(surroundings, config),
      ...(ask.whole === undefined ? {} : { whole: ask.whole }),
      ...(wanted === undefined ? {} : { branch: wanted }),
      ...(standOn === undefined ? {} : { standOn }),
      ...ledgerPlaceOf(config),
    },
    surroundings,
  );
}

async function baseOf({ base }: CommonOptions, world: OpenedWorld): Promise<CommitId> {
  if (base === undefined) return world.base;
  const id = await world.repository.resolve(base);
  if (id !== undefined) return id;
  throw new LastgoodError("UsageRevision", `--base ${base} does not exist in this repository`, {
    hint: "Give a branch, a tag or a commit id of at least 7 digits.",
  });
}

interface Where {
  readonly world: OpenedWorld;
  readonly base: CommitId;
}

/** The targets of the config, wildcards filled in from the folders that exist. */
export async function configuredTargets(config: Config | undefined, where: Where): Promise<readonly Target[]> {
  return (await declaredTargets(config, where)).map(asTarget);
}

function asTarget({ name, environment, paths }: TargetConfig): Target {
  return plainTarget(paths, environment === undefined ? { name } : { name, environment });
}

/** The same as the configuration has them. */
export async function declaredTargets(
  config: Config | undefined,
  { world, base }: Where,
): Promise<readonly TargetConfig[]> {
  if (config === undefined) return [];
  const { expandTargets } = await import("../../config/expand-targets.ts");
  const wild = config.targets.some(({ wildcard }) => wildcard);
  const files = wild ? await world.repository.files(base) : [];
  const folders = new Set(
    files.flatMap(({ path }) =>
      path
        .split("/")
        .slice(0, -1)
        .map((_, i, parts) => parts.slice(0, i + 1).join("/")),
    ),
  );
  const repositories = new Set(config.targets.map(({ repository }) => repository));
  return [...repositories].flatMap((repository) => expandTargets(config, [...folders], repository).targets);
}

/** Of a target that the configuration names, its engine's manifests tell; one that was found by them has it. */
async function withDependents(
  target: Target,
  { config, named, world, base }: Where & Pick<Finding, "config"> & { readonly named: TargetConfig | undefined },
): Promise<Target> {
  const isFollowed = config?.engines.some(({ type }) => type !== "workloads") === true;
  if (target.origin.kind !== "config" || named === undefined || !isFollowed) return target;
  const [{ discoverTargets, readRepositoryTargets }, { objectsOf }] = await Promise.all([
    import("../../app/discover-targets.ts"),
    import("../watched-targets.ts"),
  ]);
  const { repository, urls: repositoryUrls } = world;
  const configured = [{ target, objects: objectsOf(named) }];
  const here = await readRepositoryTargets({ repository, commit: base, repositoryUrls, configured });
  const known = discoverTargets(here, [], 0).find((one) => one.from === "config");
  return known?.target ?? target;
}

interface Finding extends Where {
  readonly options: CommonOptions;
  readonly context: CommandContext;
  readonly config: Config | undefined;
  readonly configTargets: readonly Target[];
}

async function find(ask: Ask, { options, context, world, base, config, configTargets }: Finding): Promise<Target> {
  const { query } = ask;
  const notes = new Set<string>();
  const log = { warn: (note: string) => void notes.add(note) };
  const common = { repository: world.repository, commit: base, repositoryUrls: world.urls, log };
  const say = (matters: (note: string) => boolean): void => {
    for (const note of notes) if (options.verbose === true || matters(note)) context.log.warn(note);
  };
  if (query !== undefined) {
    const { namespace } = options;
    try {
      const target = await resolveTarget({
        ...common,
        query: fromHere(query, world, context),
        configTargets,
        engines: engineNames(config),
        ...(namespace === undefined ? {} : { namespace }),
      });
      say((note) => ask.notes === true && isAbout(note, target));
      return target;
    } catch (error) {
      // What was left out may be just what was asked for.
      const name = query.slice(query.lastIndexOf("/") + 1);
      const near = [...notes].toSorted((one, other) => Number(other.includes(name)) - Number(one.includes(name)));
      const shown = near.slice(0, MAX_NOTES);
      say((note) => shown.includes(note));
      if (near.length > MAX_NOTES && options.verbose !== true) {
        context.log.warn(`${near.length - MAX_NOTES} more places could not be followed: -v names them`);
      }
      throw error;
    }
  }
  const found = await findTargets(common);
  say(() => false);
  const names = [...configTargets, ...found].map(({ name }) => name);
  throw new LastgoodError("UsageMissing", "which target?", {
    hint:
      names.length === 0
        ? "Name a path (./apps/payments/api) or a workload (deployment/api); no engine object was found in this repository."
        : `Name one: ${names.slice(0, 20).join(", ")}${names.length > 20 ? `, and ${names.length - 20} more (a part of a name shows those like it)` : ""}; or a path, or a workload (deployment/api).`,
  });
}

/** Notes that are shown where no target was found. */
const MAX_NOTES = 5;

/** Notes begin with the place that they are about. */
function isAbout(note: string, { origin: { place } }: Target): boolean {
  return place !== undefined && note.startsWith(`${place.file}:`);
}

/** `./x` is meant from the working directory when that lies in the clone, as git has it. */
function fromHere(query: string, { root }: OpenedWorld, { surroundings: { cwd } }: CommandContext): string {
  if (
    root === undefined ||
    !(query === "." || query.startsWith("./") || query.startsWith("../")) ||
    !cwd.startsWith(`${root}/`)
  ) {
    return query;
  }
  return `./${cwd.slice(root.length + 1)}/${query}`;
}
