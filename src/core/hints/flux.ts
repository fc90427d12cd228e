/** Flux's Event as `generic-hmac` sends it (fluxcd.io/flux/components/notification/events). */
import { isObject, property, stringAt } from "../model/json.ts";
import { hintsOf, malformed, nameAt, parsePayload, type ReadPayload, textOf } from "./hint.ts";

/** Kinds that are targets. Events about sources and automation make lastgood look at nothing. */
const TARGETS = new Set(["Kustomization", "HelmRelease", "Canary"]);

export function readFlux(body: string): ReadPayload {
  const payload = parsePayload(body);
  if (payload === undefined) return malformed("is no JSON object");
  const objectKind = nameAt(payload, "involvedObject", "kind");
  const name = nameAt(payload, "involvedObject", "name");
  const namespace = nameAt(payload, "involvedObject", "namespace");
  const severity = property(payload, "severity");
  if (objectKind === undefined || name === undefined) return malformed("involves no object");
  if (severity !== "info" && severity !== "error" && severity !== "trace") return malformed("has no severity");
  if (!TARGETS.has(objectKind)) return { kind: "ignored", why: `${objectKind} is no target` };
  const reason = nameAt(payload, "reason") ?? "";
  const revision = revisionOf(property(payload, "metadata"));
  return hintsOf([
    {
      about: { kind: "object", engine: "flux", objectKind, name, ...(namespace === undefined ? {} : { namespace }) },
      says: severity === "error" ? "bad" : "unclear",
      ...(revision === undefined ? {} : { revision }),
      key: `flux ${objectKind} ${namespace ?? ""}/${name} ${reason} ${revision ?? ""} ${nameAt(payload, "timestamp") ?? ""}`,
      message: textOf(`Flux says ${reason === "" ? severity : reason}: ${stringAt(payload, "message") ?? ""}`),
    },
  ]);
}

/** `"kustomize.toolkit.fluxcd.io/revision": "main@sha1:…"`: the commit behind the last colon, or the legacy slash. */
function revisionOf(metadata: ReturnType<typeof property>): string | undefined {
  if (!isObject(metadata)) return undefined;
  const key = Object.keys(metadata).find((name) => name === "revision" || name.endsWith(".fluxcd.io/revision"));
  const text = key === undefined ? undefined : nameAt(metadata, key);
  return text === undefined
    ? undefined
    : (/(?:sha1:|sha256:|\/|^)([0-9a-f]{40}|[0-9a-f]{64})$/.exec(text)?.[1] ?? text);
}
