import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** One request that is expected, in any order, and what comes back. */
export interface Stub {
  /** `GET /repos/acme/gitops`, without the query. */
  readonly request: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  /** Closes the connection instead of answering; `cut` in the middle of the answer. */
  readonly fault?: "reset" | "cut" | "silence";
  /** How many requests it answers; 1 when missing. */
  readonly times?: number;
}

export interface SeenRequest {
  readonly request: string;
  readonly query: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export interface HttpStub {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  expect(...stubs: readonly Stub[]): void;
  /** The requests seen, as `METHOD /path`. */
  lines(): readonly string[];
}

/** A server that knows only what a test tells it. The test fails on a request it did not expect, and on a stub never used. */
export async function httpStub(): Promise<HttpStub> {
  const open: { stub: Stub; left: number }[] = [];
  const seen: SeenRequest[] = [];
  const unexpected: string[] = [];
  const server = createServer((request, response) => {
    void readText(request).then((text) => {
      const [path = "", query = ""] = (request.url ?? "").split("?");
      const line = `${request.method ?? ""} ${path}`;
      seen.push({ request: line, query, headers: request.headers, body: text === "" ? undefined : JSON.parse(text) });
      const entry = open.find(({ stub, left }) => left > 0 && stub.request === line);
      if (entry === undefined) {
        unexpected.push(line);
        response.writeHead(418).end();
        return;
      }
      entry.left -= 1;
      answer(entry.stub, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const unused = open.filter(({ left }) => left > 0).map(({ stub }) => stub.request);
    if (unexpected.length > 0) throw new Error(`requests without a stub: ${unexpected.join(", ")}`);
    if (unused.length > 0) throw new Error(`stubs never used: ${unused.join(", ")}`);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    expect: (...stubs) => open.push(...stubs.map((stub) => ({ stub, left: stub.times ?? 1 }))),
    lines: () => seen.map(({ request }) => request),
  };
}

function answer(stub: Stub, response: ServerResponse): void {
  if (stub.fault === "silence") return;
  if (stub.fault === "reset") {
    response.destroy();
    return;
  }
  const text = typeof stub.body === "string" ? stub.body : JSON.stringify(stub.body ?? {});
  const headers = { "content-type": "application/json; charset=utf-8", ...stub.headers };
  if (stub.fault === "cut") {
    response.writeHead(stub.status ?? 200, { ...headers, "content-length": Buffer.byteLength(text) });
    response.write(text.slice(0, text.length / 2), () => response.destroy());
    return;
  }
  response.writeHead(stub.status ?? 200, headers).end(text);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
