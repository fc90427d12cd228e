/** What an App asks as itself, and what its tokens may see. */
import { authenticateApp } from "../app-jwt.ts";
import type { Call } from "../call.ts";
import { makeInstallationToken, repositoriesOf } from "../installation-tokens.ts";
import { listed, pageOf } from "../paging.ts";
import { created, notFound, ok, refusal } from "../reply.ts";
import { plain } from "../router.ts";
import type { Route } from "../router.ts";
import { appShape, installationShape } from "../shapes/app-shape.ts";
import { repositoryShape } from "../shapes/repository-shape.ts";
import type { Schemas } from "../shapes/user-shape.ts";
import { iso } from "../state.ts";
import type { Installation } from "../state.ts";

/** Does an App answer for itself there, with a JSON web token? Other tokens are of no use. */
export function isAppPath(pathname: string): boolean {
  return /^\/app(?:\/|$)|^\/repos\/[^/]+\/[^/]+\/installation$/.test(pathname);
}

/** The installation of the calling App that the path names. */
function installationOf(call: Call): Installation {
  const app = authenticateApp(call.world, call.authorization);
  const found = call.world.installations.get(Number(call.params["id"]));
  if (found === undefined || found.app.id !== app.id) throw notFound();
  return found;
}

async function findInstallation(call: Call) {
  const app = authenticateApp(call.world, call.authorization);
  const name = `${call.params["owner"]}/${call.params["repo"]}`.toLowerCase();
  const repository = call.world.repositories.get(name) ?? call.world.moved.get(name);
  const installation = [...call.world.installations.values()].find(
    (each) =>
      each.app.id === app.id && repository !== undefined && repositoriesOf(call.world, each).includes(repository),
  );
  if (installation === undefined) throw notFound();
  return ok(installationShape(call, installation));
}

async function createToken(call: Call) {
  const installation = installationOf(call);
  const { text, expiresAtMs, permissions, repositories } = makeInstallationToken(call.world, installation, call.input);
  return created({
    token: text,
    expires_at: iso(expiresAtMs),
    permissions: { metadata: "read", ...permissions },
    repository_selection: repositories === undefined ? "all" : "selected",
    ...(repositories === undefined
      ? {}
      : { repositories: repositories.map((each) => repositoryShape(call.site, each)) }),
  } satisfies Schemas["installation-token"]);
}

async function listRepositories(call: Call) {
  const { token, world } = call;
  if (token?.installation === undefined) throw refusal(403, "You must authenticate with an installation access token");
  const all = repositoriesOf(world, token.installation).filter(
    (each) => token.repositories?.has(`${each.owner.login}/${each.name}`.toLowerCase()) ?? true,
  );
  const { items, headers } = pageOf(call, all);
  const repositories = items.map((each) => repositoryShape(call.site, each, token));
  return { status: 200, headers, body: { total_count: all.length, repository_selection: "selected", repositories } };
}

export const APP_ROUTES: readonly Route[] = [
  plain("GET /app", async (call) => ok(appShape(call, authenticateApp(call.world, call.authorization)))),
  plain("GET /app/installations", async (call) => {
    const { id } = authenticateApp(call.world, call.authorization);
    const own = [...call.world.installations.values()].filter(({ app }) => app.id === id);
    return listed(call, own, (each) => installationShape(call, each));
  }),
  plain("GET /app/installations/:id", async (call) => ok(installationShape(call, installationOf(call)))),
  plain("POST /app/installations/:id/access_tokens", createToken),
  plain("GET /repos/:owner/:repo/installation", findInstallation),
  plain("GET /installation/repositories", listRepositories),
];
