import { LastgoodError, type ErrorCode, type ErrorDetails } from "../../../errors.ts";
import { firstLine } from "./git-failures.ts";
import { printable } from "./printable.ts";

interface Meaning {
  readonly says: RegExp;
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
  /** What git says of it is only about git's own prompt. */
  readonly silent?: boolean;
}

const UNREACHABLE = "the remote cannot be reached";

/** What git and the servers behind it say when they fail (LC_ALL=C), first match wins. */
const MEANINGS: readonly Meaning[] = [
  {
    says: /unable to update url base from redirection|requested URL returned error: 30\d/i,
    code: "RepositoryRedirect",
    what: "the remote redirects elsewhere",
    hint: "The repository was moved or renamed: configure its new URL.",
  },
  {
    says: /\bGH0(?:06|13)\b|pre-receive hook declined|update hook declined|hook declined|protected branch|push declined|deny updating/i,
    code: "RepositoryRejected",
    what: "the remote refused the push",
    hint: "A rule or hook of the remote refuses it: push to another branch, or change the rule.",
  },
  {
    says: /\(stale info\)|\(non-fast-forward\)|\(fetch first\)|cannot lock ref|failed to update ref|reference already exists|incorrect old value|\(already exists\)/i,
    code: "RepositoryMoved",
    what: "the ref has moved on the remote",
  },
  {
    says: /not our ref|unadvertised object/i,
    code: "RepositoryObject",
    what: "the remote does not hand out an object that is missing here",
    hint: "Was its history pushed over? Remove lastgood's clone of it (below the cache folder) and try again.",
  },
  {
    says: /\[remote rejected\]|unpack failed|remote unpack/i,
    code: "RepositoryRejected",
    what: "the remote refused the push",
  },
  {
    says: /requested URL returned error: 403|Permission to .* denied|write access to repository not granted/i,
    code: "ForgePermission",
    what: "the remote denies this access",
    hint: "The token or key needs permission to read and write the repository's contents.",
  },
  {
    says: /could not read (?:Username|Password)|terminal prompts disabled/i,
    code: "ForgeAuth",
    what: "the remote wants a sign-in, and no token was found for it",
    hint: "Set GH_TOKEN (contents and pull requests: write), or log in with gh auth login.\nlastgood help environment    says where a token is looked for",
    silent: true,
  },
  {
    says: /Authentication failed|requested URL returned error: 401|Permission denied \(|invalid credentials|Host key verification failed|HTTP Basic: Access denied/i,
    code: "ForgeAuth",
    what: "the remote does not accept the credentials",
    hint: "Check the token (expired, of another host?), or the ssh key and the known_hosts entry.\nlastgood help environment    says where a token is looked for",
  },
  {
    says: /Repository not found|repository '.*' (?:not found|does not exist)|does not appear to be a git repository|requested URL returned error: 404/i,
    code: "RepositoryNotFound",
    what: "the remote repository was not found",
    hint: "Check the URL; a private repository also looks absent to credentials that may not see it.",
  },
  {
    says: /fsck error|error in object|error: object [0-9a-f]{40,64}: [A-Za-z]+:|invalid tree|unknown object type/i,
    code: "RepositoryTree",
    what: "the remote sends objects that git fsck refuses",
    hint: "Run git fsck in a clone, and find out who pushed them.",
  },
  {
    says: /mismatched algorithms|unsupported hash|object format/i,
    code: "RepositoryFormat",
    what: "the remote has another object format",
  },
  {
    says: /Could not resolve host|Failed to connect|Connection (?:refused|timed out|reset)|Operation timed out|No route to host|Network is unreachable/i,
    code: "RepositoryTransport",
    what: UNREACHABLE,
    hint: "Is the network there, and the address right? Behind a proxy set HTTPS_PROXY.",
  },
  { says: /transport '.*' not allowed/i, code: "ConfigUrl", what: "this kind of URL is not allowed" },
  {
    says: /ENOENT|spawn git/,
    code: "ConfigGit",
    what: "git could not be started",
    hint: "Install git and make sure that it is in PATH.",
  },
];

/** A failed clone, fetch or push as ours. `output`: all that git printed. `url` for people. */
export function transportError(output: string, url: string, details: ErrorDetails = {}): LastgoodError {
  const meaning = MEANINGS.find(({ says }) => says.test(output));
  const lines = serverLines(output);
  // The address stands at the end.
  const words = lines === "" ? firstLine(output).replace(/^unable to access '[^']*': /, "") : lines;
  const said = meaning?.silent === true ? "" : `: ${words}`;
  return new LastgoodError(
    meaning?.code ?? "RepositoryTransport",
    `${meaning?.what ?? UNREACHABLE}${said} (${printable(url)})`,
    { ...(meaning?.hint === undefined ? {} : { hint: meaning.hint }), ...details },
  );
}

/** What the server itself said (`remote: …`), as one escaped line. */
function serverLines(output: string): string {
  const lines = output
    .split(/[\r\n]+/)
    .flatMap((line) => /^remote: ?(.*)$/.exec(line)?.[1]?.trim() ?? [])
    .filter((line) => line !== "" && !/\d+% \(/.test(line));
  return printable(lines.join(" · "), 600);
}
