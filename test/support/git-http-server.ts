/** git's own smart HTTP server (git-http-backend(1)) for the repositories of tests. */
import { spawn, spawnSync } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { type GitDir, gitTestEnv } from "./gitdir.ts";

/** Does this machine's git come with it? */
export const hasHttpBackend = spawnSync("git", ["http-backend"], { env: gitTestEnv() })
  .stdout.toString()
  .includes("Status: 500");

export interface ServedGit {
  readonly url: string;
  /** What was asked, such as `POST git-upload-pack`. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
}

export interface ServeGit {
  /** Asked for when there is one. */
  readonly token?: string | undefined;
  /** Speaks only what servers spoke before protocol 2 (gitprotocol-v2(5)). */
  readonly old?: boolean;
}

/** Serves one repository. */
export async function serveGit(repo: GitDir, { token, old = false }: ServeGit = {}): Promise<ServedGit> {
  repo.git(["config", "http.receivepack", "true"]);
  const asked: string[] = [];
  const wanted = Buffer.from(`x-access-token:${token}`).toString("base64");
  const { base, close } = await listen(
    createServer((request, response) => {
      asked.push(`${request.method} ${new URL(request.url ?? "/", "http://x").pathname.split("/").at(-1)}`);
      const sent = request.headers.authorization?.replace(/^Basic /, "") ?? "";
      if (old) delete request.headers["git-protocol"];
      if (token === undefined || sent === wanted) backend(repo, request, response);
      else response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    }),
  );
  return { url: `${base}/${repo.path.slice(dirname(repo.path).length + 1)}`, asked, close };
}

/** A server on this machine, and its address. */
export async function listen(server: Server): Promise<{ readonly base: string; readonly close: () => Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** CGI, as git-http-backend(1) wants it. */
function backend(repo: GitDir, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    env: {
      ...gitTestEnv(),
      GIT_PROJECT_ROOT: dirname(repo.path),
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      HTTP_GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      REMOTE_USER: "tester",
    },
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf("\r\n\r\n");
    const headers = output
      .toString("latin1", 0, end)
      .split("\r\n")
      .map((line) => line.split(": ", 2));
    const status = headers.find(([name]) => name === "Status")?.[1];
    response.statusCode = status === undefined ? 200 : Number.parseInt(status, 10);
    for (const [name = "", value = ""] of headers) if (name !== "Status") response.setHeader(name, value);
    response.end(output.subarray(end + 4));
  });
}
