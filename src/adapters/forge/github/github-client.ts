import type { Octokit } from "@octokit/rest";
import type { JsonValue } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import { judgeAnswer, type Answer, type RawAnswer } from "./forge-answer.ts";
import type { Fetch } from "./proxy-fetch.ts";

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
type Call = (rest: Rest) => Promise<{ readonly status: number; readonly headers: object; readonly data: unknown }>;

/** GitHub's REST API, one request at a time. `what` is the request in people's words, after "cannot". */
export interface GitHubClient {
  /** Answers the body of a 200. Throws `Forge*`. Repeats a failed request: it changes nothing. */
  read(what: string, call: Call): Promise<JsonValue>;
  /** Sends a write once. Never throws for what GitHub or the network did: the caller looks at the state first. */
  write(what: string, expected: number, call: Call): Promise<Answer>;
}

const TIMEOUT_MS = 30_000;
/** A longer wait is not worth holding a command for. */
const PATIENCE_SECONDS = 300;
const LIMIT_RETRIES = 2;
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
    if (request.method !== "GET") request.request = { ...request.request, retries: 0 };
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
  const wait = async (seconds: number, retryCount: number): Promise<boolean> => {
    const waitSeconds = seconds * 2 ** retryCount;
    if (retryCount >= LIMIT_RETRIES || waitSeconds > PATIENCE_SECONDS) return false;
    log.waiting(`GitHub limits requests: trying again in ${waitSeconds}s`);
    await clock.sleep(waitSeconds * 1000);
    return true;
  };
  type Limited = (seconds: number, request: object, octokit: object, retryCount: number) => Promise<boolean>;
  const limited: Limited = async (seconds, _request, _octokit, retryCount) => wait(seconds, retryCount);
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

/** octokit throws for 4xx and 5xx, and says 500 for what never was an answer (read in @octokit/request 10). */
async function rawAnswer(call: () => ReturnType<Call>): Promise<RawAnswer> {
  try {
    const { status, headers, data } = await call();
    return { status, headers: { ...headers }, data, words: "" };
  } catch (error) {
    if (error instanceof LastgoodError) throw error;
    return failedAnswer(error);
  }
}

interface HttpFailure extends Error {
  readonly response?: { readonly status: number; readonly headers: object; readonly data: unknown };
}

function failedAnswer(error: unknown): RawAnswer {
  if (!(error instanceof Error)) return { status: undefined, headers: {}, data: undefined, words: String(error) };
  const { response } = error as HttpFailure;
  if (response !== undefined) {
    const { status, headers, data } = response;
    return { status, headers: { ...headers }, data, words: "", cause: error };
  }
  return { status: undefined, headers: {}, data: undefined, words: networkWords(error), cause: error };
}

/** fetch says only "fetch failed"; the reason hangs below it. */
function networkWords(error: Error): string {
  const below = error.cause instanceof Error ? error.cause : undefined;
  const code = below !== undefined && "code" in below && typeof below.code === "string" ? ` (${below.code})` : "";
  return `${error.message}${code}`;
}
