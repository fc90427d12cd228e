import type { JsonObject } from "../../../core/model/json.ts";
import type { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { FollowOptions, KindState, LiveChange } from "../../../ports/cluster.ts";
import { createKindTable } from "./kind-table.ts";
import type { WholeList } from "./list-kind.ts";
import type { LiveObject } from "../../../ports/cluster.ts";

/** The state of a followed kind, and whom it is told. What a callback throws comes out as `CallbackError`. */
export interface FollowedState {
  readonly read: () => KindState;
  /** From here a watch goes on; undefined until the first whole list. */
  readonly version: () => string | undefined;
  /** The cluster has said something of this kind. */
  readonly heard: () => void;
  readonly fail: (error: LastgoodError) => void;
  /** False: the list is older than what was seen before, and was not taken. */
  readonly take: (list: WholeList, askedAtMs: number) => boolean;
  /** `object` is undefined for a bookmark. */
  readonly moveOn: (version: string, object?: { readonly live: LiveObject; readonly isGone: boolean }) => void;
  readonly trim: ((value: JsonObject) => JsonObject) | undefined;
}

/** As many lists in a row may be older than what we know before we believe that the cluster was set back (a restored etcd). */
const OLD_LISTS = 3;

export function createFollowedState(clock: Clock, options: FollowOptions): FollowedState {
  const { onChange, onFailure, trim } = options;
  const table = createKindTable();
  let failure: LastgoodError | undefined;
  let listedAtMs: number | undefined;
  let heardAtMs: number | undefined;
  let version: string | undefined;
  let oldLists = 0;

  function heard(): void {
    heardAtMs = clock.nowMs();
    if (failure === undefined) return;
    failure = undefined;
    callBack(() => onFailure?.(undefined));
  }

  function tell(changes: readonly LiveChange[]): void {
    if (changes.length > 0) callBack(() => onChange?.(changes));
  }

  return {
    read: () => ({ objects: table.objects, listedAtMs, heardAtMs, failure }),
    version: () => version,
    heard,
    fail(error) {
      const isNews = failure?.message !== error.message;
      failure = error;
      if (isNews) callBack(() => onFailure?.(error));
    },
    take(list, askedAtMs) {
      oldLists = isOlder(list.resourceVersion, version) ? oldLists + 1 : 0;
      if (oldLists > 0 && oldLists < OLD_LISTS) return false;
      oldLists = 0;
      version = list.resourceVersion;
      listedAtMs = askedAtMs;
      heard();
      tell(table.replace(list.objects));
      return true;
    },
    moveOn(to, object) {
      if (object !== undefined) tell(object.isGone ? table.remove(object.live.uid) : table.put(object.live));
      version = to;
    },
    trim: trim && ((value) => callBack(() => trim(value))),
  };
}

/** What the caller's own code has thrown, as `cause`: no failure of the cluster. */
export class CallbackError extends Error {}

function callBack<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new CallbackError("a callback has failed", { cause });
  }
}

/**
 * Is one version before the other? They are opaque in principle, but every server's are etcd's counter, and Kubernetes 1.35 says that
 * they may be compared (KEP-5504). Undefined or no numbers: no.
 */
function isOlder(version: string, than: string | undefined): boolean {
  if (than === undefined || !/^\d{1,20}$/.test(version) || !/^\d{1,20}$/.test(than)) return false;
  return BigInt(version) < BigInt(than);
}
