import { LastgoodError, type ErrorCode } from "../../../errors.ts";
import { printable, printablePath } from "./printable.ts";

/** Linux' PATH_MAX and more folders than any repository has: both end a listing before they can end us. */
export const MAX_PATH_BYTES = 4095;
export const MAX_DEPTH = 999;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A path's text; undefined when its bytes are no UTF-8 (it could not be written back as it was). */
export function pathText(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Throws `RepositoryTree` or `LimitPath` for a path, as listed from a tree, that no honest git makes. */
export function checkTreePath(bytes: Uint8Array): void {
  const problem = pathProblem(Buffer.from(bytes).toString("utf8"), bytes.length);
  if (problem !== undefined)
    throw new LastgoodError(problem.code, `${problem.what} in the tree: ${printablePath(bytes)}`);
}

/** The same for a path that lastgood is about to write; one that is no text is `RepositoryPath`. */
export function checkNewPath(path: string): void {
  if (!path.isWellFormed() || path.includes("\0")) {
    throw new LastgoodError("RepositoryPath", `a path cannot be written: ${printable(path)}`);
  }
  const problem = pathProblem(path, Buffer.byteLength(path));
  if (problem !== undefined) throw new LastgoodError(problem.code, `${problem.what}: ${printable(path)}`);
}

/** Most paths have nothing to look at twice. */
const SUSPICIOUS = /(?:^|\/)\.{0,2}(?:\/|$)|git|[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/i;

function pathProblem(path: string, bytes: number): { readonly code: ErrorCode; readonly what: string } | undefined {
  if (bytes > MAX_PATH_BYTES) return { code: "LimitPath", what: `a path of ${bytes} bytes` };
  if (bytes <= MAX_DEPTH && !SUSPICIOUS.test(path)) return undefined;
  const names = path.split("/");
  if (names.length > MAX_DEPTH) return { code: "LimitPath", what: `a path ${names.length} folders deep` };
  const bad = names.find((name) => !isSafeName(name));
  return bad === undefined
    ? undefined
    : { code: "RepositoryTree", what: `a forbidden name (${JSON.stringify(printable(bad))})` };
}

/** HFS+ leaves these out when it compares names (git's utf8.c). */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** One name inside a tree: not empty, not `.` or `..`, nothing that some file system takes for `.git` (git's verify_path). */
function isSafeName(name: string): boolean {
  if (name === "" || name === "." || name === "..") return false;
  const seen = name
    .replace(IGNORED_BY_HFS, "")
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "")
    .toLowerCase();
  return seen !== ".git" && seen !== "git~1";
}
