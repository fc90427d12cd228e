import { userOf } from "../call.ts";
import { notFound, ok, refusal } from "../reply.ts";
import { plain } from "../router.ts";
import type { Route } from "../router.ts";
import { privateUserShape, publicUserShape } from "../shapes/user-shape.ts";
import type { Schemas } from "../shapes/user-shape.ts";

export const USER_ROUTES: readonly Route[] = [
  plain("GET /user", async (call) => {
    const user = userOf(call);
    // An App's installation is no user: GraphQL's `viewer` tells its name.
    if (call.token?.app !== undefined) throw refusal(403, "Resource not accessible by integration");
    return ok(privateUserShape(call.site, user));
  }),
  plain("GET /users/:login", async (call) => {
    const user = call.world.users.get((call.params["login"] ?? "").toLowerCase());
    if (user === undefined) throw notFound();
    return ok(publicUserShape(call.site, user));
  }),
  plain("GET /rate_limit", async (call) => {
    const { limit, remaining, resetAtMs } = call.token?.quota ?? { limit: 60, remaining: 60, resetAtMs: 0 };
    const core = { limit, remaining, used: limit - remaining, reset: Math.ceil(resetAtMs / 1000) };
    const search = { limit: 30, remaining: 30, used: 0, reset: core.reset };
    return ok({ resources: { core, search }, rate: core } satisfies Schemas["rate-limit-overview"]);
  }),
];
