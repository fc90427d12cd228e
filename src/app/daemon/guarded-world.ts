import type { BranchUpdate, Forge } from "../../ports/forge.ts";
import type { DeliveryWorld } from "../delivery.ts";

/** Something has come in the way of what was decided: nothing was written since. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/**
 * The same world, in which every write is preceded by `allow`: health, mode and the kill switch are read right before it (I5, I8, I12).
 * `allow` throws `Stopped` when it may not be any more. What takes back an order, and what tells people, goes on.
 */
export function guardWorld(world: DeliveryWorld, allow: () => Promise<void>): DeliveryWorld {
  const { remote, forge, repository } = world;
  const guarded = <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      await allow();
      return write(...args);
    };
  };
  const { refs } = repository;
  const update = guarded((...args: Parameters<typeof refs.update>) => refs.update(...args));
  return {
    ...world,
    repository: { ...repository, refs: { ...refs, update } },
    ...(remote === undefined ? {} : { remote: { ...remote, push: guarded((request) => remote.push(request)) } }),
    ...(forge === undefined ? {} : { forge: guardForge(forge, guarded) }),
  };
}

type Guarded = <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>) => (...args: A) => Promise<R>;

function guardForge(forge: Forge, guarded: Guarded): Forge {
  const { commits } = forge;
  const updateBranch: Forge["updateBranch"] =
    forge.updateBranch === undefined
      ? undefined
      : guarded(async (number, head) => (await forge.updateBranch?.(number, head)) ?? CANNOT);
  return {
    ...forge,
    openPullRequest: guarded((request) => forge.openPullRequest(request)),
    updatePullRequest: guarded((number, text) => forge.updatePullRequest(number, text)),
    mergePullRequest: guarded((request) => forge.mergePullRequest(request)),
    ...(updateBranch === undefined ? {} : { updateBranch }),
    ...guardEnds(forge, guarded),
    ...(commits === undefined
      ? {}
      : { commits: { ...commits, commit: guarded((request) => commits.commit(request)) } }),
  };
}

function guardEnds(
  { closePullRequest: close, reopenPullRequest: reopen }: Forge,
  guarded: Guarded,
): Pick<Forge, "closePullRequest" | "reopenPullRequest"> {
  return {
    ...(close === undefined ? {} : { closePullRequest: guarded(async (number) => close(number)) }),
    ...(reopen === undefined ? {} : { reopenPullRequest: guarded(async (number) => reopen(number)) }),
  };
}

const CANNOT: BranchUpdate = { kind: "refused", reason: "it cannot" };
