/** A repository on GitHub or a GitHub Enterprise Server, as its URL names it. */
export interface GitHubLocation {
  /** With the port, when the URL is http(s) and has one. */
  readonly host: string;
  readonly owner: string;
  readonly repo: string;
  /** Where its REST API answers, without a slash at the end. */
  readonly apiUrl: string;
}

const OWNER = "[A-Za-z0-9][A-Za-z0-9_-]{0,99}";
const REPOSITORY = "[A-Za-z0-9._-]{1,100}";
const PATH = new RegExp(`^/?(${OWNER})/(${REPOSITORY}?)(?:\\.git)?/?$`);
const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?(?::\d{1,5})?$/;

/**
 * Reads `https://host/owner/repo.git`, `ssh://git@host/owner/repo.git` and `git@host:owner/repo.git`; undefined for anything
 * else. Credentials in the URL are dropped. Plain http counts on this machine only.
 */
export function parseGitHubUrl(url: string): GitHubLocation | undefined {
  const parts = splitUrl(url);
  const [, owner, repo] = PATH.exec(parts?.path ?? "") ?? [];
  if (parts === undefined || owner === undefined || repo === undefined || /^(?:\.*|\.git)$/.test(repo)) {
    return undefined;
  }
  const host = parts.host.toLowerCase().replace(/^www\.github\.com$/, "github.com");
  return HOST.test(host) ? { host, owner, repo, apiUrl: apiUrlOf(host, parts.scheme) } : undefined;
}

/** Is this `localhost`, `127.0.0.1` or `[::1]`, with or without a port? */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/.test(host);
}

interface UrlParts {
  readonly scheme: "https" | "http" | "ssh";
  readonly host: string;
  readonly path: string;
}

function splitUrl(url: string): UrlParts | undefined {
  const scp = /^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+):(?!\/\/)(.+)$/.exec(url);
  if (scp?.[1] !== undefined && scp[2] !== undefined) return { scheme: "ssh", host: sshHost(scp[1]), path: scp[2] };
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, hostname, pathname } = new URL(url);
  if (protocol === "https:") return { scheme: "https", host, path: pathname };
  if (protocol === "http:" && isLoopback(host)) return { scheme: "http", host, path: pathname };
  if (protocol === "ssh:") return { scheme: "ssh", host: sshHost(hostname), path: pathname };
  return undefined;
}

/** `ssh.github.com` is github.com behind firewalls (docs.github.com, "Using SSH over the HTTPS port"). */
function sshHost(host: string): string {
  return host.toLowerCase() === "ssh.github.com" ? "github.com" : host;
}

// docs.github.com: api.github.com; api.SUBDOMAIN.ghe.com with data residency; HOST/api/v3 on Enterprise Server.
function apiUrlOf(host: string, scheme: UrlParts["scheme"]): string {
  if (host === "github.com") return "https://api.github.com";
  if (/^[a-z0-9-]+\.ghe\.com$/.test(host)) return `https://api.${host}`;
  return `${scheme === "http" ? "http" : "https"}://${host}/api/v3`;
}
