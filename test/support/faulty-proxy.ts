import { createHash } from "node:crypto";
import {
  request as httpRequest,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of one request on its way. */
export type Outcome =
  /** The connection breaks before the server has seen it. */
  | { readonly kind: "fail" }
  /** The server does it; its answer is lost. */
  | { readonly kind: "applied" }
  /** The connection breaks at once; the server does it later, after so many more requests. */
  | { readonly kind: "late"; readonly after: number }
  /** It arrives twice; the second answer comes back. */
  | { readonly kind: "twice" }
  /** Answered as the same request was answered before. A list that was never asked for is empty; else nothing goes wrong. */
  | { readonly kind: "stale" }
  /** Something happens elsewhere just before it arrives. */
  | { readonly kind: "meanwhile"; readonly act: () => Promise<void> };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** The same for the same question: a digest of method, path and body. */
  readonly asked: string;
  /** Can it change something? */
  readonly writes: boolean;
  /** Would what was answered before be another answer? */
  ages: boolean;
  /** The same for the same answer; undefined: there was none, or it was no read. */
  answered?: string;
}

export interface FaultyProxy {
  /** Where clients go. */
  readonly url: string;
  /** From now on the request with ordinal n (from 0) meets its outcome; what was seen is forgotten. */
  arm(outcomes: ReadonlyMap<number, Outcome>): void;
  readonly seen: () => readonly SeenRequest[];
  /** Another world begins: what was answered before is not known there. */
  forget(): void;
  /** Everything that is still on its way arrives. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A network between a client and a server on this machine that does to chosen requests what networks do. */
export async function startFaultyProxy(
  origin: string,
  /** The server does what it does by itself before the next request arrives: so it is the same each time. */
  idle: () => Promise<void> = async () => undefined,
): Promise<FaultyProxy> {
  let outcomes: ReadonlyMap<number, Outcome> = new Map();
  let seen: SeenRequest[] = [];
  let waiting: { readonly incoming: Incoming; left: number }[] = [];
  const answers = new Map<string, Answer>();

  async function forward(incoming: Incoming, noted?: SeenRequest): Promise<Answer> {
    await idle();
    const answer = await send(origin, incoming);
    if (writes(incoming)) return answer;
    const old = olderAnswer(incoming);
    if (noted !== undefined) {
      noted.ages = old !== undefined && answer.status < 300 && !old.body.equals(answer.body);
      noted.answered = `${answer.status} ${digest(answer.body)}`;
    }
    if (answer.status < 300) answers.set(keyOf(incoming), answer);
    return answer;
  }

  function olderAnswer(incoming: Incoming): Answer | undefined {
    return answers.get(keyOf(incoming)) ?? (isList(incoming) ? EMPTY_LIST : undefined);
  }

  /** What was held back arrives, once enough other requests have passed. */
  async function release(all: boolean): Promise<void> {
    const due = waiting.filter((each) => all || (each.left -= 1) < 0);
    waiting = waiting.filter((each) => !due.includes(each));
    for (const { incoming } of due) await forward(incoming);
  }

  /** The answer that the client gets; undefined: none. */
  async function meet(
    incoming: Incoming,
    outcome: Outcome | undefined,
    noted: SeenRequest,
  ): Promise<Answer | undefined> {
    switch (outcome?.kind) {
      case "fail":
        return undefined;
      case "applied":
        await forward(incoming);
        return undefined;
      case "late":
        waiting.push({ incoming, left: outcome.after });
        return undefined;
      case "twice":
        await forward(incoming);
        return forward(incoming);
      case "stale":
        return olderAnswer(incoming) ?? forward(incoming);
      case "meanwhile":
        await outcome.act();
        return forward(incoming, noted);
      case undefined:
        return forward(incoming, noted);
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const incoming = await read(request);
    await release(false);
    const outcome = outcomes.get(seen.length);
    const { method, path } = incoming;
    const noted = { method, path, asked: digest(keyOf(incoming)), writes: writes(incoming), ages: false };
    seen.push(noted);
    const answer = await meet(incoming, outcome, noted);
    if (answer === undefined) return void response.destroy();
    const { "transfer-encoding": _, ...headers } = answer.headers;
    response.writeHead(answer.status, { ...headers, "content-length": answer.body.length }).end(answer.body);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arm: (next) => {
      outcomes = next;
      seen = [];
    },
    seen: () => seen,
    forget: () => answers.clear(),
    settle: async () => release(true),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** GitHub's lists may lag behind what was just made. */
function isList({ method, path }: Incoming): boolean {
  return method === "GET" && /\/(?:pulls|comments|timeline|deployments)(?:\?|$)/.test(path);
}

/** A query and a fetch are POSTs: what they ask for is in their body. */
function keyOf({ method, path, body }: Incoming): string {
  return `${method} ${path} ${body.toString("latin1")}`;
}

function digest(bytes: string | Buffer): string {
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 12);
}

const EMPTY_LIST: Answer = {
  status: 200,
  headers: { "content-type": "application/json; charset=utf-8" },
  body: Buffer.from("[]"),
};

async function read(request: IncomingMessage): Promise<Incoming> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = "GET", url = "/", headers } = request;
  return { method, path: url, headers, body: Buffer.concat(chunks) };
}

async function send(origin: string, { method, path, headers, body }: Incoming): Promise<Answer> {
  const { connection: _, "transfer-encoding": __, ...kept } = headers;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      `${origin}${path}`,
      { method, headers: { ...kept, "content-length": String(body.length) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** A query of GraphQL and a fetch of git are POSTs that change nothing. */
function writes({ method, path, body }: Incoming): boolean {
  if (method === "GET" || method === "HEAD") return false;
  if (path.endsWith("/git-upload-pack")) return false;
  return !path.endsWith("/graphql") || /^\s*\{\s*"query"\s*:\s*"\s*mutation/.test(body.toString("utf8"));
}
