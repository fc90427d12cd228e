/** Checks of single values. Each answers what is wrong, as the end of a sentence that starts with the value; undefined when nothing is. */

import { isIP } from "node:net";

/** Control characters, spaces and what a shell or a terminal could take for more than a name. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** `git`, `https://github.com/acme/gitops.git`, `ssh://git@host/x.git`, `git@github.com:acme/gitops.git` and nothing that runs a program. */
export function repositoryUrlFault(text: string): string | undefined {
  if (text.startsWith("-")) return "begins with a dash: git would read an option";
  if (/^[A-Za-z][A-Za-z0-9+.-]*::/.test(text))
    return "names a remote helper, which runs a program: use https:// or ssh://";
  if (UNPRINTABLE.test(text) || /[\s\\]/.test(text)) return "holds a space, a backslash or a control character";
  if (!text.includes("://")) return scpFault(text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === "") return "is not a URL";
  if (url.protocol !== "https:" && url.protocol !== "ssh:") return "is neither an https:// nor an ssh:// URL";
  if (url.password !== "" || (url.protocol === "https:" && url.username !== "")) return CREDENTIALS;
  if (url.username.startsWith("-") || url.hostname.startsWith("-")) return "has a user or host that begins with a dash";
  if (url.search !== "" || url.hash !== "") return "has a query or a fragment";
  return url.pathname.length < 2 ? "names no repository" : undefined;
}

const CREDENTIALS = "holds credentials: put the token into a file and name it under forge.auth.tokenFile";

/** scp's short form, `user@host:path`. */
function scpFault(text: string): string | undefined {
  const match = /^(?:([A-Za-z0-9_][A-Za-z0-9_.-]*)@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)([^-:][^:]*)$/.exec(text);
  if (match !== null) return undefined;
  return /^[^/@]*:[^/@]*@/.test(text) ? CREDENTIALS : "is neither an https:// nor an ssh:// URL, nor user@host:path";
}

/** An address that lastgood calls or is called at. */
export function webUrlFault(text: string): string | undefined {
  if (UNPRINTABLE.test(text) || /[\s\\]/.test(text)) return "holds a space, a backslash or a control character";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:\/\//i.test(text)) return "is neither an https:// nor an http:// URL";
  return url.username !== "" || url.password !== "" ? "holds credentials: secrets are read from files only" : undefined;
}

/** A URL that a probe asks: what stands for a target's name comes from the managed repository, so it never chooses the host. */
export function probeUrlFault(text: string): string | undefined {
  const host = /^https?:\/\/[^/?#]*/i.exec(text)?.[0] ?? "";
  if (/[{}]/.test(host)) return "has braces in its host: {name} may only stand behind it";
  return webUrlFault(text);
}

/** `10.0.0.0/8`, `fd00::/8`, `127.0.0.1` */
export function networkFault(text: string): string | undefined {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  const fault = "is neither an address nor a network such as 10.96.0.0/12";
  if (family === 0 || rest.length > 0 || address.includes("%")) return fault;
  if (bits === undefined) return undefined;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return fault;
  return Number(bits) === 0 ? "allows every address there is" : undefined;
}

/** The rules of git-check-ref-format(1) for what stands after `refs/heads/` and the like. */
function refNameFault(name: string): string | undefined {
  if (name === "" || name === "@" || name === "HEAD") return "is not a name";
  if (name.startsWith("-")) return "begins with a dash: git would read an option";
  if (UNPRINTABLE.test(name) || /[\s~^:?*[\\]/.test(name)) return "holds a character that git does not allow in a ref";
  if (name.includes("..") || name.includes("@{") || name.includes("//")) return "holds .., @{ or //";
  if (name.startsWith("/") || name.endsWith("/") || name.endsWith(".")) return "begins or ends with / or .";
  return name.split("/").some((part) => part.startsWith(".") || part.endsWith(".lock"))
    ? "has a part that begins with . or ends with .lock"
    : undefined;
}

/** A branch, without `refs/heads/`. */
export function branchFault(text: string): string | undefined {
  if (text.startsWith("refs/")) return "is a full ref: write the branch without refs/heads/";
  return refNameFault(text);
}

/** A full ref. */
export function fullRefFault(text: string): string | undefined {
  if (!text.startsWith("refs/") || text.split("/").length < 3) return "is not a full ref such as refs/lastgood/ledger";
  return refNameFault(text);
}

/** A path of the managed repository. Wildcards are for the target's name. */
export function pathFault(text: string): string | undefined {
  if (text === "") return "is empty: write . for the whole repository";
  if (text.length > 4000) return "is longer than 4000 characters";
  if (text.includes("\0") || UNPRINTABLE.test(text)) return "holds a control character";
  if (text.includes("\\")) return "holds a backslash: write / between folders";
  if (text.startsWith("/") || /^[A-Za-z]:/.test(text)) return "is absolute: paths start at the root of the repository";
  const parts = text.split("/");
  if (parts.includes("..")) return "leaves the repository: .. is not allowed";
  if (parts.some((part) => part.toLowerCase() === ".git")) return "points into .git";
  return /[*?[\]]/.test(text)
    ? 'is taken literally, not as a pattern: for one target per folder write name: "edge/*" with paths: ["edge/{name}"]'
    : undefined;
}

/** What a target is called: it becomes part of branch names, labels and URLs. */
export function targetNameFault(text: string): string | undefined {
  const stars = text.split("*").length - 1;
  if (stars > 1) return "has more than one *";
  if (text.length > 200) return "is longer than 200 characters";
  return /^[A-Za-z0-9*](?:[A-Za-z0-9._*-]|\/(?=[A-Za-z0-9*]))*$/.test(text) && !text.includes("..")
    ? undefined
    : "is no name for a target: letters, digits and . _ - with / between parts, for example payments/api";
}

/** What a repository, an engine or a policy is called. */
export function nameFault(text: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text) ? undefined : "is no name: letters, digits and . _ -";
}

/** What an object in a cluster is called (kubernetes.io/docs, "Object Names and IDs": DNS subdomain names). */
export function objectNameFault(text: string): string | undefined {
  const part = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
  return text.length <= 253 && new RegExp(`^${part}(?:\\.${part})*$`).test(text)
    ? undefined
    : "is no name of an object in a cluster: lower-case letters, digits, - and .";
}

/** A namespace (DNS label names). */
export function namespaceFault(text: string): string | undefined {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)
    ? undefined
    : "is no namespace: at most 63 lower-case letters, digits and -";
}

/** `HOST:PORT`, `:PORT`, `[::1]:PORT` */
export function listenFault(text: string): string | undefined {
  const port = /^(?:[A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) <= 65_535 ? undefined : "is not HOST:PORT";
}

/** A host name, with a port if need be. */
export function hostFault(text: string): string | undefined {
  return /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})(?::\d{1,5})?$/.test(text)
    ? undefined
    : "is not a host name: write it without https:// and path";
}

/** A file on this machine. */
export function fileFault(text: string): string | undefined {
  if (text === "") return "is empty";
  if (/-----BEGIN/.test(text) || text.includes("\n"))
    return "is no file name: write the secret into a file and name that file here";
  return UNPRINTABLE.test(text) ? "holds a control character" : undefined;
}

/** A pattern of names, notes or trailers. `placeholders`: what may stand in braces. */
export function patternFault(text: string, placeholders: readonly string[]): string | undefined {
  if (text.trim() === "") return "is empty";
  if (UNPRINTABLE.test(text)) return "holds a control character";
  if (text.length > 500) return "is longer than 500 characters";
  const unknown = [...text.matchAll(/\{([^{}]*)\}/g)].find((match) => !placeholders.includes(match[1] ?? ""));
  return unknown === undefined
    ? undefined
    : `has no ${unknown[0]} to fill in: ${placeholders.map((name) => `{${name}}`).join(", ")}`;
}

/** `Key: value`, as in a commit message. */
export function trailerFault(text: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9-]*[ \t]*:[ \t]*\S/.test(text)
    ? patternFault(text, ["target"])
    : 'is not "Key: value", as in a commit message';
}

/** `apps/v1`, `v1` */
export function apiVersionFault(text: string): string | undefined {
  return /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[a-z][a-z0-9]{0,62}$/.test(text)
    ? undefined
    : "is no apiVersion: group/version, for example postgresql.cnpg.io/v1";
}

/** `Cluster` */
export function kindFault(text: string): string | undefined {
  return /^[A-Z][A-Za-z0-9]{0,62}$/.test(text) ? undefined : "is no kind: for example Cluster";
}

/** The name of a label of Prometheus'. */
export function labelFault(text: string): string | undefined {
  return /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/.test(text) ? undefined : "is no name of a label";
}

/** An IANA time zone this Node.js knows. */
export function timezoneFault(text: string): string | undefined {
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions();
    return timeZone === "" ? "is not a time zone" : undefined;
  } catch {
    return "is not a time zone such as UTC or Europe/Berlin";
  }
}
