import { maskSecrets } from "../../../core/model/secret.ts";

const LIMIT = 300;

/**
 * A text from outside, fit for a message: one line, no control characters, no secrets, at most 300 characters.
 * `secrets`: values to hide besides everything that is one by its shape.
 */
export function safeText(text: string, secrets: Iterable<string> = []): string {
  let safe = maskSecrets(text);
  for (const secret of secrets) {
    if (secret.length >= 4) safe = safe.replaceAll(secret, "***").replaceAll(encodeURIComponent(secret), "***");
  }
  safe = safe.replace(/[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu, " ").trim();
  const chars = Array.from(safe);
  return chars.length > LIMIT ? `${chars.slice(0, LIMIT - 1).join("")}…` : safe;
}
