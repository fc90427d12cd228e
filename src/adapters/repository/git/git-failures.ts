import { LastgoodError } from "../../../errors.ts";
import { printable } from "./printable.ts";

/** The oldest git with everything used here: `cat-file --batch-command` (2.36), `-c safe.directory` (2.38). */
export const GIT_MINIMUM = "2.38";

/** A git that lacks what is used here. */
export function tooOld(version: readonly [number, number]): LastgoodError {
  return new LastgoodError("ConfigGit", `git ${version.join(".")} is too old`, {
    hint: `lastgood needs git ${GIT_MINIMUM} or newer.`,
  });
}

/** `spawn` itself has failed. */
export function cannotStart(program: string, cause: Error): LastgoodError {
  const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
  return new LastgoodError(
    "ConfigGit",
    missing
      ? `${printable(program)} was not found`
      : `${printable(program)} could not be started: ${printable(cause.message)}`,
    { cause, hint: `Install git ${GIT_MINIMUM} or newer and make sure that it is in PATH.` },
  );
}

/** A command did not end, or a stream fell silent. */
export function tookTooLong(ms: number): LastgoodError {
  return new LastgoodError("LimitTime", `git did not answer within ${Math.round(ms / 1000)} s`);
}

/** stderr of a missing or damaged object; a promisor remote is a partial clone's (we never fetch from it). */
const MISSING_OBJECT =
  /bad object|bad tree object|not a tree object|not a valid object|invalid object|unable to read|could not read|missing (?:blob|tree|commit)|does not exist|promisor|lazy fetch|corrupt|not our ref|unable to find|could not parse object|inflate|packfile .* (?:invalid|cannot)|could not get object info/i;

/** A failed local command, as ours. */
export function explain(done: {
  readonly command: string;
  readonly code: number | null;
  readonly stderr: string;
}): LastgoodError {
  const line = firstLine(done.stderr);
  if (/not a git repository/i.test(done.stderr))
    return new LastgoodError("RepositoryNotFound", `not a git repository: ${line}`);
  if (/in tree entry|too-short tree/i.test(done.stderr)) {
    return new LastgoodError("RepositoryTree", `a tree cannot be read: ${line}`);
  }
  if (MISSING_OBJECT.test(done.stderr)) {
    return new LastgoodError("RepositoryObject", `an object is missing or damaged: ${line}`, {
      hint: "A partial or damaged clone cannot be used: fetch everything (git fetch --refetch), or let lastgood use its own clone.",
    });
  }
  return new LastgoodError("RepositoryGit", `git ${done.command} failed (${done.code ?? "killed"}): ${line}`);
}

/** The line of stderr that says most, escaped. */
export function firstLine(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const telling = lines.find((line) => /^(?:fatal|error):/.test(line)) ?? lines[0] ?? "no message";
  return printable(telling.replace(/^(?:fatal|error): /, ""));
}
