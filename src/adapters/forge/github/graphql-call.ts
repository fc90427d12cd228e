import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import type { Answer, RawAnswer } from "./forge-answer.ts";
import { judgeGraphQL } from "./graphql-answer.ts";
import { waitForLimit } from "./rate-limit.ts";
import { rawAnswer, type HttpAnswer } from "./raw-answer.ts";

export type GraphQLVariables = Readonly<Record<string, unknown>>;

/** Posts one document. `request.readOnly`: it may be repeated when it fails. */
export type GraphQLSend = (
  url: string,
  body: {
    readonly query: string;
    readonly variables: GraphQLVariables;
    readonly request: { readonly readOnly: boolean };
  },
) => Promise<HttpAnswer>;

export interface GraphQLConnection {
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly secrets: Iterable<string>;
  readonly send: GraphQLSend;
}

export interface GraphQLCall {
  /** In people's words, after "cannot". */
  readonly what: string;
  readonly document: string;
  readonly variables: GraphQLVariables;
}

/** Sends a document and judges the answer. Only a limit, by which nothing was done, is waited for; a mutation is never repeated otherwise. */
export async function callGraphQL(connection: GraphQLConnection, call: GraphQLCall): Promise<Answer> {
  const { apiUrl, clock, secrets, send } = connection;
  const { what, document: query, variables } = call;
  const body = { query, variables, request: { readOnly: !/^\s*mutation\b/.test(query) } };
  for (let attempt = 0; ; attempt += 1) {
    const raw = await rawAnswer(() => send(graphqlUrl(apiUrl), body));
    const answer = judgeGraphQL(raw, { what, secrets });
    const limited = answer.kind === "refused" && answer.error.code === "ForgeRateLimit";
    if (!limited || !(await waitForLimit(connection, limitSeconds(raw, clock.nowMs()), attempt))) return answer;
  }
}

export function isGraphQL(url: string): boolean {
  return url.endsWith("/graphql");
}

/** `https://api.github.com/graphql`, `https://HOST/api/graphql` (docs.github.com/graphql, "Forming calls"). */
function graphqlUrl(apiUrl: string): string {
  return `${apiUrl.replace(/\/api\/v3$/, "/api")}/graphql`;
}

/** Secondary limits do not always say how long: a minute then (docs.github.com, "Rate limits for the GraphQL API"). */
function limitSeconds({ headers }: RawAnswer, nowMs: number): number {
  const after = Number(headers["retry-after"] ?? Number.NaN);
  if (Number.isFinite(after)) return Math.max(1, after);
  const reset = Number(headers["x-ratelimit-reset"] ?? Number.NaN);
  const exhausted = String(headers["x-ratelimit-remaining"]) === "0";
  return exhausted && Number.isFinite(reset) ? Math.max(1, Math.ceil(reset - nowMs / 1000) + 1) : 60;
}
