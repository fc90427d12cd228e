import type { WebhookFacts } from "../../../core/doctor/judge-webhooks.ts";
import { isList, listAt, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";
import type { RepositoryPath } from "./github-api.ts";
import type { GitHubClient } from "./github-client.ts";

/** Only hooks that may be ours are asked for their deliveries. */
const PATH = /\/webhooks\/github\/?$/;

/** The repository's webhooks; undefined when this token may not read them. Throws `Forge*`. */
export async function inspectWebhooks(
  client: GitHubClient,
  path: RepositoryPath,
): Promise<readonly WebhookFacts[] | undefined> {
  const answer = await client.write("read the webhooks", 200, async (rest) =>
    rest.repos.listWebhooks({ ...path, per_page: 100 }),
  );
  if (answer.kind === "refused" && (answer.status === 403 || answer.status === 404)) return undefined;
  if (answer.kind !== "ok") throw answer.error;
  const hooks = isList(answer.data) ? answer.data : [];
  return Promise.all(
    hooks.map(async (hook) => {
      const [id, url] = [valueAt(hook, "id"), stringAt(hook, "config", "url") ?? ""];
      const isOurs = PATH.test(url) && typeof id === "number";
      const last = isOurs ? await readLast(client, { ...path, hook_id: id }) : undefined;
      return {
        url,
        active: valueAt(hook, "active") === true,
        ...settingsOf(valueAt(hook, "config")),
        events: listAt(hook, "events").filter((event) => typeof event === "string"),
        ...(last === undefined ? {} : { last }),
      };
    }),
  );
}

/** GitHub shows a secret as `********`, and nothing where there is none. */
export function settingsOf(config: JsonValue | undefined): Pick<WebhookFacts, "secret" | "json"> {
  return {
    secret: (stringAt(config, "secret") ?? "") !== "",
    json: stringAt(config, "content_type") === "json",
  };
}

async function readLast(
  client: GitHubClient,
  hook: RepositoryPath & { readonly hook_id: number },
): Promise<WebhookFacts["last"]> {
  const answer = await client.write("read the deliveries of a webhook", 200, async (rest) =>
    rest.repos.listWebhookDeliveries({ ...hook, per_page: 1 }),
  );
  return answer.kind === "ok" ? lastDelivery(answer.data) : undefined;
}

/** The newest comes first. */
export function lastDelivery(data: JsonValue): WebhookFacts["last"] {
  const [newest] = isList(data) ? data : [];
  const [status, at] = [valueAt(newest, "status_code"), stringAt(newest, "delivered_at")];
  return typeof status === "number" && at !== undefined ? { status, at } : undefined;
}

/** The webhook of the App that the client signs as, and its last delivery; undefined when it has none. */
export async function inspectAppWebhook(
  client: GitHubClient,
  events: readonly JsonValue[],
): Promise<readonly WebhookFacts[] | undefined> {
  const config = await client.write("read the App's webhook", 200, async (rest) => rest.apps.getWebhookConfigForApp());
  const url = config.kind === "ok" ? stringAt(config.data, "url") : undefined;
  if (config.kind !== "ok" || url === undefined) return undefined;
  const newest = await client.write("read the deliveries of the App's webhook", 200, async (rest) =>
    rest.apps.listWebhookDeliveries({ per_page: 1 }),
  );
  const last = newest.kind === "ok" ? lastDelivery(newest.data) : undefined;
  return [
    {
      url,
      // Whether it is switched on, GitHub does not tell.
      active: true,
      ...settingsOf(config.data),
      events: events.filter((event) => typeof event === "string"),
      ...(last === undefined ? {} : { last }),
    },
  ];
}
