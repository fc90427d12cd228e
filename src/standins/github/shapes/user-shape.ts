import { iso } from "../state.ts";
import type { User } from "../state.ts";
import type { Site } from "../call.ts";
import type { components } from "@octokit/openapi-types";

export type Schemas = components["schemas"];

/** GitHub's opaque global id. */
export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`0:${kind}:${id}`).toString("base64url");
}

export function userShape(site: Site, user: User): Schemas["simple-user"] {
  const url = `${site.api}/users/${encodeURIComponent(user.login)}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId("User", user.id),
    avatar_url: `${site.web}/avatars/u/${user.id}`,
    gravatar_id: "",
    url,
    html_url: `${site.web}/${encodeURIComponent(user.login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  };
}

/** `GET users/{login}`. */
export function publicUserShape(site: Site, user: User): Schemas["public-user"] {
  const since = iso(0);
  return {
    ...userShape(site, user),
    name: user.login,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: since,
    updated_at: since,
  };
}

/** `GET user`. */
export function privateUserShape(site: Site, user: User): Schemas["private-user"] {
  return {
    ...publicUserShape(site, user),
    private_gists: 0,
    total_private_repos: 0,
    owned_private_repos: 0,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
  };
}
