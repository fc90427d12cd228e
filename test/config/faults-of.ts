import { parseConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/config.ts";
import { LastgoodError } from "../../src/errors.ts";

const HEAD = "apiVersion: lastgood.dev/v1alpha1\nkind: Config\n";

/** A config from all that follows `kind: Config`; its first line is line 3. */
export function configOf(body: string, env: Readonly<Record<string, string>> = {}): Config {
  return parseConfig("lastgood.yaml", HEAD + body, env);
}

/** The error that a config is refused with. Fails when it is accepted. */
export function refusalOf(text: string, env: Readonly<Record<string, string>> = {}): LastgoodError {
  try {
    parseConfig("lastgood.yaml", text, env);
  } catch (error) {
    if (error instanceof LastgoodError) return error;
    throw error;
  }
  throw new Error("the config was accepted");
}

/** The first line of each fault, without file name. */
export function faultsOf(body: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
  const { hint = "" } = refusalOf(HEAD + body, env);
  return hint
    .split("\n")
    .filter((line) => /^\S+ {2}error {2}/.test(line))
    .map((line) => line.replace("lastgood.yaml:", ""));
}
