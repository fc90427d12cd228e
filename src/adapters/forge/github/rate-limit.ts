/** GitHub's limits, as they show in an answer (docs.github.com, "Rate limits for the REST API", "… for the GraphQL API"). */
import { isObject, listAt, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";
import type { ForgeRequest } from "../../../ports/meter.ts";
import { reasonsOf } from "./forge-reasons.ts";

export interface LimitFacts {
  /** undefined: no answer came. */
  readonly status: number | undefined;
  readonly headers: { readonly [name: string]: unknown };
  readonly data: unknown;
}

/** `waitMs` is missing where GitHub does not say how long: then a minute, and twice as long each time. */
export interface RateLimit {
  readonly waitMs?: number;
}

/** GitHub's clock and ours may differ by a little, and `reset` counts whole seconds. */
const MARGIN_MS = 1000;

/**
 * The limit that an answer tells of; undefined when it is none. 403 and 429 both do, and GraphQL says it with a 200. `nowMs` stands
 * in for the answer's own date.
 */
export function rateLimitOf(facts: LimitFacts, nowMs: number): RateLimit | undefined {
  if (!isRateLimit(facts)) return undefined;
  const { headers } = facts;
  const retryAfter = secondsOf(headers["retry-after"]);
  if (retryAfter !== undefined) return { waitMs: retryAfter * 1000 };
  const reset = secondsOf(headers["x-ratelimit-reset"]);
  if (String(headers["x-ratelimit-remaining"]) !== "0" || reset === undefined) return {};
  const date = typeof headers["date"] === "string" ? Date.parse(headers["date"]) : Number.NaN;
  const thereMs = Number.isNaN(date) ? nowMs : date;
  return { waitMs: Math.max(0, reset * 1000 - thereMs) + MARGIN_MS };
}

/** What is left of it (`X-RateLimit-*`); undefined where the answer does not say. */
export function limitLeft(headers: LimitFacts["headers"]): ForgeRequest["limit"] {
  const resource = headers["x-ratelimit-resource"];
  const remaining = secondsOf(headers["x-ratelimit-remaining"]);
  const resetAtSeconds = secondsOf(headers["x-ratelimit-reset"]);
  if (typeof resource !== "string" || remaining === undefined || resetAtSeconds === undefined) return undefined;
  return { resource, remaining, resetAtSeconds };
}

export function isRateLimit({ status, headers, data }: LimitFacts): boolean {
  if (status === 429) return true;
  if (status === 200) return isGraphQLLimit(data as JsonValue);
  if (status !== 403) return false;
  return (
    String(headers["x-ratelimit-remaining"]) === "0" ||
    headers["retry-after"] !== undefined ||
    /rate limit|abuse detection/i.test(reasonsOf(data).join(" "))
  );
}

/** Said with a 200. Where there is data as well, a mutation may have taken effect: that is no refusal. */
function isGraphQLLimit(body: JsonValue): boolean {
  const data = valueAt(body, "data");
  const done = isObject(data) && Object.values(data).some((value) => value !== null);
  return !done && listAt(body, "errors").some((error) => stringAt(error, "type") === "RATE_LIMITED");
}

function secondsOf(header: unknown): number | undefined {
  const text = typeof header === "number" ? String(header) : header;
  return typeof text === "string" && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
