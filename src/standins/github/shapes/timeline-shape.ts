import type { RepositoryCall } from "../call.ts";
import { isAncestor, readLog } from "../git/history.ts";
import { currentBase, isPull } from "../pull-requests.ts";
import { iso } from "../state.ts";
import type { Issue, QueueEvent } from "../state.ts";
import { eventsOf } from "../timeline.ts";
import type { TimelineEvent } from "../timeline.ts";
import { commentShape, reviewShape } from "./issue-shape.ts";
import { gitCommitShape } from "./commit-shape.ts";
import { apiOf } from "./repository-shape.ts";
import { nodeId, userShape } from "./user-shape.ts";
import type { Schemas } from "./user-shape.ts";

interface Entry {
  readonly atMs: number;
  readonly id: number;
  readonly body: object;
}

/** `issues/N/timeline`, oldest first: events, comments, and the commits of a pull request. */
export async function timelineShape(call: RepositoryCall, issue: Issue): Promise<readonly object[]> {
  const events = eventsOf(call.world, issue);
  const entries: Entry[] = issue.comments.map((comment) => ({
    atMs: comment.createdAtMs,
    id: comment.id,
    body: { ...commentShape(call, issue, comment), event: "commented", actor: userShape(call.site, comment.user) },
  }));
  for (const event of events) {
    const bodies = event.kind === "pushed" ? await pushShapes(call, issue, event) : [eventShape(call, event)];
    for (const body of bodies) entries.push({ atMs: event.atMs, id: event.id, body });
  }
  for (const review of issue.pull?.reviews ?? []) {
    if (!isPull(issue) || review.state === "PENDING") continue;
    const body = { ...reviewShape(call, issue, review), state: review.state.toLowerCase(), event: "reviewed" };
    entries.push({ atMs: review.submittedAtMs, id: review.id, body });
  }
  for (const event of issue.pull?.queueEvents ?? []) {
    entries.push({ atMs: event.atMs, id: event.id, body: queueShape(call, event) });
  }
  return entries.toSorted((a, b) => a.atMs - b.atMs || a.id - b.id).map(({ body }) => body);
}

/** Commits have no actor; a head that was rewritten has. */
async function pushShapes(call: RepositoryCall, issue: Issue, event: TimelineEvent): Promise<readonly object[]> {
  const { repository } = call;
  const { commit = "", before } = event;
  if (before !== undefined && !(await isAncestor(repository, before, commit))) {
    return [{ ...eventShape(call, event), event: "head_ref_force_pushed" }];
  }
  const from = before ?? (isPull(issue) ? await currentBase(repository, issue) : commit);
  const commits = await readLog(repository, `${from}..${commit}`, { reverse: true });
  return commits.map((each): Schemas["timeline-committed-event"] => ({
    ...gitCommitShape(call, each),
    event: "committed",
  }));
}

function eventShape(call: RepositoryCall, event: TimelineEvent): object {
  const { site, repository } = call;
  const { id, kind, actor, atMs, label, commit, about } = event;
  const api = apiOf(site, repository);
  const shown = label === undefined ? undefined : repository.labels.get(label);
  return {
    id,
    node_id: nodeId("Event", id),
    url: `${api}/issues/events/${id}`,
    // null for a deleted account
    actor: actor === undefined ? null : userShape(site, actor),
    event: kind,
    commit_id: commit ?? null,
    commit_url: commit === undefined ? null : `${api}/commits/${commit}`,
    created_at: iso(atMs),
    performed_via_github_app: null,
    ...(shown === undefined ? {} : { label: { name: shown.name, color: shown.color } }),
    ...(about === undefined
      ? {}
      : { [kind === "review_requested" ? "requested_reviewer" : "assignee"]: userShape(site, about) }),
  };
}

function queueShape(call: RepositoryCall, { id, kind, by, atMs }: QueueEvent): object {
  const { site, repository } = call;
  return {
    id,
    node_id: nodeId("Event", id),
    url: `${apiOf(site, repository)}/issues/events/${id}`,
    actor: userShape(site, by),
    event: kind,
    commit_id: null,
    commit_url: null,
    created_at: iso(atMs),
    performed_via_github_app: null,
  };
}
