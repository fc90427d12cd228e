import { isList, type JsonValue } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { ForgeTalk, PullRequestEvent } from "../../../ports/forge-talk.ts";
import { labelsOf } from "./convert.ts";
import { convertEditor, convertPermission, convertTimeline } from "./convert-talk.ts";
import type { GitHubApi } from "./github-api.ts";
import { makeLabels } from "./make-labels.ts";
import { writeComment } from "./write-comment.ts";

const PAGE = 100;
/** A timeline longer than that is read no further: ours are short. */
const MAX_PAGES = 10;

/** Comments, labels and people of one repository on GitHub. `self`: the login that we act as. */
export function createGitHubTalk(api: GitHubApi, self: () => Promise<string>): ForgeTalk {
  return {
    people: async (number) => {
      const found = await unlessMissing(api.pull(number));
      if (found === undefined) return undefined;
      const { branch, author, title, body, labels, endedBy, mergeCommit } = found.pullRequest;
      return {
        branch,
        author,
        title,
        body,
        labels,
        ...(mergeCommit === undefined ? {} : { mergeCommit }),
        ...(mergeCommit === undefined || endedBy === undefined ? {} : { mergedBy: endedBy }),
      };
    },
    comment: async (number, key, text) => writeComment(api, { number, key, text, self: await self() }),
    label: async (number, change) => changeLabels(api, number, change),
    events: async (number) => readEvents(api, number),
    bodyEditor: async (number) => readEditor(api, number),
    permissionOf: async (login) => {
      const path = { ...(await api.at()), username: login };
      const what = "read somebody's permission";
      const asked = api.client.read(what, async (rest) => rest.repos.getCollaboratorPermissionLevel(path));
      const answer = await unlessMissing(asked);
      return answer === undefined ? "none" : convertPermission(answer);
    },
  };
}

type LabelChange = Parameters<ForgeTalk["label"]>[1];

async function changeLabels(api: GitHubApi, number: number, change: LabelChange): Promise<void> {
  const at = { ...(await api.at()), issue_number: number };
  const read = async (): Promise<ReadonlySet<string>> => {
    const list = { ...at, per_page: PAGE };
    const answer = await api.client.read("read the labels", async (rest) => rest.issues.listLabelsOnIssue(list));
    return new Set(labelsOf(answer).map((label) => label.toLowerCase()));
  };
  const now = await read();
  const labels = change.add.filter((label) => !now.has(label.toLowerCase()));
  if (labels.length > 0) {
    await makeLabels(api, labels);
    const answer = await api.client.write("set a label", 200, async (rest) => rest.issues.addLabels({ ...at, labels }));
    if (answer.kind === "refused") throw answer.error;
    if (answer.kind === "unclear" && !hasAll(await read(), labels)) throw answer.error;
  }
  for (const name of change.remove.filter((label) => now.has(label.toLowerCase()))) {
    const one = { ...at, name };
    const answer = await api.client.write("take off a label", 200, async (rest) => rest.issues.removeLabel(one));
    // 404: somebody was faster.
    if (answer.kind === "refused" && answer.status !== 404) throw answer.error;
    if (answer.kind === "unclear" && (await read()).has(name.toLowerCase())) throw answer.error;
  }
}

function hasAll(labels: ReadonlySet<string>, wanted: readonly string[]): boolean {
  return wanted.every((label) => labels.has(label.toLowerCase()));
}

async function readEvents(api: GitHubApi, number: number): Promise<readonly PullRequestEvent[]> {
  const at = { ...(await api.at()), issue_number: number, per_page: PAGE };
  const events: PullRequestEvent[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const what = `read what happened to #${number}`;
    const one = { ...at, page };
    const answer: JsonValue = await api.client.read(what, async (rest) => rest.issues.listEventsForTimeline(one));
    events.push(...convertTimeline(answer));
    if (!isList(answer) || answer.length < PAGE) break;
  }
  return events;
}

const EDITOR = `query ($owner: String!, $repo: String!, $number: Int!) {
  repository(owner: $owner, name: $repo) { pullRequest(number: $number) { lastEditedAt editor { __typename login } } }
}`;

async function readEditor(api: GitHubApi, number: number): ReturnType<ForgeTalk["bodyEditor"]> {
  const what = `see who edited pull request #${number}`;
  const answer = await api.client.graphql(what, EDITOR, { ...(await api.at()), number });
  return answer.kind === "ok" ? convertEditor(answer.data) : undefined;
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "ForgeNotFound") return undefined;
    throw error;
  }
}
