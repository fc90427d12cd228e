import { readFile, stat } from "node:fs/promises";
import { LastgoodError, type Place } from "../errors.ts";
import { escapeText } from "../core/model/escape.ts";
import { parseSecretFile } from "./secret-file.ts";

/**
 * The secret in a file that the configuration or the environment names; `place`: where it is named. Throws `ConfigSecretFile`, with
 * that place, when it cannot be read or is not fit to hold a secret.
 */
export async function readSecretFile(path: string, place?: Place): Promise<string> {
  const at = place === undefined ? {} : { place };
  try {
    const [{ mode }, text] = await Promise.all([stat(path), readFile(path, "utf8")]);
    return parseSecretFile({ path, text, mode });
  } catch (error) {
    if (error instanceof LastgoodError) {
      throw new LastgoodError(error.code, error.message, {
        ...at,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    }
    const why =
      error instanceof Error && "code" in error && error.code === "ENOENT" ? "does not exist" : "cannot be read";
    throw new LastgoodError("ConfigSecretFile", `secret file ${escapeText(path)} ${why}`, { ...at, cause: error });
  }
}

/** Certificates in a file that the configuration names: no secret, so anybody may read it. Throws `ConfigSecretFile` when it holds none. */
export async function readCertificates(path: string, place?: Place): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new LastgoodError(
    "ConfigSecretFile",
    `forge.caFile ${escapeText(path)} holds no certificate that can be read`,
    {
      ...(place === undefined ? {} : { place }),
      hint: "Name a file with certificates in PEM form (-----BEGIN CERTIFICATE-----).",
    },
  );
}
