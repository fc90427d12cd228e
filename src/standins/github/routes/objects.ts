import { demandWorkflows } from "../access.ts";
import { readCommit } from "../git/history.ts";
import { findType, readBlob, readTree, writeBlob, writeCommit, writeTree } from "../git/objects.ts";
import type { Signature, TreeEdit } from "../git/objects.ts";
import { findCommit } from "../git/refs.ts";
import { userOf } from "../call.ts";
import { created, notFound, ok, refusal } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import type { Input } from "../input.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { gitCommitShape } from "../shapes/commit-shape.ts";
import { apiOf } from "../shapes/repository-shape.ts";
import { nodeId } from "../shapes/user-shape.ts";
import type { Schemas } from "../shapes/user-shape.ts";
import { signatureOf, webFlow } from "../signatures.ts";

async function getBlob({ repository, site, params }: RepositoryCall) {
  const sha = params["sha"] ?? "";
  const bytes = await readBlob(repository, sha);
  if (bytes === undefined) throw notFound();
  const shape: Schemas["blob"] = {
    sha,
    node_id: nodeId("Blob", sha),
    size: bytes.length,
    url: `${apiOf(site, repository)}/git/blobs/${sha}`,
    content: bytes.toString("base64").replace(/.{60}/g, "$&\n"),
    encoding: "base64",
  };
  return ok(shape);
}

async function createBlob({ repository, site, input }: RepositoryCall) {
  const encoding = input.optionalText("encoding") ?? "utf-8";
  if (encoding !== "utf-8" && encoding !== "base64") throw refusal(422, `Unsupported encoding: ${encoding}`);
  const sha = await writeBlob(repository, Buffer.from(input.text("content"), encoding));
  return created({ sha, url: `${apiOf(site, repository)}/git/blobs/${sha}` });
}

async function treeShape(call: RepositoryCall, sha: string, recursive: boolean): Promise<Schemas["git-tree"]> {
  const { repository, site } = call;
  const entries = await readTree(repository, sha, recursive);
  if (entries === undefined) throw notFound();
  const api = `${apiOf(site, repository)}/git`;
  return {
    sha,
    url: `${api}/trees/${sha}`,
    truncated: false,
    tree: entries.map(({ path, mode, type, sha: id, size }) => ({
      path,
      mode,
      type,
      sha: id,
      ...(size === undefined ? {} : { size }),
      ...(type === "commit" ? {} : { url: `${api}/${type}s/${id}` }),
    })),
  };
}

async function getTree(call: RepositoryCall) {
  const { repository, params, url } = call;
  const name = params["sha"] ?? "";
  const isTree = (await findType(repository, name)) === "tree";
  const commit = isTree ? undefined : await findCommit(repository, name);
  if (!isTree && commit === undefined) throw notFound();
  const sha = commit === undefined ? name : (await readCommit(repository, commit)).tree;
  return ok(await treeShape(call, sha, url.searchParams.has("recursive")));
}

const MODES: ReadonlySet<string> = new Set(["100644", "100755", "040000", "160000", "120000"]);

/** One entry of `POST git/trees`: `content` writes a blob, `sha: null` deletes. */
async function readEdit({ repository }: RepositoryCall, entry: Input): Promise<TreeEdit> {
  const path = entry.text("path");
  if (path.split("/").some((part) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git"))
    throw refusal(422, "tree.path contains a malformed path component");
  if (entry.fields["sha"] === null) return { path, entry: undefined };
  const mode = entry.text("mode");
  if (!MODES.has(mode)) throw refusal(422, "Must supply a valid tree.mode");
  const content = entry.optionalText("content");
  const given = entry.optionalText("sha");
  if (content === undefined && given === undefined) throw refusal(422, "Must supply either tree.sha or tree.content.");
  const sha = given ?? (await writeBlob(repository, content ?? ""));
  const type = await findType(repository, sha);
  const wanted = mode === "040000" ? "tree" : "blob";
  if (mode !== "160000" && type !== wanted) throw refusal(422, `tree.sha ${sha} is not a valid ${wanted}`);
  return { path, entry: { mode, sha } };
}

async function createTree(call: RepositoryCall) {
  const { repository, input } = call;
  const base = input.optionalText("base_tree");
  const type = base === undefined ? undefined : await findType(repository, base);
  const baseTree = base !== undefined && type === "commit" ? (await readCommit(repository, base)).tree : base;
  if (base !== undefined && type !== "commit" && type !== "tree") throw refusal(422, "base_tree is not a valid tree");
  const edits: TreeEdit[] = [];
  for (const entry of input.objects("tree")) edits.push(await readEdit(call, entry));
  demandWorkflows(
    call.token,
    edits.map(({ path }) => path),
  );
  const sha = await writeTree(repository, baseTree, edits);
  return created(await treeShape(call, sha, false));
}

/** `author` or `committer` of a request; `fallback` where it is silent. */
export function readSignature(input: Input, name: string, fallback: Signature): Signature {
  const person = input.object(name);
  if (person === undefined) return fallback;
  const date = person.optionalText("date");
  const atMs = date === undefined ? fallback.atMs : Date.parse(date);
  if (Number.isNaN(atMs)) throw refusal(422, `Invalid request.\n\nFor '${name}.date', value is not a date.`);
  return { name: person.text("name"), email: person.text("email"), atMs };
}

async function createCommit(call: RepositoryCall) {
  const { repository, input, world } = call;
  const message = input.text("message");
  const tree = input.text("tree");
  if ((await findType(repository, tree)) !== "tree") throw refusal(422, "Tree SHA does not exist");
  const parents = input.texts("parents");
  for (const parent of parents)
    if ((await findType(repository, parent)) !== "commit")
      throw refusal(422, "Parent SHA does not exist or is not a commit object");
  // GitHub signs what an App commits in its own name: without author, committer and signature.
  const own = input.object("author") === undefined && input.object("committer") === undefined;
  const signed = call.token?.app !== undefined && own;
  const author = readSignature(input, "author", signatureOf(userOf(call), world.now()));
  const committer = readSignature(input, "committer", signed ? webFlow(world.now()) : author);
  const sha = await writeCommit(repository, { tree, parents, author, committer, message });
  if (signed) repository.verified.add(sha);
  return created(gitCommitShape(call, await readCommit(repository, sha)));
}

async function getCommit(call: RepositoryCall) {
  const sha = call.params["sha"] ?? "";
  if ((await findType(call.repository, sha)) !== "commit") throw notFound();
  return ok(gitCommitShape(call, await readCommit(call.repository, sha)));
}

export const OBJECT_ROUTES: readonly Route[] = [
  inRepository("GET /git/blobs/:sha", ["contents", "read"], getBlob),
  inRepository("POST /git/blobs", ["contents", "write"], createBlob),
  inRepository("GET /git/trees/:sha", ["contents", "read"], getTree),
  inRepository("POST /git/trees", ["contents", "write"], createTree),
  inRepository("GET /git/commits/:sha", ["contents", "read"], getCommit),
  inRepository("POST /git/commits", ["contents", "write"], createCommit),
];
