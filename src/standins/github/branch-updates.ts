/** Writing a branch through the API: the rules first, then a compare-and-swap, then the pull requests follow. */
import { refusal } from "./reply.ts";
import type { RepositoryCall } from "./call.ts";
import { NO_OBJECT, swapRef } from "./git/refs.ts";
import { syncPulls } from "./pull-requests.ts";
import { moveReasons } from "./rules/writes.ts";

export interface RefMove {
  /** Full name. */
  readonly name: string;
  /** `NO_OBJECT` creates, respectively deletes. */
  readonly from: string;
  readonly to: string;
}

/** The branch's rules against this move, for this token; empty when there are none. */
export async function reasonsAgainst(call: RepositoryCall, { name, from, to }: RefMove): Promise<readonly string[]> {
  if (!name.startsWith("refs/heads/")) return [];
  const branch = name.slice("refs/heads/".length);
  return await moveReasons(call.repository, { branch, from, to, token: call.token });
}

/** Moves a reference that nothing forbids to move. Throws 422 when somebody else was faster. */
export async function moveRef(call: RepositoryCall, move: RefMove): Promise<void> {
  const { repository, world } = call;
  await call.pause();
  if (!(await swapRef(repository, move.name, move))) {
    if (move.from === NO_OBJECT) throw refusal(422, "Reference already exists");
    throw refusal(422, "Reference cannot be updated");
  }
  repository.pushedAtMs = world.now();
  await syncPulls(world, repository);
}
