/** Webhooks of a repository and their deliveries (docs.github.com/rest/repos/webhooks). */
import { userOf } from "../call.ts";
import type { RepositoryCall } from "../call.ts";
import type { Delivery, Hook } from "../hook.ts";
import { listed } from "../paging.ts";
import { NO_CONTENT, created, invalid, notFound, ok } from "../reply.ts";
import type { Reply } from "../reply.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { deliveryItemShape, deliveryShape, hookShape } from "../shapes/hook-shape.ts";
import { repositoryShape } from "../shapes/repository-shape.ts";
import { userShape } from "../shapes/user-shape.ts";
import { send, startWatching } from "../webhooks.ts";

function hookOf({ repository, params }: RepositoryCall): Hook {
  const hook = repository.hooks.find(({ id }) => id === Number(params["id"]));
  if (hook === undefined) throw notFound();
  return hook;
}

function deliveryOf(call: RepositoryCall): { readonly hook: Hook; readonly delivery: Delivery } {
  const hook = hookOf(call);
  const delivery = hook.deliveries.find(({ id }) => id === Number(call.params["delivery"]));
  if (delivery === undefined) throw notFound();
  return { hook, delivery };
}

async function createHook(call: RepositoryCall): Promise<Reply> {
  const { input, repository, world, site } = call;
  const config = input.object("config");
  const url = config?.optionalText("url") ?? "";
  const wrong = (message: string) => invalid("Hook", { code: "custom", message });
  if (!/^https?:/.test(url) || !URL.canParse(url)) throw wrong("Config must contain a valid URL");
  if (repository.hooks.some((each) => each.url === url)) throw wrong("Hook already exists on this repository");
  await startWatching(repository);
  const events = input.texts("events");
  const hook: Hook = {
    id: world.nextId(),
    url,
    secret: config?.optionalText("secret"),
    contentType: config?.optionalText("content_type") === "json" ? "json" : "form",
    events: events.length === 0 ? ["push"] : events,
    active: input.flag("active") ?? true,
    site,
    createdAtMs: world.now(),
    deliveries: [],
    sending: Promise.resolve(),
  };
  repository.hooks.push(hook);
  ping(call, hook);
  return created(hookShape(call, hook));
}

function ping(call: RepositoryCall, hook: Hook): void {
  const { site, repository, world } = call;
  const payload = {
    zen: "Keep it logically awesome.",
    hook_id: hook.id,
    hook: hookShape(call, hook),
    repository: repositoryShape(site, repository),
    sender: userShape(site, userOf(call)),
  };
  send(world, hook, { event: "ping", payload });
}

export const HOOK_ROUTES: readonly Route[] = [
  inRepository("GET /hooks", ["repository_hooks", "read"], async (call) =>
    listed(call, call.repository.hooks, (hook) => hookShape(call, hook)),
  ),
  inRepository("POST /hooks", ["repository_hooks", "write"], createHook),
  inRepository("GET /hooks/:id", ["repository_hooks", "read"], async (call) => ok(hookShape(call, hookOf(call)))),
  inRepository("DELETE /hooks/:id", ["repository_hooks", "write"], async (call) => {
    const { hooks } = call.repository;
    hooks.splice(hooks.indexOf(hookOf(call)), 1);
    return NO_CONTENT;
  }),
  inRepository("POST /hooks/:id/pings", ["repository_hooks", "read"], async (call) => {
    ping(call, hookOf(call));
    return NO_CONTENT;
  }),
  inRepository("GET /hooks/:id/deliveries", ["repository_hooks", "read"], async (call) =>
    listed(call, hookOf(call).deliveries.toReversed(), (delivery) => deliveryItemShape(call, delivery)),
  ),
  inRepository("GET /hooks/:id/deliveries/:delivery", ["repository_hooks", "read"], async (call) => {
    const { hook, delivery } = deliveryOf(call);
    return ok(deliveryShape(call, hook, delivery));
  }),
  inRepository("POST /hooks/:id/deliveries/:delivery/attempts", ["repository_hooks", "write"], async (call) => {
    const { hook, delivery } = deliveryOf(call);
    send(call.world, hook, delivery.occurred, delivery);
    return { status: 202, body: {} };
  }),
];
