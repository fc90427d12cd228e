/** GitHub's comments, timeline and permissions → ours. What cannot be read is passed over: these only ever restrict or inform. */
import { fromIso } from "../../../core/model/time.ts";
import { isList, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";
import type { Permission, PullRequestEvent } from "../../../ports/forge-talk.ts";

export interface GitHubComment {
  readonly id: number;
  /** Missing for a deleted account. */
  readonly by: string | undefined;
  readonly body: string;
}

export function convertComments(data: JsonValue): readonly GitHubComment[] {
  return (isList(data) ? data : []).flatMap((comment) => {
    const id = valueAt(comment, "id");
    if (typeof id !== "number") return [];
    return [{ id, by: stringAt(comment, "user", "login"), body: stringAt(comment, "body") ?? "" }];
  });
}

// docs.github.com, "Issue event types".
const KINDS: Readonly<Record<string, PullRequestEvent["kind"]>> = {
  closed: "closed",
  reopened: "reopened",
  merged: "merged",
  convert_to_draft: "drafted",
  ready_for_review: "ready",
  labeled: "labelled",
  unlabeled: "unlabelled",
  committed: "pushed",
  head_ref_force_pushed: "pushed",
  head_ref_deleted: "branch-deleted",
  reviewed: "reviewed",
};

export function convertTimeline(data: JsonValue): readonly PullRequestEvent[] {
  return (isList(data) ? data : []).flatMap((entry) => {
    const kind = KINDS[stringAt(entry, "event") ?? ""];
    // A commit has no time of its own on the timeline; a review has another one, and a user instead of an actor.
    const told = stringAt(entry, "created_at") ?? stringAt(entry, "submitted_at");
    const atMs = fromIso(told ?? stringAt(entry, "committer", "date") ?? "");
    if (kind === undefined || atMs === undefined) return [];
    const label = stringAt(entry, "label", "name");
    return [
      {
        kind,
        by: stringAt(entry, "actor", "login") ?? stringAt(entry, "user", "login"),
        atMs,
        ...(label === undefined ? {} : { label }),
      },
    ];
  });
}

/** The legacy word: maintain is write, triage is read (docs.github.com/rest/collaborators). */
export function convertPermission(data: JsonValue): Permission {
  const permission = stringAt(data, "permission");
  return permission === "admin" || permission === "write" || permission === "read" ? permission : "none";
}

/** The last editor of GraphQL's `PullRequest`. A bot's login lacks its `[bot]` there. */
export function convertEditor(data: JsonValue): { readonly by: string; readonly atMs: number } | undefined {
  const pull = valueAt(data, "repository", "pullRequest");
  const login = stringAt(pull, "editor", "login");
  const atMs = fromIso(stringAt(pull, "lastEditedAt") ?? "");
  if (login === undefined || atMs === undefined) return undefined;
  const isBot = stringAt(pull, "editor", "__typename") === "Bot" && !login.endsWith("[bot]");
  return { by: isBot ? `${login}[bot]` : login, atMs };
}
