import { listAt, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";

/** One question for what REST does not tell (docs.github.com/graphql, PullRequest). */
export const MERGE_FACTS = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      id
      reviewDecision
      isMergeQueueEnabled
      mergeQueueEntry { position enqueuer { login } }
      reviewThreads(first: 100) { nodes { isResolved } }
      commits(last: 1) { nodes { commit {
        committedDate
        statusCheckRollup { contexts(first: 100) { nodes {
          ... on CheckRun { name isRequired(pullRequestNumber: $number) }
          ... on StatusContext { context isRequired(pullRequestNumber: $number) }
        } } }
      } } }
      timelineItems(last: 1, itemTypes: [ADDED_TO_MERGE_QUEUE_EVENT, REMOVED_FROM_MERGE_QUEUE_EVENT]) {
        nodes { ... on RemovedFromMergeQueueEvent { createdAt reason } }
      }
    }
  }
}`;

export interface MergeFacts {
  /** The pull request's global id, for mutations. */
  readonly id: string;
  /** Reviews are asked for and not there, whatever kind of rule asks. */
  readonly reviewMissing: boolean;
  /** The base has a merge queue. */
  readonly queue: boolean;
  /** It waits there: how many are before it counts from 1. */
  readonly queued?: { readonly position: number | undefined; readonly by: string | undefined };
  /** It was thrown out of the queue with the head it has now: why, in GitHub's words. */
  readonly thrownOut?: string;
  readonly openConversations: number;
  /** Checks that have reported and that the rules ask for. */
  readonly requiredChecks: readonly string[];
}

/** undefined when the answer names no pull request. */
export function convertMergeFacts(data: JsonValue): MergeFacts | undefined {
  const pull = valueAt(data, "repository", "pullRequest");
  const id = stringAt(pull, "id");
  if (id === undefined) return undefined;
  const entry = valueAt(pull, "mergeQueueEntry");
  const position = valueAt(entry, "position");
  const commit = valueAt(listAt(pull, "commits", "nodes")[0], "commit");
  const [event] = listAt(pull, "timelineItems", "nodes");
  const removedAt = stringAt(event, "createdAt");
  const pushedAt = stringAt(commit, "committedDate");
  // A push after that is another try: both are ISO 8601 in UTC, which sorts as text.
  const thrownOut = removedAt !== undefined && (pushedAt === undefined || removedAt >= pushedAt);
  const queued =
    entry === undefined || entry === null
      ? undefined
      : { position: typeof position === "number" ? position : undefined, by: stringAt(entry, "enqueuer", "login") };
  return {
    id,
    reviewMissing: stringAt(pull, "reviewDecision") === "REVIEW_REQUIRED",
    queue: valueAt(pull, "isMergeQueueEnabled") === true,
    ...(queued === undefined ? {} : { queued }),
    ...(thrownOut ? { thrownOut: stringAt(event, "reason") ?? "for an unknown reason" } : {}),
    openConversations: listAt(pull, "reviewThreads", "nodes").filter((each) => valueAt(each, "isResolved") === false)
      .length,
    requiredChecks: listAt(commit, "statusCheckRollup", "contexts", "nodes").flatMap((check) =>
      valueAt(check, "isRequired") === true ? (stringAt(check, "name") ?? stringAt(check, "context") ?? []) : [],
    ),
  };
}
