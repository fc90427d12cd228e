import { createHash } from "node:crypto";

/** SHA-256 of a text (UTF-8), 64 hex digits: the hash that core is handed. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
