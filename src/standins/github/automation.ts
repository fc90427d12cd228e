/** What GitHub does by itself after something changed: asks code owners, merges what is armed, moves the merge queues, tells hooks. */
import { mergePull } from "./merging.ts";
import { advanceQueues, enqueue, queueMethod } from "./merge-queue.ts";
import { queueEntryOf } from "./merge-queue-entry.ts";
import { computedState, listPulls, syncPulls } from "./pull-requests.ts";
import { Refusal, refusal } from "./reply.ts";
import { rulesOfType } from "./rules/rule.ts";
import { codeOwners } from "./rules/unmet.ts";
import type { PullIssue, Repository, User, World } from "./state.ts";
import { announce } from "./webhooks.ts";

/** One at a time for each repository. */
const running = new WeakMap<Repository, Promise<void>>();

/** Starts it in the background, as a job of the world; answers when it has ended. `actor`: who changed something. */
export function automate(world: World, repository: Repository, actor?: User): Promise<void> {
  const turn = (running.get(repository) ?? Promise.resolve()).then(async () => await runOnce(world, repository, actor));
  const job = turn.catch(() => undefined); // a repository that is being removed
  running.set(repository, job);
  world.jobs.add(job);
  void job.finally(() => world.jobs.delete(job));
  return job;
}

async function runOnce(world: World, repository: Repository, actor: User | undefined): Promise<void> {
  await syncPulls(world, repository);
  await announce(world, repository, actor);
  for (const issue of listPulls(repository)) {
    if (issue.state !== "open") continue;
    await askOwners(world, repository, issue);
    if (issue.pull.autoMerge !== undefined) await fire(world, repository, issue);
  }
  await advanceQueues(world, repository);
  await announce(world, repository, undefined);
}

const ownersAskedAt = new WeakMap<PullIssue["pull"], string>();

/** Code owners are asked on pull requests that are no drafts. */
async function askOwners(world: World, repository: Repository, issue: PullIssue): Promise<void> {
  const { pull } = issue;
  // Without a rule about them they are asked all the same, once for each head.
  const ruled = rulesOfType(repository, pull.base, "pull_request").some((rule) => rule.codeOwners);
  if (pull.draft || (!ruled && ownersAskedAt.get(pull) === pull.head)) return;
  ownersAskedAt.set(pull, pull.head);
  const reviewed = new Set(issue.pull.reviews.map(({ user }) => user.login.toLowerCase()));
  for (const owner of (await codeOwners(repository, issue)).flat()) {
    const slash = owner.indexOf("/");
    if (slash !== -1) {
      const slug = owner.slice(slash + 1);
      const members = repository.teams.get(slug.toLowerCase()) ?? [];
      if (!members.some((login) => reviewed.has(login.toLowerCase()))) issue.pull.teams.add(slug);
      else issue.pull.teams.delete(slug);
      continue;
    }
    const user = world.users.get(owner.toLowerCase());
    const asked = user === undefined || reviewed.has(user.login.toLowerCase()) || issue.pull.reviewers.includes(user);
    if (!asked && user.id !== issue.user.id) issue.pull.reviewers.push(user);
  }
}

/** Merges an armed pull request once nothing is missing. The bypass of who armed it does not count. */
async function fire(world: World, repository: Repository, issue: PullIssue): Promise<void> {
  const { autoMerge, base } = issue.pull;
  if (autoMerge === undefined || queueEntryOf(repository, issue) !== undefined) return;
  if (!["clean", "unstable"].includes(await computedState(repository, issue))) return;
  const { by, method, title, message } = autoMerge;
  if (queueMethod(repository, base) !== undefined) {
    enqueue(world, repository, issue, autoMerge.token);
    issue.pull.autoMerge = undefined;
    return;
  }
  try {
    // It may be disarmed while we look: then it does not merge any more.
    const pause = async (): Promise<void> => {
      if (issue.pull.autoMerge !== autoMerge) throw refusal(405, "Auto-merge was disabled");
    };
    const merger = { world, repository, token: undefined, pause };
    await mergePull(merger, issue, { method, sha: undefined, title, message, by });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error; // it stays armed
  }
}
