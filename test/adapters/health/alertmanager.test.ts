import { createServer, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { describe, expect, it } from "vitest";
import { createAlertsSource } from "../../../src/adapters/health/alertmanager/alertmanager.ts";
import { createAddressGuard } from "../../../src/adapters/health/http/address-guard.ts";
import type { Server } from "../../../src/adapters/health/server.ts";
import type { HealthSource } from "../../../src/ports/health.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { listen } from "../../support/loopback.ts";
import { manualClock, until } from "../../support/manual-clock.ts";

interface Asked {
  readonly path: string;
  readonly filters: readonly string[];
  readonly authorization: string | undefined;
}

const FIRES = {
  labels: { alertname: "Down", app: 'a"b\\c' },
  startsAt: "2026-08-22T13:46:40Z",
  status: { state: "active" },
};
const WATCHDOG = { labels: { alertname: "Watchdog" }, status: { state: "active" } };

/** An Alertmanager that answers with what `alerts` gives for the filters. */
async function alertmanager(
  answer: (filters: readonly string[], response: ServerResponse) => readonly object[] | undefined,
) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://alertmanager");
    const filters = url.searchParams.getAll("filter");
    asked.push({ path: url.pathname, filters, authorization: request.headers.authorization });
    const alerts = answer(filters, response);
    if (alerts !== undefined) response.end(JSON.stringify(alerts));
  });
  return { asked, url: `http://127.0.0.1:${await listen(server)}` };
}

function sourceOf(server: Partial<Server> & Pick<Server, "url">, watchdog?: string): HealthSource {
  const world = { clock: manualClock(), isDenied: createAddressGuard("internal") };
  const options = { name: "alerts", matchLabels: { app: 'a"b\\c' }, intervalMs: 30_000 };
  return createAlertsSource(
    { timeoutMs: 5000, ...server },
    { ...options, ...(watchdog === undefined ? {} : { watchdog }) },
    world,
  );
}

describe("the alerts of Alertmanager", () => {
  it("are asked for by their labels, silenced ones too, with a token where there is one", async () => {
    const { asked, url } = await alertmanager(() => [FIRES]);
    const source = sourceOf({ url: `${url}/alertmanager/`, token: async () => Promise.resolve("t0ken") });
    expect(await source.read({})).toEqual({
      status: "Failed",
      message: "Down fires since 2026-08-22T13:46:40Z",
      sinceMs: Date.parse("2026-08-22T13:46:40Z"),
    });
    expect(asked).toEqual([
      { path: "/alertmanager/api/v2/alerts", filters: [String.raw`app="a\"b\\c"`], authorization: "Bearer t0ken" },
    ]);
  });

  it("are believed to be none only while the one that always fires does", async () => {
    const { asked, url } = await alertmanager((filters) =>
      filters[0]?.startsWith("alertname") === true ? [WATCHDOG] : [],
    );
    expect((await sourceOf({ url }, "Watchdog").read({})).status).toBe("Current");
    expect(asked.map(({ filters }) => filters)).toEqual([[String.raw`app="a\"b\\c"`], ['alertname="Watchdog"']]);
    expect((await sourceOf({ url }, "Gone").read({})).status).toBe("Unknown");
  });

  it.each([
    ["50 MB", (response: ServerResponse) => flood(response)],
    ["half an answer", (response: ServerResponse) => void response.end('[{"labels":{')],
    ["a login page", (response: ServerResponse) => void response.writeHead(200).end("<html>")],
    ["403", (response: ServerResponse) => void response.writeHead(403).end("[]")],
    [
      "a redirect",
      (response: ServerResponse) => void response.writeHead(302, { location: "http://169.254.169.254/" }).end(),
    ],
    ["a broken connection", (response: ServerResponse) => void response.destroy()],
  ])("are unknown when the answer is %s", async (_, behave) => {
    const { asked, url } = await alertmanager((_filters, response) => {
      behave(response);
      return undefined;
    });
    expect((await sourceOf({ url }).read({})).status).toBe("Unknown");
    expect(asked).toHaveLength(1);
  });

  it("are unknown when it does not answer in time", async () => {
    const clock = manualClock();
    let asked = false;
    const { url } = await alertmanager(() => {
      asked = true;
      return undefined;
    });
    const options = { name: "alerts", matchLabels: { app: "x" }, intervalMs: 30_000 };
    const reading = createAlertsSource({ url, timeoutMs: 5000 }, options, { clock, isDenied: () => false }).read({});
    await until(() => asked);
    clock.advance(5000);
    expect(await reading).toEqual({ status: "Unknown", message: "does not answer within 5 s" });
  });

  it("are unknown at a metadata service's address, and while the token cannot be read", async () => {
    expect((await sourceOf({ url: "http://169.254.169.254" }).read({})).message).toContain("not allowed");
    const { asked, url } = await alertmanager(() => []);
    const token = async (): Promise<string> => Promise.reject(new Error("secret file /t does not exist"));
    expect(await sourceOf({ url, token }).read({})).toEqual({
      status: "Unknown",
      message: "secret file /t does not exist",
    });
    expect(asked).toEqual([]);
  });

  it("trust the certificates that are named, and no others", async () => {
    const { ca, cert, key } = makeCertificates("alertmanager.svc");
    const port = await listen(createTlsServer({ cert, key }, (_, response) => void response.end("[]")));
    const world = {
      clock: manualClock(),
      isDenied: createAddressGuard("internal"),
      resolve: async () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
    };
    const options = { name: "alerts", matchLabels: { app: "x" }, intervalMs: 30_000 };
    const url = `https://alertmanager.svc:${port}`;
    const read = async (server: Server) => createAlertsSource(server, options, world).read({});
    expect((await read({ url, timeoutMs: 5000, ca: [ca] })).status).toBe("Current");
    expect((await read({ url, timeoutMs: 5000 })).message).toContain("certificate");
    expect((await read({ url: url.replace(".svc", ".other"), timeoutMs: 5000, ca: [ca] })).message).toContain(
      "certificate",
    );
  });
});

function flood(response: ServerResponse): void {
  let left = 3200;
  const write = (): void => {
    left -= 1;
    if (response.destroyed) return;
    if (left === 0) response.end();
    else response.write("a".repeat(16_384), write);
  };
  write();
}
