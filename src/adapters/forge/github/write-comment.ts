import { isList, isObject } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import { convertComments, type GitHubComment } from "./convert-talk.ts";
import type { Answer } from "./forge-answer.ts";
import type { GitHubApi } from "./github-api.ts";

const PAGE = 100;
/** A conversation longer than that is not looked through, and gets no comment of ours: never two. */
const MAX_PAGES = 10;

export interface CommentRequest {
  readonly number: number;
  readonly key: string;
  readonly text: string;
  /** The login that we act as: only its comments are ours, whatever others say. */
  readonly self: string;
}

/** One comment for each key: made, or edited in place. After a lost answer the state is read; it is never made twice. */
export async function writeComment(api: GitHubApi, request: CommentRequest): Promise<void> {
  const body = `${request.text.trim()}\n\n${markOf(request.key)}`;
  const [known, ...copies] = await findOwn(api, request);
  if (known === undefined) return makeComment(api, request, body);
  for (const { id } of copies) await deleteComment(api, id);
  if (sameText(known.body, body)) return;
  const path = { ...(await api.at()), comment_id: known.id, body };
  const answer = await api.client.write("edit a comment", 200, async (rest) => rest.issues.updateComment(path));
  await settle(answer, async () => (await findOwn(api, request)).some((own) => sameText(own.body, body)));
}

/** What was made is looked for: lists may lag behind by some seconds. */
const LOOKS_MS = [0, 1000, 2000];
const DELETES = 3;

/** What was made is read: a network may bring a request twice, and two runs at once may both have made one. */
async function makeComment(api: GitHubApi, request: CommentRequest, body: string): Promise<void> {
  const path = { ...(await api.at()), issue_number: request.number, body };
  const answer = await api.client.write("write a comment", 201, async (rest) => rest.issues.createComment(path));
  if (answer.kind === "refused") throw answer.error;
  const made = answer.kind === "ok" && isObject(answer.data) ? answer.data["id"] : undefined;
  for (const waitMs of LOOKS_MS) {
    if (waitMs > 0) await api.clock.sleep(waitMs);
    const own = await findOwn(api, request);
    const isSeen = own.some(({ id }) => made === undefined || id === made);
    for (const { id } of own.slice(1)) await deleteComment(api, id);
    if (isSeen || own.length > 1) return;
  }
  // What GitHub has confirmed is there.
  if (answer.kind === "unclear") throw answer.error;
}

/** The oldest stays. */
async function deleteComment(api: GitHubApi, id: number): Promise<void> {
  const path = { ...(await api.at()), comment_id: id };
  for (let attempt = 0; attempt < DELETES; attempt += 1) {
    const answer = await api.client.write("delete a comment", 204, async (rest) => rest.issues.deleteComment(path));
    if (answer.kind !== "unclear") return;
  }
}

async function settle(answer: Answer, isDone: () => Promise<boolean>): Promise<void> {
  if (answer.kind === "ok") return;
  if (answer.kind === "unclear" && (await isDone())) return;
  throw answer.error;
}

/** Ours with that key, oldest first. A mark in somebody else's comment is words. */
async function findOwn(api: GitHubApi, { number, key, self }: CommentRequest): Promise<readonly GitHubComment[]> {
  const at = { ...(await api.at()), issue_number: number, per_page: PAGE };
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const one = { ...at, page };
    const answer = await api.client.read("read the comments", async (rest) => rest.issues.listComments(one));
    const own = convertComments(answer).filter(
      ({ by, body }) => by?.toLowerCase() === self.toLowerCase() && body.includes(markOf(key)),
    );
    if (own.length > 0 || !isList(answer) || answer.length < PAGE) return own;
  }
  throw new LastgoodError("ForgeValidation", `#${number} has too many comments to look for ours`);
}

function markOf(key: string): string {
  if (/^[A-Za-z0-9._-]{1,100}$/.test(key)) return `<!--lastgood:comment ${key}-->`;
  throw new Error(`not a key of a comment: ${JSON.stringify(key.slice(0, 80))}`);
}

/** A form on the web changes line ends. */
function sameText(a: string, b: string): boolean {
  return a.replaceAll("\r\n", "\n").trim() === b.replaceAll("\r\n", "\n").trim();
}
