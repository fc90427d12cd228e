import { isFullId, shortId, type CommitId } from "../../../core/model/git.ts";
import { listAt, stringAt } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { ForgeCommitRequest, ForgeWrite } from "../../../ports/forge-commits.ts";
import type { Answer } from "./forge-answer.ts";
import { safeText } from "./forge-text.ts";
import type { GitHubApi } from "./github-api.ts";

const CREATE = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;
const DROP = `mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }`;
const REPOSITORY = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id } }`;

/** What was done may not be visible at once. */
const LOOK_WAITS_MS = [1000, 2000, 4000];

/**
 * One commit on a branch, made by GitHub and signed with its key. Whatever the answer, and without one, the branch tells what came
 * of it: the same request twice makes one commit. Throws `RepositoryMoved` when somebody else's commit is there.
 */
export async function makeCommit(api: GitHubApi, request: ForgeCommitRequest): Promise<CommitId> {
  if (request.expected !== undefined && request.expected !== request.parent)
    throw new Error("a commit made on a branch has the branch's tip as its parent");
  const begun = request.expected === undefined ? await beginBranch(api, request) : EXISTING;
  if (begun.kind === "made") return begun.commit;
  const answer = await api.client.graphql("make the commit", CREATE, { input: await inputOf(api, request) });
  if (answer.kind === "ok") {
    const oid = stringAt(answer.data, "createCommitOnBranch", "commit", "oid");
    if (oid !== undefined && isFullId(oid)) return oid as CommitId;
  }
  const made = await lookForOwn(api, request, answer);
  if (made !== undefined) return made;
  if (begun.created) await dropBranch(api, request);
  throw failureOf(answer, request);
}

type Begun =
  /** The branch stands at the parent; `created`: by this request. */
  | { readonly kind: "ready"; readonly created: boolean }
  /** The commit of this very request is there: its answer was lost before. */
  | { readonly kind: "made"; readonly commit: CommitId };

const EXISTING: Begun = { kind: "ready", created: false };

/** `createCommitOnBranch` makes no branch: it begins at the parent. */
async function beginBranch(api: GitHubApi, request: ForgeCommitRequest): Promise<Begun> {
  const { branch, parent } = request;
  const body = { ...(await api.at()), ref: `refs/heads/${branch}`, sha: parent };
  const answer = await api.client.write("create the branch", 201, async (rest) => rest.git.createRef(body));
  if (answer.kind === "ok") return { kind: "ready", created: true };
  const exists = answer.kind === "refused" && answer.reasons.some((text) => /^reference already exists/i.test(text));
  if (answer.kind === "refused" && !exists) throw answer.error;
  const tip = await readTip(api, branch);
  if (tip === parent) return { kind: "ready", created: !exists };
  if (tip === undefined) throw answer.error;
  if (await isOwn(api, tip, request)) return { kind: "made", commit: tip };
  throw moved(request, tip);
}

async function inputOf(api: GitHubApi, { branch, parent, message, writes }: ForgeCommitRequest): Promise<object> {
  const { owner, repo } = await api.at();
  const [headline = "", ...rest] = message.trimEnd().split("\n");
  const additions = writes.flatMap((write) => ("remove" in write ? [] : [addition(write)]));
  const deletions = writes.flatMap((write) => ("remove" in write ? [{ path: write.path }] : []));
  return {
    branch: { repositoryNameWithOwner: `${owner}/${repo}`, branchName: branch },
    expectedHeadOid: parent,
    message: { headline, body: rest.join("\n").trim() },
    fileChanges: { additions, deletions },
  };
}

function addition({ path, bytes }: Exclude<ForgeWrite, { readonly remove: true }>): object {
  return { path, contents: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64") };
}

/** The commit of this request, found on the branch; undefined when nothing came of it. Looks again where the answer leaves that open. */
async function lookForOwn(api: GitHubApi, request: ForgeCommitRequest, answer: Answer): Promise<CommitId | undefined> {
  const settled = answer.kind === "refused" && !isRace(answer);
  for (const waitMs of settled ? [0] : [0, ...LOOK_WAITS_MS]) {
    if (waitMs > 0) await api.clock.sleep(waitMs);
    const tip = await readTip(api, request.branch);
    if (tip === request.parent) continue;
    if (tip !== undefined && (await isOwn(api, tip, request))) return tip;
    throw moved(request, tip);
  }
  return undefined;
}

/** `STALE_DATA`; later in the race the words differ (seen in public issues). */
function isRace({ type, reasons }: Extract<Answer, { kind: "refused" }>): boolean {
  return (
    type === "STALE_DATA" ||
    reasons.some((text) => /^expected branch to point to|\bis at \S+ but expected\b/i.test(text))
  );
}

/** Where the branch is; undefined when there is none. */
async function readTip(api: GitHubApi, branch: string): Promise<CommitId | undefined> {
  const path = { ...(await api.at()), ref: `heads/${branch}` };
  try {
    const found = await api.client.read("read the branch", async (rest) => rest.git.getRef(path));
    const sha = stringAt(found, "object", "sha");
    if (sha !== undefined && isFullId(sha) && stringAt(found, "ref") === `refs/heads/${branch}`) return sha as CommitId;
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "ForgeNotFound") return undefined;
    throw error;
  }
  throw new LastgoodError("ForgeAnswer", "GitHub: the answer for a branch has no object.sha that can be read");
}

/** Is this the commit that the request asks for? Its message names the job, which is nobody else's; its content is the caller's to prove. */
async function isOwn(api: GitHubApi, tip: CommitId, { parent, message }: ForgeCommitRequest): Promise<boolean> {
  const path = { ...(await api.at()), commit_sha: tip };
  const found = await api.client.read("read the commit", async (rest) => rest.git.getCommit(path));
  const parents = listAt(found, "parents").flatMap((each) => stringAt(each, "sha") ?? []);
  const isChild = parents.length === 1 && parents[0] === parent;
  return isChild && plainMessage(stringAt(found, "message") ?? "") === plainMessage(message);
}

function plainMessage(text: string): string {
  const [headline = "", ...rest] = text.replaceAll("\r\n", "\n").trim().split("\n");
  return `${headline.trim()}\n\n${rest.join("\n").trim()}`;
}

/** Takes an empty branch of ours away again, only while it still stands where it began. It is no harm when that fails. */
async function dropBranch(api: GitHubApi, { branch, parent }: ForgeCommitRequest): Promise<void> {
  const found = await api.client.graphql("read the repository", REPOSITORY, { ...(await api.at()) });
  const repositoryId = found.kind === "ok" ? stringAt(found.data, "repository", "id") : undefined;
  if (repositoryId === undefined) return;
  const update = { name: `refs/heads/${branch}`, beforeOid: parent, afterOid: "0".repeat(parent.length) };
  await api.client.graphql("delete the empty branch", DROP, { input: { repositoryId, refUpdates: [update] } });
}

function failureOf(answer: Answer, request: ForgeCommitRequest): LastgoodError {
  if (answer.kind === "ok") return new LastgoodError("ForgeAnswer", "GitHub: the answer for a commit names none");
  if (answer.kind === "unclear") return answer.error;
  if (isRace(answer)) return moved(request, undefined);
  const missing =
    answer.status === 404 || answer.reasons.some((text) => /doesn't exist on type|isn't a defined/i.test(text));
  if (!missing) return answer.error;
  return new LastgoodError("ForgeUnsupported", "GitHub: this server makes no commits through its API", {
    hint: "Let lastgood push: --commit-via push, or forge.commit.via: push.",
    cause: answer.error,
  });
}

function moved({ branch }: ForgeCommitRequest, tip: CommitId | undefined): LastgoodError {
  const where = tip === undefined ? "has moved" : `is at ${shortId(tip)}`;
  return new LastgoodError("RepositoryMoved", `GitHub: ${safeText(branch)} ${where}: somebody else was there`);
}
