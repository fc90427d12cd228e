/**
 * The small HTTP server of the daemon: a table of routes, each with who may ask it. What is not in the table is not there. Everything
 * that comes in has a limit in size and time before anybody looks at it, and nothing that goes out says more than the route does.
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { LastgoodError } from "../../errors.ts";
import { linkAbort } from "../../linked-abort.ts";
import type { Log } from "../../ports/log.ts";

export interface Reply {
  readonly status: number;
  /** An object goes out as JSON; text as `contentType` says. */
  readonly body?: object | string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Asked {
  /** As it came, without the query. */
  readonly path: string;
  /** Of the path, decoded: `{target}`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** As it came; empty without one. */
  readonly body: Uint8Array;
  /** Ends when the asker is gone, or the server stops. */
  readonly signal: AbortSignal;
}

/** Who may ask: decided by the headers, before a body is read. Undefined: nobody can, the route is off. */
export type Admission = (headers: IncomingHttpHeaders) => boolean;

export interface Route {
  readonly method: "GET" | "POST";
  /** `/api/v1/targets/{target}/signals`: a word in braces is everything up to the next slash; `{target*}` goes over slashes. */
  readonly path: string;
  readonly admits: Admission;
  /** Bytes of a body that are taken; 0: it takes none. */
  readonly maxBytes: number;
  readonly handle: (asked: Asked) => Promise<Reply>;
}

export interface HttpServer {
  /** `127.0.0.1:8080`, as it is: port 0 was filled in. */
  readonly address: string;
  /** Takes no more requests, lets those that run end, at most so long, then closes. */
  close(graceMs: number): Promise<void>;
}

export interface ServeOptions {
  /** `HOST:PORT`; an IPv6 address in brackets. */
  readonly listen: string;
  readonly routes: readonly Route[];
  readonly log: Pick<Log, "warn">;
}

const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const HEADER_BYTES = 65_536;
const CONNECTIONS = 1000;

/** Starts to listen. Throws `ConfigInvalid` when the address cannot be had. */
export async function serveHttp({ listen, routes, log }: ServeOptions): Promise<HttpServer> {
  const stopping = new AbortController();
  const table = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  const options = { maxHeaderSize: HEADER_BYTES, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS };
  const server = createServer({ ...options, connectionsCheckingInterval: 1000 }, (request, response) => {
    const gone = linkAbort(stopping.signal);
    response.once("close", () => gone.abort());
    answer(request, { table, signal: gone.signal })
      .catch((error: unknown) => failed(error, request, log))
      .then((reply) => send(response, reply))
      .catch(() => response.destroy());
  });
  server.maxConnections = CONNECTIONS;
  const address = await listenOn(server, listen);
  return {
    address,
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        stopping.abort();
        server.closeAllConnections();
      }, graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function listenOn(server: Server, listen: string): Promise<string> {
  const at = listen.lastIndexOf(":");
  const host = listen.slice(0, at).replace(/^\[(.*)\]$/, "$1");
  const port = Number(listen.slice(at + 1));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "somebody else listens there" : (error.code ?? "it failed");
      reject(
        new LastgoodError("ConfigInvalid", `cannot listen on ${listen}: ${why}`, {
          hint: "Change server.listen, server.metrics or server.probes, or stop what listens there.",
        }),
      );
    });
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  return `${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`;
}

interface Entry {
  readonly route: Route;
  readonly pattern: RegExp;
}

function patternOf(path: string): RegExp {
  const source = path
    .split("/")
    .map((part) => {
      const [, name, over] = /^\{(\w+)(\*?)\}$/.exec(part) ?? [];
      return name === undefined ? part.replaceAll(".", "\\.") : `(?<${name}>${over === "*" ? "." : "[^/]"}{1,1000})`;
    })
    .join("/");
  return new RegExp(`^${source}$`);
}

interface Answering {
  readonly table: readonly Entry[];
  readonly signal: AbortSignal;
}

async function answer(request: IncomingMessage, { table, signal }: Answering): Promise<Reply> {
  const [path, search] = splitOnce(request.url ?? "");
  const here = table.flatMap(({ route, pattern }) => {
    const found = pattern.exec(path);
    return found === null ? [] : [{ route, params: found.groups ?? {} }];
  });
  if (here.length === 0) return refusal(404, "there is nothing here");
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = here.find(({ route }) => route.method === method);
  if (found === undefined) {
    return {
      ...refusal(405, "not with this method"),
      headers: { allow: here.map(({ route }) => route.method).join(", ") },
    };
  }
  const { route } = found;
  if (!route.admits(request.headers)) {
    return { ...refusal(401, "who asks is not known"), headers: { "www-authenticate": "Bearer" } };
  }
  const params = decodeAll(found.params);
  if (params === undefined) return refusal(400, "the path cannot be read");
  const body = await readBody(request, route.maxBytes);
  if (body === "too large")
    return { ...refusal(413, `more than ${route.maxBytes} bytes`), headers: { connection: "close" } };
  return route.handle({ path, params, query: new URLSearchParams(search), headers: request.headers, body, signal });
}

function splitOnce(url: string): readonly [string, string] {
  const at = url.indexOf("?");
  return at === -1 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}

function decodeAll(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  try {
    return Object.fromEntries(Object.entries(params).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | "too large"> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return "too large";
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) return "too large";
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What people and programs are told of a refusal: an envelope, as all documents of lastgood have it. */
export function refusal(status: number, message: string): Reply {
  return { status, body: { apiVersion: "lastgood.dev/v1alpha1", kind: "Error", status: { code: status, message } } };
}

function failed(error: unknown, request: IncomingMessage, log: Pick<Log, "warn">): Reply {
  // A connection that ends early is nobody's fault.
  if (request.destroyed && !request.complete) return refusal(400, "the request is not whole");
  const code = error instanceof LastgoodError ? error.code : "Internal";
  log.warn(`a request to ${request.method === "POST" ? "POST" : "GET"} ${routeWords(request.url)} failed: ${code}`);
  return refusal(code === "Internal" ? 500 : 503, code);
}

/** The path, without what could be anything. */
function routeWords(url = ""): string {
  return splitOnce(url)[0]
    .slice(0, 100)
    .replaceAll(/[^\w/.-]/g, "?");
}

const PLAIN: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
};

function send(response: ServerResponse, { status, body, contentType, headers }: Reply): void {
  if (response.destroyed || response.headersSent) return;
  const text = body === undefined ? "" : typeof body === "string" ? body : `${JSON.stringify(body)}\n`;
  const type =
    contentType ?? (typeof body === "object" ? "application/json; charset=utf-8" : "text/plain; charset=utf-8");
  response.writeHead(status, { ...PLAIN, "content-type": type, ...headers }).end(text);
}
