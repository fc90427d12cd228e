/**
 * The look-alike of a Kubernetes API server, as lastgood uses one: discovery, objects, lists in pages, watches. Held to the real one by
 * cluster-contract.ts. Not here: field ownership, CEL, RBAC, admission, OpenAPI, tables, strategic merges of lists.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { ACCESS_REVIEWS, reviewAccess, type AccessRule } from "./kube-access.ts";
import { createKubeApi, type ApiAnswer } from "./kube-api.ts";
import { createFaults, type Faults } from "./kube-faults.ts";
import { BUILT_IN, kindsOfCrd } from "./kube-kinds.ts";
import { readSelectors } from "./kube-selectors.ts";
import { KubeRefusal } from "./kube-status.ts";
import { createKubeStore, type KubeStore } from "./kube-store.ts";
import { createKubeWatches, type OpenWatch } from "./kube-watches.ts";

export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly atMs: number;
}

export interface LookAlike {
  readonly url: string;
  readonly faults: Faults;
  readonly store: KubeStore;
  /** Every request, in order. */
  readonly seen: readonly SeenRequest[];
  /** The watches that are open. */
  readonly watches: readonly OpenWatch[];
  /** What `Authorization: Bearer` has to say; undefined: nothing is asked for. */
  token: string | undefined;
  /** What SelfSubjectAccessReviews answer by; undefined: everything is allowed. Requests are let through all the same. */
  rules: readonly AccessRule[] | undefined;
  /** Nobody may go on from what was read until now: versions are too old, continue tokens expired. */
  readonly expire: () => void;
  /** A CustomResourceDefinition, as an object. Its kinds are there at once. */
  readonly install: (crd: unknown) => void;
  /** The kinds of a group are no more; its objects stay in the store, as in a cluster whose conversion is down. */
  readonly uninstall: (group: string) => void;
  readonly close: () => Promise<void>;
}

export interface LookAlikeOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Epoch ms. */
  readonly nowMs?: () => number;
}

export async function startKubernetes({ tls, nowMs = Date.now }: LookAlikeOptions = {}): Promise<LookAlike> {
  const store = createKubeStore();
  const api = createKubeApi(store, BUILT_IN);
  const watches = createKubeWatches(store);
  const faults = createFaults();
  const seen: SeenRequest[] = [];

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [method, path] = [request.method ?? "GET", request.url ?? "/"];
    const text = Buffer.concat(chunks).toString("utf8");
    seen.push({ method, path, headers: request.headers, body: text, atMs: nowMs() });
    const url = new URL(path, "http://kubernetes");
    const fault = faults.take(method, path);
    if (fault?.kind === "drop") return void response.destroy();
    if (fault?.kind === "answer")
      return send(response, { status: fault.status, body: fault.body ?? {} }, fault.headers);
    if (fault?.kind === "slow") await fault.until;
    const isWatch = method === "GET" && url.searchParams.get("watch") === "true";
    if (fault?.kind === "half-open" && !isWatch) return;
    try {
      if (lookAlike.token !== undefined && request.headers.authorization !== `Bearer ${lookAlike.token}`) {
        throw new KubeRefusal(401, "Unauthorized", "Unauthorized");
      }
      if (method === "POST" && url.pathname === ACCESS_REVIEWS) {
        return send(response, { status: 201, body: reviewAccess(text, lookAlike.rules) });
      }
      const at = isWatch ? api.place(url) : undefined;
      if (at?.name === undefined && at !== undefined) {
        const matches = readSelectors(url.searchParams, at.kind);
        const { kind, namespace } = at;
        return watches.start(response, {
          kind,
          namespace,
          matches,
          query: url.searchParams,
          deaf: fault?.kind === "half-open",
        });
      }
      const contentType = (request.headers["content-type"] ?? "").split(";")[0] ?? "";
      const answer = api.answer({ method, url, contentType, text }, nowMs());
      if (/\/customresourcedefinitions\/?$/.test(url.pathname) && method === "POST") install(answer.body);
      if (fault?.kind === "drop-after") return void response.destroy();
      if (fault?.kind === "cut") return cut(response, answer);
      return send(response, answer);
    } catch (error) {
      if (error instanceof KubeRefusal) return send(response, { status: error.status, body: error.body });
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return send(response, { status: 500, body: { kind: "Status", status: "Failure", message, code: 500 } });
    }
  }

  function install(crd: unknown): void {
    api.kinds.push(...kindsOfCrd(crd));
  }

  function listener(request: IncomingMessage, response: ServerResponse): void {
    void serve(request, response);
  }

  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const lookAlike: LookAlike = {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    faults,
    store,
    seen,
    watches: watches.open,
    token: undefined,
    rules: undefined,
    expire() {
      store.compact();
      api.expireLists();
    },
    install,
    uninstall(group) {
      api.kinds.splice(0, api.kinds.length, ...api.kinds.filter((kind) => kind.group !== group));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return lookAlike;
}

function send(
  response: ServerResponse,
  { status, body }: ApiAnswer,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
}

/** As long as it says it is, and half of it there. */
function cut(response: ServerResponse, { status, body }: ApiAnswer): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length });
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}
