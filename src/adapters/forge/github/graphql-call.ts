import type { Answer } from "./forge-answer.ts";
import { judgeGraphQL } from "./graphql-answer.ts";
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
  readonly secrets: Iterable<string>;
  readonly send: GraphQLSend;
}

export interface GraphQLCall {
  /** In people's words, after "cannot". */
  readonly what: string;
  readonly document: string;
  readonly variables: GraphQLVariables;
}

/** Sends a document and judges the answer. */
export async function callGraphQL(
  { apiUrl, secrets, send }: GraphQLConnection,
  { what, document: query, variables }: GraphQLCall,
): Promise<Answer> {
  const body = { query, variables, request: { readOnly: !/^\s*mutation\b/.test(query) } };
  return judgeGraphQL(await rawAnswer(() => send(graphqlUrl(apiUrl), body)), { what, secrets });
}

/** `https://api.github.com/graphql`, `https://HOST/api/graphql` (docs.github.com/graphql, "Forming calls"). */
function graphqlUrl(apiUrl: string): string {
  return `${apiUrl.replace(/\/api\/v3$/, "/api")}/graphql`;
}
