import { may } from "../access.ts";
import type { Site } from "../call.ts";
import { fullName, iso } from "../state.ts";
import type { Repository, Token } from "../state.ts";
import { nodeId, userShape } from "./user-shape.ts";
import type { Schemas } from "./user-shape.ts";

/** Where a repository's REST resources begin. */
export function apiOf(site: Site, repository: Repository): string {
  return `${site.api}/repos/${fullName(repository)}`;
}

/** Where its pages begin. */
export function webOf(site: Site, repository: Repository): string {
  return `${site.web}/${fullName(repository)}`;
}

function links(api: string) {
  return {
    url: api,
    archive_url: `${api}/{archive_format}{/ref}`,
    assignees_url: `${api}/assignees{/user}`,
    blobs_url: `${api}/git/blobs{/sha}`,
    branches_url: `${api}/branches{/branch}`,
    collaborators_url: `${api}/collaborators{/collaborator}`,
    comments_url: `${api}/comments{/number}`,
    commits_url: `${api}/commits{/sha}`,
    compare_url: `${api}/compare/{base}...{head}`,
    contents_url: `${api}/contents/{+path}`,
    contributors_url: `${api}/contributors`,
    deployments_url: `${api}/deployments`,
    downloads_url: `${api}/downloads`,
    events_url: `${api}/events`,
    forks_url: `${api}/forks`,
    git_commits_url: `${api}/git/commits{/sha}`,
    git_refs_url: `${api}/git/refs{/sha}`,
    git_tags_url: `${api}/git/tags{/sha}`,
    hooks_url: `${api}/hooks`,
    issue_comment_url: `${api}/issues/comments{/number}`,
    issue_events_url: `${api}/issues/events{/number}`,
    issues_url: `${api}/issues{/number}`,
    keys_url: `${api}/keys{/key_id}`,
    labels_url: `${api}/labels{/name}`,
    languages_url: `${api}/languages`,
    merges_url: `${api}/merges`,
    milestones_url: `${api}/milestones{/number}`,
    notifications_url: `${api}/notifications{?since,all,participating}`,
    pulls_url: `${api}/pulls{/number}`,
    releases_url: `${api}/releases{/id}`,
    stargazers_url: `${api}/stargazers`,
    statuses_url: `${api}/statuses/{sha}`,
    subscribers_url: `${api}/subscribers`,
    subscription_url: `${api}/subscription`,
    tags_url: `${api}/tags`,
    teams_url: `${api}/teams`,
    trees_url: `${api}/git/trees{/sha}`,
  };
}

/** Wherever GitHub shows a repository: full, inside a pull request, or minimal. */
export type RepositoryShape = Schemas["full-repository"] & Schemas["repository"] & Schemas["minimal-repository"];

export function repositoryShape(site: Site, repository: Repository, token?: Token): RepositoryShape {
  const web = webOf(site, repository);
  const openIssues = [...repository.issues.values()].filter((issue) => issue.state === "open").length;
  const can = (area: "contents" | "administration", level: "read" | "write"): boolean =>
    may(token, repository, [area, level]);
  return {
    ...links(apiOf(site, repository)),
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name: repository.name,
    full_name: fullName(repository),
    owner: userShape(site, repository.owner),
    private: repository.private,
    visibility: repository.private ? "private" : "public",
    html_url: web,
    description: null,
    fork: false,
    clone_url: `${web}.git`,
    git_url: web.replace(/^https?:/, "git:"),
    ssh_url: `git@${new URL(site.web).hostname}:${fullName(repository)}.git`,
    svn_url: web,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    default_branch: repository.defaultBranch,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    subscribers_count: 0,
    network_count: 0,
    size: 0,
    open_issues: openIssues,
    open_issues_count: openIssues,
    has_issues: repository.hasIssues,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    has_downloads: false,
    archived: false,
    disabled: false,
    pushed_at: iso(repository.pushedAtMs),
    created_at: iso(repository.createdAtMs),
    updated_at: iso(repository.pushedAtMs),
    allow_merge_commit: repository.allow.merge,
    allow_squash_merge: repository.allow.squash,
    allow_rebase_merge: repository.allow.rebase,
    allow_auto_merge: repository.allowAutoMerge,
    delete_branch_on_merge: repository.deleteBranchOnMerge,
    permissions: {
      admin: can("administration", "write"),
      push: can("contents", "write"),
      pull: can("contents", "read"),
    },
  };
}
