import { isObject, type JsonValue } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import { reasonsOf } from "./forge-reasons.ts";
import { safeText } from "./forge-text.ts";
import { isRateLimit } from "./rate-limit.ts";

/** What came of one request. Only `unclear` leaves open whether a write took effect. */
export type Answer =
  | { readonly kind: "ok"; readonly data: JsonValue }
  /** GitHub said no (4xx), or the repository has moved (3xx): nothing was changed. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly reasons: readonly string[];
      /** What GraphQL calls it: `STALE_DATA`, `NOT_FOUND`. */
      readonly type?: string;
      readonly error: LastgoodError;
      readonly partial?: JsonValue;
    }
  /** 5xx, timeout, reset, or an answer that is none. `partial`: what GraphQL answered beside its errors; enough for some reads. */
  | { readonly kind: "unclear"; readonly error: LastgoodError; readonly partial?: JsonValue };

/** One HTTP answer, or what octokit threw instead of one. */
export interface RawAnswer {
  /** The status of an answer; undefined when none came. */
  readonly status: number | undefined;
  readonly headers: { readonly [name: string]: unknown };
  readonly data: unknown;
  /** What to say about an answer without text: the network's words. */
  readonly words: string;
  readonly cause?: unknown;
}

/**
 * Judges an answer. `what`: the request in people's words ("open the pull request"). `expected`: the one status that counts:
 * fetch follows a redirect of a renamed repository with a GET, which answers 200 with something else.
 */
export function judgeAnswer(raw: RawAnswer, { what, expected, secrets }: Expectation): Answer {
  const { status, data } = raw;
  const say = (text: string): string => `GitHub: cannot ${what}: ${safeText(text, secrets)}`;
  const details = raw.cause === undefined ? {} : { cause: raw.cause };
  if (status === undefined)
    return { kind: "unclear", error: new LastgoodError("ForgeUnavailable", say(raw.words), details) };
  if (status >= 500) {
    const error = new LastgoodError("ForgeUnavailable", say(`HTTP ${status}`), details);
    return { kind: "unclear", error };
  }
  if (status >= 300) return { kind: "refused", status, reasons: reasonsOf(data), error: refusal(raw, say, details) };
  if (status !== expected || !isAnswer(data)) {
    const found = status === expected ? "an answer that is no JSON" : `HTTP ${status} instead of ${expected}`;
    return { kind: "unclear", error: new LastgoodError("ForgeAnswer", say(found), { hint: PROXY_HINT }) };
  }
  return { kind: "ok", data };
}

export interface Expectation {
  readonly what: string;
  readonly expected: number;
  readonly secrets: Iterable<string>;
}

const PROXY_HINT = "A proxy or a sign-in page may have answered instead: check the API's address.";

type Details = { readonly cause?: unknown };

function refusal(raw: RawAnswer, say: (text: string) => string, details: Details): LastgoodError {
  const status = raw.status ?? 0;
  const text = say(reasonsOf(raw.data).join(": ") || `HTTP ${status}`);
  if (status < 400) {
    return new LastgoodError("ForgeNotFound", say("the repository has moved"), {
      hint: "It was renamed or transferred: use its new address.",
    });
  }
  if (isRateLimit(raw)) {
    return new LastgoodError("ForgeRateLimit", text, { ...details, hint: "GitHub limits requests: try again later." });
  }
  switch (status) {
    case 401:
      return new LastgoodError("ForgeAuth", text, {
        ...details,
        hint: "The token is wrong or has expired: set GH_TOKEN, or sign in with `gh auth login`.",
      });
    case 403:
      return new LastgoodError("ForgePermission", text, { ...details, hint: permissionHint(raw.headers) });
    case 404:
      return new LastgoodError("ForgeNotFound", text, {
        ...details,
        hint: "It does not exist, or the token may not see it: GitHub answers the same to both.",
      });
    case 410:
      // "Issues has been disabled in this repository."
      return new LastgoodError("ForgeUnsupported", text, details);
    case 409:
      return new LastgoodError("ForgeConflict", text, details);
    default:
      return new LastgoodError("ForgeValidation", text, details);
  }
}

function permissionHint(headers: RawAnswer["headers"]): string {
  if (headers["x-github-sso"] !== undefined)
    return "The organization wants the token to be authorized for single sign-on.";
  const missing = headers["x-accepted-github-permissions"];
  if (typeof missing !== "string" || missing === "") return "The token may not do this: see its permissions.";
  return `The token needs the permission ${safeText(missing)}.`;
}

function isAnswer(data: unknown): data is JsonValue {
  return isObject(data) || Array.isArray(data);
}
