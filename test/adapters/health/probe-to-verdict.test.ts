import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createAddressGuard } from "../../../src/adapters/health/http/address-guard.ts";
import { createHttpProbe } from "../../../src/adapters/health/http/http-probe.ts";
import { recordObserved } from "../../../src/core/checkpoint-observed.ts";
import type { CheckpointRecord } from "../../../src/core/record.ts";
import { readingFact } from "../../../src/core/signal/facts.ts";
import { observe } from "../../../src/core/signal/observe.ts";
import type { SignalPolicy } from "../../../src/core/signal/policy.ts";
import { newSignal } from "../../../src/core/signal/state.ts";
import { judge } from "../../../src/core/signal/verdict.ts";
import { manualClock } from "../../support/manual-clock.ts";

const R1 = "1".repeat(40);
const R2 = "2".repeat(40);

it("a page that breaks with a deploy becomes a checkpoint before it, and a bad verdict after it", async () => {
  let version = R1;
  const server = createServer((_, response) => response.writeHead(version === R1 ? 200 : 500).end("ok"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`;
  const clock = manualClock();
  const world = { clock, isDenied: createAddressGuard("public", ["127.0.0.1"]) };
  const probe = createHttpProbe(
    { name: `http ${url}`, url, intervalMs: 30_000, timeoutMs: 5000, expected: { statuses: [] }, showBody: false },
    world,
  );
  const policy: SignalPolicy = {
    sources: [{ name: probe.name }],
    bad: { forMs: 120_000, samples: 3, on: ["Failed"] },
    good: { bakeTimeMs: 600_000, requireAll: true },
    maxStaleMs: 60_000,
  };
  const records: CheckpointRecord[] = [];
  let signal = newSignal("shop");
  for (let poll = 0; poll < 40; poll++) {
    if (poll === 30) version = R2;
    const atMs = clock.nowMs();
    signal = observe(signal, { kind: "live", target: "shop", revision: version, content: version, atMs }, policy);
    const seen = { target: "shop", source: probe.name, atMs };
    signal = observe(signal, readingFact(seen, await probe.read({})), policy);
    const verdict = judge(signal, policy, { nowMs: clock.nowMs() });
    const record = recordObserved({ verdict, records, images: [], newId: () => clock.newId(), by: "lastgood" });
    if (record !== undefined) records.push(record);
    clock.advance(30_000);
  }
  expect(records.map(({ revision, verdict, at, reason }) => ({ revision, verdict, at, reason }))).toEqual([
    {
      revision: R1,
      verdict: "good",
      at: "2026-08-22T13:56:40Z",
      reason: "healthy for 10m, by one source: one source decides",
    },
    { revision: R2, verdict: "bad", at: "2026-08-22T14:03:40Z", reason: `http ${url} is bad: HTTP 500` },
  ]);
});
