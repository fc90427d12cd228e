import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { LastgoodError } from "../../../errors.ts";
import { isLoopback } from "./github-url.ts";

export interface FindToken {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Who will see the token; undefined: not a GitHub, so only the file counts. */
  readonly host?: string;
  readonly tokenFile?: string;
  readonly signal?: AbortSignal;
}

const run = promisify(execFile);

/**
 * A token: the file (config, `LASTGOOD_TOKEN_FILE`), else `GH_TOKEN`, `GITHUB_TOKEN`, else what `gh auth token` gives.
 * undefined when there is none.
 * For other hosts than `isMeant` says: `GH_ENTERPRISE_TOKEN`, `GITHUB_ENTERPRISE_TOKEN`. Throws `ConfigSecretFile` for a file that cannot be read or is empty; never shows a value.
 */
export async function findGitHubToken({ env, host, tokenFile, signal }: FindToken): Promise<string | undefined> {
  const file = tokenFile ?? env["LASTGOOD_TOKEN_FILE"];
  if (file !== undefined && file !== "") return readTokenFile(file);
  if (host === undefined) return undefined;
  const names = isMeant(host, env) ? ["GH_TOKEN", "GITHUB_TOKEN"] : ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];
  const token = names.map((name) => nonEmpty(env[name])).find((value) => value !== undefined);
  if (token !== undefined) return token;
  try {
    const args = ["auth", "token", "--hostname", host];
    const { stdout } = await run("gh", args, { timeout: 5000, ...(signal === undefined ? {} : { signal }) });
    return nonEmpty(stdout);
  } catch {
    // No gh on this machine, or nobody logged in there: simply no token.
    return undefined;
  }
}

/**
 * Is this the host that `GH_TOKEN` is for? As gh has it (cli.github.com/manual/gh_help_environment): github.com, a subdomain of
 * ghe.com, or what `GH_HOST` names; never whatever host a URL happens to point at.
 */
function isMeant(host: string, env: FindToken["env"]): boolean {
  return host === "github.com" || host.endsWith(".ghe.com") || host === env["GH_HOST"] || isLoopback(host);
}

async function readTokenFile(file: string): Promise<string> {
  try {
    const token = nonEmpty(await readFile(file, "utf8"));
    if (token !== undefined) return token;
  } catch (cause) {
    throw new LastgoodError("ConfigSecretFile", `the token file ${file} cannot be read`, { cause, place: { file } });
  }
  throw new LastgoodError("ConfigSecretFile", `the token file ${file} is empty`, { place: { file } });
}

function nonEmpty(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === "" ? undefined : trimmed;
}
