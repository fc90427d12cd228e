/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is taken over from the surroundings, for every git. HOME is for ssh; git's own configuration there is switched off. */
const PASSED = [
  "PATH",
  "HOME",
  "TMPDIR",
  "SSH_AUTH_SOCK",
  "http_proxy",
  "https_proxy",
  "HTTPS_PROXY",
  "all_proxy",
  "ALL_PROXY",
  "no_proxy",
  "NO_PROXY",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
] as const;

/** The environment of every git that lastgood starts. Nothing else of the surroundings gets through. */
export function gitEnvironment(surroundings: Environment): Record<string, string> {
  const passed = PASSED.flatMap((name) => {
    const value = surroundings[name];
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    // Stronger than protocol.allow=never: with it git ignores protocol.<name>.allow of the repository (git(1)).
    GIT_ALLOW_PROTOCOL: "none",
  };
}

/** Only for local commands: what transport must not see, or what simple-git would have to be told about. */
export const LOCAL_ENVIRONMENT = {
  GIT_LITERAL_PATHSPECS: "1",
  GIT_GRAFT_FILE: "/dev/null",
  GIT_NO_LAZY_FETCH: "1",
  // Never part of an object: the ident of a reflog line, so that git does not go and look for one.
  GIT_COMMITTER_NAME: "lastgood",
  GIT_COMMITTER_EMAIL: "lastgood@localhost",
} as const;

/** Settings that win over the repository's own configuration. */
export const GIT_CONFIG = ["core.hooksPath=/dev/null", "core.fsmonitor=false"] as const;
