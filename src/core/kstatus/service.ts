import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { objectsAt } from "./fields.ts";
import { statusOf } from "./status.ts";

/** v1 Service. It has no health of its own; an address from a load balancer may be long in coming, or never come on bare metal. */
export const SERVICE: KindRule = {
  shape: {
    "spec.type": "text",
    "spec.clusterIP": "text",
    "status.loadBalancer": "map",
    "status.loadBalancer.ingress": "list",
  },
  generic: true,
  compute: computeService,
};

function computeService(object: JsonObject): ObjectStatus {
  if (stringAt(object, "spec", "type") !== "LoadBalancer") {
    return statusOf("Current", "ServiceReady", "the Service is there", { unproven: true });
  }
  if ((stringAt(object, "spec", "clusterIP") ?? "") === "") {
    return statusOf("InProgress", "NoClusterIP", "the Service has no cluster IP yet");
  }
  return computeAddress(object);
}

/** Has the load balancer given an address? Shared by Services and Ingresses. */
export function computeAddress(object: JsonObject): ObjectStatus {
  return objectsAt(object, "status", "loadBalancer", "ingress").length > 0
    ? statusOf("Current", "AddressAssigned", "an address is assigned", { unproven: true })
    : statusOf("Current", "NoAddress", "no address is assigned", { unproven: true });
}
