import { join } from "node:path";
import type { Surroundings } from "../surroundings.ts";

interface Belongings {
  readonly home: string;
  /** The clone that they stand in. */
  readonly clone: string;
  readonly token: string;
}

/** The one who was woken up. The environment is made from nothing, so that no token, proxy, git or lastgood setting of this machine gets in. */
export function personOf(surroundings: Surroundings, { home, clone, token }: Belongings): Surroundings {
  const env = {
    PATH: surroundings.env["PATH"],
    TMPDIR: surroundings.env["TMPDIR"],
    HOME: home,
    XDG_CACHE_HOME: join(home, ".cache"),
    XDG_CONFIG_HOME: join(home, ".config"),
    LC_ALL: "C.UTF-8",
    LASTGOOD_NO_INPUT: "1",
    GH_TOKEN: token,
    GIT_AUTHOR_NAME: "Dana Lee",
    GIT_AUTHOR_EMAIL: "dana@acme.example",
    GIT_COMMITTER_NAME: "Dana Lee",
    GIT_COMMITTER_EMAIL: "dana@acme.example",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
  };
  return { ...surroundings, calledAs: "lastgood", env, cwd: clone, home };
}
