import { spawn, spawnSync } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { openMirror, type OpenedMirror } from "../../../../src/adapters/repository/git/mirror.ts";
import { gitdir, gitTestEnv, temporaryFolder, type GitDir } from "../../../support/gitdir.ts";

const TOKEN = "s3cret/t+ken";
// What is left behind in the temporary folder is looked at: a folder of this file's own.
process.env["TMPDIR"] = temporaryFolder("tmp");
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** git's own smart HTTP server for one repository; asks for the token when there is one. */
async function serve(repo: GitDir, token?: string): Promise<string> {
  repo.git(["config", "http.receivepack", "true"]);
  return await listen(
    createServer((request, response) => {
      const sent = request.headers.authorization?.replace(/^Basic /, "") ?? "";
      const wanted = Buffer.from(`x-access-token:${token}`).toString("base64");
      if (token === undefined || sent === wanted) backend(repo, request, response);
      else response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    }),
  );
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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

async function open(url: string, token?: string): Promise<OpenedMirror> {
  const mirror = await openMirror({
    cacheDir: temporaryFolder("cache"),
    url,
    env: { PATH: process.env["PATH"], TMPDIR: tmpdir() },
    allowLocal: true,
    ...(token === undefined ? {} : { token: async () => token }),
  });
  ends.push(async () => await mirror.close());
  return mirror;
}

const name = (repo: GitDir): string => `/${repo.path.slice(dirname(repo.path).length + 1)}`;
const hasBackend = spawnSync("git", ["http-backend"], { env: gitTestEnv() }).stdout.toString().includes("Status: 500");

describe.skipIf(!hasBackend)("over http", () => {
  it("clones, fetches and pushes with a token that is in no argument and no file", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const url = (await serve(repo, TOKEN)) + name(repo);
    const { repository, remote, gitDir } = await open(url, TOKEN);
    const commit = await repository.commit({
      parent: repo.head,
      writes: [{ path: "a", mode: "100644", bytes: Buffer.from("2") }],
      message: "Two",
      author: { name: "l", email: "l@example.com" },
      atMs: 0,
    });
    await remote.push({ branch: "main", commit, expected: repo.head });
    expect(repo.text("a")).toBe("2");
    await remote.fetch([]);
    expect(await repository.resolve("main")).toBe(commit);
    expect(spawnSync("grep", ["-r", "s3cret", gitDir]).status).toBe(1);
    expect(readdirSync(tmpdir()).filter((entry) => entry.startsWith("lastgood-askpass-"))).toEqual([]);
  });

  it("says that the credentials are wrong or missing, and never shows them", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const url = (await serve(repo, "another")) + name(repo);
    for (const token of [TOKEN, undefined]) {
      const error: unknown = await open(url, token).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "ForgeAuth" });
      expect(JSON.stringify([String(error), error])).not.toContain("s3cret");
    }
  });

  it("asks once for another token when one is refused, and goes on with it", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const url = (await serve(repo, TOKEN)) + name(repo);
    const asked: (string | undefined)[] = [];
    const token = async (refused?: string): Promise<string> => {
      asked.push(refused);
      return refused === undefined ? "expired" : TOKEN;
    };
    const mirror = await openMirror({
      cacheDir: temporaryFolder("cache"),
      url,
      env: { PATH: process.env["PATH"], TMPDIR: tmpdir() },
      allowLocal: true,
      token,
    });
    ends.push(async () => await mirror.close());
    expect(await mirror.repository.resolve("main")).toBe(repo.head);
    expect(asked).toEqual([undefined, "expired"]);
  });

  it("follows no redirect", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const elsewhere = await serve(repo);
    const url = await listen(
      createServer((request, response) => response.writeHead(301, { location: elsewhere + (request.url ?? "") }).end()),
    );
    await expect(open(url + name(repo))).rejects.toMatchObject({ code: "RepositoryRedirect" });
  });

  it("tells absent, forbidden and broken servers apart", async () => {
    const answering = async (status: number) =>
      await listen(createServer((_, response) => response.writeHead(status).end("<html>")));
    await expect(open(`${await answering(404)}/x`)).rejects.toMatchObject({ code: "RepositoryNotFound" });
    await expect(open(`${await answering(403)}/x`)).rejects.toMatchObject({ code: "ForgePermission" });
    await expect(open(`${await answering(502)}/x`)).rejects.toMatchObject({
      code: "RepositoryTransport",
      transient: true,
    });
    await expect(open("http://127.0.0.1:1/x")).rejects.toMatchObject({ code: "RepositoryTransport", transient: true });
  });
});
