import type { CommitId } from "../core/model/git.ts";
import type { Scope } from "../core/model/target.ts";
import { unionScopes } from "../core/target/scope.ts";
import { LastgoodError } from "../errors.ts";
import { bringCommit } from "./bring-commit.ts";
import type { Delivery, DeliveryWorld } from "./delivery.ts";
import { shellWord } from "../core/model/shell.ts";

/**
 * What was merged is what the pull request showed (safety.md I6, I11): a forge's merge pins the head, never the base. `scope`: the
 * paths that must be as in the revert's commit, besides the plan's own. Throws `ForgeConflict` when something else is there,
 * `RepositoryTransport` when it cannot be looked at.
 */
export async function requirePlanned(
  delivery: Delivery,
  landed: CommitId,
  { world, scope }: { readonly world: DeliveryWorld; readonly scope: Scope },
): Promise<void> {
  const { plan, commit, pullRequest } = delivery;
  const { remote } = world;
  if (remote !== undefined) await bringCommit(landed, "merged", { ...world, remote });
  const planned: Scope = plan.files.map(({ path }) => ({ kind: "file", path }));
  const [change] = await world.repository.refs.diff(commit, landed, unionScopes(scope, planned));
  if (change === undefined) return;
  throw new LastgoodError("ForgeConflict", `after the merge ${change.path} is not what the plan says`, {
    place: { file: change.path },
    hint: `Somebody changed it while ${pullRequest?.url ?? "the pull request"} was merged. Look at it, then run lastgood plan ${shellWord(plan.target.name)}.`,
  });
}
