import type { TokenKind } from "../../../core/doctor/judge-sign-in.ts";

// github.blog, "Behind GitHub's new authentication token formats"; docs.github.com, "GitHub credential types".
const PREFIXES: readonly (readonly [string, TokenKind])[] = [
  ["github_pat_", "fine-grained"],
  ["ghp_", "classic"],
  ["gho_", "oauth"],
  ["ghu_", "app-user"],
  ["ghs_", "installation"],
];

/** What a token is, by its prefix. Those from before 2021 are 40 hex digits. */
export function tokenKindOf(token: string): TokenKind {
  const kind = PREFIXES.find(([prefix]) => token.startsWith(prefix))?.[1];
  return kind ?? (/^[0-9a-f]{40}$/.test(token) ? "classic" : "unknown");
}

/** What the headers of any answer tell of the token and the time. */
export interface AnswerFacts {
  readonly scopes?: readonly string[];
  /** Epoch ms. */
  readonly endsAtMs?: number;
  /** How far GitHub's clock is before ours, in ms. */
  readonly aheadMs?: number;
}

export function readAnswerFacts(headers: object, nowMs: number): AnswerFacts {
  const header = (name: string): string | undefined => {
    const value: unknown = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
    return typeof value === "string" ? value : undefined;
  };
  const scopes = header("x-oauth-scopes");
  const endsAtMs = parseExpiry(header("github-authentication-token-expiration") ?? "");
  const date = Date.parse(header("date") ?? "");
  return {
    ...(scopes === undefined
      ? {}
      : {
          scopes: scopes
            .split(",")
            .map((scope) => scope.trim())
            .filter((scope) => scope !== ""),
        }),
    ...(endsAtMs === undefined ? {} : { endsAtMs }),
    // It counts whole seconds: on the average it is half of one later.
    ...(Number.isNaN(date) ? {} : { aheadMs: date + 500 - nowMs }),
  };
}

/** `2026-08-29 13:40:00 UTC`, `2026-08-29 13:40:00 -0700` (both were seen). */
function parseExpiry(text: string): number | undefined {
  const [, day, time, zone = "UTC"] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d) ?(UTC|Z|[+-]\d{4})?$/.exec(text) ?? [];
  if (day === undefined || time === undefined) return undefined;
  const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : "Z";
  const ms = Date.parse(`${day}T${time}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}
