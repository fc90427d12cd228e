/**
 * Proves who has sent a webhook, over the raw bytes and before anything reads them. Comparisons take the same time whatever differs.
 * Without a secret nothing is ever accepted: an endpoint without one is off.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** A header as Node.js gives it: a list when it came more than once, which is never accepted. */
export type HeaderValue = string | readonly string[] | undefined;

const SHORTEST_SECRET = 8;

/**
 * Is this `X-Hub-Signature-256` (GitHub) or `X-Signature` (Flux generic-hmac): `sha256=` and 64 lower-case hex digits of the HMAC over
 * `body`? SHA-1, SHA-512, other cases, several values and re-serialised bodies are not. Any of `secrets` may have made it: while one
 * is being replaced there are two.
 */
export function isSignedBy(secrets: readonly string[], body: Uint8Array, header: HeaderValue): boolean {
  const given = typeof header === "string" ? /^sha256=([0-9a-f]{64})$/.exec(header)?.[1] : undefined;
  const digest = Buffer.from(given ?? "0".repeat(64), "hex");
  const matches = usable(secrets).map((secret) =>
    timingSafeEqual(createHmac("sha256", secret).update(body).digest(), digest),
  );
  return given !== undefined && matches.includes(true);
}

/** Is this `Authorization: Bearer TOKEN` with one of `tokens`? The scheme in any case, as RFC 9110 has it; nothing beside the token. */
export function isBearer(tokens: readonly string[], header: HeaderValue): boolean {
  const given = typeof header === "string" ? /^bearer +([\w.~+/=-]{1,4096})$/i.exec(header)?.[1] : undefined;
  return matchesAny(tokens, given);
}

/** Is this `Authorization: Basic …` with this user and one of `passwords`? */
export function isBasic(user: string, passwords: readonly string[], header: HeaderValue): boolean {
  const given = typeof header === "string" ? /^basic +([A-Za-z0-9+/]{1,4096}={0,2})$/i.exec(header)?.[1] : undefined;
  const text = given === undefined ? undefined : Buffer.from(given, "base64").toString("utf8");
  return matchesAny(
    usable(passwords).map((password) => `${user}:${password}`),
    text,
  );
}

/** Lengths differ, digests do not: so what differs does not show in the time it takes. */
function matchesAny(secrets: readonly string[], given: string | undefined): boolean {
  const digest = sha256(given ?? "");
  const matches = usable(secrets).map((secret) => timingSafeEqual(sha256(secret), digest));
  return given !== undefined && matches.includes(true);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function usable(secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
}
