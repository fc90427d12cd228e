import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { type HttpServer, type Route, serveHttp } from "../../../src/faces/daemon/http-server.ts";

const everybody = (): boolean => true;
const nobody = (): boolean => false;

function route(changes: Partial<Route>): Route {
  return {
    method: "GET",
    path: "/",
    admits: everybody,
    maxBytes: 0,
    handle: async () => ({ status: 200 }),
    ...changes,
  };
}

const ROUTES: readonly Route[] = [
  route({ path: "/open", handle: async () => ({ status: 200, body: { a: 1 } }) }),
  route({ path: "/closed", admits: nobody }),
  route({
    path: "/things/{name}",
    handle: async ({ params, query }) => ({ status: 200, body: `${params["name"] ?? ""} ${query.get("q") ?? ""}` }),
  }),
  route({ path: "/over/{name*}/end", handle: async ({ params }) => ({ status: 200, body: params["name"] ?? "" }) }),
  route({
    method: "POST",
    path: "/take",
    maxBytes: 10,
    handle: async ({ body }) => ({ status: 202, body: Buffer.from(body).toString("utf8") }),
  }),
  route({ path: "/broken", handle: async () => Promise.reject(new Error("a secret")) }),
];

async function serve(
  routes = ROUTES,
): Promise<{ readonly server: HttpServer; readonly url: string; readonly warned: string[] }> {
  const warned: string[] = [];
  const server = await serveHttp({ listen: "127.0.0.1:0", routes, log: { warn: (text) => void warned.push(text) } });
  onTestFinished(async () => server.close(0));
  return { server, url: `http://${server.address}`, warned };
}

/** What comes back for bytes as they are. */
async function raw(address: string, ...parts: readonly string[]): Promise<string> {
  const [host = "", port = ""] = address.split(":");
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => {
      for (const part of parts) socket.write(part);
    });
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => {
      text += part;
      if (/\r\n\r\n/.test(text)) socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

const json = { "content-type": "application/json" };

describe("the server", () => {
  it("answers what is in its table, and nothing else", async () => {
    const { url } = await serve();
    const open = await fetch(`${url}/open`);
    expect([open.status, await open.json()]).toEqual([200, { a: 1 }]);
    for (const path of ["/", "/open/", "/openx", "//open", "/OPEN", "/things/a/b", "/things/", "/..%2fopen"]) {
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 404]);
    }
  });

  it("names the methods that there are", async () => {
    const { url } = await serve();
    const answer = await fetch(`${url}/open`, { method: "DELETE" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET"]);
  });

  it("lets nobody in where nobody may ask, before it reads anything", async () => {
    const { url } = await serve();
    const answer = await fetch(`${url}/closed`);
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  });

  it("decodes what stands in the path, once, and refuses what cannot be decoded", async () => {
    const { url } = await serve();
    expect(await (await fetch(`${url}/things/payments%2Fapi?q=%2520`)).text()).toBe("payments/api %20");
    expect(await (await fetch(`${url}/over/payments/api/end`)).text()).toBe("payments/api");
    expect((await fetch(`${url}/things/%zz`)).status).toBe(400);
  });

  it("takes no more bytes than a route wants, whatever the length says", async () => {
    const { url, server } = await serve();
    const post = async (body: string): Promise<number> =>
      (await fetch(`${url}/take`, { method: "POST", headers: json, body })).status;
    expect([await post("1234567890"), await post("12345678901")]).toEqual([202, 413]);
    const head = "POST /take HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    expect(await raw(server.address, `${head}content-length: 99999999999\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
    const chunk = "5\r\n12345\r\n";
    expect(await raw(server.address, `${head}transfer-encoding: chunked\r\n\r\n`, chunk, chunk, chunk)).toMatch(
      /^HTTP\/1.1 413 /,
    );
    expect(await raw(server.address, `${head}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 400 /,
    );
  });

  it("takes no headers without end", async () => {
    const { server } = await serve();
    const line = `x-long: ${"a".repeat(70_000)}\r\n`;
    expect(await raw(server.address, `GET /open HTTP/1.1\r\nhost: x\r\n${line}\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  });

  it("says of its own failure only that there was one", async () => {
    const { url, warned } = await serve();
    const answer = await fetch(`${url}/broken`);
    expect([answer.status, await answer.json()]).toEqual([
      500,
      { apiVersion: "lastgood.dev/v1alpha1", kind: "Error", status: { code: 500, message: "Internal" } },
    ]);
    expect(warned).toEqual(["a request to GET /broken failed: Internal"]);
  });

  it("tells browsers to load nothing, to guess nothing and to keep nothing", async () => {
    const { url } = await serve();
    const { headers } = await fetch(`${url}/open`);
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("lets what runs end when it is closed, and then is gone", async () => {
    let [finish, begin] = [(): void => undefined, (): void => undefined];
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const slow = route({
      path: "/slow",
      handle: async () => {
        begin();
        await new Promise<void>((resolve) => (finish = resolve));
        return { status: 200, body: "done" };
      },
    });
    const { server, url } = await serve([slow]);
    const answer = fetch(`${url}/slow`);
    await begun;
    const closed = server.close(60_000);
    finish();
    expect(await (await answer).text()).toBe("done");
    await closed;
    await expect(fetch(`${url}/slow`)).rejects.toThrow();
  });

  it("names the address that somebody else has", async () => {
    const { server } = await serve();
    const again = serveHttp({ listen: server.address, routes: [], log: { warn: () => undefined } });
    await expect(again).rejects.toMatchObject({
      code: "ConfigInvalid",
      message: `cannot listen on ${server.address}: somebody else listens there`,
    });
  });
});
