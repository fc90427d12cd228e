/** One request from socket to socket: fault, token, quota, route, fault again, ETag, answer. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { authenticate, demand, findRepository } from "./access.ts";
import { automate } from "./automation.ts";
import type { Fault } from "./faults.ts";
import { isGitPath, serveGit } from "./git-http.ts";
import { Refusal, notFound, refusal } from "./reply.ts";
import type { Call, Site } from "./call.ts";
import type { Reply } from "./reply.ts";
import { readInput } from "./input.ts";
import { findRoute } from "./router.ts";
import { ALL_ROUTES } from "./routes/all-routes.ts";
import { isAppPath } from "./routes/apps.ts";
import { fullName, iso } from "./state.ts";
import type { Token, World } from "./state.ts";
import { observe } from "./timeline.ts";

const API = "/api/v3";
const HOUR_MS = 3_600_000;

interface Exchange {
  readonly world: World;
  readonly method: string;
  /** Without the API prefix. */
  readonly url: URL;
  readonly site: Site;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
  readonly isGit: boolean;
}

/** Handles one request. Never rejects: what goes wrong inside is a 500, as it would be at GitHub's. */
export async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const exchange = await readExchange(world, request);
  const path = exchange.url.pathname + exchange.url.search;
  const at = { method: exchange.method, path };
  const body = exchange.isGit ? "" : exchange.bytes.toString("utf8");
  const before = await meetFault(world, world.faults.take({ ...at, body, when: "before" }));
  let reply = before === "drop" ? undefined : before;
  if (before === undefined) {
    const real = await answer(exchange).catch(asReply);
    const fault = world.faults.take({ ...at, body, when: "after" });
    const after = await meetFault(world, fault);
    reply = after === "drop" ? undefined : (after ?? real);
    if (fault?.does.kind === "cut") return cut(response, real);
  }
  world.log.push({ ...at, body: parseBody(exchange), status: reply?.status ?? 0, atMs: world.now() });
  if (reply === undefined) response.destroy();
  else send(response, { ...reply, headers: { ...serverHeaders(world), ...reply.headers } });
}

function serverHeaders(world: World): Record<string, string> {
  return {
    "x-github-request-id": requestId(world),
    date: new Date(world.now()).toUTCString(),
    ...(world.enterpriseVersion === undefined ? {} : { "x-github-enterprise-version": world.enterpriseVersion }),
  };
}

async function readExchange(world: World, request: IncomingMessage): Promise<Exchange> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const scheme = "encrypted" in request.socket ? "https" : "http";
  const web = `${scheme}://${request.headers.host ?? "127.0.0.1"}`;
  const url = new URL(request.url ?? "/", web);
  const prefixed = url.pathname.startsWith(`${API}/`);
  if (prefixed) url.pathname = url.pathname.slice(API.length);
  return {
    world,
    method: request.method ?? "GET",
    url,
    site: { web, api: prefixed ? web + API : web },
    headers: request.headers,
    bytes: Buffer.concat(chunks),
    isGit: !prefixed && isGitPath(url.pathname),
  };
}

/** What a fault makes of the request: a reply, a dropped socket, or (undefined) nothing that can be seen yet. */
async function meetFault(world: World, fault: Fault | undefined): Promise<Reply | "drop" | undefined> {
  const does = fault?.does;
  switch (does?.kind) {
    case "answer": {
      const { status, headers, body } = does;
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      return { status, body: bytes, ...(headers === undefined ? {} : { headers }) };
    }
    case "drop":
      return "drop";
    case "delay":
      await world.sleep(does.ms);
      return undefined;
    case "run":
      await does.run();
      return undefined;
    case "cut":
    case undefined:
      return undefined;
  }
}

function asReply(error: unknown): Reply {
  if (error instanceof Refusal) return error.reply;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return refusal(500, message).reply;
}

async function answer(exchange: Exchange): Promise<Reply> {
  const { world, headers, isGit, url, method, bytes: body } = exchange;
  if (isGit) {
    const token = authenticateGit(world, headers.authorization);
    observe(world, undefined);
    const reply = await serveGit(world, { method, url, headers, body }, token);
    observe(world, method === "GET" ? undefined : token?.user);
    return reply;
  }
  // What an App does as itself: it shows no token, but signs (routes/apps.ts).
  const token = isAppPath(url.pathname) ? undefined : authenticate(world, headers.authorization);
  const limit = quotaHeaders(world, token);
  if (token?.quota.remaining === 0 && url.pathname !== "/rate_limit") {
    const message = `API rate limit exceeded for user ID ${token.user.id}.`;
    const { reply } = refusal(403, message);
    const graphql = { status: 200, body: { errors: [{ type: "RATE_LIMITED", message }] } };
    return { ...(isGraphQL(url) ? graphql : reply), headers: limit };
  }
  observe(world, undefined); // what happened beside the API is nobody's
  const reply = await route(exchange, token).catch(asReply);
  observe(world, method === "GET" ? undefined : token?.user);
  const tagged = withEtag(exchange, reply);
  if (token !== undefined && tagged.status !== 304 && url.pathname !== "/rate_limit") token.quota.remaining -= 1;
  return { ...tagged, headers: { ...quotaHeaders(world, token), ...tokenHeaders(token), ...tagged.headers } };
}

function authenticateGit(world: World, header: string | undefined): Token | undefined {
  try {
    return authenticate(world, header);
  } catch {
    const headers = { "content-type": "text/plain", "www-authenticate": 'Basic realm="GitHub"' };
    const text = "Invalid username or token. Password authentication is not supported for Git operations.\n";
    throw new Refusal({ status: 401, headers, body: Buffer.from(text) }, text);
  }
}

/** GraphQL says everything with HTTP 200, limits too. */
function isGraphQL({ pathname }: URL): boolean {
  return pathname === "/graphql" || pathname === "/api/graphql";
}

async function route(exchange: Exchange, token: Token | undefined): Promise<Reply> {
  const { world, site, method, url, headers } = exchange;
  const byId = /^\/repositories\/(\d+)(\/.*)?$/.exec(url.pathname);
  const named = byId === null ? undefined : [...world.repositories.values()].find(({ id }) => id === Number(byId[1]));
  const pathname = named === undefined ? url.pathname : `/repos/${fullName(named)}${byId?.[2] ?? ""}`;
  const match = findRoute(ALL_ROUTES, method, pathname);
  if (match === undefined) throw notFound();
  const pause = async (): Promise<void> => {
    const path = url.pathname + url.search;
    const body = exchange.bytes.toString("utf8");
    await meetFault(world, world.faults.take({ method, path, body, when: "during" }));
  };
  const input = readInput(parseBody(exchange, true));
  const accept = headers.accept ?? "";
  const authorization = headers.authorization ?? "";
  const shown = new URL(site.api + url.pathname + url.search);
  const call: Call = {
    world,
    site,
    method,
    url: shown,
    params: match.params,
    accept,
    authorization,
    input,
    token,
    pause,
  };
  if (match.route.kind === "plain") return await match.route.handle(call);
  const { owner = "", repo = "" } = match.params;
  const { repository, moved } = findRepository(world, `${owner}/${repo}`, token);
  if (moved) return movedReply(site, repository.id, url, `/repos/${owner}/${repo}`);
  demand(token, repository, match.route.need);
  const reply = await match.route.handle({ ...call, repository });
  if (method !== "GET") void automate(world, repository, token?.user);
  return reply;
}

function movedReply(site: Site, id: number, url: URL, prefix: string): Reply {
  const location = `${site.api}/repositories/${id}${url.pathname.slice(prefix.length)}${url.search}`;
  const body = { message: "Moved Permanently", url: location, documentation_url: "https://docs.github.com/rest" };
  return { status: 301, headers: { location }, body };
}

/** The JSON a client sent. Empty and non-JSON bodies are undefined; `strict` refuses JSON that does not parse. */
function parseBody({ bytes, isGit }: Exchange, strict = false): unknown {
  if (isGit || bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    if (strict) throw refusal(400, "Problems parsing JSON");
    return undefined;
  }
}

function quotaHeaders(world: World, token: Token | undefined): Record<string, string> {
  const anonymous = { limit: 60, remaining: 60, resetAtMs: world.now() + HOUR_MS };
  const quota = token?.quota ?? anonymous;
  if (quota.resetAtMs <= world.now()) {
    quota.remaining = quota.limit;
    quota.resetAtMs = world.now() + HOUR_MS;
  }
  if (world.enterpriseVersion !== undefined) return {}; // off by default on Enterprise Server
  return {
    "x-ratelimit-limit": String(quota.limit),
    "x-ratelimit-remaining": String(quota.remaining),
    "x-ratelimit-used": String(quota.limit - quota.remaining),
    "x-ratelimit-reset": String(Math.ceil(quota.resetAtMs / 1000)),
    "x-ratelimit-resource": "core",
  };
}

/** What GitHub says of a token: scopes of classic and OAuth ones, the end of personal ones that have one. */
function tokenHeaders(token: Token | undefined): Record<string, string> {
  const { scopes, expiresAtMs, installation } = token ?? {};
  const ends = installation === undefined ? expiresAtMs : undefined;
  return {
    ...(scopes === undefined ? {} : { "x-oauth-scopes": scopes.join(", ") }),
    ...(ends === undefined
      ? {}
      : { "github-authentication-token-expiration": iso(ends).replace("T", " ").replace("Z", " UTC") }),
  };
}

/** ETags differ per token, as GitHub's do; a 304 is free. */
function withEtag({ method, headers }: Exchange, reply: Reply): Reply {
  if (method !== "GET" || reply.status !== 200 || Buffer.isBuffer(reply.body)) return reply;
  const hash = createHash("sha256")
    .update(headers.authorization ?? "")
    .update(JSON.stringify(reply.body));
  const etag = `W/"${hash.digest("hex")}"`;
  const known = (headers["if-none-match"] ?? "").split(/,\s*/).includes(etag);
  if (known) return { status: 304, headers: { ...reply.headers, etag } };
  return { ...reply, headers: { ...reply.headers, etag, "cache-control": "private, max-age=60, s-maxage=60" } };
}

function requestId(world: World): string {
  return `0000:${(world.log.length + 1).toString(16).toUpperCase().padStart(6, "0")}`;
}

function bytesOf({ body }: Reply): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}

function send(response: ServerResponse, reply: Reply): void {
  const bytes = bytesOf(reply);
  const type = reply.body === undefined ? {} : { "content-type": "application/json; charset=utf-8" };
  response.writeHead(reply.status, { ...type, ...reply.headers, "content-length": bytes.length });
  response.end(bytes);
}

/** The first half of the answer, then the end of the connection. */
function cut(response: ServerResponse, reply: Reply): void {
  const bytes = bytesOf(reply);
  const type = { "content-type": "application/json; charset=utf-8" };
  response.writeHead(reply.status, { ...type, ...reply.headers, "content-length": bytes.length });
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}
