import type { JsonObject } from "../model/json.ts";
import type { Condition } from "./fields.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { conditionIs, describe, findCondition, flagAt, objectsAt, rolledBack, wordAt } from "./fields.ts";
import { computeFluxHold, computeFluxReady } from "./flux.ts";
import { fromCondition } from "./generic.ts";
import { statusOf } from "./status.ts";

/** helm.toolkit.fluxcd.io HelmRelease. `revision` is a chart version: a HelmRelease does not know the commit that it comes from. */
export const HELM_RELEASE: KindRule = {
  shape: {
    "spec.suspend": "flag",
    "spec.install.disableWait": "flag",
    "spec.upgrade.disableWait": "flag",
    "status.history": "list",
    "status.lastAttemptedRevision": "text",
  },
  generic: false,
  compute: computeHelmRelease,
};

function computeHelmRelease(object: JsonObject): ObjectStatus {
  const held = computeFluxHold(object);
  if (held !== undefined) return held;
  const attempted = wordAt(object, "status", "lastAttemptedRevision");
  const status = computeFluxReady(object, {
    good: (ready) => computeReleased(object, ready),
    bad: (ready) => computeRollback(object) ?? fromCondition("Failed", ready, attempted),
  });
  return status.status === "InProgress" && attempted !== undefined ? { ...status, revision: attempted } : status;
}

/** `Remediated=True` by a rollback, and not ready: the old release runs, git asks for the new one (helm-controller `rollback_remediation.go`). */
function computeRollback(object: JsonObject): ObjectStatus | undefined {
  const remediated = conditionIs(object, "Remediated", "True");
  if (remediated?.reason !== "RollbackSucceeded" || findCondition(object, "Ready")?.status !== "False")
    return undefined;
  const attempted = wordAt(object, "status", "lastAttemptedRevision");
  return statusOf("Failed", remediated.reason, describe(remediated), {
    sinceMs: remediated.sinceMs,
    revision: attempted,
    rolledBack: rolledBack(attempted, deployedVersion(object)),
  });
}

function computeReleased(object: JsonObject, ready: Condition): ObjectStatus {
  const [deployed, attempted] = [deployedVersion(object), wordAt(object, "status", "lastAttemptedRevision")];
  if (deployed !== undefined && attempted !== undefined && deployed !== attempted) {
    return statusOf("Unknown", "RevisionBehind", `deployed is chart ${deployed}, attempted is ${attempted}`);
  }
  const details = { sinceMs: ready.sinceMs, revision: deployed ?? attempted };
  const blind = flagAt(object, "spec", "install", "disableWait") || flagAt(object, "spec", "upgrade", "disableWait");
  return blind
    ? statusOf("Current", "WaitDisabled", `${describe(ready)} (disableWait is set)`, { ...details, unproven: true })
    : statusOf("Current", ready.reason, describe(ready), details);
}

/** `status.history` is newest first; what runs is the entry that Helm calls deployed. */
function deployedVersion(object: JsonObject): string | undefined {
  const deployed = objectsAt(object, "status", "history").find((entry) => stringAt(entry, "status") === "deployed");
  return wordAt(deployed, "chartVersion");
}
