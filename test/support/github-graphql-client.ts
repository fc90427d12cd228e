import { TOKENS } from "./github-world.ts";
import type { World } from "./github-world.ts";

export type Ask = (query: string, variables?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** Asks GraphQL and answers `data` and `errors` as they came: GitHub says 200 to both. */
export function graphqlFor(world: World, token: keyof typeof TOKENS): Ask {
  return async (query, variables = {}) => {
    const headers = { authorization: `token ${TOKENS[token]}`, "content-type": "application/json" };
    const answer = await fetch(`${world.url}/graphql`, {
      method: "POST",
      headers,
      body: JSON.stringify({ query, variables }),
    });
    return await answer.json();
  };
}
