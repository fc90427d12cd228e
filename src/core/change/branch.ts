/** The revert's branch is derived from what it reverts, so that a second run, or a second replica, finds the first. */
import type { ContentId, Hash } from "../content.ts";

/** What every branch of ours begins with. */
export const OWN_BRANCHES = "lastgood/";

/** Identity of a suspect: the target and what it held there. The same bad content landed again keeps its key. */
export function revertKey(target: string, suspectContent: ContentId, hash: Hash): string {
  return hash(`${target}\0${suspectContent}`).slice(0, 12);
}

/** `lastgood/payments-api/0c9e41d27ab3`; from the second attempt on `…-2`. */
export function branchName(target: string, key: string, attempt = 1): string {
  return `${OWN_BRANCHES}${slugOf(target)}/${attempt === 1 ? key : `${key}-${attempt}`}`;
}

/** The parts of a branch of ours; undefined for any other, and for one that is no revert. */
export function parseBranch(
  branch: string,
): { readonly slug: string; readonly key: string; readonly attempt: number } | undefined {
  const [, slug, key, attempt = "1"] = /^lastgood\/([^/]+)\/([0-9a-f]{12})(?:-([1-9]\d{0,3}))?$/.exec(branch) ?? [];
  return slug === undefined || key === undefined ? undefined : { slug, key, attempt: Number(attempt) };
}

/** A target's name as one part of a ref: git's rules for refs hold (git-check-ref-format). */
export function slugOf(target: string): string {
  const slug = target
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/\.{2,}/g, ".")
    .replace(/^[-.]+|[-.]+$/g, "")
    .replace(/\.lock$/i, "-lock")
    .slice(0, 80)
    .replace(/[-.]+$/, "");
  return slug === "" ? "target" : slug;
}
