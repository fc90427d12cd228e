import type { KeyObject } from "node:crypto";
import type { Octokit } from "@octokit/rest";
import { isList, type JsonValue } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import { linkAbort } from "../../../linked-abort.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import type { Meter } from "../../../ports/meter.ts";
import { signAppJwt } from "./app-jwt.ts";
import { judgeAnswer, type Answer } from "./forge-answer.ts";
import { callGraphQL, type GraphQLSend, type GraphQLVariables } from "./graphql-call.ts";
import type { Fetch } from "./proxy-fetch.ts";
import { limitLeft, rateLimitOf } from "./rate-limit.ts";
import { rawAnswer, responseOf, type HttpAnswer } from "./raw-answer.ts";
import { gateFor, type RequestGate } from "./request-gate.ts";

interface ConnectionOptions {
  /** `https://api.github.com`, `https://host/api/v3`. */
  readonly apiUrl: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly log: Log;
  /** False: no pauses between writes and before retries. For a server of our own, never for GitHub, which asks for them. */
  readonly paced: boolean;
  /** Told of every request that was sent. */
  readonly onRequest?: Meter["forge"] | undefined;
  /** To be shared by all clients of one token or installation. Default: one of its own. */
  readonly gate?: RequestGate;
  readonly signal?: AbortSignal;
}

export type GitHubClientOptions = ConnectionOptions & Credentials;

/** A token; or the App itself, which signs each request, for the few that are about its installations. */
type Credentials =
  | { readonly token: TokenSource; readonly app?: undefined }
  | { readonly app: AppKey; readonly token?: undefined };

/**
 * A token, asked for before every request; keeping and renewing it is the giver's. `refused`: one that was answered with 401. The
 * request is sent once more when another one comes back.
 */
export type TokenSource = (refused?: string) => Promise<string>;

export interface AppKey {
  /** App id or client id. */
  readonly id: string;
  readonly privateKey: KeyObject;
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
  /** As `read`, for a list: all its pages, at most `MOST_PAGES`. Ask for 100 a page. */
  readAll(what: string, call: Call): Promise<readonly JsonValue[]>;
  /** As `read`, for what is asked again and again: costs nothing of the hour's requests while the answer stays the same. `key`: names the request. */
  poll(what: string, key: string, call: (rest: Rest, headers: Headers) => ReturnType<Call>): Promise<JsonValue>;
}

type Headers = Readonly<Record<string, string>>;

/** 3,000 entries, GitHub's own bound for the files of a pull request. */
const MOST_PAGES = 30;
const MOST_POLLED = 100;

const TIMEOUT_MS = 30_000;
// 2026-03-10 drops `merge_commit_sha` (docs.github.com, "API versions").
const API_VERSION = "2022-11-28";

export async function createGitHubClient(options: GitHubClientOptions): Promise<GitHubClient> {
  const secrets = new Set<string>();
  const octokit = await createOctokit(options, secrets);
  const polled = new Map<string, { readonly etag: string; readonly data: JsonValue }>();

  const answer: GitHubClient["write"] = async (what, expected, call) =>
    heldBack(async () => judgeAnswer(await rawAnswer(() => call(octokit.rest)), { what, expected, secrets }));
  async function read(what: string, call: Call): Promise<JsonValue> {
    const answered = await answer(what, 200, call);
    if (answered.kind === "ok") return answered.data;
    throw answered.error;
  }
  return {
    read,
    write: answer,
    async graphql(what, document, variables) {
      const send: GraphQLSend = async (url, body) => octokit.request(`POST ${url}`, body);
      return heldBack(async () =>
        callGraphQL({ apiUrl: options.apiUrl, secrets, send }, { what, document, variables }),
      );
    },
    async readAll(what, call) {
      const found: JsonValue[] = [];
      let next: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        let link = "";
        const url: string | undefined = next;
        const data = await read(what, async (rest) => {
          const answered = await (url === undefined ? call(rest) : octokit.request(`GET ${url}`));
          link = headerOf(answered.headers, "link");
          return answered;
        });
        if (!isList(data)) throw new LastgoodError("ForgeAnswer", `GitHub: cannot ${what}: the answer is no list`);
        found.push(...data);
        next = nextPage(link, options.apiUrl);
        if (next === undefined) break;
      }
      return found;
    },
    async poll(what, key, call) {
      const last = polled.get(key);
      let etag = "";
      const data = await read(what, async (rest) => {
        const headers: Headers = last === undefined ? {} : { "if-none-match": last.etag };
        const answered = await orUnchanged(call(rest, headers), last?.data);
        etag = headerOf(answered.headers, "etag");
        return answered;
      });
      polled.delete(key);
      if (etag !== "") polled.set(key, { etag, data });
      if (polled.size > MOST_POLLED) polled.delete([...polled.keys()][0] ?? "");
      return data;
    },
  };
}

/** Held back by the gate, nothing was sent: a refusal like GitHub's own. */
async function heldBack(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "ForgeRateLimit") throw error;
    return { kind: "refused", status: 429, reasons: [], error };
  }
}

/** octokit throws on 304 (docs.github.com, "Use conditional requests"): then what came last still holds. */
async function orUnchanged(asked: ReturnType<Call>, last: JsonValue | undefined): ReturnType<Call> {
  try {
    return await asked;
  } catch (error) {
    const response = responseOf(error);
    if (last === undefined || response?.status !== 304) throw error;
    return { ...response, status: 200, data: last };
  }
}

/** "" when it is missing. */
function headerOf(headers: object, name: string): string {
  const value: unknown = Object.entries(headers).find(([key]) => key === name)?.[1];
  return typeof value === "string" ? value : "";
}

/** The next page that a `Link` header names. Elsewhere than at the API it is not followed: the token would go there. */
export function nextPage(link: string, apiUrl: string): string | undefined {
  const url = /<([^<>]{1,4096})>;\s*rel="next"/.exec(link)?.[1];
  return url?.startsWith(`${apiUrl}/`) === true ? url : undefined;
}

async function createOctokit(options: GitHubClientOptions, secrets: Set<string>): Promise<Octokit> {
  const { clock, gate = gateFor(options) } = options;
  const [{ Octokit }, { retry }] = await Promise.all([import("@octokit/rest"), import("@octokit/plugin-retry")]);
  // First, so that what is repeated passes them, too; and innermost, so that waiting at the gate is no time of GitHub's.
  const told = (octokit: Hooked): void => tellRequests(octokit, options.onRequest);
  const gated = (octokit: Hooked): void => passGate(octokit, gate, clock);
  const octokit = new (Octokit.plugin(told, gated, retry))({
    baseUrl: options.apiUrl,
    userAgent: "lastgood",
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    request: { fetch: guardedFetch(options) },
    // The plugin would also repeat 405, 409 and 429 (read in plugin-retry 8.1).
    retry: {
      doNotRetry: [400, 401, 403, 404, 405, 409, 410, 422, 429, 451],
      ...(options.paced ? {} : { retryAfterBaseValue: 1 }),
    },
  });
  octokit.hook.before("request", (request) => {
    request.headers["x-github-api-version"] = API_VERSION;
    // plugin-retry repeats writes as well, `PUT merge` included: ours are sent once, then the state is read.
    if (!isReadOnly(request)) request.request = { ...request.request, retries: 0 };
  });
  if (options.app === undefined) signIn(octokit, options.token, secrets);
  else signAsApp(octokit, options.app, clock);
  return octokit;
}

type Hooked = Pick<Octokit, "hook">;

/** Each request carries the token; a refused one is sent once more when there is another. Whatever 401 says, nothing was done. */
function signIn({ hook }: Hooked, source: TokenSource, secrets: Set<string>): void {
  hook.wrap("request", async (request, options) => {
    const sendWith = async (token: string) => {
      secrets.add(token);
      options.headers.authorization = `token ${token}`;
      return request(options);
    };
    const token = await source();
    try {
      return await sendWith(token);
    } catch (error) {
      if (!(error instanceof Error) || !("status" in error) || error.status !== 401) throw error;
      const next = await source(token);
      if (next === token) throw error;
      return sendWith(next);
    }
  });
}

function tellRequests({ hook }: Hooked, onRequest: Meter["forge"] | undefined): void {
  if (onRequest === undefined) return;
  hook.wrap("request", async (request, options) => {
    const startMs = performance.now();
    const api = options.url.endsWith("/graphql") ? "graphql" : "rest";
    const tell = (answered: HttpAnswer | undefined): void => {
      const limit = limitLeft({ ...answered?.headers });
      onRequest({
        api,
        status: answered?.status,
        seconds: (performance.now() - startMs) / 1000,
        ...(limit === undefined ? {} : { limit }),
      });
    };
    try {
      const answered = await request(options);
      tell(answered);
      return answered;
    } catch (error) {
      tell(responseOf(error));
      throw error;
    }
  });
}

function passGate({ hook }: Hooked, gate: RequestGate, clock: Clock): void {
  hook.wrap("request", async (request, options) =>
    gate.send({
      // Making a token changes nothing that people see.
      write: !isReadOnly(options) && !options.url.endsWith("/access_tokens"),
      send: async () => request(options),
      limitOf: (outcome) => {
        const answered = "value" in outcome ? outcome.value : responseOf(outcome.error);
        if (answered === undefined) return undefined;
        const { status, headers, data } = answered;
        return rateLimitOf({ status, headers: { ...headers }, data }, clock.nowMs());
      },
    }),
  );
}

function isReadOnly({ method, request }: { readonly method: string; readonly request?: object | undefined }): boolean {
  return method === "GET" || (request !== undefined && "readOnly" in request && request.readOnly === true);
}

/**
 * Each request is signed. When GitHub refuses the signature and its clock is not ours, we sign once more by its clock, and go on so.
 * (@octokit/auth-app does as much, but by the machine's clock, and keeps tokens for a fixed time by that clock, too.)
 */
function signAsApp({ hook }: Hooked, { id, privateKey }: AppKey, clock: Clock): void {
  let skewMs = 0;
  hook.wrap("request", async (request, options) => {
    const sendSigned = async () => {
      const jwt = await signAppJwt({ appId: id, privateKey, nowMs: clock.nowMs() + skewMs });
      options.headers.authorization = `bearer ${jwt}`;
      return request(options);
    };
    try {
      return await sendSigned();
    } catch (error) {
      const response = responseOf(error);
      const offMs = Date.parse(headerOf(response?.headers ?? {}, "date")) - clock.nowMs();
      if (response?.status !== 401 || !(Math.abs(offMs - skewMs) > TOLERANCE_MS)) throw error;
      skewMs = offMs;
      return sendSigned();
    }
  });
}

/** `Date` counts whole seconds, and an answer takes its time. */
const TOLERANCE_MS = 15_000;

/** Each attempt has its own time limit (octokit has none); a write does not follow a redirect, which would make it a GET. */
function guardedFetch({ fetch, signal }: GitHubClientOptions): Fetch {
  return async (input, init) =>
    fetch(input, {
      ...init,
      signal: linkAbort(AbortSignal.timeout(TIMEOUT_MS), signal).signal,
      ...(init?.method === "GET" ? {} : { redirect: "manual" }),
    });
}

function ignore(): void {}
