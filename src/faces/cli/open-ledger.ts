/** The repository at hand with the ledger that everybody reads: for what is said of artifacts, and of changes to come. */
import { resolveTarget } from "../../app/resolve-target.ts";
import type { Config, Policy } from "../../config/config.ts";
import type { CommitId } from "../../core/model/git.ts";
import type { Target } from "../../core/model/target.ts";
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
import { configuredTargets } from "./open-target.ts";

export interface OpenedLedger {
  readonly world: OpenedWorld;
  readonly config?: Config;
  /** The target of a name at a commit. Throws `UsageTarget`. */
  readonly target: (name: string, commit: CommitId) => Promise<Target>;
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
    policy: (name) => config?.targets.find((target) => target.name === name)?.policy ?? config?.policies.get("default"),
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
