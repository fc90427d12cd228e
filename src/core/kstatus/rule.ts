import type { JsonObject } from "../model/json.ts";
import type { Shape } from "./shape.ts";
import type { ObjectStatus } from "./status.ts";

/** How the objects of one kind are judged. */
export interface KindRule {
  /** The fields that `compute` reads; one of another type makes the status `Unknown`. */
  readonly shape: Shape;
  /** Are kstatus' rules for any object (generation, `Reconciling`, `Stalled`) asked first? Not where a controller means something else by them. */
  readonly generic: boolean;
  /** Looks at an object of the right shape that nobody is deleting. `nowMs` is epoch ms. Never throws. */
  readonly compute: (object: JsonObject, nowMs: number) => ObjectStatus;
}
