import type { Signature } from "./git/objects.ts";
import type { User, World } from "./state.ts";

const NOREPLY = "users.noreply.github.com";

/** Author or committer lines of a user, with GitHub's private address. */
export function signatureOf(user: User, atMs: number): Signature {
  return { name: user.login, email: `${user.id}+${user.login}@${NOREPLY}`, atMs };
}

/** Who commits what is made on GitHub's own pages and merges. */
export function webFlow(atMs: number): Signature {
  return { name: "GitHub", email: "noreply@github.com", atMs };
}

/** The user whose address this is; undefined for addresses nobody has registered. */
export function findUserByEmail(world: World, email: string): User | undefined {
  const match = /^\d+\+(.+)@users\.noreply\.github\.com$/.exec(email);
  return match?.[1] === undefined ? undefined : world.users.get(match[1].toLowerCase());
}
