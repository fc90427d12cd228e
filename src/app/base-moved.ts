import type { Scope } from "../core/model/target.ts";
import { unionScopes } from "../core/target/scope.ts";
import type { DeliveryJob, DeliveryWorld } from "./delivery.ts";

/**
 * A path of the plan, or of its target, that has changed on the base since the plan was made: merging now could take in what nobody
 * planned (safety.md I6). A forge that pins the base is not relied on: whether it does may not be readable.
 */
export async function movedPath({ plan, scope }: DeliveryJob, world: DeliveryWorld): Promise<string | undefined> {
  await world.remote?.fetch([]);
  const base = await world.repository.resolve(`refs/heads/${plan.branch}`);
  if (base === undefined || base === plan.base) return undefined;
  const planned: Scope = plan.files.map(({ path }) => ({ kind: "file", path }));
  const [change] = await world.repository.refs.diff(plan.base, base, unionScopes(scope, planned));
  return change?.path;
}
