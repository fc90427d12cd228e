import type { JudgedRevision } from "../core/checkpoint.ts";
import type { CommitId } from "../core/model/git.ts";
import { type ChangeSummary, summarize } from "../core/summary.ts";
import type { Repository } from "../ports/repository.ts";
import { ManifestReader } from "./read-steps.ts";

/** A revision that changed more files than this is not read for a table. */
const MAX_FILES = 60;

/** What each revision changed. */
export async function summarizeRevisions(
  revisions: readonly JudgedRevision[],
  repository: Repository,
): Promise<ReadonlyMap<CommitId, ChangeSummary>> {
  const reader = new ManifestReader(repository);
  const entries = revisions.map(async (judged): Promise<readonly [CommitId, ChangeSummary]> => {
    const paths = new Set(judged.changes.slice(0, MAX_FILES).map(({ path }) => path));
    return [judged.revision.id, summarize(await reader.steps(judged, (path) => paths.has(path)))];
  });
  return new Map(await Promise.all(entries));
}
