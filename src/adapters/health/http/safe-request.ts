/**
 * One HTTP request that cannot be led astray: the name is resolved once, every address of it is checked, and the connection goes to exactly
 * the address that was checked (no DNS rebinding). No proxies, no cookies, no redirects followed here, a bounded answer in a bounded time.
 */
import type { LookupAddress } from "node:dns";
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import type { ProbeTrouble } from "../../../core/health/http-answer.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { AddressGuard } from "./address-guard.ts";

export interface SafeRequest {
  readonly url: URL;
  readonly method?: "GET" | "HEAD" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** No more of the answer's body is read; 0: none of it. */
  readonly maxBytes: number;
  /** For everything: name, connection, answer. */
  readonly timeoutMs: number;
  /** Certificates (PEM) trusted besides the well-known ones. */
  readonly ca?: readonly string[];
}

export interface SafeWorld {
  readonly clock: Clock;
  readonly isDenied: AddressGuard;
  /** All addresses of a name; the system's resolver when missing. */
  readonly resolve?: (name: string) => Promise<readonly LookupAddress[]>;
}

export interface SafeAnswer {
  readonly status: number;
  readonly location: string | undefined;
  /** As they came. */
  readonly bytes: Buffer;
  /** They are compressed, though nobody asked for that. */
  readonly packed: boolean;
  /** There was more. */
  readonly cut: boolean;
}

/** Why a request came to nothing. */
export class RequestTrouble extends Error {
  override readonly name = "RequestTrouble";
  readonly trouble: ProbeTrouble;

  constructor(trouble: ProbeTrouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}

/** Throws `RequestTrouble`, or the reason of an aborted `signal`. */
export async function requestSafely(request: SafeRequest, world: SafeWorld, signal?: AbortSignal): Promise<SafeAnswer> {
  signal?.throwIfAborted();
  const ended = new AbortController();
  const deadline = new AbortController();
  const stop = (): void => deadline.abort();
  signal?.addEventListener("abort", stop, { once: true });
  const late = new RequestTrouble("timeout", `does not answer within ${request.timeoutMs / 1000} s`);
  const timer = world.clock.sleep(request.timeoutMs, ended.signal).then(stop, () => undefined);
  try {
    return await untilAborted(send(request, world, deadline.signal), deadline.signal, late);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    ended.abort();
    signal?.removeEventListener("abort", stop);
    await timer;
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal, error: Error): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(error), { once: true });
    work.then(resolve, (reason: unknown) => reject(signal.aborted ? error : toError(reason)));
  });
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

async function send(request: SafeRequest, world: SafeWorld, signal: AbortSignal): Promise<SafeAnswer> {
  const { url } = request;
  const address = await findAddress(url, world);
  signal.throwIfAborted();
  const { request: open } = url.protocol === "https:" ? await import("node:https") : await import("node:http");
  const { rootCertificates } = request.ca === undefined ? { rootCertificates: [] } : await import("node:tls");
  const options: RequestOptions & { ca?: readonly string[] } = {
    method: request.method ?? "GET",
    headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": "lastgood", ...request.headers },
    agent: false,
    lookup: pinTo(address),
    maxHeaderSize: 16_384,
    signal,
    ...(request.ca === undefined ? {} : { ca: [...rootCertificates, ...request.ca] }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(troubleOf(error));
    const sent: ClientRequest = open(url, options as RequestOptions, (response) => {
      readBody(response, request.maxBytes).then(resolve, fail);
    });
    sent.on("error", fail);
    sent.end(request.body);
  });
}

/** The address that is connected to. One address of a name that is denied denies the name: it would be tried first the next time. */
async function findAddress(url: URL, { isDenied, resolve = resolveByTheSystem }: SafeWorld): Promise<LookupAddress> {
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new RequestTrouble("denied", `${url.protocol} is not asked`);
  const name = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(name);
  const addresses = family === 0 ? await resolveName(name, resolve) : [{ address: name, family }];
  const denied = addresses.find(({ address }) => isDenied(address));
  if (denied !== undefined) {
    const where = family === 0 ? `${name} is ${denied.address}, which` : denied.address;
    throw new RequestTrouble("denied", `${where} is in a private or special network that is not allowed`);
  }
  const [first] = addresses;
  if (first === undefined) throw new RequestTrouble("name", `${name} has no address`);
  return first;
}

type Resolve = NonNullable<SafeWorld["resolve"]>;

async function resolveName(name: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  try {
    return await resolve(name);
  } catch {
    throw new RequestTrouble("name", `${name} cannot be resolved`);
  }
}

async function resolveByTheSystem(name: string): Promise<readonly LookupAddress[]> {
  const { lookup } = await import("node:dns/promises");
  return lookup(name, { all: true });
}

function pinTo(pinned: LookupAddress): LookupFunction {
  return (_name, options, callback) => {
    if (options.all === true) callback(null, [pinned]);
    else callback(null, pinned.address, pinned.family);
  };
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<SafeAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const answer = (): SafeAnswer => ({
    status: response.statusCode ?? 0,
    location: response.headers.location,
    bytes: Buffer.concat(chunks).subarray(0, maxBytes),
    packed: !/^(?:identity)?$/i.test(response.headers["content-encoding"] ?? ""),
    cut: size > maxBytes,
  });
  if (maxBytes > 0) {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) break;
    }
  }
  response.destroy();
  return answer();
}

/** Node's and OpenSSL's codes (nodejs.org/api/errors.html, /api/tls.html): what they say of whose trouble it is. */
function troubleOf(error: Error): RequestTrouble {
  if (error instanceof RequestTrouble) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "ECONNREFUSED") return new RequestTrouble("refused", "refuses the connection");
  if (code === "ECONNRESET" || code === "EPIPE") return new RequestTrouble("reset", "breaks the connection");
  if (code === "ETIMEDOUT") return new RequestTrouble("timeout", "does not answer");
  if (code.startsWith("HPE_")) return new RequestTrouble("protocol", "does not speak HTTP");
  if (/CERT|SSL|TLS|SIGNATURE/.test(code))
    return new RequestTrouble("tls", `has a certificate that is not trusted (${code})`);
  return new RequestTrouble("unreachable", `cannot be reached${/^[A-Z_]{1,40}$/.test(code) ? ` (${code})` : ""}`);
}
