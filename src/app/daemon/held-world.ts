import type { Engine } from "../../ports/engine.ts";
import type { Forge } from "../../ports/forge.ts";
import type { DeliveryWorld } from "../delivery.ts";
import { guardWorld, Stopped } from "./guarded-world.ts";

/**
 * The same world, in which nothing at all is written once `held` says no: not a commit, not a comment, not a record (I10). Then it throws
 * `Stopped`, and whoever holds the lease by then goes on.
 */
export function heldWorld(world: DeliveryWorld, held: () => boolean): DeliveryWorld {
  const allow = async (): Promise<void> => check(held);
  const whole = guardWorld(world, allow);
  const { ledger, forge } = whole;
  const append: typeof ledger.append = async (records, unless) => {
    await allow();
    return ledger.append(records, unless);
  };
  return {
    ...whole,
    ledger: { ...ledger, append },
    ...(forge === undefined ? {} : { forge: holdForge(forge, allow) }),
  };
}

/** The same engine: it is asked to look by one replica only. */
export function heldEngine<E extends Pick<Engine, "askToLook">>(engine: E, held: () => boolean): E {
  const askToLook: E["askToLook"] = async (...asked) => {
    check(held);
    await engine.askToLook(...asked);
  };
  return { ...engine, askToLook };
}

function check(held: () => boolean): void {
  if (!held()) throw new Stopped("another replica holds the lease");
}

/** What a decision does not guard: taking back, and telling people. */
function holdForge(forge: Forge, allow: () => Promise<void>): Forge {
  const held = <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      await allow();
      return write(...args);
    };
  };
  const { talk, records, issues, scratch } = forge;
  return {
    ...forge,
    ...(forge.cancelMerge === undefined ? {} : { cancelMerge: held(async (number) => forge.cancelMerge?.(number)) }),
    ...(talk === undefined
      ? {}
      : {
          talk: {
            ...talk,
            comment: held((number, key, text) => talk.comment(number, key, text)),
            label: held((number, change) => talk.label(number, change)),
          },
        }),
    ...(records === undefined
      ? {}
      : { records: { ...records, recordDeployment: held((record) => records.recordDeployment(record)) } }),
    ...(issues === undefined ? {} : { issues: { ...issues, open: held((request) => issues.open(request)) } }),
    ...(scratch === undefined
      ? {}
      : {
          scratch: {
            ...scratch,
            close: held((number) => scratch.close(number)),
            deleteBranch: held((branch) => scratch.deleteBranch(branch)),
          },
        }),
  };
}
