const TOKEN =
  /\b(?:gh[a-z]_[A-Za-z0-9._-]{8,}|github_pat_[A-Za-z0-9_]{8,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})/g;
const LIMIT = 300;

/**
 * A text from outside, fit for a message: one line, no control characters, no tokens, at most 300 characters.
 * `secrets`: values to hide besides everything that looks like a GitHub token.
 */
export function safeText(text: string, secrets: Iterable<string> = []): string {
  let safe = text.replace(TOKEN, "***");
  for (const secret of secrets) {
    if (secret.length >= 4) safe = safe.replaceAll(secret, "***").replaceAll(encodeURIComponent(secret), "***");
  }
  safe = safe.replace(/[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu, " ").trim();
  const chars = Array.from(safe);
  return chars.length > LIMIT ? `${chars.slice(0, LIMIT - 1).join("")}…` : safe;
}
