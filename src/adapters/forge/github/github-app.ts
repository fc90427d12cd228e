/** lastgood as a GitHub App: tokens for one repository, with the least permissions, renewed before they end. */
import type { WebhookFacts } from "../../../core/doctor/judge-webhooks.ts";
import { isObject, listAt, stringAt, valueAt, type JsonValue } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import { askedPermissions, type AppPermissions } from "./app-permissions.ts";
import type { Answer } from "./forge-answer.ts";
import { safeText } from "./forge-text.ts";
import { createGitHubClient, type AppKey, type GitHubClient, type TokenSource } from "./github-client.ts";
import { inspectAppWebhook } from "./inspect-webhooks.ts";
import type { Fetch } from "./proxy-fetch.ts";
import type { RequestGate } from "./request-gate.ts";

export interface GitHubAppOptions {
  readonly apiUrl: string;
  /** `github.com`: for people, and for the bot's e-mail address. */
  readonly host: string;
  readonly owner: string;
  readonly repo: string;
  readonly app: AppKey;
  /** Found by the repository when missing. */
  readonly installationId?: number;
  /** See `wantedPermissions`. */
  readonly wanted: AppPermissions;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly log: Log;
  readonly gate: RequestGate;
  readonly paced: boolean;
  readonly signal?: AbortSignal;
}

export interface GitHubApp {
  /** A token that lasts for some minutes at least. Throws `ForgeAuth`, `ForgePermission` when the App is not let in, and `Forge*`. */
  readonly token: TokenSource;
  /** As whom GitHub shows what is done with the token, and the author of commits. */
  bot(): Promise<BotIdentity>;
  /** What it is and was given, for `doctor`. Throws as `token`, but for permissions that are missing. */
  granted(): Promise<GrantedApp>;
}

/** An App as its installation on the repository has it. */
export interface GrantedApp {
  readonly slug: string;
  /** GitHub's names of permissions → `read`, `write`, `admin`. */
  readonly permissions: { readonly [permission: string]: string };
  /** The App's own webhook, which hears of all its repositories; undefined when it cannot be read. */
  webhooks(): Promise<readonly WebhookFacts[] | undefined>;
}

export interface BotIdentity {
  /** `<slug>[bot]` */
  readonly name: string;
  readonly email: string;
}

/** They last an hour (docs.github.com, "Generating an installation access token"): a push must not end in the middle. */
const LIFE_MS = 3_600_000;
const EARLY_MS = 5 * 60_000;
/** However wrong our clock is: not a new one for every request. */
const SHORTEST_MS = 60_000;

interface Held {
  readonly token: string;
  readonly slug: string;
  readonly renewAtMs: number;
}

/** Sends nothing yet. */
export function createGitHubApp(options: GitHubAppOptions): GitHubApp {
  const { clock } = options;
  let held: Held | undefined;
  let coming: Promise<Held> | undefined;
  const told = new Set<string>();
  let client: Promise<GitHubClient> | undefined;

  async function renew(): Promise<Held> {
    client ??= createGitHubClient(options);
    return fetchToken(await client, options, told);
  }
  async function hold(refused?: string): Promise<Held> {
    if (held !== undefined && held.token !== refused && clock.nowMs() < held.renewAtMs) return held;
    coming ??= renew().finally(() => {
      coming = undefined;
    });
    held = await coming;
    return held;
  }
  return {
    token: async (refused) => (await hold(refused)).token,
    bot: async () => readBot(options, await hold(), async (refused) => (await hold(refused)).token),
    granted: async () => {
      client ??= createGitHubClient(options);
      return readGranted(await client, options);
    },
  };
}

async function fetchToken(client: GitHubClient, options: GitHubAppOptions, told: Set<string>): Promise<Held> {
  const { clock, log } = options;
  const installation = await findInstallation(client, options);
  const asked = askedPermissions(options.wanted, valueAt(installation.data, "permissions"));
  if (asked.required.length > 0) throw notGranted(asked.required, options);
  const missing = asked.missing.join(", ");
  if (missing !== "" && !told.has(missing)) log.warn(`the GitHub App was not granted ${missing}: going on without`);
  told.add(missing);
  const answer = await client.write("get a token of the GitHub App", 201, async (rest) =>
    rest.apps.createInstallationAccessToken({
      installation_id: installation.id,
      repositories: [options.repo],
      permissions: asked.permissions,
    }),
  );
  if (answer.kind !== "ok") throw explained(answer, options);
  const token = stringAt(answer.data, "token");
  const endsAtMs = Date.parse(stringAt(answer.data, "expires_at") ?? "");
  if (token === undefined || token === "" || Number.isNaN(endsAtMs)) {
    throw new LastgoodError("ForgeAnswer", "GitHub: the answer for a token of the GitHub App holds none");
  }
  const nowMs = clock.nowMs();
  const lifeMs = Math.min(endsAtMs - nowMs, LIFE_MS) - EARLY_MS;
  return { token, slug: installation.slug, renewAtMs: nowMs + Math.max(lifeMs, SHORTEST_MS) };
}

async function readGranted(client: GitHubClient, options: GitHubAppOptions): Promise<GrantedApp> {
  const { slug, data } = await findInstallation(client, options);
  const permissions = valueAt(data, "permissions");
  const given = isObject(permissions) ? Object.entries(permissions) : [];
  return {
    slug,
    permissions: Object.fromEntries(given.filter((entry): entry is [string, string] => typeof entry[1] === "string")),
    webhooks: async () => inspectAppWebhook(client, listAt(data, "events")),
  };
}

interface FoundInstallation {
  readonly id: number;
  readonly slug: string;
  readonly data: JsonValue;
}

async function findInstallation(client: GitHubClient, options: GitHubAppOptions): Promise<FoundInstallation> {
  const { owner, repo, installationId } = options;
  const answer = await client.write("find the GitHub App's installation", 200, async (rest) =>
    installationId === undefined
      ? rest.apps.getRepoInstallation({ owner, repo })
      : rest.apps.getInstallation({ installation_id: installationId }),
  );
  if (answer.kind !== "ok") throw explained(answer, options);
  const { data } = answer;
  const [id, slug] = [valueAt(data, "id"), stringAt(data, "app_slug")];
  if (!isObject(data) || typeof id !== "number" || slug === undefined) {
    throw new LastgoodError("ForgeAnswer", "GitHub: the answer for the GitHub App's installation cannot be read");
  }
  if (typeof data["suspended_at"] === "string") throw suspended(options);
  return { id, slug, data };
}

/** GitHub's refusals of an App, in the words of somebody who set one up. */
function explained(answer: Exclude<Answer, { kind: "ok" }>, options: GitHubAppOptions): LastgoodError {
  const { error } = answer;
  if (answer.kind === "unclear") return error;
  const { app, owner, repo, host } = options;
  const where = `${host}/${owner}/${repo}`;
  const text = answer.reasons.join(": ");
  if (/integration not found/i.test(text)) {
    return new LastgoodError("ForgeAuth", `${host} knows no GitHub App ${safeText(app.id)}`, {
      cause: error,
      hint: "forge.auth.app.id is the App ID (or client ID) of the App's settings page.",
    });
  }
  if (answer.status === 401) {
    return new LastgoodError("ForgeAuth", `${host} does not accept the GitHub App's signature: ${safeText(text)}`, {
      cause: error,
      hint: "Does the private key belong to this App, and was it not revoked? Is this machine's clock right?",
    });
  }
  if (/suspended/i.test(text)) return suspended(options);
  if (answer.status === 404) {
    return new LastgoodError("ForgePermission", `the GitHub App is not installed on ${where}`, {
      cause: error,
      hint: "Install it on that repository (the App's page, Install App), or give forge.auth.app.installationId.",
    });
  }
  if (answer.status === 422 && /at least one repository/i.test(text)) {
    return new LastgoodError("ForgePermission", `the GitHub App's installation does not cover ${where}`, {
      cause: error,
      hint: "Add the repository to the installation; if it was renamed, use its new address.",
    });
  }
  return error;
}

function suspended({ host, owner }: GitHubAppOptions): LastgoodError {
  return new LastgoodError("ForgePermission", `the GitHub App is suspended in ${host}/${owner}`, {
    hint: "An owner of the account can unsuspend it in the installation's settings.",
  });
}

function notGranted(required: readonly string[], { host, owner, repo }: GitHubAppOptions): LastgoodError {
  return new LastgoodError(
    "ForgePermission",
    `the GitHub App was not granted ${required.join(", ")} on ${host}/${owner}/${repo}`,
    { hint: "Add it in the App's permissions, then accept the new permissions in the installation's settings." },
  );
}

async function readBot(options: GitHubAppOptions, { slug }: Held, token: TokenSource): Promise<BotIdentity> {
  const name = `${slug}[bot]`;
  const { app: _, ...connection } = options;
  const client = await createGitHubClient({ ...connection, token });
  const user = await client.read("read the GitHub App's account", async (rest) =>
    rest.users.getByUsername({ username: name }),
  );
  const id = valueAt(user, "id");
  if (typeof id !== "number") throw new LastgoodError("ForgeAnswer", `GitHub: the account ${safeText(name)} has no id`);
  // docs.github.com, "Setting your commit email address": ID+USERNAME@users.noreply.github.com.
  return { name, email: `${id}+${name}@users.noreply.${options.host.replace(/:\d+$/, "")}` };
}
