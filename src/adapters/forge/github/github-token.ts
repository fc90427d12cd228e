import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { isLoopback } from "./github-url.ts";

export interface FindToken {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Who will see the token; undefined: not a GitHub, so there is none. */
  readonly host?: string;
  readonly signal?: AbortSignal;
}

const run = promisify(execFile);

/**
 * The token that this machine has for GitHub: `GH_TOKEN`, `GITHUB_TOKEN`, else what `gh auth token` gives; undefined when there is
 * none. For other hosts than `isMeant` says: `GH_ENTERPRISE_TOKEN`, `GITHUB_ENTERPRISE_TOKEN`.
 */
export async function findGitHubToken({ env, host, signal }: FindToken): Promise<string | undefined> {
  if (host === undefined) return undefined;
  const token = variablesFor(host, env)
    .map((name) => nonEmpty(env[name]))
    .find((value) => value !== undefined);
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

/** Where `findGitHubToken` takes it from, for people: `GH_TOKEN`. */
export function tokenSource(host: string, env: FindToken["env"]): string {
  return variablesFor(host, env).find((name) => nonEmpty(env[name]) !== undefined) ?? "gh auth token";
}

function variablesFor(host: string, env: FindToken["env"]): readonly string[] {
  return isMeant(host, env) ? ["GH_TOKEN", "GITHUB_TOKEN"] : ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];
}

/**
 * Is this the host that `GH_TOKEN` is for? As gh has it (cli.github.com/manual/gh_help_environment): github.com, a subdomain of
 * ghe.com, or what `GH_HOST` names; never whatever host a URL happens to point at.
 */
function isMeant(host: string, env: FindToken["env"]): boolean {
  return host === "github.com" || host.endsWith(".ghe.com") || host === env["GH_HOST"] || isLoopback(host);
}

function nonEmpty(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === "" ? undefined : trimmed;
}
