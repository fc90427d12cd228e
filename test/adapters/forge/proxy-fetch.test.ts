import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";

import { createProxyFetch } from "../../../src/adapters/forge/github/proxy-fetch.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { connectProxy } from "../../support/connect-proxy.ts";
import { httpStub } from "../../support/http-stub.ts";

const HOST = "ghe.test";

/** A server with a certificate of a private authority for `ghe.test`, and a proxy that knows the way there. */
async function privateServer(): Promise<{ readonly proxy: string; readonly ca: string }> {
  const { ca, cert, key } = makeCertificates(HOST);
  const server = createServer({ cert, key }, (_, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const proxy = await connectProxy({ [`${HOST}:443`]: (server.address() as AddressInfo).port });
  return { proxy: proxy.url, ca };
}

describe("createProxyFetch", () => {
  it("goes through the proxy", async () => {
    const target = await httpStub();
    const { host, port } = new URL(target.url);
    const proxy = await connectProxy({ [host]: Number(port) });
    target.expect({ request: "GET /x", body: { a: 1 } });
    const proxied = await createProxyFetch({ httpProxy: proxy.url });
    expect(await (await proxied(`${target.url}/x`)).json()).toEqual({ a: 1 });
    expect(proxy.asked).toEqual([new URL(target.url).host]);
  });

  it("goes past it to hosts of NO_PROXY", async () => {
    const target = await httpStub();
    const { host, port } = new URL(target.url);
    const proxy = await connectProxy({ [host]: Number(port) });
    target.expect({ request: "GET /x", body: { a: 1 } });
    const proxied = await createProxyFetch({ httpProxy: proxy.url, noProxy: "example.com,127.0.0.1" });
    expect((await proxied(`${target.url}/x`)).status).toBe(200);
    expect(proxy.asked).toEqual([]);
  });

  it("reaches a server whose authority it is told to trust, and no other", async () => {
    const { proxy, ca } = await privateServer();
    const trusting = await createProxyFetch({ httpsProxy: proxy, ca });
    expect(await (await trusting(`https://${HOST}/`)).text()).toBe("hello");
    for (const other of [{}, { ca: makeCertificates(HOST).ca }]) {
      const wary = await createProxyFetch({ httpsProxy: proxy, ...other });
      await expect(wary(`https://${HOST}/`)).rejects.toThrow("fetch failed");
    }
  });
});
