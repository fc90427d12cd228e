/**
 * What happened to issues and pull requests, and who did it: GitHub's timeline, and the edits of texts. The stand-in looks after
 * every request what has become different, so that no route can forget to tell.
 */
import { isPull } from "./pull-requests.ts";
import type { Issue, Repository, User, World } from "./state.ts";

/** GitHub's words (docs.github.com, "Issue event types"). `pushed` is ours: it is told as commits or as a forced push. */
export type EventKind =
  | "closed"
  | "reopened"
  | "merged"
  | "labeled"
  | "unlabeled"
  | "convert_to_draft"
  | "ready_for_review"
  | "head_ref_deleted"
  | "auto_merge_enabled"
  | "auto_merge_disabled"
  | "review_requested"
  | "assigned"
  | "unassigned"
  | "pushed";

export interface TimelineEvent {
  readonly id: number;
  readonly kind: EventKind;
  /** undefined: nobody knows, as for a deleted account. */
  readonly actor: User | undefined;
  readonly atMs: number;
  /** Of labels: lower-case. */
  readonly label?: string;
  /** Of `merged`, and of a push. */
  readonly commit?: string;
  /** Of a push: where the head was. */
  readonly before?: string;
  /** Who is asked or assigned. */
  readonly about?: User;
}

/** One edit of an issue's text; the first is its opening. */
export interface Edit {
  readonly id: number;
  readonly by: User;
  readonly atMs: number;
  readonly body: string;
}

interface Watched {
  readonly events: TimelineEvent[];
  readonly edits: Edit[];
  readonly assignees: Set<User>;
  seen: Seen;
}

/** An issue as it was when it was last looked at. */
interface Seen {
  readonly state: Issue["state"];
  readonly body: string;
  readonly labels: ReadonlySet<string>;
  readonly draft: boolean;
  readonly head: string | undefined;
  readonly merged: boolean;
  readonly armed: boolean;
  readonly reviewers: ReadonlySet<User>;
  readonly assignees: ReadonlySet<User>;
}

const watched = new WeakMap<Issue, Watched>();

/** Looks at everything; what is different was done by `actor`. */
export function observe(world: World, actor: User | undefined): void {
  for (const repository of world.repositories.values()) observeRepository(world, repository, actor);
}

export function observeRepository(world: World, repository: Repository, actor: User | undefined): void {
  for (const issue of repository.issues.values()) observeIssue(world, issue, actor);
}

/** What is known to have happened, oldest first. */
export function eventsOf(world: World, issue: Issue): readonly TimelineEvent[] {
  return watchedOf(world, issue).events;
}

/** The edits of its text, oldest first; the first is its opening. */
export function editsOf(world: World, issue: Issue): readonly Edit[] {
  return watchedOf(world, issue).edits;
}

/** Who it is assigned to: may be changed, in place. */
export function assigneesOf(world: World, issue: Issue): Set<User> {
  return watchedOf(world, issue).assignees;
}

function watchedOf(world: World, issue: Issue): Watched {
  const known = watched.get(issue);
  if (known !== undefined) return known;
  const opened = { id: world.nextId(), by: issue.user, atMs: issue.createdAtMs, body: issue.body ?? "" };
  const nothing: Seen = {
    state: "open",
    body: opened.body,
    labels: new Set(),
    draft: issue.pull?.draft ?? false,
    head: undefined,
    merged: false,
    armed: false,
    reviewers: new Set(),
    assignees: new Set(),
  };
  const made: Watched = { events: [], edits: [opened], assignees: new Set(), seen: nothing };
  watched.set(issue, made);
  return made;
}

function lookAt(issue: Issue, assignees: ReadonlySet<User>): Seen {
  const pull = isPull(issue) ? issue.pull : undefined;
  return {
    state: issue.state,
    body: issue.body ?? "",
    labels: new Set(issue.labels),
    draft: pull?.draft ?? false,
    head: pull?.head,
    merged: pull?.merged !== undefined,
    armed: pull?.autoMerge !== undefined,
    reviewers: new Set(pull?.reviewers),
    assignees: new Set(assignees),
  };
}

function observeIssue(world: World, issue: Issue, actor: User | undefined): void {
  const one = watchedOf(world, issue);
  const [before, now] = [one.seen, lookAt(issue, one.assignees)];
  one.seen = now;
  const note = (kind: EventKind, more: Partial<TimelineEvent> = {}): void => {
    one.events.push({ id: world.nextId(), kind, actor, atMs: world.now(), ...more });
  };
  if (now.head !== undefined && now.head !== before.head) {
    note("pushed", { commit: now.head, ...(before.head === undefined ? {} : { before: before.head }) });
  }
  for (const label of now.labels) if (!before.labels.has(label)) note("labeled", { label });
  for (const label of before.labels) if (!now.labels.has(label)) note("unlabeled", { label });
  for (const user of now.reviewers) if (!before.reviewers.has(user)) note("review_requested", { about: user });
  for (const user of now.assignees) if (!before.assignees.has(user)) note("assigned", { about: user });
  for (const user of before.assignees) if (!now.assignees.has(user)) note("unassigned", { about: user });
  if (now.draft !== before.draft) note(now.draft ? "convert_to_draft" : "ready_for_review");
  if (now.armed !== before.armed && !now.merged) note(now.armed ? "auto_merge_enabled" : "auto_merge_disabled");
  if (now.body !== before.body && actor !== undefined) {
    one.edits.push({ id: world.nextId(), by: actor, atMs: world.now(), body: now.body });
  }
  noteEnd(issue, { before, now, actor, note });
}

interface End {
  readonly before: Seen;
  readonly now: Seen;
  readonly actor: User | undefined;
  readonly note: (kind: EventKind, more?: Partial<TimelineEvent>) => void;
}

function noteEnd(issue: Issue, { before, now, actor, note }: End): void {
  const { pull } = issue;
  if (now.merged && !before.merged && pull?.merged !== undefined) {
    const by = { actor: pull.merged.by };
    note("merged", { ...by, commit: pull.merged.commit });
    note("closed", by);
  } else if (now.state === "closed" && before.state === "open") {
    // Nobody closed it: its branch went, and GitHub says so of whoever deleted it.
    const byDeletion = issue.closedBy === undefined && pull !== undefined;
    if (byDeletion) issue.closedBy = actor;
    note("closed", { actor: issue.closedBy });
    if (byDeletion) note("head_ref_deleted");
  } else if (now.state === "open" && before.state === "closed") note("reopened");
}
