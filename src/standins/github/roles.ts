/** What people may do in a repository, as `collaborators/{user}/permission` tells. */
import type { Repository, User, World } from "./state.ts";

/** GitHub's role names, weakest first. */
export const ROLES = ["none", "read", "triage", "write", "maintain", "admin"] as const;

export type Role = (typeof ROLES)[number];

const given = new WeakMap<Repository, Map<string, Role>>();

export function setRole(repository: Repository, login: string, role: Role): void {
  const roles = given.get(repository) ?? new Map<string, Role>();
  given.set(repository, roles.set(login.toLowerCase(), role));
}

/** What was set; else what the strongest of their tokens may; else a collaborator writes, and others read what is public. */
export function roleOf(world: World, repository: Repository, user: User): Role {
  const known = given.get(repository)?.get(user.login.toLowerCase());
  if (known !== undefined) return known;
  if (user.id === repository.owner.id) return "admin";
  const levels = [...world.tokens.values()]
    .filter((token) => token.user.id === user.id)
    .map(({ permissions }): Role => (typeof permissions === "string" ? permissions : "write"));
  const strongest = ROLES.findLast((role) => levels.includes(role));
  if (strongest !== undefined) return strongest;
  if (user.collaborator) return "write";
  return repository.private ? "none" : "read";
}

/** The legacy word: maintain is write, triage is read (docs.github.com/rest/collaborators). */
export function legacyPermission(role: Role): "admin" | "write" | "read" | "none" {
  if (role === "maintain") return "write";
  return role === "triage" ? "read" : role;
}
