/** What GitHub says of a sign-in, a repository and the rules of its branches: read, never tried by writing. */
import type { AccountFacts, ForgeRepositoryFacts } from "../../../core/doctor/judge-sign-in.ts";
import { isObject, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { ForgeInspection } from "../../../ports/forge-inspection.ts";
import { convertRepository } from "./convert.ts";
import type { GrantedApp } from "./github-app.ts";
import { createGitHubClient, type GitHubClient, type GitHubClientOptions } from "./github-client.ts";
import { inspectBranch } from "./inspect-branch.ts";
import { inspectWebhooks } from "./inspect-webhooks.ts";
import { readAnswerFacts, tokenKindOf, type AnswerFacts } from "./token-facts.ts";

export type InspectGitHub = Omit<GitHubClientOptions, "token" | "app"> & {
  readonly owner: string;
  readonly repo: string;
  readonly token: (refused?: string) => Promise<string>;
  /** As whom the App acts; missing for a person's token. */
  readonly granted?: () => Promise<GrantedApp>;
  readonly clock: Clock;
};

/** Sends nothing yet. */
export async function createGitHubInspection(options: InspectGitHub): Promise<ForgeInspection> {
  const { owner, repo } = options;
  const client = await createGitHubClient(options);
  return {
    account: async () => readAccount(client, options),
    repository: async (areas) => readRepository(client, { owner, repo }, areas),
    branch: async (name) => inspectBranch(client, { owner, repo }, name),
    webhooks: async () => (await inspectWebhooks(client, { owner, repo })) ?? (await options.granted?.())?.webhooks(),
  };
}

async function readAccount(client: GitHubClient, options: InspectGitHub): Promise<AccountFacts> {
  const kind = tokenKindOf(await options.token());
  const app = await options.granted?.();
  let facts: AnswerFacts = {};
  // It costs nothing, and answers when nothing is left. An Enterprise Server without limits says 404.
  const limits = await client.write("read the rate limit", 200, async (rest) => {
    const answer = await rest.rateLimit.get();
    facts = readAnswerFacts(answer.headers, options.clock.nowMs());
    return answer;
  });
  if (limits.kind !== "ok" && !(limits.kind === "refused" && limits.status === 404)) throw limits.error;
  const limit = limits.kind === "ok" ? limitIn(limits.data) : undefined;
  const isLeft = limit === undefined || limit.remaining > 0;
  const login = app === undefined ? (isLeft ? await readLogin(client) : undefined) : `${app.slug}[bot]`;
  return {
    kind,
    ...facts,
    ...(login === undefined ? {} : { login }),
    ...(limit === undefined ? {} : { limit }),
    ...(app === undefined ? {} : { granted: app.permissions }),
  };
}

function limitIn(data: JsonValue): AccountFacts["limit"] {
  const numbers = ["limit", "remaining", "reset"].map((key) => valueAt(data, "resources", "core", key));
  const [limit, remaining, reset] = numbers;
  if (typeof limit !== "number" || typeof remaining !== "number" || typeof reset !== "number") return undefined;
  return { limit, remaining, resetAtMs: reset * 1000 };
}

/** Installations have no `GET /user`: GraphQL tells the name of each. */
async function readLogin(client: GitHubClient): Promise<string | undefined> {
  const answer = await client.graphql("read who is signed in", "query { viewer { login } }", {});
  if (answer.kind === "ok") return stringAt(answer.data, "viewer", "login");
  const user = await client.write("read who is signed in", 200, async (rest) => rest.users.getAuthenticated());
  if (user.kind === "ok") return stringAt(user.data, "login");
  if (user.error.code === "ForgeAuth") throw user.error;
  return undefined;
}

interface Path {
  readonly owner: string;
  readonly repo: string;
}

async function readRepository(
  client: GitHubClient,
  path: Path,
  areas: readonly string[],
): Promise<ForgeRepositoryFacts> {
  const data = await client.read("read the repository", async (rest) => rest.repos.get({ ...path }));
  const { owner, name, methods, autoMerge, defaultBranch } = convertRepository(data);
  const permissions = valueAt(data, "permissions");
  const at = { owner, repo: name };
  const readable = await Promise.all(
    areas.map(async (area) => [area, await mayRead(client, { ...at, branch: defaultBranch }, area)] as const),
  );
  return {
    fullName: `${owner}/${name}`,
    asked: `${path.owner}/${path.repo}`,
    private: valueAt(data, "private") === true,
    archived: valueAt(data, "archived") === true,
    methods,
    ...(autoMerge === undefined ? {} : { autoMerge }),
    ...(isObject(permissions) ? { push: permissions["push"] === true, admin: permissions["admin"] === true } : {}),
    readable: Object.fromEntries(readable.flatMap(([area, may]) => (may === undefined ? [] : [[area, may]]))),
  };
}

/** One small request that asks for the permission; undefined where nothing is known to ask. */
async function mayRead(
  client: GitHubClient,
  { owner, repo, branch }: Path & { readonly branch: string },
  area: string,
): Promise<boolean | undefined> {
  const one = { owner, repo, per_page: 1 };
  const of = { ...one, ref: branch };
  const what = `read ${area}`;
  const ask = async (): Promise<Awaited<ReturnType<GitHubClient["write"]>> | undefined> => {
    switch (area) {
      case "contents":
        return client.write(what, 200, async (rest) => rest.repos.listBranches(one));
      case "pull_requests":
        return client.write(what, 200, async (rest) => rest.pulls.list(one));
      case "issues":
        return client.write(what, 200, async (rest) => rest.issues.listForRepo(one));
      case "statuses":
        return client.write(what, 200, async (rest) => rest.repos.getCombinedStatusForRef(of));
      case "checks":
        return client.write(what, 200, async (rest) => rest.checks.listForRef(of));
      case "deployments":
        return client.write(what, 200, async (rest) => rest.repos.listDeployments(one));
      default:
        return undefined;
    }
  };
  const answer = await ask();
  if (answer === undefined) return undefined;
  if (answer.kind === "ok") return true;
  if (answer.kind === "refused" && (answer.status === 403 || answer.status === 404)) return false;
  throw answer.error;
}
