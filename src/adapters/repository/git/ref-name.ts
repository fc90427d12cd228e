import { LastgoodError } from "../../../errors.ts";
import { printable } from "./printable.ts";

/** Is this a full ref (`refs/…`) by the rules of git-check-ref-format(1)? Any other name is never given to git. */
export function isFullRef(ref: string): boolean {
  return (
    ref.startsWith("refs/") &&
    ref.length <= 1024 &&
    ref.isWellFormed() &&
    // No control characters, space, or what has a meaning in revisions and refspecs.
    !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[./]$/.test(ref) &&
    ref.split("/").length >= 3
  );
}

/** The ref as it is. Throws `ConfigRef`. */
export function fullRef(ref: string): string {
  if (isFullRef(ref)) return ref;
  throw new LastgoodError("ConfigRef", `not a valid ref: ${printable(ref)}`, {
    hint: "A ref is given in full, such as refs/lastgood/ledger, and follows the rules of git check-ref-format.",
  });
}

/** `refs/heads/…` of a branch. Throws `ConfigRef`. */
export function branchRef(branch: string): string {
  const ref = `refs/heads/${branch}`;
  if (branch !== "HEAD" && isFullRef(ref)) return ref;
  throw new LastgoodError("ConfigRef", `not a valid branch name: ${printable(branch)}`, {
    hint: "A branch is given by its short name, such as main, and follows the rules of git check-ref-format.",
  });
}
