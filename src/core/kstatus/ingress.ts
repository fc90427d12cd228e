import type { KindRule } from "./rule.ts";
import { computeAddress } from "./service.ts";

/** networking.k8s.io/v1 Ingress. Many controllers never write an address: without one it is not known to be broken. */
export const INGRESS: KindRule = {
  shape: { "status.loadBalancer": "map", "status.loadBalancer.ingress": "list" },
  generic: true,
  compute: computeAddress,
};
