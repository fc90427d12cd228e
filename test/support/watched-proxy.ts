import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface PassedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: Buffer;
}

/** `arrived`: nothing was done yet. `applied`: it was done, and nobody has been told. */
export type Moment = "arrived" | "applied";

/** True: the request ends here, without an answer. */
export type OnMoment = (request: PassedRequest, moment: Moment) => Promise<boolean>;

export interface WatchedProxy {
  /** Where clients go. */
  readonly url: string;
  close(): Promise<void>;
}

/** A way to a server on this machine on which every write is seen twice: as it arrives, and before its answer goes back. */
export async function startWatchedProxy(origin: string, onMoment: OnMoment): Promise<WatchedProxy> {
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/" } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const passed = { method, path, body: Buffer.concat(chunks) };
    const isRead = method === "GET" || path.endsWith("/git-upload-pack");
    if (!isRead && (await onMoment(passed, "arrived"))) return void response.destroy();
    const answer = await send(origin, request, passed.body);
    if (!isRead) {
      const parts: Buffer[] = [];
      for await (const part of answer) parts.push(part as Buffer);
      if (await onMoment(passed, "applied")) return void response.destroy();
      response.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(parts));
      return;
    }
    // A watch goes on for as long as both sides want it.
    response.on("close", () => answer.destroy());
    answer.on("error", () => response.destroy());
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    answer.pipe(response);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function send(origin: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { connection: _, "transfer-encoding": __, ...kept } = headers;
  const length = body.length === 0 && method === "GET" ? {} : { "content-length": String(body.length) };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${origin}${url ?? "/"}`, { method, headers: { ...kept, ...length } }, resolve);
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
