/** The webhook of an App, as the App itself may ask for it (docs.github.com/rest/apps/webhooks). */
import { authenticateApp } from "../app-jwt.ts";
import type { Call } from "../call.ts";
import { listed } from "../paging.ts";
import { notFound, ok } from "../reply.ts";
import { plain } from "../router.ts";
import type { Route } from "../router.ts";
import type { Schemas } from "../shapes/user-shape.ts";
import { iso } from "../state.ts";
import type { AppHook } from "../state.ts";

function hookOf({ world, authorization }: Call): AppHook {
  const { hook } = authenticateApp(world, authorization);
  if (hook === undefined) throw notFound();
  return hook;
}

function deliveryShape(call: Call, code: number, index: number): Schemas["hook-delivery-item"] {
  return {
    id: index + 1,
    guid: `00000000-0000-0000-0000-${String(index + 1).padStart(12, "0")}`,
    delivered_at: iso(call.world.now()),
    redelivery: false,
    duration: 0,
    status: code >= 200 && code < 300 ? "OK" : `Invalid HTTP Response: ${code}`,
    status_code: code,
    event: "push",
    action: null,
    installation_id: null,
    repository_id: null,
  };
}

export const APP_HOOK_ROUTES: readonly Route[] = [
  plain("GET /app/hook/config", async (call) => {
    const { url, secret } = hookOf(call);
    return ok({
      content_type: "json",
      insecure_ssl: "0",
      url,
      ...(secret === undefined ? {} : { secret: "********" }),
    } satisfies Schemas["webhook-config"]);
  }),
  plain("GET /app/hook/deliveries", async (call) => {
    const answered = hookOf(call).answered.map((code, index) => ({ code, index }));
    return listed(call, answered.toReversed(), ({ code, index }) => deliveryShape(call, code, index));
  }),
];
