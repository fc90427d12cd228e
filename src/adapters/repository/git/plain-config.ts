/** The configuration of a repository where it is written as git itself writes it: most are, and a process to read them takes longer. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** More is never written by git itself. */
const MAX_BYTES = 64 * 1024;

/** `section.key` or `section.name.key` → value; the last one counts. Section and key in lower case. */
export type PlainConfig = ReadonlyMap<string, string>;

/**
 * Reads the configuration in a git directory. Undefined when there is none, or when anything in it is not plain: quotes, escapes, comments
 * behind values, lines that go on, includes. Then git has to be asked.
 */
export function readPlainConfig(commonDir: string): PlainConfig | undefined {
  const text = readSmall(join(commonDir, "config"));
  return text === undefined ? undefined : parsePlainConfig(text);
}

/** A small file, at once: to wait for a thread takes many times longer. Undefined when it cannot be read, is large, or no file (a pipe). */
export function readSmall(path: string): string | undefined {
  try {
    const found = statSync(path);
    return found.isFile() && found.size <= MAX_BYTES ? readFileSync(path, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

/** The same for its text (git-config(1), "Syntax"). */
export function parsePlainConfig(text: string): PlainConfig | undefined {
  const values = new Map<string, string>();
  let section: string | undefined;
  for (const line of text.split("\n")) {
    if (/^[ \t]*(?:[#;].*)?$/.test(line)) continue;
    const [, name, sub] = /^\[([a-z][a-z0-9-]*)(?: "([^"\\]*)")?\]$/i.exec(line) ?? [];
    if (name !== undefined) {
      section = sub === undefined ? name.toLowerCase() : `${name.toLowerCase()}.${sub}`;
      if (/^include(?:if)?(?:\.|$)/.test(section)) return undefined;
      continue;
    }
    const [, key, value] = /^[ \t]*([a-z][a-z0-9-]*) = ([!-~](?:[ -~]*[!-~])?)$/i.exec(line) ?? [];
    if (section === undefined || key === undefined || value === undefined || /["\\#;]/.test(value)) return undefined;
    values.set(`${section}.${key.toLowerCase()}`, value);
  }
  return values;
}
