import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";

import { afterEach, describe, expect, it } from "vitest";

import { openMirror, type OpenedMirror } from "../../../../src/adapters/repository/git/mirror.ts";
import { hasHttpBackend, listen as listenHere, serveGit } from "../../../support/git-http-server.ts";
import { gitdir, temporaryFolder, type GitDir } from "../../../support/gitdir.ts";

const TOKEN = "s3cret/t+ken";
// What is left behind in the temporary folder is looked at: a folder of this file's own.
process.env["TMPDIR"] = temporaryFolder("tmp");
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function serve(repo: GitDir, token?: string): Promise<string> {
  const { url, close } = await serveGit(repo, { token });
  ends.push(close);
  return url;
}

async function listen(server: Server): Promise<string> {
  const { base, close } = await listenHere(server);
  ends.push(close);
  return base;
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

describe.skipIf(!hasHttpBackend)("over http", () => {
  it("clones, fetches and pushes with a token that is in no argument and no file", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const url = await serve(repo, TOKEN);
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
    const url = await serve(repo, "another");
    for (const token of [TOKEN, undefined]) {
      const error: unknown = await open(url, token).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "ForgeAuth" });
      expect(JSON.stringify([String(error), error])).not.toContain("s3cret");
    }
  });

  it("asks once for another token when one is refused, and goes on with it", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const url = await serve(repo, TOKEN);
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
      createServer((request, response) =>
        response.writeHead(301, { location: new URL(elsewhere).origin + (request.url ?? "") }).end(),
      ),
    );
    await expect(open(url + new URL(elsewhere).pathname)).rejects.toMatchObject({ code: "RepositoryRedirect" });
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
