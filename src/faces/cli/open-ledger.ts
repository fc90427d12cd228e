/** The repository at hand with the ledger that everybody reads: for what is said of artifacts, and of changes to come. */
import { resolveTarget } from "../../app/resolve-target.ts";
import type { SurveyMemory } from "../../app/find-targets.ts";
import type { Config, Policy } from "../../config/config.ts";
import type { CommitId } from "../../core/model/git.ts";
import type { Target } from "../../core/model/target.ts";
import { isManagedUrl } from "../../core/target/repository-url.ts";
import { LastgoodError } from "../../errors.ts";
import { openWorld } from "../compose.ts";
import type { OpenedWorld } from "../compose-parts.ts";
import { chooseForge } from "../choose-auth.ts";
import { ledgerPlaceOf, managedRepository } from "../ledger-place.ts";
import { engineNames } from "../engine-names.ts";
import { locateRepository } from "../locate-repository.ts";
import { createSystemClock } from "../system-clock.ts";
import type { CommandContext, CommonOptions } from "./context.ts";
import { loadConfigFor } from "./load-config.ts";
import { configuredTargets, declaredTargets } from "./open-target.ts";

export interface OpenedLedger {
  readonly world: OpenedWorld;
  readonly config?: Config;
  /** The target of a name at a commit. Throws `UsageTarget`. */
  readonly target: (name: string, commit: CommitId) => Promise<Target>;
  /** Every target that the configuration or a manifest of the repository names at a commit. */
  readonly targetsAt: (commit: CommitId) => Promise<readonly Target[]>;
  /** The policy of a target, by its name; else the default one. */
  readonly policy: (name: string | undefined) => Policy | undefined;
}

/** Opens it. `standOn`: a revision that is enough where no branch can be found. Throws `Usage*`, `Repository*`, `Config*`. */
export async function openLedger(
  standOn: string,
  options: CommonOptions,
  context: CommandContext,
): Promise<OpenedLedger> {
  const config = await loadConfigFor(options, context);
  const { surroundings, log } = context;
  const repository = managedRepository(config);
  const world = await openWorld(
    {
      location: locateRepository({ repo: options.repo, configUrl: repository?.url }, surroundings),
      reach: "ledger",
      standOn,
      clock: createSystemClock(),
      log,
      forge: chooseForge(surroundings, config),
      ...ledgerPlaceOf(config),
    },
    surroundings,
  );
  return {
    world,
    ...(config === undefined ? {} : { config }),
    target: async (name, commit) =>
      resolveTarget({
        repository: world.repository,
        commit,
        query: name,
        configTargets: await configuredTargets(config, { world, base: commit }),
        repositoryUrls: world.urls,
        engines: engineNames(config),
        ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      }),
    targetsAt: targetsOf(config, world),
    policy: (name) => config?.targets.find((target) => target.name === name)?.policy ?? config?.policies.get("default"),
  };
}

/** What is read at one commit is not read again at the next. */
function targetsOf(config: Config | undefined, world: OpenedWorld): OpenedLedger["targetsAt"] {
  const { repository, urls: repositoryUrls } = world;
  const isElsewhere = (name: string | undefined): boolean => {
    const url = config?.repositories.find((one) => one.name === name)?.url;
    return url !== undefined && isManagedUrl(url, repositoryUrls) === false;
  };
  const memory: SurveyMemory = { manifests: new Map() };
  return async (commit) => {
    const [{ discoverTargets, readRepositoryTargets }, { configuredTargetsOf }] = await Promise.all([
      import("../../app/discover-targets.ts"),
      import("../watched-targets.ts"),
    ]);
    const declared = await declaredTargets(config, { world, base: commit });
    const configured = configuredTargetsOf(declared.filter((target) => !isElsewhere(target.repository)));
    const here = await readRepositoryTargets({ repository, commit, repositoryUrls, configured, memory });
    return discoverTargets(here, [], 0).map(({ target }) => target);
  };
}

/** A revision that a person named. Throws `UsageRevision`. */
export async function requireRevision(text: string, flag: string, { world }: OpenedLedger): Promise<CommitId> {
  const id = await world.repository.resolve(text);
  if (id !== undefined) return id;
  throw new LastgoodError("UsageRevision", `${flag} ${text} does not exist in this repository`, {
    hint: "Give a commit id of at least 7 digits, a branch or a tag.",
  });
}
