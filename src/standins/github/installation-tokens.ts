/** Tokens of an installation: for an hour, at most what the installation was granted, on request less. */
import { randomBytes } from "node:crypto";
import type { Input } from "./input.ts";
import { refusal } from "./reply.ts";
import { fullName } from "./state.ts";
import type { AppPermissions, Area, Installation, Repository, Token, User, World } from "./state.ts";

const HOUR_MS = 3_600_000;

export interface MadeToken {
  readonly text: string;
  readonly expiresAtMs: number;
  readonly permissions: AppPermissions;
  /** undefined: all that the installation may see. */
  readonly repositories: readonly Repository[] | undefined;
}

/** Makes a token as asked by `POST access_tokens`. Throws 403 when suspended, 422 for more than was granted. */
export function makeInstallationToken(world: World, installation: Installation, input: Input): MadeToken {
  if (installation.suspendedAtMs !== undefined) throw refusal(403, "This installation has been suspended");
  const permissions = readPermissions(installation, input);
  const repositories = readRepositories(world, installation, input);
  const text = tokenText(world, installation);
  const expiresAtMs = world.now() + HOUR_MS;
  const covered = repositories?.map((each) => fullName(each).toLowerCase());
  const token: Token = {
    user: botOf(world, installation),
    app: installation.app,
    permissions,
    repositories: covered === undefined ? coveredBy(world, installation) : new Set(covered),
    quota: installation.quota,
    expiresAtMs,
    installation,
  };
  world.tokens.set(text, token);
  return { text, expiresAtMs, permissions, repositories };
}

/** The repositories that an installation may see. */
export function repositoriesOf(world: World, installation: Installation): readonly Repository[] {
  const covered = coveredBy(world, installation);
  return [...world.repositories].flatMap(([name, repository]) => (covered.has(name) ? [repository] : []));
}

function coveredBy(world: World, { account, repositories }: Installation): ReadonlySet<string> {
  const owned = [...world.repositories].flatMap(([name, { owner }]) => (owner.id === account.id ? [name] : []));
  return new Set(owned.filter((name) => repositories === undefined || repositories.has(name)));
}

function botOf(world: World, { app }: Installation): User {
  const login = `${app.slug}[bot]`;
  const known = world.users.get(login.toLowerCase());
  if (known !== undefined) return known;
  const bot: User = { id: world.nextId(), login, type: "Bot", collaborator: true };
  world.users.set(login.toLowerCase(), bot);
  return bot;
}

function readPermissions({ permissions }: Installation, input: Input): AppPermissions {
  const asked = input.object("permissions")?.fields;
  if (asked === undefined) return permissions;
  const denied = Object.entries(asked).some(([area, level]) => {
    const granted = area === "metadata" ? "read" : permissions[area as Area];
    return level !== "read" && level !== "write" ? true : granted !== "write" && granted !== level;
  });
  if (denied) throw refusal(422, "The permissions requested are not granted to this installation.");
  return asked;
}

function readRepositories(world: World, installation: Installation, input: Input): readonly Repository[] | undefined {
  const ids = input.fields["repository_ids"];
  const names = input.texts("repositories").map((name) => name.toLowerCase());
  if (ids === undefined && names.length === 0) return undefined;
  const wanted = Array.isArray(ids) ? ids : [];
  const found = repositoriesOf(world, installation).filter(
    ({ id, name }) => wanted.includes(id) || names.includes(name.toLowerCase()),
  );
  if (found.length < wanted.length + names.length) {
    const message =
      "There is at least one repository that does not exist or is not accessible to the parent installation.";
    throw refusal(422, message);
  }
  return found;
}

function tokenText({ tokenFormat }: World, { app }: Installation): string {
  const part = (length: number): string =>
    randomBytes(length).toString("base64url").replaceAll(/[-_]/g, "x").slice(0, length);
  return tokenFormat === "short"
    ? `ghs_${part(36)}`
    : `ghs_${app.id}.${part(100)}.${part(300)}_${part(60)}.${part(48)}`;
}
