import type { EngineState, EngineType } from "../core/engine/engine-state.ts";
import type { ObjectId } from "../core/model/component.ts";
import type { ObjectStatus } from "../core/kstatus/status.ts";
import type { SeenImages } from "../core/seen-images.ts";
import type { LiveObject } from "./cluster.ts";
import type { LastgoodError } from "../errors.ts";

/** All that an engine deploys, at one moment. */
export interface EngineView {
  /** By `engineKey`. Empty until the first whole answer. */
  readonly states: ReadonlyMap<string, EngineState>;
  /** When the cluster was last heard of, epoch ms by our clock; undefined: never. This is the time of what the states say. */
  readonly heardAtMs: number | undefined;
  /** Why it is not heard of at present. The states are those from before. */
  readonly failure: LastgoodError | undefined;
}

/** Why a target is as it is: a tree from the engine's object down to the container. */
export interface Reason {
  readonly id: ObjectId;
  readonly status: ObjectStatus;
  /** Worst first. */
  readonly below: readonly Reason[];
  /** How many more there are, none worse than those that are shown. */
  readonly leftOut?: number;
}

export interface FollowEngine {
  readonly signal: AbortSignal;
  /**
   * The keys of what has changed, right after the view has. What becomes another only because time passes (a sync window opens) is in the
   * view within some seconds, and is not told: who needs it looks from time to time.
   */
  readonly onChange?: (keys: readonly string[]) => void;
}

/**
 * A GitOps engine, or the workloads of a cluster that has none: read, but for the one annotation that asks it to look.
 * Throws `Engine*` errors only.
 */
export interface Engine {
  readonly name: string;
  readonly type: EngineType;
  /** Everything once, in a few lists. */
  read(signal?: AbortSignal): Promise<EngineView>;
  /** Keeps a view that is right within one resync. `done` ends with the signal. */
  follow(options: FollowEngine): { view(): EngineView; readonly done: Promise<void> };
  /** Down to the pods. Asks the cluster for more than `read` does. */
  explain(state: EngineState): Promise<Reason>;
  /** The live pods of it, for the release inventory. */
  pods(state: EngineState): Promise<readonly LiveObject[]>;
  /**
   * What its workloads show of images, those of the past too. Undefined: nothing of it is here. Missing: nobody can tell. Asks the cluster
   * for a few lists.
   */
  images?(state: EngineState, signal?: AbortSignal): Promise<SeenImages | undefined>;
  /** Makes it look now; a hint that may be lost. Throws `EngineForbidden` where lastgood was not given the right. */
  askToLook(state: EngineState, token: string): Promise<void>;
}
