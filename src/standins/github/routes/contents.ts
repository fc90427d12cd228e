import { demandWorkflows } from "../access.ts";
import { moveRef, reasonsAgainst } from "../branch-updates.ts";
import { readCommit } from "../git/history.ts";
import { readBlob, readTree, writeBlob, writeCommit, writeTree } from "../git/objects.ts";
import type { TreeEntry } from "../git/objects.ts";
import { findBranch, findCommit } from "../git/refs.ts";
import { userOf } from "../call.ts";
import { notFound, ok, refusal } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import type { Reply } from "../reply.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { gitCommitShape } from "../shapes/commit-shape.ts";
import { apiOf, webOf } from "../shapes/repository-shape.ts";
import type { Schemas } from "../shapes/user-shape.ts";
import { signatureOf, webFlow } from "../signatures.ts";
import { readSignature } from "./objects.ts";

const MEGABYTE = 1024 * 1024;

function entryLinks({ site, repository }: RepositoryCall, entry: TreeEntry, ref: string) {
  const path = entry.path.split("/").map(encodeURIComponent).join("/");
  const url = `${apiOf(site, repository)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const git = `${apiOf(site, repository)}/git/${entry.type}s/${entry.sha}`;
  const html = `${webOf(site, repository)}/${entry.type}/${ref}/${path}`;
  return {
    name: entry.path.slice(entry.path.lastIndexOf("/") + 1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: html,
    git_url: git,
    download_url: `${webOf(site, repository)}/raw/${ref}/${path}`,
    _links: { self: url, git, html },
  };
}

function typeOf(entry: TreeEntry): "dir" | "file" | "symlink" | "submodule" {
  if (entry.type === "tree") return "dir";
  if (entry.type === "commit") return "submodule";
  return entry.mode === "120000" ? "symlink" : "file";
}

/** What stands at `path` in a commit; undefined when nothing does. */
async function findEntry({ repository }: RepositoryCall, commit: string, path: string): Promise<TreeEntry | undefined> {
  const slash = path.lastIndexOf("/");
  const parent = path.slice(0, Math.max(0, slash));
  const entries = await readTree(repository, `${commit}:${parent}`);
  const name = path.slice(slash + 1);
  const entry = entries?.find((each) => each.path === name);
  return entry === undefined ? undefined : { ...entry, path };
}

async function getContents(call: RepositoryCall): Promise<Reply> {
  const { repository, params, url } = call;
  const ref = url.searchParams.get("ref") ?? repository.defaultBranch;
  const commit = await findCommit(repository, ref);
  if (commit === undefined) throw notFound(`No commit found for the ref ${ref}`);
  const path = (params["path"] ?? "").replace(/^\/+|\/+$/g, "");
  const entry = path === "" ? undefined : await findEntry(call, commit, path);
  if (path !== "" && entry === undefined) throw notFound();
  if (entry === undefined || entry.type === "tree") {
    const prefix = path === "" ? "" : `${path}/`;
    const entries = (await readTree(repository, `${commit}:${path}`)) ?? [];
    return ok(
      entries.map((each) => ({
        ...entryLinks(call, { ...each, path: prefix + each.path }, ref),
        type: each.type === "commit" ? "file" : typeOf(each), // lists show submodules as files
      })),
    );
  }
  return await getFile(call, entry, ref);
}

async function getFile(call: RepositoryCall, entry: TreeEntry, ref: string): Promise<Reply> {
  const links = entryLinks(call, entry, ref);
  const type = typeOf(entry);
  if (type === "submodule") return ok({ ...links, type });
  const bytes = (await readBlob(call.repository, entry.sha)) ?? Buffer.alloc(0);
  if (/application\/vnd\.github(\.v3)?\.raw/.test(call.accept))
    return { status: 200, headers: { "content-type": "application/vnd.github.raw; charset=utf-8" }, body: bytes };
  if (type === "symlink") return ok({ ...links, type, target: bytes.toString("utf8") });
  const shown = bytes.length <= MEGABYTE; // larger files have no content here: use blobs
  const content = shown ? bytes.toString("base64").replace(/.{1,60}/g, "$&\n") : "";
  return ok({
    ...links,
    type: "file",
    encoding: shown ? "base64" : "none",
    content,
  } satisfies Schemas["content-file"]);
}

/** PUT and DELETE: one file, one commit on a branch. `bytes` undefined deletes. */
async function commitFile(call: RepositoryCall, bytes: Buffer | undefined): Promise<Reply> {
  const { repository, input, world } = call;
  const path = (call.params["path"] ?? "").replace(/^\/+|\/+$/g, "");
  const message = input.text("message");
  const branch = input.optionalText("branch") ?? repository.defaultBranch;
  const parent = await findBranch(repository, branch);
  if (parent === undefined) throw notFound(`Branch ${branch} not found`);
  const old = await findEntry(call, parent, path);
  checkExpected(call, path, old);
  const sha = bytes === undefined ? undefined : await writeBlob(repository, bytes);
  const entry = sha === undefined ? undefined : { mode: old?.mode ?? "100644", sha };
  demandWorkflows(call.token, [path]);
  const tree = await writeTree(repository, (await readCommit(repository, parent)).tree, [{ path, entry }]);
  const author = readSignature(input, "author", signatureOf(userOf(call), world.now()));
  const committer = readSignature(input, "committer", webFlow(world.now()));
  const commit = await writeCommit(repository, { tree, parents: [parent], author, committer, message });
  const move = { name: `refs/heads/${branch}`, from: parent, to: commit };
  const reasons = await reasonsAgainst(call, move);
  if (reasons.length > 0) throw refusal(409, `Could not update file: ${reasons.join(" ")}`);
  await moveRef(call, move);
  repository.verified.add(commit);
  const written = sha === undefined ? undefined : await findEntry(call, commit, path);
  return {
    status: old === undefined ? 201 : 200,
    body: {
      content: written === undefined ? null : { ...entryLinks(call, written, branch), type: "file" },
      commit: gitCommitShape(call, await readCommit(repository, commit)),
    } satisfies Schemas["file-commit"],
  };
}

function checkExpected({ input, method }: RepositoryCall, path: string, old: TreeEntry | undefined): void {
  const expected = input.optionalText("sha");
  if (old === undefined && method === "DELETE") throw notFound();
  if (expected === undefined && (old !== undefined || method === "DELETE"))
    throw refusal(422, `Invalid request.\n\n"sha" wasn't supplied.`);
  if (expected !== undefined && expected !== old?.sha) throw refusal(409, `${path} does not match ${expected}`);
}

export const CONTENT_ROUTES: readonly Route[] = [
  inRepository("GET /contents/*path", ["contents", "read"], getContents),
  inRepository("GET /contents", ["contents", "read"], getContents),
  inRepository("PUT /contents/*path", ["contents", "write"], (call) =>
    commitFile(call, Buffer.from(call.input.text("content"), "base64")),
  ),
  inRepository("DELETE /contents/*path", ["contents", "write"], (call) => commitFile(call, undefined)),
];
