import { escapeText, shorten } from "../../../core/model/escape.ts";
import { maskSecrets } from "../../../core/model/secret.ts";

/** A text from a cluster, fit for a message: one line, no control characters, nothing that looks like a secret, at most `max` characters. */
export function clusterText(text: string, max = 300): string {
  return shorten(escapeText(maskSecrets(text.replace(/\s+/g, " ").trim())), max);
}
