/** The exact router: a table of method and path pattern, `:name` for one segment, `*name` for the rest. */
import type { Call, Need, RepositoryCall } from "./call.ts";
import type { Reply } from "./reply.ts";

/** Routes below `/repos/:owner/:repo` get the repository and ask for a permission; the others only know the caller. */
export type Route =
  | {
      readonly kind: "repository";
      readonly method: string;
      readonly path: string;
      readonly need: Need;
      readonly handle: (call: RepositoryCall) => Promise<Reply>;
    }
  | {
      readonly kind: "plain";
      readonly method: string;
      readonly path: string;
      readonly handle: (call: Call) => Promise<Reply>;
    };

const REPOSITORY = "/repos/:owner/:repo";

/** A route below `/repos/:owner/:repo`; `line` is `METHOD /rest/of/path`. */
export function inRepository(line: string, need: Need, handle: (call: RepositoryCall) => Promise<Reply>): Route {
  const [method, path] = splitLine(line);
  return { kind: "repository", method, path: path === "/" ? REPOSITORY : REPOSITORY + path, need, handle };
}

/** A route anywhere else. */
export function plain(line: string, handle: (call: Call) => Promise<Reply>): Route {
  const [method, path] = splitLine(line);
  return { kind: "plain", method, path, handle };
}

function splitLine(line: string): readonly [string, string] {
  const space = line.indexOf(" ");
  return [line.slice(0, space), line.slice(space + 1)];
}

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The first route that fits; undefined: 404. Segments are percent-decoded one by one, so `heads%2Fa` is one segment. */
export function findRoute(routes: readonly Route[], method: string, pathname: string): RouteMatch | undefined {
  const segments = decodeSegments(pathname);
  if (segments === undefined) return undefined;
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = matchPath(route.path.split("/"), segments);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function decodeSegments(pathname: string): readonly string[] | undefined {
  try {
    return pathname.split("/").map((segment) => decodeURIComponent(segment));
  } catch {
    return undefined; // a malformed escape names nothing
  }
}

function matchPath(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith("*")) {
      params[part.slice(1)] = segments.slice(index).join("/");
      return params;
    }
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (part.startsWith(":") && segment !== "") params[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return pattern.length === segments.length ? params : undefined;
}
