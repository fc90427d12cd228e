/** GitHub's JSON, as far as lastgood reads it; for the HTTP stub. The ids are made up. */

export const HEAD = "1111111111111111111111111111111111111111";
export const MERGE_COMMIT = "2222222222222222222222222222222222222222";

export function repositoryJson(changes: object = {}): object {
  return { id: 7, name: "gitops", owner: { login: "acme" }, default_branch: "main", ...changes };
}

/** An open, clean pull request #491 from `lastgood/api` to `main`. */
export function pullJson(changes: object = {}): object {
  return {
    number: 491,
    html_url: "https://github.com/acme/gitops/pull/491",
    state: "open",
    draft: false,
    title: "Revert payments/api",
    body: "why",
    user: { login: "lastgood[bot]" },
    labels: [],
    head: { ref: "lastgood/api", sha: HEAD, repo: { id: 7 } },
    base: { ref: "main", repo: { id: 7 } },
    merged_at: null,
    merge_commit_sha: "3333333333333333333333333333333333333333",
    mergeable: true,
    mergeable_state: "clean",
    ...changes,
  };
}

export function mergedJson(changes: object = {}): object {
  return pullJson({
    state: "closed",
    merged_at: "2026-08-22T13:46:40Z",
    merged_by: { login: "mkim" },
    merge_commit_sha: MERGE_COMMIT,
    ...changes,
  });
}
