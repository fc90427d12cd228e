/** Which file is the configuration. Imports nothing heavy. */
import { LastgoodError } from "../errors.ts";
import { escapeText, shorten } from "../core/model/escape.ts";
import type { Environment } from "./variables.ts";

export interface FindConfigRequest {
  /** `--config` */
  readonly flag?: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
  /** The text of a file; undefined when there is none. Anything else that goes wrong is thrown. */
  readonly readFile: (path: string) => Promise<string | undefined>;
}

export interface FoundConfig {
  readonly path: string;
  readonly text: string;
}

/**
 * `--config` > `LASTGOOD_CONFIG` > `./lastgood.yaml` > `./.github/lastgood.yaml` > `$XDG_CONFIG_HOME/lastgood/config.yaml` >
 * `/etc/lastgood/config.yaml`. Undefined when nothing was named and nothing is there; throws `ConfigNotFound` when the named one is missing.
 */
export async function findConfig(request: FindConfigRequest): Promise<FoundConfig | undefined> {
  const { flag, env, readFile } = request;
  const named = flag ?? (env["LASTGOOD_CONFIG"] === "" ? undefined : env["LASTGOOD_CONFIG"]);
  if (named !== undefined) {
    const text = await readFile(atCwd(named, request.cwd));
    if (text !== undefined) return { path: named, text };
    throw new LastgoodError("ConfigNotFound", `there is no config file ${escapeText(shorten(named, 200))}`, {
      hint: flag === undefined ? "LASTGOOD_CONFIG names it." : "--config names it.",
    });
  }
  for (const path of candidates(env)) {
    const text = await readFile(atCwd(path, request.cwd));
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

function candidates(env: Environment): readonly string[] {
  const { XDG_CONFIG_HOME: xdg = "", HOME: home = "" } = env;
  // A relative XDG_CONFIG_HOME is invalid and ignored (specifications.freedesktop.org/basedir-spec).
  const base = isAbsolute(xdg) ? xdg : isAbsolute(home) ? `${home}/.config` : undefined;
  return [
    "lastgood.yaml",
    ".github/lastgood.yaml",
    ...(base === undefined ? [] : [`${base}/lastgood/config.yaml`]),
    "/etc/lastgood/config.yaml",
  ];
}

function isAbsolute(path: string): boolean {
  return /^(?:\/|[A-Za-z]:[\\/])/.test(path);
}

function atCwd(path: string, cwd: string): string {
  return isAbsolute(path) ? path : `${cwd}/${path}`;
}
