import { escapeText, shorten } from "../../../core/model/escape.ts";
import { maskSecrets } from "../../../core/model/secret.ts";

/** Colours and other controls go before secrets are looked for: `\u001b[31mBearer …` would be a word of its own. */
const UNSEEN = /(?:\u001b\[[\d;]*[A-Za-z]|[\p{Cc}\s])+/gu;

/** A text from a cluster, fit for a message: one line, no control characters, nothing that looks like a secret, at most `max` characters. */
export function clusterText(text: string, max = 300): string {
  return shorten(escapeText(maskSecrets(text.replace(UNSEEN, " ").trim())), max);
}
