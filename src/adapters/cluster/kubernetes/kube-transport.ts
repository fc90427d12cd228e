/** HTTP to one API server, as Kubernetes needs it: whole answers, and answers that come line by line for minutes. */
import type { Agent, IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import { MASK } from "../../../core/model/secret.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { clusterText } from "./cluster-text.ts";
import type { KubeConnection } from "./kube-connection.ts";
import { startWatchdog, type Watchdog } from "./pace.ts";

export interface KubeRequest {
  readonly method: "GET" | "POST" | "PATCH";
  /** From the server's root, encoded: `/apis/apps/v1/deployments`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  /** `application/json` when missing. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** How a stream of lines ended: `closed` by the server in good order; `idle`, `due`: by us. */
export type StreamEnd =
  | { readonly kind: "closed" | "idle" | "due" }
  /** There was no stream: the server answered something else than 200. */
  | { readonly kind: "answered"; readonly answer: RawAnswer };

export interface StreamRequest extends KubeRequest {
  readonly idleMs: number;
  readonly dueAtMs: number;
  /** The server has begun to answer with 200. */
  readonly onOpen: () => void;
  /** One line, without its end. What it throws ends the stream, and is thrown. */
  readonly onLine: (line: string) => void;
}

/** Throws `EngineUnreachable` when no whole answer comes, `EngineAuth` when the kubeconfig's way of signing in fails. */
export interface KubeTransport {
  send(request: KubeRequest): Promise<RawAnswer>;
  stream(request: StreamRequest): Promise<StreamEnd>;
}

/** No API server is silent for so long while it works: it gives up requests after 60 s itself (--request-timeout). */
const SILENT_MS = 70_000;
/** 250 objects of etcd's 1.5 MiB would be more; nobody has them. */
const LONGEST_ANSWER = 256 * 1024 * 1024;
/** etcd refuses objects over 1.5 MiB; the JSON of one is a few times that at most. */
const LONGEST_LINE = 32 * 1024 * 1024;

export function createKubeTransport(connection: KubeConnection, clock: Clock): KubeTransport {
  const agents = new Map<string, Agent>();

  /** What the last request showed the server: it may come back in what it says. */
  let shown = "";

  async function open(request: KubeRequest, watchdog: Watchdog): Promise<IncomingMessage> {
    const { server, options } = await connection.connect();
    shown = tokenOf(options.headers);
    watchdog.signal.throwIfAborted();
    const url = new URL(server.replace(/\/+$/, "") + request.path);
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
    const http = url.protocol === "http:" ? await import("node:http") : await import("node:https");
    const agent = options.agent ?? agents.get(url.protocol) ?? new http.Agent({ keepAlive: true });
    if (options.agent === undefined) agents.set(url.protocol, agent as Agent);
    return await new Promise((resolve, reject) => {
      const headers: Record<string, string> = { accept: "application/json", "user-agent": "lastgood" };
      if (request.body !== undefined) {
        headers["content-type"] = request.contentType ?? "application/json";
        headers["content-length"] = String(Buffer.byteLength(request.body));
      }
      const all: RequestOptions = { ...options, agent, method: request.method, signal: watchdog.signal };
      const call = http.request(url, { ...all, headers: { ...headers, ...(options.headers as object) } }, resolve);
      // Once there is an answer, this comes to nothing: who reads it is told. Unheard it would end the process.
      call.on("error", reject);
      call.end(request.body);
    });
  }

  async function readSafely(response: IncomingMessage, watchdog: Watchdog): Promise<RawAnswer> {
    const answer = await readWhole(response, watchdog);
    return answer.status < 300 || shown === "" ? answer : { ...answer, text: answer.text.replaceAll(shown, MASK) };
  }

  async function attempt<T>(request: KubeRequest, watchdog: Watchdog, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof LastgoodError) throw error;
      throw unreachable(connection.name, watchdog.ended() === undefined ? error : undefined);
    } finally {
      watchdog.stop();
    }
  }

  return {
    async send(request) {
      const watchdog = startWatchdog(clock, { idleMs: SILENT_MS, signal: request.signal });
      return attempt(request, watchdog, async () => readSafely(await open(request, watchdog), watchdog));
    },

    async stream(request) {
      const { idleMs, dueAtMs, signal, onLine } = request;
      const watchdog = startWatchdog(clock, { idleMs, dueAtMs, signal });
      let thrown: { readonly error: unknown } | undefined;
      const take = (line: string): void => {
        try {
          onLine(line);
        } catch (error) {
          thrown = { error };
          throw error;
        }
      };
      return attempt(request, watchdog, async (): Promise<StreamEnd> => {
        try {
          const response = await open(request, watchdog);
          if (response.statusCode !== 200) return { kind: "answered", answer: await readSafely(response, watchdog) };
          request.onOpen();
          await readLines(response, watchdog, take);
          return { kind: "closed" };
        } catch (error) {
          const kind = thrown === undefined ? watchdog.ended() : undefined;
          if (kind === undefined) throw error;
          return { kind };
        }
      }).catch((error: unknown) => {
        throw thrown === undefined ? error : thrown.error;
      });
    },
  };
}

function tokenOf(headers: RequestOptions["headers"]): string {
  const { Authorization: header } = (headers ?? {}) as { readonly Authorization?: unknown };
  return typeof header === "string" ? header.replace(/^\w+ /, "") : "";
}

async function readWhole(response: IncomingMessage, watchdog: Watchdog): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    watchdog.heard();
    size += chunk.length;
    if (size > LONGEST_ANSWER) {
      response.destroy();
      throw new LastgoodError("EngineAnswer", `the cluster's answer is larger than ${LONGEST_ANSWER} bytes`);
    }
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString("utf8") };
}

/** Hands on every whole line; what comes after the last line end is dropped: the connection was cut in it. */
async function readLines(response: IncomingMessage, watchdog: Watchdog, onLine: (line: string) => void): Promise<void> {
  let begun: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    watchdog.heard();
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      begun.push(chunk.subarray(from, end));
      const line = Buffer.concat(begun).toString("utf8");
      begun = [];
      size = 0;
      from = end + 1;
      if (line !== "") onLine(line);
    }
    const rest = chunk.subarray(from);
    if (rest.length > 0) begun.push(rest);
    size += rest.length;
    if (size > LONGEST_LINE) {
      response.destroy();
      throw new LastgoodError("EngineAnswer", `a line of the watch is longer than ${LONGEST_LINE} bytes`);
    }
  }
}

/** `error` undefined: it was silent, and ended by us. */
function unreachable(name: string, error: unknown): LastgoodError {
  const place = `the cluster ${clusterText(name)}`;
  if (error === undefined) return new LastgoodError("EngineUnreachable", `${place} does not answer`);
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const words = [code, message].filter((part): part is string => typeof part === "string" && part !== "");
  return new LastgoodError("EngineUnreachable", `${place} cannot be reached: ${clusterText(words.join(": "))}`, {
    hint: "Is the context the right one (--context), the API server up, and its certificate trusted?",
  });
}
