import type { PullIssue, QueueEntry, Repository } from "./state.ts";

/** The pull request's place in the merge queue of its base; undefined: it is not in there. */
export function queueEntryOf(repository: Repository, issue: PullIssue): QueueEntry | undefined {
  return repository.queues.get(issue.pull.base)?.find(({ number }) => number === issue.number);
}
