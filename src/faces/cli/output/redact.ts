/** The last thing that every line goes through: known secrets in any spelling, and what looks like one. */
import { Buffer } from "node:buffer";
import { MASK, maskSecrets } from "../../../core/model/secret.ts";

export type Redact = (text: string) => string;

/** Shorter ones are not looked for: they would stand in every second word. */
const SHORTEST = 6;

/**
 * A function that masks `secrets` (tokens, keys: the values) wherever they stand, raw or as JSON, URL, hex, base64 and base64url
 * write them, also in the middle of something longer (`Basic base64("x-access-token:" + token)`), and all that is a secret by its shape.
 */
export function createRedactor(secrets: readonly string[]): Redact {
  const values = secrets
    .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
    .filter((secret) => secret.length >= SHORTEST);
  const spellings = [...new Set(values.flatMap(spellingsOf))].sort((a, b) => b.length - a.length);
  if (spellings.length === 0) return maskSecrets;
  const known = new RegExp(spellings.map(escapePattern).join("|"), "g");
  return (text) => maskSecrets(text.replace(known, MASK));
}

function spellingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, "utf8");
  const hex = bytes.toString("hex");
  const inBase64 = base64Cores(bytes);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    encodeURI(secret.toWellFormed()),
    hex,
    hex.toUpperCase(),
    ...inBase64,
    ...inBase64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
  ].filter((spelling) => spelling.length >= SHORTEST);
}

/** What base64 of anything that holds the bytes must hold: three ways, by where they begin in a group of three. */
function base64Cores(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((lead) => {
    const encoded = Buffer.concat([Buffer.alloc(lead), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // The first characters also hold bits of what stands before, the last one of what follows.
    const from = Math.ceil((lead * 8) / 6);
    const whole = Math.floor(((lead + bytes.length) * 8) / 6);
    return encoded.slice(from, whole);
  });
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
