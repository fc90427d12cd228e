/** What a route is given: the request, and who makes it. */
import type { Input } from "./input.ts";
import { refusal } from "./reply.ts";
import type { Area, Repository, Token, User, World } from "./state.ts";

/** Where this client reaches us: links in answers lead back the same way. */
export interface Site {
  readonly web: string;
  /** `web` or `web + /api/v3`. */
  readonly api: string;
}

/** A request whose route, token and repository are known. */
export interface Call {
  readonly world: World;
  readonly site: Site;
  readonly method: string;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  readonly accept: string;
  /** As it was sent; "" without one. */
  readonly authorization: string;
  readonly input: Input;
  readonly token: Token | undefined;
  /** A moment between the building of a result and its publication, for faults. */
  readonly pause: () => Promise<void>;
}

export interface RepositoryCall extends Call {
  readonly repository: Repository;
}

/**
 * What a token must have for a route: an area and a level, as `x-accepted-github-permissions` names them. Further areas do as well
 * as the first (docs.github.com/rest: labels and comments of a pull request take `issues` or `pull_requests`).
 */
export type Need = readonly [Area, "read" | "write", ...Area[]];

/** The user behind the token. Throws 401 without one. */
export function userOf(call: Call): User {
  if (call.token === undefined) throw refusal(401, "Requires authentication");
  return call.token.user;
}
