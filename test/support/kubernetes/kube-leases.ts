/** What an API server says of a Lease that is not as it has to be (k8s.io/kubernetes/pkg/apis/coordination/validation). */
import { stringAt, valueAt, type JsonObject } from "../../../src/core/model/json.ts";
import { badRequest, invalid, type Cause } from "./kube-status.ts";

/** metav1.RFC3339Micro: exactly six digits. */
const MICRO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}(?:Z|[+-]\d{2}:\d{2})$/;

export function checkLease(object: JsonObject, how: "given" | "patched"): void {
  const name = stringAt(object, "metadata", "name") ?? "";
  for (const key of ["acquireTime", "renewTime"]) {
    const time = valueAt(object, "spec", key);
    if (time === undefined || time === null || (typeof time === "string" && MICRO_TIME.test(time))) continue;
    const why = `parsing time ${JSON.stringify(time)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse`;
    if (how === "patched") throw invalid("", "", [{ field: "patch", message: `Invalid value: ${why}` }]);
    throw badRequest(`Lease in version "v1" cannot be handled as a Lease: ${why}`);
  }
  const causes = [...figure(object, "leaseDurationSeconds", 1), ...figure(object, "leaseTransitions", 0)];
  if (causes.length > 0) throw invalid("Lease.coordination.k8s.io", name, causes);
}

function figure(object: JsonObject, key: string, least: number): readonly Cause[] {
  const value = valueAt(object, "spec", key);
  if (typeof value !== "number" || value >= least) return [];
  return [{ field: `spec.${key}`, message: `Invalid value: ${value}: must be greater than ${least - 1}` }];
}
