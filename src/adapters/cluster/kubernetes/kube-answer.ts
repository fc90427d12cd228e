import { isObject, listAt, property, stringAt, type JsonObject } from "../../../core/model/json.ts";
import { LastgoodError, type ErrorCode } from "../../../errors.ts";
import { clusterText } from "./cluster-text.ts";
import type { RawAnswer } from "./kube-transport.ts";

/** What an API server has answered. */
export type KubeAnswer =
  | { readonly kind: "ok"; readonly value: JsonObject }
  | {
      readonly kind: "refused";
      readonly status: number;
      /** Kubernetes' word: `NotFound`, `AlreadyExists`, `Conflict`, `Expired`; empty when it gives none. */
      readonly reason: string;
      /** The fields that are wrong: `metadata.uid`. */
      readonly fields: readonly string[];
      /** Kubernetes' words for the causes: `ResourceVersionTooLarge`. */
      readonly causes: readonly string[];
      /** When it wants to be asked again. */
      readonly retryAfterMs: number | undefined;
      readonly error: LastgoodError;
    };

/** Judges an answer. `what`: the request in people's words ("list applications.argoproj.io in argocd"). */
export function judgeAnswer(raw: RawAnswer, what: string): KubeAnswer {
  const value = parse(raw.text);
  if (raw.status >= 200 && raw.status < 300) {
    if (value !== undefined) return { kind: "ok", value };
    const error = new LastgoodError("EngineAnswer", `cannot ${what}: the answer is no JSON object`, {
      hint: PROXY_HINT,
    });
    return { kind: "refused", status: raw.status, reason: "", fields: [], causes: [], retryAfterMs: undefined, error };
  }
  return refusedBy(value, { status: raw.status, what, retryAfter: raw.headers["retry-after"] });
}

/** A `Status`, as an answer or as the `ERROR` event of a watch that has begun with 200. */
export function refusedBy(
  value: JsonObject | undefined,
  {
    status,
    what,
    retryAfter,
  }: { readonly status: number; readonly what: string; readonly retryAfter?: string | undefined },
): KubeAnswer & { readonly kind: "refused" } {
  const isStatus = stringAt(value, "kind") === "Status";
  const reason = isStatus ? (stringAt(value, "reason") ?? "") : "";
  const said = isStatus ? (stringAt(value, "message") ?? reason) : "";
  const text = `cannot ${what}: ${clusterText(said) || `HTTP ${status}`}`;
  const { code, hint } = meaningOf(status);
  const seconds = Number(retryAfter);
  return {
    kind: "refused",
    status,
    reason,
    fields: listAt(value, "details", "causes").flatMap((cause) => stringAt(cause, "field") ?? []),
    causes: listAt(value, "details", "causes").flatMap((cause) => stringAt(cause, "reason") ?? []),
    retryAfterMs: seconds > 0 ? Math.min(seconds * 1000, LONGEST_WAIT_MS) : undefined,
    error: new LastgoodError(code, text, hint === undefined ? {} : { hint }),
  };
}

const LONGEST_WAIT_MS = 300_000;
const PROXY_HINT = "A proxy or a sign-in page may have answered instead: check the server's address.";

function meaningOf(status: number): { readonly code: ErrorCode; readonly hint?: string } {
  switch (status) {
    case 401:
      return { code: "EngineAuth", hint: "The credentials of the context are wrong or have expired." };
    case 403:
      return { code: "EngineForbidden", hint: "Give lastgood's account this right: config/rbac lists all it needs." };
    case 404:
      return { code: "EngineNotFound" };
    case 409:
      return { code: "EngineConflict" };
    case 429:
      return { code: "EngineRateLimit" };
    default:
      return { code: status >= 400 && status < 500 && status !== 410 ? "EngineValidation" : "EngineUnreachable" };
  }
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The object that an answer brings. Throws the refusal. */
export function valueOf(answer: KubeAnswer): JsonObject {
  if (answer.kind === "refused") throw answer.error;
  return answer.value;
}

/** The version of a list, of an object or of a bookmark; undefined when it has none. */
export function resourceVersionOf(value: JsonObject): string | undefined {
  const version = stringAt(property(value, "metadata"), "resourceVersion");
  return version === undefined || version === "" ? undefined : version;
}
