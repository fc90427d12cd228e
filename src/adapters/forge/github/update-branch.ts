import type { CommitId } from "../../../core/model/git.ts";
import type { BranchUpdate } from "../../../ports/forge.ts";
import { safeText } from "./forge-text.ts";
import type { GitHubApi } from "./github-api.ts";

/** GitHub merges after its 202: the head moves when it is done. */
const UPDATE_WAITS_MS = [1000, 2000, 4000, 8000, 16_000, 29_000];
const UNCLEAR_WAITS_MS = [1000, 2000, 4000];

/** Merges the base into the pull request's branch while its head is `expectedHead` (docs.github.com/rest/pulls). */
export async function updateBranch(api: GitHubApi, number: number, expectedHead: CommitId): Promise<BranchUpdate> {
  const body = { ...(await api.at()), pull_number: number, expected_head_sha: expectedHead };
  const what = `bring pull request #${number} up to date`;
  const answer = await api.client.write(what, 202, async (rest) => rest.pulls.updateBranch(body));
  if (answer.kind === "refused") {
    if (answer.status !== 422) throw answer.error;
    return { kind: "refused", reason: safeText(answer.reasons.join("; ")) };
  }
  for (const waitMs of answer.kind === "ok" ? UPDATE_WAITS_MS : UNCLEAR_WAITS_MS) {
    await api.clock.sleep(waitMs);
    const { head } = (await api.pull(number)).pullRequest;
    if (head !== expectedHead) return { kind: "updated", head };
  }
  if (answer.kind === "unclear") throw answer.error;
  return { kind: "refused", reason: "GitHub has not brought it up to date within a minute" };
}
