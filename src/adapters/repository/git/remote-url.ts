import { LastgoodError } from "../../../errors.ts";
import { printable } from "./printable.ts";

/** Where a repository is fetched from and pushed to. Never holds a credential. */
export interface RemoteUrl {
  /** As git gets it and as people may see it. */
  readonly url: string;
  readonly protocol: "https" | "http" | "ssh" | "file";
  /** Missing for `file`. */
  readonly host?: string;
}

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Takes `https://host/path`, `ssh://[user@]host[:port]/path` and `user@host:path`; with `allowLocal` also an absolute path, `file:///path`
 * and http on this machine. Everything else (`ext::…`, options, credentials) throws `ConfigUrl`, which shows no secret.
 */
export function parseRemoteUrl(text: string, options: { readonly allowLocal?: boolean } = {}): RemoteUrl {
  const local = options.allowLocal === true;
  if (text.length > 2048 || /[\s\u0000-\u0020\u007f]/.test(text)) throw refuse(text, "it holds spaces or is too long");
  if (text.startsWith("-")) throw refuse(text, "it looks like an option");
  if (/^[A-Za-z0-9]+::/.test(text)) throw refuse(text, "remote helpers are never run");
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) return parseStandard(text, local);
  if (text.startsWith("/")) {
    if (local) return { url: text, protocol: "file" };
    throw refuse(text, "local paths are not allowed here");
  }
  return parseScp(text);
}

/** Removes user and password of an https URL, as CI systems write them into a clone's configuration. Anything else stays. */
export function withoutCredentials(text: string): string {
  return text.replace(/^(https?:\/\/)[^/]*@/i, "$1");
}

function parseStandard(text: string, local: boolean): RemoteUrl {
  if (!URL.canParse(text)) throw refuse(text, "it cannot be parsed");
  const url = new URL(text);
  if (url.search !== "" || url.hash !== "") throw refuse(text, "a query or fragment has no meaning for git");
  if (url.password !== "") throw refuse(text, "it holds a password");
  switch (url.protocol) {
    case "https:":
    case "http:":
      if (url.username !== "") throw refuse(text, "it holds a user name or token");
      if (!HOST.test(url.hostname)) throw refuse(text, "its host name is not valid");
      if (url.protocol === "https:") return { url: text, protocol: "https", host: url.host };
      if (local && LOOPBACK.has(url.hostname)) return { url: text, protocol: "http", host: url.host };
      throw refuse(text, "http without TLS is not allowed");
    case "ssh:":
      if (url.username !== "" && !USER.test(url.username)) throw refuse(text, "its user name is not valid");
      if (!HOST.test(url.hostname)) throw refuse(text, "its host name is not valid");
      if (url.pathname.startsWith("/-") || url.pathname.length < 2) throw refuse(text, "its path is not valid");
      return { url: text, protocol: "ssh", host: url.host };
    case "file:":
      if (local && url.host === "" && text.startsWith("file:///")) return { url: text, protocol: "file" };
      throw refuse(text, "local paths are not allowed here");
    default:
      throw refuse(text, "only https and ssh are allowed");
  }
}

/** `git@github.com:acme/gitops.git` */
function parseScp(text: string): RemoteUrl {
  const match = /^([^@:/]+)@([^:/]+):([^-:].*)$/.exec(text);
  const [, user = "", host = "", path = ""] = match ?? [];
  if (match === null || !USER.test(user) || !HOST.test(host) || path === "") {
    throw refuse(text, "it is neither https://…, ssh://… nor user@host:path");
  }
  return { url: text, protocol: "ssh", host };
}

function refuse(text: string, why: string): LastgoodError {
  return new LastgoodError("ConfigUrl", `not a usable repository URL: ${why} (${printable(redact(text))})`, {
    hint: "Use https://host/owner/repo.git or git@host:owner/repo.git, and give the token separately.",
  });
}

/** Without anything that may be a secret: what stands before the last `@`, and a query. */
function redact(text: string): string {
  const bare = text.replace(/[?#].*$/s, "?***");
  const at = bare.lastIndexOf("@");
  if (at === -1) return bare;
  const scheme = /^[A-Za-z0-9+.-]*:\/\//.exec(bare)?.[0] ?? "";
  return `${scheme}***${bare.slice(at)}`;
}
