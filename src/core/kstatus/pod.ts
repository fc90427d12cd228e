import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { findFailedContainer, findRestarted } from "./containers.ts";
import { conditionIs, findCondition, timeAt } from "./fields.ts";
import { fromCondition } from "./generic.ts";
import { notObserved, statusOf } from "./status.ts";

/** How long a pod may wait for a node before it counts as unschedulable; what kstatus grants (cli-utils `core.go`, ScheduleWindow). */
const SCHEDULE_WINDOW_MS = 15_000;

/** v1 Pod. Reasons are those of the kubelet: `CrashLoopBackOff`, `ImagePullBackOff`, `OOMKilled`, `Unschedulable`, `Evicted`, … */
export const POD: KindRule = {
  shape: {
    "status.phase": "text",
    "status.reason": "text",
    "status.message": "text",
    "status.containerStatuses": "list",
    "status.initContainerStatuses": "list",
  },
  generic: true,
  compute: computePod,
};

function computePod(object: JsonObject, nowMs: number): ObjectStatus {
  const phase = stringAt(object, "status", "phase") ?? "";
  switch (phase) {
    case "":
      return notObserved("no kubelet has reported the pod yet");
    case "Succeeded":
      return statusOf("Current", "Succeeded", "the pod has ended successfully");
    case "Failed":
      return computeFailed(object);
    case "Running":
      return computeRunning(object);
    case "Pending":
      return computePending(object, nowMs);
    case "Unknown":
      return statusOf("Unknown", "NodeLost", "the node does not report the pod any more");
    default:
      return statusOf("Unknown", "Malformed", `no such phase: ${phase}`);
  }
}

/**
 * Words with which a kubelet or the scheduler ends a pod for the node's sake (kubernetes `pkg/kubelet/eviction`, `nodeshutdown`, `preemption`,
 * `lifecycle/predicate.go`). Its controller makes another: nothing is said about the revision.
 */
const DISRUPTED =
  /^(?:Evicted|NodeShutdown|Shutdown|Terminated|NodeLost|NodeAffinity|Preempting|Preempted|UnexpectedAdmissionError|OutOf[a-z]+)$/;

/** The pod's own reason (`Evicted`, `DeadlineExceeded`, …), else that of the container that brought it down. */
function computeFailed(object: JsonObject): ObjectStatus {
  const disrupted = conditionIs(object, "DisruptionTarget", "True");
  const said = stringAt(object, "status", "reason") ?? "";
  if (disrupted !== undefined || DISRUPTED.test(said)) {
    const message = stringAt(object, "status", "message") ?? disrupted?.message ?? "the node ended the pod";
    return statusOf("Unknown", said === "" ? "Disrupted" : said, message, { sinceMs: disrupted?.sinceMs });
  }
  const container = findFailedContainer(object);
  const reason = said === "" ? (container?.reason ?? "PodFailed") : said;
  const message = stringAt(object, "status", "message") ?? container?.message ?? "the pod has failed";
  return statusOf("Failed", reason, message, { sinceMs: container?.sinceMs });
}

function computeRunning(object: JsonObject): ObjectStatus {
  const ready = findCondition(object, "Ready");
  if (ready?.status === "True") {
    return statusOf("Current", "PodReady", "the pod is ready", { sinceMs: ready.sinceMs });
  }
  const failed = findFailedContainer(object);
  if (failed !== undefined) return statusOf("Failed", failed.reason, failed.message, { sinceMs: failed.sinceMs });
  const restarted = findRestarted(object);
  if (restarted !== undefined) {
    return statusOf("InProgress", "Restarted", restarted.message, { sinceMs: restarted.sinceMs });
  }
  const why = ready === undefined || ready.message === "" ? "" : `: ${ready.message}`;
  return statusOf("InProgress", "PodNotReady", `the pod runs and is not ready${why}`, { sinceMs: ready?.sinceMs });
}

function computePending(object: JsonObject, nowMs: number): ObjectStatus {
  const failed = findFailedContainer(object);
  if (failed !== undefined) return statusOf("Failed", failed.reason, failed.message, { sinceMs: failed.sinceMs });
  const scheduled = conditionIs(object, "PodScheduled", "False");
  if (scheduled === undefined) return statusOf("InProgress", "PodPending", "the pod is being started");
  if (scheduled.reason !== "Unschedulable") return fromCondition("InProgress", scheduled);
  const sinceMs = scheduled.sinceMs ?? timeAt(object, "metadata", "creationTimestamp") ?? nowMs;
  return fromCondition(nowMs - sinceMs < SCHEDULE_WINDOW_MS ? "InProgress" : "Failed", scheduled);
}
