import { skipped } from "../../core/doctor/finding.ts";
import { judgeLease, leaseRights } from "../../core/doctor/rights.ts";
import type { Check } from "./run-checks.ts";
import type { ClusterCheckWorld } from "./check-cluster.ts";

export interface LeaseCheckWorld extends Pick<ClusterCheckWorld, "open" | "versions" | "kubectl"> {
  readonly lease: {
    readonly name: string;
    /** Missing: where the pod, or the context, stands. */
    readonly namespace?: string;
  };
}

/** May replicas share the work by the Lease that is configured? Nothing is made, nothing is taken. */
export function leaseCheck({ open, versions, kubectl, lease }: LeaseCheckWorld): Check {
  return {
    name: "Lease",
    doing: `asking the cluster about Lease ${lease.name}`,
    meaning: "Whether a replica can come to hold the Lease is not known: without it the daemon looks, and never acts.",
    run: async (signal) => {
      const isThere = await versions().then(
        () => true,
        () => false,
      );
      if (!isThere) return [skipped("Lease", "the cluster cannot be reached")];
      const cluster = await open();
      if (cluster.canI === undefined) return [skipped("Lease", "this cluster cannot be asked")];
      const place = { name: lease.name, namespace: lease.namespace ?? cluster.namespace };
      return judgeLease(place, await cluster.canI(leaseRights(place), signal), kubectl);
    },
  };
}
