/**
 * A merge queue, as small as it can be: one entry after the other, each built onto the one before it, tested as a commit of its own, and
 * merged as exactly that commit. So it pins the base, as GitHub's does; headline and body of a merge are GitHub's own words.
 */
import { NO_OBJECT, findBranch, setRef, swapRef } from "./git/refs.ts";
import { buildMerge } from "./merging.ts";
import { queueEntryOf } from "./merge-queue-entry.ts";
import { markMerged } from "./pull-requests.ts";
import { Refusal } from "./reply.ts";
import { rulesOfType } from "./rules/rule.ts";
import { outcomeOf } from "./rules/unmet.ts";
import { isPull } from "./pull-requests.ts";
import type { MergeMethod, PullIssue, QueueEntry, Repository, Token, User, World } from "./state.ts";

/** How the queue of a branch merges; undefined: it has none. */
export function queueMethod(repository: Repository, branch: string): MergeMethod | undefined {
  return rulesOfType(repository, branch, "merge_queue")[0]?.method;
}

/** Puts a pull request at the end of its base's queue. */
export function enqueue(world: World, repository: Repository, issue: PullIssue, by: Token): QueueEntry {
  const entry: QueueEntry = {
    id: world.nextId(),
    number: issue.number,
    head: issue.pull.head,
    by,
    atMs: world.now(),
    group: undefined,
  };
  const queue = repository.queues.get(issue.pull.base) ?? [];
  repository.queues.set(issue.pull.base, [...queue, entry]);
  issue.pull.queueEvents.push({ id: world.nextId(), kind: "added_to_merge_queue", by: by.user, atMs: world.now() });
  return entry;
}

interface Removal {
  readonly by: User;
  readonly reason: string;
}

/** Takes a pull request out of its base's queue; nothing happens when it is not in there. */
export async function dequeue(
  world: World,
  repository: Repository,
  issue: PullIssue,
  { by, reason }: Removal,
): Promise<void> {
  const entry = queueEntryOf(repository, issue);
  if (entry === undefined) return;
  await drop(repository, issue.pull.base, entry);
  const { queueEvents } = issue.pull;
  queueEvents.push({ id: world.nextId(), kind: "removed_from_merge_queue", by, atMs: world.now(), reason });
}

async function drop(repository: Repository, base: string, entry: QueueEntry): Promise<void> {
  const queue = repository.queues.get(base) ?? [];
  repository.queues.set(
    base,
    queue.filter((each) => each !== entry),
  );
  if (entry.group === undefined) return;
  await swapRef(repository, groupRef(base, entry, entry.group.onto), { from: entry.group.commit, to: NO_OBJECT });
}

function groupRef(base: string, { number }: QueueEntry, onto: string): string {
  return `refs/heads/gh-readonly-queue/${base}/pr-${number}-${onto}`;
}

/** Builds what has to be built, merges what has passed, throws out what has not. */
export async function advanceQueues(world: World, repository: Repository): Promise<void> {
  for (const base of repository.queues.keys()) {
    while (await advance(world, repository, base)) {
      // once more: the next one is first now
    }
  }
}

/** Answers whether the queue has become shorter. */
async function advance(world: World, repository: Repository, base: string): Promise<boolean> {
  const tip = await findBranch(repository, base);
  const [first] = repository.queues.get(base) ?? [];
  if (tip === undefined || first === undefined) return false;
  let onto = tip;
  for (const entry of repository.queues.get(base) ?? []) {
    const issue = repository.issues.get(entry.number);
    if (issue === undefined || !isPull(issue)) return false;
    const reason = await build(world, repository, { entry, issue, onto });
    if (reason !== undefined) {
      await dequeue(world, repository, issue, { by: entry.by.user, reason });
      return true;
    }
    onto = entry.group?.commit ?? onto;
  }
  return await finish(world, repository, { base, entry: first, tip });
}

interface Build {
  readonly entry: QueueEntry;
  readonly issue: PullIssue;
  readonly onto: string;
}

/** Answers why it cannot stay in the queue. */
async function build(world: World, repository: Repository, { entry, issue, onto }: Build): Promise<string | undefined> {
  const { pull } = issue;
  if (issue.state === "closed") return "closed";
  if (pull.head !== entry.head) return "the head was changed";
  if (entry.group?.onto === onto) return undefined;
  const method = queueMethod(repository, pull.base) ?? "merge";
  const order = { method, sha: undefined, title: undefined, message: undefined, by: entry.by.user };
  const merger = { world, repository, token: undefined, pause: async () => undefined };
  try {
    const commit = await buildMerge(merger, { issue, order, base: onto });
    await setRef(repository, groupRef(pull.base, entry, onto), commit);
    entry.group = { onto, commit };
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return "merge conflict";
    throw error;
  }
}

async function finish(
  world: World,
  repository: Repository,
  { base, entry, tip }: { readonly base: string; readonly entry: QueueEntry; readonly tip: string },
): Promise<boolean> {
  const issue = repository.issues.get(entry.number);
  const commit = entry.group?.commit;
  if (issue === undefined || !isPull(issue) || commit === undefined) return false;
  const outcomes = rulesOfType(repository, base, "required_status_checks").flatMap(({ checks }) =>
    checks.map((check) => outcomeOf(repository, commit, check)),
  );
  if (outcomes.includes("failing")) {
    await dequeue(world, repository, issue, { by: entry.by.user, reason: "failed checks" });
    return true;
  }
  if (outcomes.some((outcome) => outcome !== "success")) return false;
  if (!(await swapRef(repository, `refs/heads/${base}`, { from: tip, to: commit }))) return true; // it moved: build again
  issue.pull.baseSha = tip;
  markMerged(world, issue, { commit, by: entry.by.user });
  repository.verified.add(commit);
  repository.pushedAtMs = world.now();
  await drop(repository, base, entry);
  return true;
}
