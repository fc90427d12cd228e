import type { Octokit } from "@octokit/rest";
import type { JsonValue } from "../../../core/model/json.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import { judgeAnswer, type Answer } from "./forge-answer.ts";
import { callGraphQL, isGraphQL, type GraphQLSend, type GraphQLVariables } from "./graphql-call.ts";
import type { Fetch } from "./proxy-fetch.ts";
import { waitForLimit } from "./rate-limit.ts";
import { rawAnswer, type HttpAnswer } from "./raw-answer.ts";

export interface GitHubClientOptions {
  /** `https://api.github.com`, `https://host/api/v3`. */
  readonly apiUrl: string;
  /** Asked before every request; keeping and renewing it is the giver's. */
  readonly token: () => Promise<string>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly log: Log;
  /** False: no pauses between writes and before retries. For a server of our own, never for GitHub, which asks for them. */
  readonly paced: boolean;
}

type Rest = Octokit["rest"];
type Call = (rest: Rest) => Promise<HttpAnswer>;

/** GitHub's REST and GraphQL API, one request at a time. `what` is the request in people's words, after "cannot". */
export interface GitHubClient {
  /** Answers the body of a 200. Throws `Forge*`. Repeats a failed request: it changes nothing. */
  read(what: string, call: Call): Promise<JsonValue>;
  /** Sends a write once. Never throws for what GitHub or the network did: the caller looks at the state first. */
  write(what: string, expected: number, call: Call): Promise<Answer>;
  /**
   * Sends a GraphQL document; `ok` has its `data`. A query is repeated as a read is, a mutation is sent once. Never throws for what
   * GitHub or the network did. `refused` with status 404: this server has no GraphQL.
   */
  graphql(what: string, document: string, variables: GraphQLVariables): Promise<Answer>;
}

const TIMEOUT_MS = 30_000;
// 2026-03-10 drops `merge_commit_sha` (docs.github.com, "API versions").
const API_VERSION = "2022-11-28";

export async function createGitHubClient(options: GitHubClientOptions): Promise<GitHubClient> {
  const secrets = new Set<string>();
  const octokit = await createOctokit(options, secrets);

  async function answer(what: string, expected: number, call: Call): Promise<Answer> {
    return judgeAnswer(await rawAnswer(() => call(octokit.rest)), { what, expected, secrets });
  }
  return {
    async read(what, call) {
      const answered = await answer(what, 200, call);
      if (answered.kind === "ok") return answered.data;
      throw answered.error;
    },
    write: answer,
    async graphql(what, document, variables) {
      const { apiUrl, clock, log } = options;
      const send: GraphQLSend = async (url, body) => octokit.request(`POST ${url}`, body);
      return callGraphQL({ apiUrl, clock, log, secrets, send }, { what, document, variables });
    },
  };
}

async function createOctokit(options: GitHubClientOptions, secrets: Set<string>): Promise<Octokit> {
  const [{ Octokit }, { throttling }, { retry }] = await Promise.all([
    import("@octokit/rest"),
    import("@octokit/plugin-throttling"),
    import("@octokit/plugin-retry"),
  ]);
  const octokit = new (Octokit.plugin(retry, throttling))({
    baseUrl: options.apiUrl,
    userAgent: "lastgood",
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    request: { fetch: guardedFetch(options.fetch) },
    // The plugin would also repeat 405, 409 and 429 (read in plugin-retry 8.1).
    retry: {
      doNotRetry: [400, 401, 403, 404, 405, 409, 410, 422, 429, 451],
      ...(options.paced ? {} : { retryAfterBaseValue: 1 }),
    },
    throttle: throttleOptions(options),
  });
  octokit.hook.before("request", async (request) => {
    const token = await options.token();
    secrets.add(token);
    request.headers.authorization = `token ${token}`;
    request.headers["x-github-api-version"] = API_VERSION;
    // plugin-retry repeats writes as well, `PUT merge` included: ours are sent once, then the state is read.
    const readOnly = request.method === "GET" || request.request?.["readOnly"] === true;
    if (!readOnly) request.request = { ...request.request, retries: 0 };
  });
  return octokit;
}

/** Each attempt has its own time limit (octokit has none); a write does not follow a redirect, which would make it a GET. */
function guardedFetch(fetch: Fetch): Fetch {
  return async (input, init) =>
    fetch(input, {
      ...init,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(init?.method === "GET" ? {} : { redirect: "manual" }),
    });
}

/** The plugin asks whether to repeat after a limit: we wait by our own clock, then say yes, at most twice. */
function throttleOptions({ apiUrl, clock, log, paced }: GitHubClientOptions): object {
  const wait = async (seconds: number, retryCount: number): Promise<boolean> =>
    waitForLimit({ clock, log }, seconds, retryCount);
  type Limited = (
    seconds: number,
    request: { readonly url: string },
    octokit: object,
    retryCount: number,
  ) => Promise<boolean>;
  // GraphQL waits by itself: the plugin would repeat a mutation that may have taken effect.
  const limited: Limited = async (seconds, request, _octokit, retryCount) =>
    !isGraphQL(request.url) && wait(seconds, retryCount);
  const unpaced = { key: () => ({ schedule: async (_: object, work: Work, ...args: unknown[]) => work(...args) }) };
  const groups = { global: unpaced, auth: unpaced, search: unpaced, write: unpaced, notifications: unpaced };
  return {
    id: apiUrl,
    retryAfterBaseValue: 0,
    onRateLimit: limited,
    onSecondaryRateLimit: limited,
    ...(paced ? {} : groups),
  };
}

type Work = (...args: unknown[]) => unknown;

function ignore(): void {}
