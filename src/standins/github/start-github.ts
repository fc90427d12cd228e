/**
 * A GitHub to talk to: REST and git over HTTP on loopback, over real bare repositories. It is what tests and `lastgood demo`
 * use instead of api.github.com; one conformance suite is for both. State beside git lives in memory and ends with `close`.
 */
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { createControl } from "./control.ts";
import type { Control } from "./control.ts";
import { createFaults } from "./faults.ts";
import type { GraphQLExecutor } from "./graphql/executor.ts";
import { serve } from "./serve.ts";
import type { World } from "./state.ts";

export interface GitHubOptions {
  /** Folder for the bare repositories; made when missing, never removed. */
  readonly root: string;
  /** Epoch milliseconds; the system's clock when missing. */
  readonly clock?: () => number;
  /** For faults that delay; a real timer when missing. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** 0 (any free one) when missing. */
  readonly port?: number;
  /** The PATH on which `git` and `sh` are found; the usual places when missing. */
  readonly searchPath?: string;
  /** Runs GraphQL; without it `/graphql` is 404. */
  readonly graphql?: GraphQLExecutor;
  /** PEM; with it everything is served over https. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Makes it an Enterprise Server of that version; github.com when missing. */
  readonly enterpriseVersion?: string;
}

export interface GitHub {
  /** `http(s)://127.0.0.1:<port>`: pages and git. REST is served here too. */
  readonly url: string;
  /** `url` + `/api/v3`, as GitHub Enterprise Server has it. */
  readonly apiUrl: string;
  /** Where `git clone` goes. */
  gitUrl(owner: string, repository: string): string;
  readonly control: Control;
  /** Ends background work and all connections. */
  close(): Promise<void>;
}

const SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/run/current-system/sw/bin";

/** Starts the server. Rejects when the port is taken. */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const world = createWorld(options);
  const listener: RequestListener = (request, response) => {
    serve(world, request, response).catch(() => response.destroy()); // the client went away while we read
  };
  const { tls } = options;
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    apiUrl: `${url}/api/v3`,
    gitUrl: (owner, repository) => `${url}/${owner}/${repository}.git`,
    control: createControl(world),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await Promise.all(world.jobs);
      for (const repository of world.repositories.values()) repository.objects.close();
    },
  };
}

function createWorld(options: GitHubOptions): World {
  let lastId = 1000;
  return {
    root: options.root,
    searchPath: options.searchPath ?? SEARCH_PATH,
    now: options.clock ?? Date.now,
    sleep: options.sleep ?? (async (ms) => await wait(ms)),
    nextId: () => (lastId += 1),
    users: new Map(),
    tokens: new Map(),
    apps: new Map(),
    installations: new Map(),
    tokenFormat: "short",
    enterpriseVersion: options.enterpriseVersion,
    repositories: new Map(),
    moved: new Map(),
    faults: createFaults(),
    graphql: options.graphql,
    log: [],
    jobs: new Set(),
  };
}
