import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface LookAlikePrometheus {
  readonly url: string;
  /** By query: what it says from now on. A query that is not here has no data. */
  readonly figures: Map<string, number>;
}

/** Prometheus' instant queries over HTTP, by the clock that is handed in. Closed when the test ends. */
export async function lookAlikePrometheus(nowMs: () => number): Promise<LookAlikePrometheus> {
  const figures = new Map<string, number>();
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const value = figures.get(form.get("query") ?? "");
      const at = Number(form.get("time") ?? nowMs() / 1000);
      const result = value === undefined ? [] : [{ metric: {}, value: [at, String(value)] }];
      response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, figures };
}
