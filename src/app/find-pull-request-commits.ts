import { type CommitId, pullRequestOf, type Revision, subjectOf } from "../core/model/git.ts";
import type { Repository } from "../ports/repository.ts";

/** As far back as is looked: years of a busy repository. */
const MAX_COMMITS = 20_000;

/** How many commits that carry the same number may lie apart: a rebase merge puts them next to each other. */
const MAX_GAP = 20;

/**
 * The commits by which a pull request came into the line of `base`, newest first, without asking a forge: its merge
 * (`Merge pull request #7 from …`, GitLab's `See merge request group/project!7`), or what was squashed or rebased as `… (#7)`.
 * Empty when there is none. A revert of it (`Revert "… (#7)" (#9)`) has a number of its own.
 */
export async function findPullRequestCommits(
  repository: Pick<Repository, "history">,
  { base, number }: { readonly base: CommitId; readonly number: number },
): Promise<readonly CommitId[]> {
  const found: CommitId[] = [];
  let since = 0;
  for await (const { revision } of repository.history({ from: base, limit: MAX_COMMITS })) {
    if (numberOf(revision) === number) {
      found.push(revision.id);
      since = 0;
      if (revision.parents.length > 1) return [revision.id];
    } else if (found.length > 0 && ++since > MAX_GAP) break;
  }
  return found;
}

function numberOf(revision: Revision): number | undefined {
  const known = pullRequestOf(revision);
  if (known !== undefined || revision.parents.length < 2 || !subjectOf(revision).startsWith("Merge ")) return known;
  const match = /^See merge request (?:[^\s!]+)?!(\d{1,9})\s*$/m.exec(revision.message);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
