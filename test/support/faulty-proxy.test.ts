import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type FaultyProxy, type Outcome, startFaultyProxy } from "./faulty-proxy.ts";

describe("startFaultyProxy", () => {
  let arrived: string[];
  let proxy: FaultyProxy;
  let close: () => void;

  beforeEach(async () => {
    arrived = [];
    const server = createServer((request, response) => {
      arrived.push(`${request.method} ${request.url}`);
      response.end(String(arrived.length));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    proxy = await startFaultyProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    close = () => void server.close();
  });
  afterEach(async () => {
    await proxy.close();
    close();
  });

  const ask = async (method: string, path: string, body?: string): Promise<string> => {
    const response = await fetch(`${proxy.url}${path}`, { method, ...(body === undefined ? {} : { body }) });
    return response.text();
  };
  const arm = (...outcomes: readonly (readonly [number, Outcome])[]): void => proxy.arm(new Map(outcomes));

  it("breaks the connection before the server sees the request", async () => {
    arm([0, { kind: "fail" }]);
    await expect(ask("POST", "/pulls", "{}")).rejects.toThrow();
    expect(arrived).toEqual([]);
  });

  it("loses the answer of what was done", async () => {
    arm([0, { kind: "applied" }]);
    await expect(ask("POST", "/pulls", "{}")).rejects.toThrow();
    expect(arrived).toEqual(["POST /pulls"]);
  });

  it("brings a request twice", async () => {
    arm([0, { kind: "twice" }]);
    expect(await ask("POST", "/pulls", "{}")).toBe("2");
  });

  it("brings a request late: after as many others, or when everything arrives", async () => {
    arm([0, { kind: "late", after: 1 }], [3, { kind: "late", after: 9 }]);
    await expect(ask("POST", "/pulls", "{}")).rejects.toThrow();
    await ask("GET", "/a");
    await ask("GET", "/b");
    expect(arrived).toEqual(["GET /a", "POST /pulls", "GET /b"]);
    await expect(ask("POST", "/labels", "{}")).rejects.toThrow();
    await proxy.settle();
    expect(arrived.at(-1)).toBe("POST /labels");
  });

  it("answers as it did before: the same question only, by its body too", async () => {
    arm([2, { kind: "stale" }], [3, { kind: "stale" }]);
    expect(await ask("GET", "/a")).toBe("1");
    expect(await ask("POST", "/x.git/git-upload-pack", "refs")).toBe("2");
    expect(await ask("POST", "/x.git/git-upload-pack", "refs")).toBe("2");
    expect(await ask("POST", "/x.git/git-upload-pack", "pack")).toBe("3");
  });

  it("answers as if a list were empty still that was never asked for", async () => {
    arm([0, { kind: "stale" }]);
    expect(await ask("GET", "/repos/acme/gitops/pulls?state=all")).toBe("[]");
    expect(arrived).toEqual([]);
  });

  it("tells which answers have become others", async () => {
    arm();
    await ask("GET", "/a");
    await ask("GET", "/a");
    await ask("GET", "/b");
    expect(proxy.seen().map(({ path, ages }) => [path, ages])).toEqual([
      ["/a", false],
      ["/a", true],
      ["/b", false],
    ]);
  });

  it("forgets what was answered in another world", async () => {
    arm();
    await ask("GET", "/a");
    proxy.forget();
    arm([0, { kind: "stale" }]);
    expect(await ask("GET", "/a")).toBe("2");
  });
});
