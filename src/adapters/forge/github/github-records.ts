/** Deployments, statuses and check runs of a repository on GitHub. */
import type { Deployment } from "../../../core/model/forge-fact.ts";
import type { JsonValue } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { DeploymentRecord, ForgeRecords } from "../../../ports/forge-records.ts";
import {
  convertDeployment,
  convertDeployments,
  convertResults,
  judgeDeployment,
  type ListedDeployment,
} from "./convert-records.ts";
import type { GitHubApi } from "./github-api.ts";

/** Marks what lastgood records; workflows that run `on: deployment` can tell it from a real one. */
const TASK = "lastgood:record";
/** How many deployments are asked about at once. */
const LANES = 5;
const PAGE = 100;

export function createGitHubRecords(api: GitHubApi): ForgeRecords {
  return {
    async deployments(environment, limit) {
      const listed = await list(api, { environment, per_page: Math.min(limit, PAGE) });
      return inLanes(listed.slice(0, limit), async (each) => judgeDeployment(each, await statusesOf(api, each)));
    },
    async checks(commit) {
      const path = { ...(await api.at()), ref: commit, per_page: PAGE };
      const [runs, statuses] = [
        await api.client.read("read the check runs", async (rest) => rest.checks.listForRef(path)),
        await api.client.read("read the statuses", async (rest) => rest.repos.listCommitStatusesForRef(path)),
      ];
      return convertResults(runs, statuses);
    },
    recordDeployment: async (record) => recordDeployment(api, record),
  };
}

interface Query {
  readonly environment: string;
  readonly sha?: string;
  readonly task?: string;
  readonly per_page: number;
}

async function list(api: GitHubApi, query: Query): Promise<readonly ListedDeployment[]> {
  const path = { ...(await api.at()), ...query };
  const found = convertDeployments(
    await api.client.read("list the deployments", async (rest) => rest.repos.listDeployments(path)),
  );
  return found.filter(({ environment }) => environment === query.environment);
}

async function statusesOf(api: GitHubApi, { id }: Pick<ListedDeployment, "id">): Promise<JsonValue> {
  const path = { ...(await api.at()), deployment_id: id, per_page: PAGE };
  return api.client.read(`read how deployment ${id} went`, async (rest) => rest.repos.listDeploymentStatuses(path));
}

/** A deployment with nothing to deploy, then its status. Each is looked for before it is written, and again when the answer was lost. */
async function recordDeployment(api: GitHubApi, record: DeploymentRecord): Promise<void> {
  const known = (await findRecord(api, record)) ?? (await createRecord(api, record));
  if ((await judge(api, known)).state === record.state) return;
  const { state, description } = record;
  const path = { ...(await api.at()), deployment_id: known.id };
  const answer = await api.client.write("record how the deployment went", 201, async (rest) =>
    rest.repos.createDeploymentStatus({ ...path, state, description: cut(description), auto_inactive: false }),
  );
  if (answer.kind === "ok" || (answer.kind === "unclear" && (await judge(api, known)).state === state)) return;
  throw answer.error;
}

async function judge(api: GitHubApi, known: ListedDeployment): Promise<Deployment> {
  return judgeDeployment(known, await statusesOf(api, known));
}

async function findRecord(
  api: GitHubApi,
  { commit, environment, key }: DeploymentRecord,
): Promise<ListedDeployment | undefined> {
  const found = await list(api, { environment, sha: commit, task: TASK, per_page: PAGE });
  return found.findLast((each) => each.commit === commit && each.key === key);
}

async function createRecord(api: GitHubApi, record: DeploymentRecord): Promise<ListedDeployment> {
  const { commit, environment, description, key } = record;
  const asked = {
    ...(await api.at()),
    ref: commit,
    environment,
    description: cut(description),
    task: TASK,
    payload: { lastgood: key },
    // Else GitHub merges the default branch into the ref, or refuses for a red status.
    auto_merge: false,
    required_contexts: [],
  };
  const answer = await api.client.write("record a deployment", 201, async (rest) => rest.repos.createDeployment(asked));
  if (answer.kind === "refused") throw answer.error;
  const made = answer.kind === "ok" ? convertDeployment(answer.data) : await findRecord(api, record);
  if (made !== undefined) return made;
  throw answer.kind === "unclear"
    ? answer.error
    : new LastgoodError("ForgeAnswer", "GitHub: the answer for a deployment has no id that can be read");
}

/** GitHub takes 140 characters. */
function cut(text: string): string {
  const characters = Array.from(text);
  return characters.length <= 140 ? text : `${characters.slice(0, 139).join("")}…`;
}

async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const queue = [...items.entries()];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results.set(next[0], await work(next[1]));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return items.flatMap((_, index) => {
    const result = results.get(index);
    return result === undefined ? [] : [result];
  });
}
