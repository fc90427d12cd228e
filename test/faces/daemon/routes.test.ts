import { createHmac } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWebhookReader } from "../../../src/adapters/webhook/webhook-reader.ts";
import type { Hint } from "../../../src/core/hints/hint.ts";
import { apiRoutes, type ApiView } from "../../../src/faces/daemon/api-routes.ts";
import { type Route, serveHttp } from "../../../src/faces/daemon/http-server.ts";
import { createMetrics } from "../../../src/faces/daemon/metrics.ts";
import { metricsRoutes, probeRoutes } from "../../../src/faces/daemon/probe-routes.ts";
import { webhookRoutes } from "../../../src/faces/daemon/webhook-routes.ts";

async function serve(routes: readonly Route[]): Promise<string> {
  const server = await serveHttp({ listen: "127.0.0.1:0", routes, log: { warn: () => undefined } });
  onTestFinished(async () => server.close(0));
  return `http://${server.address}`;
}

const KEY = "a-long-enough-key";

interface Listening {
  readonly url: string;
  readonly heard: readonly Hint[];
  readonly post: (path: string, body: string, headers?: Record<string, string>) => Promise<number>;
  readonly counted: () => Promise<string>;
}

async function listen(): Promise<Listening> {
  const heard: Hint[] = [];
  const metrics = createMetrics("1");
  const reader = createWebhookReader(() => ({ github: [KEY], signals: [KEY] }));
  const url = await serve(webhookRoutes({ reader, onHints: (hints) => void heard.push(...hints), metrics }));
  return {
    url,
    heard,
    post: async (path, body, headers = {}) => {
      const type = { "content-type": "application/json" };
      return (await fetch(`${url}${path}`, { method: "POST", headers: { ...type, ...headers }, body })).status;
    },
    counted: async () => metrics.text(),
  };
}

function signed(body: string, delivery: string): Record<string, string> {
  return {
    "x-hub-signature-256": `sha256=${createHmac("sha256", KEY).update(body).digest("hex")}`,
    "x-github-event": "check_suite",
    "x-github-delivery": delivery,
  };
}

const SUITE = JSON.stringify({
  action: "completed",
  check_suite: { id: 7, head_sha: "3".repeat(40), conclusion: "failure", head_branch: "main" },
  repository: { full_name: "acme/gitops" },
});

describe("a webhook", () => {
  it("that is proved is heard once, however often it is delivered", async () => {
    const { post, heard } = await listen();
    const first = signed(SUITE, "11111111-0000-0000-0000-000000000000");
    expect([await post("/webhooks/github", SUITE, first), await post("/webhooks/github", SUITE, first)]).toEqual([
      202, 202,
    ]);
    expect(heard).toHaveLength(1);
    // The same news under another name of delivery.
    expect(await post("/webhooks/github", SUITE, signed(SUITE, "22222222-0000-0000-0000-000000000000"))).toBe(202);
    expect(heard).toHaveLength(1);
  });

  it("of a target whose name holds a slash is heard, written either way", async () => {
    const { post, heard } = await listen();
    const bearer = { authorization: `Bearer ${KEY}` };
    const body = (at: string): string => JSON.stringify({ status: "bad", source: "smoke", revision: at.repeat(40) });
    expect(await post("/api/v1/targets/payments%2Fapi/signals", body("1"), bearer)).toBe(202);
    expect(await post("/api/v1/targets/payments/api/signals", body("2"), bearer)).toBe(202);
    expect(heard.map(({ about }) => about)).toEqual([
      { kind: "target", name: "payments/api" },
      { kind: "target", name: "payments/api" },
    ]);
  });

  it.each([
    ["without a proof", "/webhooks/github", {}, 401],
    ["with a proof of another", "/webhooks/github", { "x-hub-signature-256": `sha256=${"0".repeat(64)}` }, 401],
    ["of a sender without a secret", "/webhooks/flux", { "x-signature": `sha256=${"0".repeat(64)}` }, 404],
    ["to an endpoint that is none", "/webhooks/gitlab", {}, 404],
  ])("%s is refused and changes nothing", async (_, path, headers, status) => {
    const { post, heard } = await listen();
    expect(await post(path, SUITE, headers as Record<string, string>)).toBe(status);
    expect(heard).toEqual([]);
  });

  it("is counted by its sender and its answer", async () => {
    const { post, counted } = await listen();
    await post("/webhooks/github", SUITE);
    await post("/webhooks/github", SUITE, signed(SUITE, "1"));
    const text = await counted();
    expect(text).toContain('lastgood_webhook_requests_total{source="github",code="401"} 1');
    expect(text).toContain('lastgood_webhook_requests_total{source="github",code="202"} 1');
  });
});

const VIEW: ApiView = {
  targets: async () => ({ kind: "TargetList", items: [{ name: "payments/api" }] }),
  target: async (name) => (name === "payments/api" ? { kind: "Target", metadata: { name } } : undefined),
  jobs: async () => ({ kind: "JobList", items: [] }),
  job: async (id) => (id === "01J9" ? { kind: "Job", metadata: { id } } : undefined),
  checkpoints: async (name) => ({ kind: "CheckpointList", metadata: { target: name }, items: [] }),
  quarantine: async () => ({ kind: "QuarantineList", items: [{ reason: "\u202eevil" }] }),
};

describe("the API", () => {
  it.each([
    ["/api/v1/targets", "TargetList"],
    ["/api/v1/targets/payments%2Fapi", "Target"],
    ["/api/v1/targets/payments/api", "Target"],
    ["/api/v1/targets/payments/api/checkpoints", "CheckpointList"],
    ["/api/v1/jobs", "JobList"],
    ["/api/v1/jobs/01J9", "Job"],
    ["/api/v1/quarantine", "QuarantineList"],
  ])("answers %s with a %s, and tells strangers nothing", async (path, kind) => {
    const url = await serve(apiRoutes(VIEW, ({ authorization }) => authorization === `Bearer ${KEY}`));
    const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${KEY}` } });
    expect(await answer.json()).toMatchObject({ apiVersion: "lastgood.dev/v1alpha1", kind });
    const stranger = await fetch(`${url}${path}`);
    expect([stranger.status, await stranger.text()]).toEqual([401, expect.not.stringContaining("payments") as string]);
    expect((await fetch(`${url}${path}`, { method: "POST" })).status).toBe(405);
  });

  it("says of what there is not that there is not", async () => {
    const url = await serve(apiRoutes(VIEW, () => true));
    expect((await fetch(`${url}/api/v1/targets/other`)).status).toBe(404);
    expect((await fetch(`${url}/api/v1/jobs/other`)).status).toBe(404);
  });

  it("writes out what a terminal would obey", async () => {
    const url = await serve(apiRoutes(VIEW, () => true));
    expect(await (await fetch(`${url}/api/v1/quarantine`)).text()).toContain("\\u202eevil");
  });
});

describe("the probes", () => {
  it("say what is missing, to whoever asks", async () => {
    let why: string | undefined = "no engine has been heard of yet";
    const metrics = createMetrics("1");
    const url = await serve([...probeRoutes({ alive: () => undefined, ready: () => why }), ...metricsRoutes(metrics)]);
    const ask = async (path: string): Promise<readonly [number, string]> => {
      const answer = await fetch(`${url}${path}`);
      return [answer.status, await answer.text()];
    };
    expect(await ask("/healthz")).toEqual([200, "ok\n"]);
    expect(await ask("/readyz")).toEqual([503, "no engine has been heard of yet\n"]);
    why = undefined;
    expect(await ask("/readyz")).toEqual([200, "ok\n"]);
    const [status, text] = await ask("/metrics");
    expect([status, text]).toEqual([200, expect.stringContaining("lastgood_build_info") as string]);
  });
});
