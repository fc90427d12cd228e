import type { JsonObject } from "../model/json.ts";
import { property, stringAt, valueAt } from "../model/json.ts";
import { countAt, objectsAt, timeAt } from "./fields.ts";

/** What is wrong with a container, in the kubelet's words. */
export interface ContainerFault {
  readonly reason: string;
  /** `container api: back-off 5m0s restarting failed container (OOMKilled, exit code 137)`. Untrusted. */
  readonly message: string;
  readonly sinceMs?: number;
}

interface Container {
  readonly label: string;
  readonly status: JsonObject;
}

/** Words that end a wait badly: `ErrImagePull`, `CreateContainerConfigError`, `CrashLoopBackOff` (as gitops-engine `health_pod.go`), and those of other form. */
const BAD_WAIT =
  /^Err|Error$|BackOff$|^InvalidImageName$|^ContainerCannotRun$|^SignatureValidationFailed$|^RegistryUnavailable$/;

/** The first container, init containers before the others, that waits for something that went wrong, or has ended badly. */
export function findFailedContainer(object: JsonObject): ContainerFault | undefined {
  const containers = containersOf(object);
  return first(containers, faultOfWait) ?? first(containers, faultOfEnd);
}

/** The first container that runs again after it had ended. */
export function findRestarted(object: JsonObject): ContainerFault | undefined {
  return first(containersOf(object), ({ label, status }) => {
    const ended = valueAt(status, "lastState", "terminated");
    if (ended === undefined || ended === null) return undefined;
    return faultOf(status, "Restarted", `${label} was restarted after ${endOf(status, "lastState")}`, "lastState");
  });
}

function containersOf(object: JsonObject): readonly Container[] {
  const named = (key: string, word: string): readonly Container[] =>
    objectsAt(object, "status", key).map((status) => ({
      label: `${word} ${stringAt(status, "name") ?? "?"}`,
      status,
    }));
  return [...named("initContainerStatuses", "init container"), ...named("containerStatuses", "container")];
}

function first(
  containers: readonly Container[],
  find: (container: Container) => ContainerFault | undefined,
): ContainerFault | undefined {
  for (const container of containers) {
    const fault = find(container);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** A crash loop is named after what kills the container, where the kubelet says so: people look for `OOMKilled`. */
function faultOfWait({ label, status }: Container): ContainerFault | undefined {
  const reason = stringAt(status, "state", "waiting", "reason") ?? "";
  if (!BAD_WAIT.test(reason)) return undefined;
  const killed = stringAt(status, "lastState", "terminated", "reason") === "OOMKilled";
  const said = stringAt(status, "state", "waiting", "message") ?? reason;
  const last = property(property(status, "lastState"), "terminated");
  const ended = reason === "CrashLoopBackOff" && last !== undefined ? ` (${endOf(status, "lastState")})` : "";
  const named = killed && reason === "CrashLoopBackOff" ? "OOMKilled" : reason;
  return faultOf(status, named, `${label}: ${said}${ended}`, "lastState");
}

function faultOfEnd({ label, status }: Container): ContainerFault | undefined {
  const reason = stringAt(status, "state", "terminated", "reason") ?? "";
  const code = countAt(status, "state", "terminated", "exitCode") ?? 0;
  if (code === 0 && reason !== "OOMKilled") return undefined;
  const named = reason === "" || reason === "Error" ? "ContainerFailed" : reason;
  return faultOf(status, named, `${label} ended with ${endOf(status, "state")}`, "state");
}

function endOf(status: JsonObject, key: "state" | "lastState"): string {
  const reason = stringAt(status, key, "terminated", "reason") ?? "no reason";
  const code = countAt(status, key, "terminated", "exitCode");
  const said = stringAt(status, key, "terminated", "message") ?? "";
  return [reason, code === undefined ? "" : `exit code ${code}`, said].filter((part) => part !== "").join(", ");
}

function faultOf(status: JsonObject, reason: string, message: string, key: "state" | "lastState"): ContainerFault {
  const sinceMs = timeAt(status, key, "terminated", "finishedAt");
  return { reason, message, ...(sinceMs === undefined ? {} : { sinceMs }) };
}
