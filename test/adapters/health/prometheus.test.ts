import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createAddressGuard } from "../../../src/adapters/health/http/address-guard.ts";
import {
  createBurnSource,
  createFigureSource,
  longestRange,
} from "../../../src/adapters/health/prometheus/prometheus.ts";
import { BURN_WINDOWS } from "../../../src/core/health/burn-rate.ts";
import { manualClock } from "../../support/manual-clock.ts";

const NAME = "prometheus";

interface Asked {
  readonly path: string;
  readonly query: string;
  readonly time: string | null;
  readonly authorization: string | undefined;
}

/** A Prometheus that knows what `answer` says; the sample's time is the asked one, or our clock's. */
async function prometheus(
  answer: (query: string, time: number | undefined, response: ServerResponse) => string | undefined,
) {
  const clock = manualClock();
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readText(request).then((body) => {
      const form = new URLSearchParams(body);
      const time = form.get("time");
      asked.push({
        path: request.url ?? "",
        query: form.get("query") ?? "",
        time,
        authorization: request.headers.authorization,
      });
      const value = answer(form.get("query") ?? "", time === null ? undefined : Number(time), response);
      if (value === undefined) return;
      const at = time === null ? clock.nowMs() / 1000 : Number(time);
      const result = [{ metric: {}, value: [at, value] }];
      response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { asked, clock, url: `http://127.0.0.1:${port}`, world: { clock, isDenied: createAddressGuard("internal") } };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe("a figure of Prometheus", () => {
  it("is asked as a form, with a token where there is one, and held against its limit", async () => {
    const { asked, url, world } = await prometheus(() => "0.4");
    const server = { url: `${url}/prometheus/`, timeoutMs: 5000, token: async () => Promise.resolve("t0ken") };
    const query = 'sum(rate(errors{service="a&b"}[5m]))';
    const source = createFigureSource(
      server,
      { name: NAME, query, limits: { below: 0.02 }, intervalMs: 30_000 },
      world,
    );
    expect(await source.read({})).toEqual({
      status: "Failed",
      message: "0.4 is not below 0.02",
      value: 0.4,
      better: "lower",
      limit: 0.02,
      coversMs: 300_000,
    });
    expect(asked).toEqual([{ path: "/prometheus/api/v1/query", query, time: null, authorization: "Bearer t0ken" }]);
  });

  it("is compared with what it was just before the revision came", async () => {
    const { asked, clock, url, world } = await prometheus((_, time) => (time === undefined ? "0.018" : "0.002"));
    const liveSinceMs = clock.nowMs() - 600_000;
    const options = {
      name: NAME,
      query: "latency",
      limits: { below: 1 },
      baseline: { factor: 2, noise: 0.001 },
      intervalMs: 30_000,
    };
    const source = createFigureSource({ url, timeoutMs: 5000 }, options, world);
    expect(await source.read({ liveSinceMs })).toMatchObject({
      status: "Failed",
      message: "0.018, before the deploy 0.002: worse than 0.004",
    });
    expect(asked.map(({ time }) => time)).toEqual([null, String((liveSinceMs - 300_000) / 1000)]);
    expect((await source.read({})).status).toBe("Current");
  });

  it.each([
    ["200 MB", (response: ServerResponse) => flood(response)],
    [
      "a redirect to the metadata service",
      (response: ServerResponse) => void response.writeHead(302, { location: "http://169.254.169.254/" }).end(),
    ],
    ["503", (response: ServerResponse) => void response.writeHead(503).end("starting")],
    [
      "422",
      (response: ServerResponse) =>
        void response.writeHead(422).end('{"status":"error","errorType":"execution","error":"x"}'),
    ],
    ["half an answer", (response: ServerResponse) => void response.end('{"status":"succ')],
    ["a broken connection", (response: ServerResponse) => void response.destroy()],
  ])("is unknown when the answer is %s", async (_, behave) => {
    const { asked, url, world } = await prometheus((_query, _time, response) => {
      behave(response);
      return undefined;
    });
    const source = createFigureSource(
      { url, timeoutMs: 5000 },
      { name: NAME, query: "x", limits: { below: 1 }, intervalMs: 30_000 },
      world,
    );
    expect((await source.read({})).status).toBe("Unknown");
    expect(asked).toHaveLength(1);
  });

  it("is unknown when the clocks are apart", async () => {
    const { clock, url, world } = await prometheus(() => "1");
    const ahead = { ...world, clock: { ...clock, nowMs: () => clock.nowMs() + 120_000 } };
    const source = createFigureSource(
      { url, timeoutMs: 5000 },
      { name: NAME, query: "x", limits: { below: 2 }, intervalMs: 30_000 },
      ahead,
    );
    expect(await source.read({})).toEqual({ status: "Unknown", message: "is -120 s apart from our clock" });
  });
});

describe("the burn rate of Prometheus", () => {
  it("asks for each window once, and fires when both of a pair burn", async () => {
    const { asked, url, world } = await prometheus((query) => (/\[(?:5m|1h)\]/.test(query) ? "0.02" : "0.001"));
    const options = {
      name: NAME,
      query: "errors[{window}] / all[{window}]",
      objective: 99.9,
      windows: BURN_WINDOWS,
      intervalMs: 60_000,
    };
    const reading = await createBurnSource({ url, timeoutMs: 5000 }, options, world).read({});
    expect(reading).toMatchObject({ status: "Failed", coversMs: 300_000 });
    expect(asked.map(({ query }) => query).sort()).toEqual(
      ["1h", "30m", "5m", "6h"].map((window) => `errors[${window}] / all[${window}]`),
    );
  });
});

describe("longestRange", () => {
  it.each([
    ["up", 0],
    ["rate(x[5m])", 300_000],
    ["rate(x[1h30m]) / rate(y[5m])", 5_400_000],
    ["max_over_time(rate(x[1m])[10m:30s])", 600_000],
    ['x{path="[5m]"}', 300_000],
    ["x[ 500ms ]", 500],
    ["x[{window}]", 0],
  ])("reads %s", (query, expected) => {
    expect(longestRange(query)).toBe(expected);
  });
});

function flood(response: ServerResponse): void {
  let left = 12_800;
  const write = (): void => {
    left -= 1;
    if (response.destroyed) return;
    if (left === 0) response.end();
    else response.write("a".repeat(16_384), write);
  };
  write();
}
