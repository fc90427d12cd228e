import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  createPagerDutyNotifier,
  createSlackNotifier,
  createWebhookNotifier,
} from "../../../src/adapters/notifier/http/http-notifiers.ts";
import { isSignedBy } from "../../../src/adapters/webhook/signature.ts";
import { EVENTS } from "../../../src/core/model/event.ts";
import type { Notification } from "../../../src/core/notification/notification.ts";

const told: Notification = {
  event: "RevertFailed",
  key: "k",
  incident: "i",
  target: "payments/api",
  message: "the branch rule refuses it",
  atMs: 0,
};

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Receiver {
  readonly url: string;
  readonly seen: readonly Seen[];
}

/** Answers everything with one status and body; 0 closes the connection. */
async function receive(status: number, body = "", headers: Record<string, string> = {}): Promise<Receiver> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => void parts.push(part));
    request.on("end", () => {
      seen.push({ headers: request.headers, body: Buffer.concat(parts) });
      if (status === 0) request.socket.destroy();
      else response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, seen };
}

const world = { fetch: globalThis.fetch, timeoutMs: 10_000 };

describe("the webhook", () => {
  it("is signed over the bytes that are sent, as Flux signs", async () => {
    const { url, seen } = await receive(202);
    const webhook = createWebhookNotifier({ url, secret: async () => "a-long-secret", on: EVENTS }, world);
    await webhook.notify(told);
    const [{ headers, body } = { headers: {}, body: Buffer.alloc(0) }] = seen;
    expect(isSignedBy(["a-long-secret"], body, headers["x-signature"])).toBe(true);
    expect(headers["x-signature"]).toBe(`sha256=${createHmac("sha256", "a-long-secret").update(body).digest("hex")}`);
    expect(headers["gotk-component"]).toBe("lastgood");
    expect(JSON.parse(body.toString())).toMatchObject({ reason: "RevertFailed", severity: "error" });
  });

  it("goes unsigned without a secret, and says its own sentence where it has a template", async () => {
    const { url, seen } = await receive(200);
    await createWebhookNotifier({ url, on: EVENTS, template: "{target} is in trouble" }, world).notify(told);
    expect(seen[0]?.headers["x-signature"]).toBeUndefined();
    expect(JSON.parse(seen[0]?.body.toString() ?? "")).toMatchObject({ message: "payments/api is in trouble" });
  });

  it("follows no redirect: what was meant for one address goes to no other", async () => {
    const elsewhere = await receive(200);
    const { url } = await receive(307, "", { location: elsewhere.url });
    await expect(createWebhookNotifier({ url, on: EVENTS }, world).notify(told)).rejects.toMatchObject({
      code: "NotifyRefused",
    });
    expect(elsewhere.seen).toEqual([]);
  });

  it.each([
    [429, "NotifyUnreachable"],
    [503, "NotifyUnreachable"],
    [0, "NotifyUnreachable"],
    [400, "NotifyRefused"],
    [410, "NotifyRefused"],
  ])("answered %i is %s", async (status, code) => {
    const { url } = await receive(status, "no\u001b[31m");
    await expect(createWebhookNotifier({ url, on: EVENTS }, world).notify(told)).rejects.toMatchObject({ code });
  });

  it("ends with its signal", async () => {
    const { url } = await receive(200);
    const ended = createWebhookNotifier({ url, on: EVENTS }, world).notify(told, AbortSignal.abort(new Error("stop")));
    await expect(ended).rejects.toThrow("stop");
  });
});

describe("Slack's address, which is a secret,", () => {
  it("is in no error", async () => {
    const { url } = await receive(404, "no_service");
    const slack = createSlackNotifier({ url: async () => `${url}/T000/B000/xxxxsecretxxxx`, on: EVENTS }, world);
    const error = await slack.notify(told).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "NotifyRefused", message: "slack answered 404: no_service" });
    expect(JSON.stringify([error, String((error as Error).stack)])).not.toContain("xxxxsecretxxxx");
    const silent = await receive(0);
    const gone = createSlackNotifier({ url: async () => `${silent.url}/xxxxsecretxxxx`, on: EVENTS }, world);
    const refused = await gone.notify(told).catch((reason: unknown) => reason);
    expect(refused).toMatchObject({
      code: "NotifyUnreachable",
      message: expect.stringMatching(/^slack does not answer: [A-Z_]+$/) as string,
    });
    expect(JSON.stringify([refused, String((refused as Error).stack)])).not.toContain("xxxxsecretxxxx");
  });
});

describe("PagerDuty", () => {
  it("is sent nothing for what pages nobody", async () => {
    const { url, seen } = await receive(202);
    const pager = createPagerDutyNotifier({ url, routingKey: async () => "key", on: EVENTS }, world);
    await pager.notify({ ...told, event: "CheckpointRecorded" });
    expect(seen).toEqual([]);
    await pager.notify(told);
    expect(JSON.parse(seen[0]?.body.toString() ?? "")).toMatchObject({ routing_key: "key", event_action: "trigger" });
  });
});
