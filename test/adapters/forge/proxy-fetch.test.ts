import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";

import { createProxyFetch } from "../../../src/adapters/forge/github/proxy-fetch.ts";
import { httpStub } from "../../support/http-stub.ts";

/** A proxy on loopback; `asked`: what it was asked to connect to. */
async function startProxy(): Promise<{ readonly url: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const server = createServer();
  server.on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    const { hostname, port } = new URL(`http://${request.url ?? ""}`);
    const target = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(socket).pipe(target);
    });
    socket.on("error", () => target.destroy());
    target.on("error", () => socket.destroy());
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe("createProxyFetch", () => {
  it("goes through the proxy", async () => {
    const [proxy, target] = [await startProxy(), await httpStub()];
    target.expect({ request: "GET /x", body: { a: 1 } });
    const proxied = await createProxyFetch({ httpProxy: proxy.url });
    expect(await (await proxied(`${target.url}/x`)).json()).toEqual({ a: 1 });
    expect(proxy.asked).toEqual([new URL(target.url).host]);
  });

  it("goes past it to hosts of NO_PROXY", async () => {
    const [proxy, target] = [await startProxy(), await httpStub()];
    target.expect({ request: "GET /x", body: { a: 1 } });
    const proxied = await createProxyFetch({ httpProxy: proxy.url, noProxy: "example.com,127.0.0.1" });
    expect((await proxied(`${target.url}/x`)).status).toBe(200);
    expect(proxy.asked).toEqual([]);
  });
});
