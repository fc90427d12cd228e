import { iso } from "../state.ts";
import type { RepositoryCall } from "../call.ts";
import type { Delivery, Hook } from "../hook.ts";
import { apiOf } from "./repository-shape.ts";
import type { Schemas } from "./user-shape.ts";

export function hookShape({ site, repository }: RepositoryCall, hook: Hook): Schemas["hook"] {
  const url = `${apiOf(site, repository)}/hooks/${hook.id}`;
  const last = hook.deliveries.at(-1);
  return {
    type: "Repository",
    id: hook.id,
    name: "web",
    active: hook.active,
    events: [...hook.events],
    config: {
      url: hook.url,
      content_type: hook.contentType,
      insecure_ssl: "0",
      ...(hook.secret === undefined ? {} : { secret: "********" }),
    },
    created_at: iso(hook.createdAtMs),
    updated_at: iso(hook.createdAtMs),
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: {
      code: last?.status ?? null,
      status: last === undefined ? "unused" : statusOf(last),
      message: last === undefined ? null : statusOf(last),
    },
  };
}

function statusOf({ status }: Delivery): string {
  if (status === 0) return "failed to connect to host";
  return status >= 200 && status < 300 ? "OK" : `Invalid HTTP Response: ${status}`;
}

/** In lists: without what was sent. */
export function deliveryItemShape({ repository }: RepositoryCall, delivery: Delivery): Schemas["hook-delivery-item"] {
  const { id, guid, redelivery, occurred, atMs, status } = delivery;
  return {
    id,
    guid,
    delivered_at: iso(atMs),
    redelivery,
    duration: 0,
    status: statusOf(delivery),
    status_code: status,
    event: occurred.event,
    action: occurred.action ?? null,
    installation_id: null,
    repository_id: repository.id,
  };
}

export function deliveryShape(call: RepositoryCall, hook: Hook, delivery: Delivery): Schemas["hook-delivery"] {
  return {
    ...deliveryItemShape(call, delivery),
    url: hook.url,
    request: { headers: { ...delivery.headers }, payload: { ...delivery.occurred.payload } },
    response: { headers: {}, payload: null },
  };
}
