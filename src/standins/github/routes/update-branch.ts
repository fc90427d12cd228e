import { automate } from "../automation.ts";
import { userOf } from "../call.ts";
import { isAncestor } from "../git/history.ts";
import { mergeTrees } from "../git/merge.ts";
import { writeCommit } from "../git/objects.ts";
import { findBranch, swapRef } from "../git/refs.ts";
import { getPull, syncPulls } from "../pull-requests.ts";
import { refusal } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import type { Reply } from "../reply.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { apiOf } from "../shapes/repository-shape.ts";
import { signatureOf, webFlow } from "../signatures.ts";

/** Merges the base into the head, after the answer: 202 (docs.github.com/rest/pulls, "Update a pull request branch"). */
async function updateBranch(call: RepositoryCall): Promise<Reply> {
  const { repository, world, site, input } = call;
  await syncPulls(world, repository);
  const issue = getPull(repository, call.params["number"] ?? "");
  const { pull } = issue;
  const expected = input.optionalText("expected_head_sha");
  if (expected !== undefined && expected !== pull.head)
    throw refusal(422, "expected head sha didn’t match current head ref.");
  const base = await findBranch(repository, pull.base);
  if (issue.state === "closed" || base === undefined) throw refusal(422, "Pull request is closed");
  if (await isAncestor(repository, base, pull.head)) throw refusal(422, "There are no new commits on the base branch.");
  const tree = await mergeTrees(repository, pull.head, base);
  if (tree === undefined) throw refusal(422, "merge conflict between base and head");
  const user = userOf(call);
  const commit = await writeCommit(repository, {
    tree,
    parents: [pull.head, base],
    author: signatureOf(user, world.now()),
    committer: webFlow(world.now()),
    message: `Merge branch '${pull.base}' into ${pull.branch}`,
  });
  const { head } = pull;
  const job = call.pause().then(async () => {
    if (!(await swapRef(repository, `refs/heads/${pull.branch}`, { from: head, to: commit }))) return;
    repository.verified.add(commit);
    await syncPulls(world, repository);
    pull.pushedBy = user;
    void automate(world, repository);
  });
  world.jobs.add(job);
  void job.finally(() => world.jobs.delete(job));
  const url = `${apiOf(site, repository)}/pulls/${issue.number}`;
  return { status: 202, body: { message: "Updating pull request branch.", url } };
}

export const UPDATE_BRANCH_ROUTES: readonly Route[] = [
  inRepository("PUT /pulls/:number/update-branch", ["pull_requests", "write"], updateBranch),
];
