/** What Argo CD's notifications send with the template of docs: `{name, namespace, health, sync, operation}`. */
import { listAt, stringAt } from "../model/json.ts";
import { hintsOf, ignored, malformed, nameAt, parsePayload, type ReadPayload, textOf } from "./hint.ts";

/** One hint about the Application. Its health may be of another revision than the one it names: see the trust rule of the engine. */
export function readArgocd(body: string): ReadPayload {
  const payload = parsePayload(body);
  if (payload === undefined) return malformed("is no JSON object");
  const name = nameAt(payload, "name");
  if (name === undefined) return malformed("names no Application");
  const namespace = nameAt(payload, "namespace");
  const health = nameAt(payload, "health", "status");
  const phase = nameAt(payload, "operation", "phase");
  if (health === undefined && phase === undefined) return ignored("says neither health nor operation");
  const synced = nameAt(payload, "operation", "syncResult", "revision");
  const multiple =
    listAt(payload, "operation", "syncResult", "revisions").length > 0 ||
    listAt(payload, "sync", "revisions").length > 0;
  const revision = multiple ? undefined : (synced ?? nameAt(payload, "sync", "revision"));
  const finished = nameAt(payload, "operation", "finishedAt") ?? nameAt(payload, "health", "lastTransitionTime") ?? "";
  const why = stringAt(payload, "operation", "message") ?? stringAt(payload, "health", "message") ?? "";
  return hintsOf([
    {
      about: {
        kind: "object",
        engine: "argocd",
        objectKind: "Application",
        name,
        ...(namespace === undefined ? {} : { namespace }),
      },
      says: saysOf(health, phase),
      ...(revision === undefined ? {} : { revision }),
      key: `argocd ${namespace ?? ""}/${name} ${health ?? ""} ${phase ?? ""} ${revision ?? ""} ${finished}`,
      message: textOf(
        `Argo CD says ${[health, phase].filter((word) => word !== undefined).join(", ")}${why === "" ? "" : `: ${why}`}`,
      ),
    },
  ]);
}

function saysOf(health: string | undefined, phase: string | undefined): "bad" | "good" | "unclear" {
  if (health === "Degraded" || phase === "Failed" || phase === "Error") return "bad";
  return health === "Healthy" && (phase === undefined || phase === "Succeeded") ? "good" : "unclear";
}
