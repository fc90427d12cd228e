/** Who calls, and what they may see and do. */
import { notFound, Refusal, refusal } from "./reply.ts";
import type { Need } from "./call.ts";
import { fullName } from "./state.ts";
import type { Area, Permissions, Repository, Token, World } from "./state.ts";

/** The token in an Authorization header: `token T`, `Bearer T`, or Basic with T as the password (git's way). */
function tokenIn(header: string): string | undefined {
  const [scheme = "", value = ""] = header.split(" ");
  if (/^(?:token|bearer)$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return undefined;
  const pair = Buffer.from(value, "base64").toString("utf8");
  return pair.slice(pair.indexOf(":") + 1);
}

/** The caller; undefined without a header. Throws 401 `Bad credentials` for a token that nobody issued, or that has expired. */
export function authenticate(world: World, header: string | undefined): Token | undefined {
  if (header === undefined || header === "") return undefined;
  const token = world.tokens.get(tokenIn(header) ?? "");
  if (token === undefined || (token.expiresAtMs ?? Infinity) <= world.now()) throw refusal(401, "Bad credentials");
  if (token.installation?.suspendedAtMs !== undefined) throw refusal(403, "This installation has been suspended");
  return token;
}

/** Areas for administrators alone, even to look at. */
const ADMINISTRATIVE: ReadonlySet<Area> = new Set(["administration", "repository_hooks"]);

function allows(permissions: Permissions, area: Area, level: "read" | "write"): boolean {
  if (area === "metadata") return true;
  if (typeof permissions !== "string") {
    const granted = permissions[area];
    return granted === "write" || granted === level;
  }
  if (permissions === "admin") return true;
  if (ADMINISTRATIVE.has(area)) return false;
  return permissions === "write" || level === "read";
}

function covers(token: Token, repository: Repository): boolean {
  return token.repositories === undefined || token.repositories.has(fullName(repository).toLowerCase());
}

/** May this token do it here? Public repositories are readable by everybody, except for their administration. */
export function may(token: Token | undefined, repository: Repository, [area, level, ...others]: Need): boolean {
  const areas = [area, ...others];
  if (token !== undefined && covers(token, repository) && areas.some((each) => allows(token.permissions, each, level)))
    return true;
  return !repository.private && level === "read" && !ADMINISTRATIVE.has(area);
}

export function maySee(token: Token | undefined, repository: Repository): boolean {
  return !repository.private || (token !== undefined && covers(token, repository));
}

/** As `may`, thrown: 401 or 404 for strangers, 403 naming the permission that is missing. */
export function demand(token: Token | undefined, repository: Repository, need: Need): void {
  if (may(token, repository, need)) return;
  if (token === undefined) throw refusal(401, "Requires authentication");
  const [area, level, ...others] = need;
  throw lacking(token, [area, ...others].map((each) => `${each}=${level}`).join("; "));
}

/** 403 for a token without a permission; `accepted` names what would do. */
export function lacking(token: Token, accepted: string): Refusal {
  const kind = token.app === undefined ? "personal access token" : "integration";
  const { message, reply } = refusal(403, `Resource not accessible by ${kind}`);
  return new Refusal({ ...reply, headers: { "x-accepted-github-permissions": accepted } }, message);
}

/** The workflows that CI runs: a permission of their own. */
export const WORKFLOWS = ".github/workflows/";

/** May this token write workflows? Of one level for everything, all may (a personal token has its scope). */
export function mayWriteWorkflows(token: Token | undefined): boolean {
  if (token === undefined) return false;
  return typeof token.permissions === "string" || token.permissions.workflows === "write";
}

/** 403 for an App that writes a workflow without the permission for it. */
export function demandWorkflows(token: Token | undefined, paths: readonly string[]): void {
  if (token === undefined || mayWriteWorkflows(token) || !paths.some((path) => path.startsWith(WORKFLOWS))) return;
  throw lacking(token, "contents=write, workflows=write");
}

/** The repository of that name, and whether it has moved there from it. Throws 404 when absent or not to be seen. */
export function findRepository(
  world: World,
  name: string,
  token: Token | undefined,
): { readonly repository: Repository; readonly moved: boolean } {
  const key = name.toLowerCase();
  const here = world.repositories.get(key);
  const repository = here ?? world.moved.get(key);
  if (repository === undefined || !maySee(token, repository)) throw notFound();
  return { repository, moved: here === undefined };
}
