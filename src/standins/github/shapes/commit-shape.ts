import type { ChangedFile, Commit } from "../git/history.ts";
import type { Signature } from "../git/objects.ts";
import type { RepositoryCall, Site } from "../call.ts";
import { findUserByEmail } from "../signatures.ts";
import { iso } from "../state.ts";
import type { Repository } from "../state.ts";
import { apiOf, webOf } from "./repository-shape.ts";
import { nodeId, userShape } from "./user-shape.ts";
import type { Schemas } from "./user-shape.ts";

function personShape({ name, email, atMs }: Signature): { name: string; email: string; date: string } {
  return { name, email, date: iso(atMs) };
}

function verificationShape(repository: Repository, sha: string): Schemas["verification"] {
  const verified = repository.verified.has(sha);
  return {
    verified,
    reason: verified ? "valid" : "unsigned",
    signature: null,
    payload: null,
    verified_at: null,
  };
}

function parentShapes({ site, repository }: RepositoryCall, commit: Commit, folder: "commits" | "git/commits") {
  return commit.parents.map((sha) => ({
    sha,
    url: `${apiOf(site, repository)}/${folder}/${sha}`,
    html_url: `${webOf(site, repository)}/commit/${sha}`,
  }));
}

/** `git/commits`: the object. */
export function gitCommitShape(call: RepositoryCall, commit: Commit): Schemas["git-commit"] {
  const { site, repository } = call;
  const api = apiOf(site, repository);
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    url: `${api}/git/commits/${commit.sha}`,
    html_url: `${webOf(site, repository)}/commit/${commit.sha}`,
    author: personShape(commit.author),
    committer: personShape(commit.committer),
    message: commit.message,
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    parents: parentShapes(call, commit, "git/commits"),
    verification: verificationShape(repository, commit.sha),
  };
}

/** `commits`: the object and the people behind it. */
export function commitShape(call: RepositoryCall, commit: Commit): Schemas["commit"] {
  const { site, repository, world } = call;
  const api = apiOf(site, repository);
  const person = ({ email }: Signature): Schemas["nullable-simple-user"] => {
    const user = findUserByEmail(world, email);
    return user === undefined ? null : userShape(site, user);
  };
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    url: `${api}/commits/${commit.sha}`,
    html_url: `${webOf(site, repository)}/commit/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    commit: {
      url: `${api}/git/commits/${commit.sha}`,
      author: personShape(commit.author),
      committer: personShape(commit.committer),
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      verification: verificationShape(repository, commit.sha),
    },
    author: person(commit.author),
    committer: person(commit.committer),
    parents: parentShapes(call, commit, "commits"),
  };
}

/** A changed file. No `patch`: take diffs from git. */
export function fileShape({ site, repository }: RepositoryCall, at: string, file: ChangedFile): Schemas["diff-entry"] {
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${webOf(site, repository)}/blob/${at}/${path}`,
    raw_url: `${webOf(site, repository)}/raw/${at}/${path}`,
    contents_url: `${apiOf(site, repository)}/contents/${path}?ref=${at}`,
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

export function refShape(
  site: Site,
  repository: Repository,
  ref: { readonly name: string; readonly sha: string; readonly type: string },
): Schemas["git-ref"] {
  const api = apiOf(site, repository);
  return {
    ref: ref.name,
    node_id: nodeId("Ref", `${repository.id}:${ref.name}`),
    url: `${api}/git/${ref.name}`,
    object: { type: ref.type, sha: ref.sha, url: `${api}/git/${ref.type}s/${ref.sha}` },
  };
}
