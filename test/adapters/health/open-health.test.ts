import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { type HealthWorld, openHealthSources } from "../../../src/adapters/health/open-health.ts";
import { signalPolicyOf } from "../../../src/core/signal/signal-policy.ts";
import { LastgoodError } from "../../../src/errors.ts";
import type { TargetConfig } from "../../../src/config/config.ts";
import { configOf } from "../../config/faults-of.ts";
import { listen } from "../../support/loopback.ts";
import { manualClock } from "../../support/manual-clock.ts";

function targetOf(health: string): TargetConfig {
  const { targets } = configOf(
    `engines: [{ name: argo, type: argocd }]\ntargets:\n  - name: a\n    paths: [a]\n    health:\n${health}`,
  );
  const [target] = targets;
  if (target === undefined) throw new Error("no target");
  return target;
}

function worldOf(more: Partial<HealthWorld> = {}): HealthWorld & { readonly read: string[] } {
  const read: string[] = [];
  const file = async (path: string): Promise<string> => {
    read.push(path);
    return Promise.resolve(`secret of ${path}`);
  };
  return { clock: manualClock(), readSecretFile: file, readCertificates: file, read, ...more };
}

describe("openHealthSources", () => {
  it("opens all that can be asked, by the names that the policy knows", async () => {
    const target = targetOf(`      - engine: { name: argo, object: a }
      - http: { url: "https://shop.example/healthz", interval: 10s }
      - http: { url: "https://shop.example/healthz", interval: 20s, expect: { status: 503 } }
      - prometheus: { url: "http://p", query: up, above: 0 }
      - slo: { url: "http://p", query: "e[{window}]", objective: 99.9, interval: 1m }
      - alerts: { url: "http://am", matchLabels: { app: a }, interval: 5m }
      - alerts: { matchLabels: { app: a } }
`);
    const sources = await openHealthSources(target, worldOf());
    expect(sources.map(({ name, intervalMs }) => `${name}, ${intervalMs}`)).toEqual([
      "http https://shop.example/healthz, 10000",
      "http https://shop.example/healthz #2, 20000",
      "prometheus up, 30000",
      "burn rate e[{window}], 60000",
      'alerts {app="a"}, 300000',
    ]);
    const known = signalPolicyOf(target).sources.map(({ name }) => name);
    expect(known).toEqual(["argo a", ...sources.map(({ name }) => name)]);
  });

  it("reads certificates once and tokens each time, and says at once when one cannot be read", async () => {
    const server = createServer(
      (request, response) => void response.end(JSON.stringify(request.headers.authorization === "Bearer 2" ? [] : {})),
    );
    const url = `http://127.0.0.1:${await listen(server)}`;
    const target = targetOf(`      - alerts: { url: "${url}", matchLabels: { app: a }, tokenFile: /t, caFile: /ca }\n`);
    let times = 0;
    const world = worldOf({ readSecretFile: async () => Promise.resolve(String((times += 1))) });
    const [source] = await openHealthSources(target, world);
    expect((await source?.read({}))?.status).toBe("Current");
    expect((await source?.read({}))?.status).toBe("Unknown");
    expect({ times, read: world.read }).toEqual({ times: 3, read: ["/ca"] });
    const missing = new LastgoodError("ConfigSecretFile", "secret file /t does not exist");
    const broken = worldOf({ readSecretFile: async () => Promise.reject(missing) });
    await expect(openHealthSources(target, broken)).rejects.toBe(missing);
  });

  it("guards the addresses of probes more than those of monitoring systems", async () => {
    const port = await listen(createServer((_, response) => void response.end("[]")));
    const sources = await openHealthSources(
      targetOf(`      - http: { url: "http://127.0.0.1:${port}/" }
      - http: { url: "http://127.0.0.1:${port}/x", allowNetworks: [127.0.0.1] }
      - alerts: { url: "http://127.0.0.1:${port}", matchLabels: { app: a } }
      - alerts: { url: "http://169.254.169.254", matchLabels: { app: a } }
`),
      worldOf(),
    );
    const readings = await Promise.all(sources.map(async (source) => source.read({})));
    expect(readings.map(({ status }) => status)).toEqual(["Unknown", "Current", "Current", "Unknown"]);
  });
});
