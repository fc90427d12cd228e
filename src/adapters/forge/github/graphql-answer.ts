import { isList, isObject, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";
import { LastgoodError, type ErrorCode } from "../../../errors.ts";
import { judgeAnswer, type Answer, type Expectation, type RawAnswer } from "./forge-answer.ts";
import { safeText } from "./forge-text.ts";

/** What GraphQL calls its refusals (`errors[].type`, seen in documentation and public issues) → what they are for us. */
const CODES: Readonly<Record<string, { readonly code: ErrorCode; readonly hint?: string }>> = {
  RATE_LIMITED: { code: "ForgeRateLimit", hint: "GitHub limits requests: try again later." },
  FORBIDDEN: { code: "ForgePermission", hint: "The token may not do this: see its permissions." },
  INSUFFICIENT_SCOPES: { code: "ForgePermission", hint: "The token may not do this: see its scopes." },
  NOT_FOUND: {
    code: "ForgeNotFound",
    hint: "It does not exist, or the token may not see it: GitHub answers the same to both.",
  },
  STALE_DATA: { code: "ForgeConflict" },
};

/** No type, or one of these: GitHub gave up, and may have done it all the same. */
const GAVE_UP: ReadonlySet<string> = new Set(["INTERNAL", "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT"]);

/**
 * Judges a GraphQL answer: HTTP 200 whatever came of it. Any error counts, also beside data: half an answer is none, but for who asks
 * for `partial`.
 * Of a mutation that answered and failed, it is unclear whether it took effect.
 */
export function judgeGraphQL(raw: RawAnswer, { what, secrets }: Omit<Expectation, "expected">): Answer {
  const http = judgeAnswer(raw, { what, expected: 200, secrets });
  if (http.kind !== "ok") return http;
  const data = valueAt(http.data, "data");
  const errors = valueAt(http.data, "errors");
  const say = (text: string): string => `GitHub: cannot ${what}: ${safeText(text, secrets)}`;
  if (errors === undefined || errors === null) {
    if (isObject(data)) return { kind: "ok", data };
    return { kind: "unclear", error: new LastgoodError("ForgeAnswer", say("an answer without data")) };
  }
  const first = isList(errors) ? errors[0] : undefined;
  const reasons = (isList(errors) ? errors : []).flatMap((each) => stringAt(each, "message") ?? []);
  const type = stringAt(first, "type");
  const text = say(reasons.join("; ") || "errors without a message");
  const partial = isObject(data) ? { partial: data } : {};
  if (hasEffect(data) || gaveUp(first, type))
    return { kind: "unclear", error: new LastgoodError("ForgeUnavailable", text), ...partial };
  const { code, hint } = CODES[type ?? ""] ?? { code: "ForgeValidation" };
  const wanted = valueAt(first, "extensions", "saml_failure") === true ? SSO_HINT : hint;
  const error = new LastgoodError(code, text, wanted === undefined ? {} : { hint: wanted });
  return { kind: "refused", status: 200, reasons, error, ...(type === undefined ? {} : { type }), ...partial };
}

const SSO_HINT = "The organization wants the token to be authorized for single sign-on.";

/** A field at the root that is not null: a mutation got that far. */
function hasEffect(data: JsonValue | undefined): boolean {
  return isObject(data) && Object.values(data).some((value) => value !== null);
}

/** What the schema refuses has `extensions`, what a field refuses has a type. */
function gaveUp(error: JsonValue | undefined, type: string | undefined): boolean {
  if (type !== undefined) return GAVE_UP.has(type);
  return valueAt(error, "extensions") === undefined;
}
