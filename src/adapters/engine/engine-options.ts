import type { Clock } from "../../ports/clock.ts";
import type { Cluster } from "../../ports/cluster.ts";
import type { Log } from "../../ports/log.ts";
import type { KindJudge } from "./kind-judge.ts";

/** What an engine that lives in a cluster is made with. */
export interface EngineOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly log: Log;
  /** As the configuration calls it. */
  readonly name: string;
  /** Undefined: all namespaces. What lies elsewhere (a source of Flux) is not seen then. */
  readonly namespace?: string;
  /** Which objects are looked at, by their labels, as `kubectl -l` takes it. What they depend on is read all the same. */
  readonly selector?: string;
  /** How what lies below the engine's own objects is judged; default: by lastgood's own rules. */
  readonly judge?: KindJudge;
}
