import { LastgoodError } from "../errors.ts";
import { escapeText, isPlainText } from "../core/model/escape.ts";

export interface SecretFile {
  readonly path: string;
  readonly text: string;
  /** Permission bits of what the path leads to; missing where the system has none. */
  readonly mode?: number;
}

/** Larger is no token and no key. */
const MAX_LENGTH = 65_536;

/**
 * The secret in a `*File`, without the line end that editors add; a PEM whose line ends are written `\n` is repaired.
 * Throws `ConfigSecretFile` when it is empty, too large, binary, or readable by everybody. Messages never hold its content.
 */
export function parseSecretFile(file: SecretFile): string {
  const refuse = (message: string, hint: string): LastgoodError =>
    new LastgoodError("ConfigSecretFile", `secret file ${escapeText(file.path)} ${message}`, { hint });
  if (file.mode !== undefined && (file.mode & 0o004) !== 0) {
    throw refuse(
      "can be read by everybody",
      "chmod 600 it; in Kubernetes mount the Secret with defaultMode: 0440 and an fsGroup.",
    );
  }
  if (file.text.length > MAX_LENGTH) throw refuse("is larger than 64 KiB", "Name a file that holds only the secret.");
  const text = file.text.replace(/^\ufeff/, "").trim();
  if (text === "") throw refuse("is empty", "Write the secret into it.");
  const unfolded = text.startsWith("-----BEGIN ") ? text.replaceAll(/(?:\\r)?\\n/g, "\n") : text;
  if (!isPlainText(unfolded.replaceAll(/[\t\r]/g, "")))
    throw refuse("is not text", "Write the secret into it as text.");
  const isPem = unfolded.startsWith("-----BEGIN ");
  if (!isPem && /[\r\n]/.test(unfolded)) throw refuse("holds more than one line", "Write only the secret into it.");
  return isPem ? `${unfolded.replaceAll("\r\n", "\n")}\n` : unfolded;
}
