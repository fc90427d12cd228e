import { refusal } from "../reply.ts";
import { plain } from "../router.ts";
import type { Route } from "../router.ts";

/** GraphQL is not part of the stand-in yet: a clear no, in GitHub's shape, instead of a wrong answer. */
export const GRAPHQL_ROUTES: readonly Route[] = ["POST /graphql", "POST /api/graphql"].map((line) =>
  plain(line, async () => {
    throw refusal(404, "GraphQL is not supported by this server");
  }),
);
