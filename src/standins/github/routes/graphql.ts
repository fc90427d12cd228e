import type { Call } from "../call.ts";
import { ALL_RESOLVERS } from "../graphql/all-resolvers.ts";
import { resolveField } from "../graphql/resolvers.ts";
import { notFound, ok, refusal } from "../reply.ts";
import type { Reply } from "../reply.ts";
import { plain } from "../router.ts";
import type { Route } from "../router.ts";

/** GraphQL is HTTP 200 whatever comes of it, but for strangers. Without an executor there is no such page, as on an old Enterprise Server. */
async function execute(call: Call): Promise<Reply> {
  const { world, input, token } = call;
  if (world.graphql === undefined) throw notFound();
  if (token === undefined) throw refusal(401, "This endpoint requires you to be authenticated.");
  const query = input.optionalText("query");
  if (query === undefined) throw refusal(400, "A query attribute must be specified and must be a string.");
  const answer = await world.graphql({
    query,
    operationName: input.optionalText("operationName"),
    variables: input.object("variables")?.fields ?? {},
    resolve: async (field) => await resolveField(ALL_RESOLVERS, call, field),
  });
  return ok(answer);
}

/** github.com has the first, Enterprise Server the second. */
export const GRAPHQL_ROUTES: readonly Route[] = [plain("POST /graphql", execute), plain("POST /api/graphql", execute)];
