import { describe, expect, it, onTestFinished } from "vitest";
import { createWebhookReader } from "../../../src/adapters/webhook/webhook-reader.ts";
import { bringsToken } from "../../../src/faces/compose-daemon.ts";
import { apiRoutes, type ApiView } from "../../../src/faces/daemon/api-routes.ts";
import { type Route, serveHttp } from "../../../src/faces/daemon/http-server.ts";
import { createMetrics } from "../../../src/faces/daemon/metrics.ts";
import { metricsRoutes, probeRoutes } from "../../../src/faces/daemon/probe-routes.ts";
import { webhookRoutes } from "../../../src/faces/daemon/webhook-routes.ts";

const API = "an-api-token-of-the-test";
const HOOK = "a-hook-secret-of-the-test";

const VIEW: ApiView = {
  targets: async () => ({ kind: "StatusList" }),
  target: async () => ({ kind: "Status" }),
  jobs: async () => ({ kind: "JobList" }),
  job: async () => ({ kind: "Job" }),
  checkpoints: async () => ({ kind: "CheckpointRecordList" }),
  quarantine: async () => ({ kind: "QuarantineList" }),
};

/** Everything that the daemon serves. */
function allRoutes(): readonly Route[] {
  const metrics = createMetrics("1");
  const senders = { github: [HOOK], flux: [HOOK], argocd: [HOOK], alertmanager: [HOOK], signals: [HOOK] };
  const reader = createWebhookReader(() => senders);
  return [
    ...webhookRoutes({ reader, onHints: () => undefined, metrics }),
    ...apiRoutes(VIEW, ({ authorization }) => bringsToken([API], authorization)),
    ...metricsRoutes(metrics),
    ...probeRoutes({ alive: () => undefined, ready: () => undefined }),
  ];
}

/** What each may do, in this order; what is in no row is open to nobody. */
const ROLES = [undefined, "Bearer somebody-else-of-the-test", `Bearer ${HOOK}`, `Bearer ${API}`] as const;

const TABLE: Readonly<Record<string, readonly [nobody: number, stranger: number, sender: number, reader: number]>> = {
  "GET /healthz": [200, 200, 200, 200],
  "GET /readyz": [200, 200, 200, 200],
  "GET /metrics": [200, 200, 200, 200],
  "GET /api/v1/targets": [401, 401, 401, 200],
  "GET /api/v1/targets/{target*}": [401, 401, 401, 200],
  "GET /api/v1/targets/{target*}/checkpoints": [401, 401, 401, 200],
  "GET /api/v1/jobs": [401, 401, 401, 200],
  "GET /api/v1/jobs/{job}": [401, 401, 401, 200],
  "GET /api/v1/quarantine": [401, 401, 401, 200],
  // A bearer token proves nothing where a signature is asked for.
  "POST /webhooks/github": [401, 401, 401, 401],
  "POST /webhooks/flux": [401, 401, 401, 401],
  "POST /webhooks/argocd": [401, 401, 400, 401],
  "POST /webhooks/alertmanager": [401, 401, 400, 401],
  "POST /api/v1/targets/{target*}/signals": [401, 401, 400, 401],
};

describe("who may do what", () => {
  it("is said of every route", () => {
    const served = allRoutes().map(({ method, path }) => `${method} ${path}`);
    expect(served.toSorted()).toEqual(Object.keys(TABLE).toSorted());
  });

  it.each(Object.entries(TABLE))("at %s is as the table says, and nothing more", async (name, wanted) => {
    const server = await serveHttp({ listen: "127.0.0.1:0", routes: allRoutes(), log: { warn: () => undefined } });
    onTestFinished(async () => server.close(0));
    const [method = "", path = ""] = name.split(" ");
    const url = `http://${server.address}${path.replace(/\{\w+\*?\}/, "payments%2Fapi")}`;
    const ask = async (authorization: string | undefined): Promise<number> => {
      const headers = { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) };
      return (await fetch(url, { method, headers, ...(method === "POST" ? { body: "[]" } : {}) })).status;
    };
    expect(await Promise.all(ROLES.map(ask))).toEqual(wanted);
  });
});
