import type { GitHubApi } from "./github-api.ts";

/** Closes a pull request without merging it. One that is closed already is no failure. Throws `Forge*`. */
export async function closePull(api: GitHubApi, number: number): Promise<void> {
  const path = { ...(await api.at()), pull_number: number };
  const what = `close pull request #${number}`;
  const answer = await api.client.write(what, 200, async (rest) => rest.pulls.update({ ...path, state: "closed" }));
  if (answer.kind === "ok" || (await api.pull(number)).pullRequest.state !== "open") return;
  throw answer.error;
}

/** Opens it again. False: GitHub refuses (422), for one when its branch was force-pushed, made anew or deleted. Throws `Forge*`. */
export async function reopenPull(api: GitHubApi, number: number): Promise<boolean> {
  const path = { ...(await api.at()), pull_number: number };
  const what = `reopen pull request #${number}`;
  const answer = await api.client.write(what, 200, async (rest) => rest.pulls.update({ ...path, state: "open" }));
  if (answer.kind === "ok" || (await api.pull(number)).pullRequest.state === "open") return true;
  if (answer.kind === "refused" && answer.status === 422) return false;
  throw answer.error;
}
