import type { Call } from "../call.ts";
import { iso } from "../state.ts";
import type { Installation, RegisteredApp } from "../state.ts";
import { nodeId, userShape } from "./user-shape.ts";
import type { Schemas } from "./user-shape.ts";

/** `GET app`. */
export function appShape({ site, world }: Call, app: RegisteredApp): NonNullable<Schemas["integration"]> {
  return {
    id: app.id,
    slug: app.slug,
    client_id: app.clientId,
    node_id: nodeId("App", app.id),
    owner: userShape(site, app.owner),
    name: app.slug,
    description: null,
    external_url: `${site.web}/${app.owner.login}`,
    html_url: `${site.web}/apps/${app.slug}`,
    created_at: iso(0),
    updated_at: iso(0),
    permissions: { metadata: "read", ...app.permissions },
    events: [...app.events],
    installations_count: [...world.installations.values()].filter((each) => each.app.id === app.id).length,
  };
}

/** An App in an account. */
export function installationShape({ site }: Call, installation: Installation): Schemas["installation"] {
  const { id, app, account, permissions, repositories, suspendedAtMs } = installation;
  return {
    id,
    account: userShape(site, account),
    repository_selection: repositories === undefined ? "all" : "selected",
    access_tokens_url: `${site.api}/app/installations/${id}/access_tokens`,
    repositories_url: `${site.api}/installation/repositories`,
    html_url: `${site.web}/organizations/${account.login}/settings/installations/${id}`,
    app_id: app.id,
    client_id: app.clientId,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: { metadata: "read", ...permissions },
    events: [...app.events],
    created_at: iso(0),
    updated_at: iso(0),
    single_file_name: null,
    suspended_by: suspendedAtMs === undefined ? null : userShape(site, account),
    suspended_at: suspendedAtMs === undefined ? null : iso(suspendedAtMs),
  };
}
