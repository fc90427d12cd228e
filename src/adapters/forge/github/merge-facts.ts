import { isList, isObject, listAt, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";

/** One question for what REST does not tell (docs.github.com/graphql, PullRequest). One field that may not be read can take all of it along. */
export const MERGE_FACTS = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
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

/** What a merge cannot do without: asked alone when the whole question came back with nothing. */
export const QUEUE_FACTS = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      isMergeQueueEnabled
      mergeQueueEntry { position enqueuer { login } }
      timelineItems(last: 1, itemTypes: [ADDED_TO_MERGE_QUEUE_EVENT, REMOVED_FROM_MERGE_QUEUE_EVENT]) {
        nodes { ... on RemovedFromMergeQueueEvent { createdAt reason } }
      }
    }
  }
}`;

export interface MergeFacts {
  /** Reviews are asked for and not there, whatever kind of rule asks. */
  readonly reviewMissing: boolean;
  /** The base has a merge queue; undefined when that was not answered. */
  readonly queue: boolean | undefined;
  /** It waits there: how many are before it counts from 1. */
  readonly queued?: { readonly position: number | undefined; readonly by: string | undefined };
  /** What the queue did with it before was answered. */
  readonly queueSpoke: boolean;
  /** It was thrown out of the queue with the head it has now: why, in GitHub's words. */
  readonly thrownOut?: string;
  readonly openConversations: number;
  /** Checks that have reported and that the rules ask for. */
  readonly requiredChecks: readonly string[];
}

/** A server whose schema does not know merge queues has none (Enterprise Server before 3.12). */
export const NO_QUEUES: MergeFacts = {
  reviewMissing: false,
  queue: false,
  queueSpoke: true,
  openConversations: 0,
  requiredChecks: [],
};

/** As much as was answered: a field that may not be read is null beside the error. undefined when no pull request was. */
export function convertMergeFacts(data: JsonValue | undefined): MergeFacts | undefined {
  const pull = data === undefined ? undefined : valueAt(data, "repository", "pullRequest");
  if (!isObject(pull)) return undefined;
  const [entry, isEnabled] = [valueAt(pull, "mergeQueueEntry"), valueAt(pull, "isMergeQueueEnabled")];
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
    reviewMissing: stringAt(pull, "reviewDecision") === "REVIEW_REQUIRED",
    queue: typeof isEnabled === "boolean" ? isEnabled : undefined,
    queueSpoke: isList(valueAt(pull, "timelineItems", "nodes")),
    ...(queued === undefined ? {} : { queued }),
    ...(thrownOut ? { thrownOut: stringAt(event, "reason") ?? "for an unknown reason" } : {}),
    openConversations: listAt(pull, "reviewThreads", "nodes").filter((each) => valueAt(each, "isResolved") === false)
      .length,
    requiredChecks: listAt(commit, "statusCheckRollup", "contexts", "nodes").flatMap((check) =>
      valueAt(check, "isRequired") === true ? (stringAt(check, "name") ?? stringAt(check, "context") ?? []) : [],
    ),
  };
}
