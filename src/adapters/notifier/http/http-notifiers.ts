/** Slack, PagerDuty, and any webhook that takes Flux's Event. */
import { createHmac } from "node:crypto";
import type { EventName } from "../../../core/model/event.ts";
import { fluxEvent, pagerDutyEvent, slackPayload } from "../../../core/notification/payloads.ts";
import type { Notifier } from "../../../ports/notifier.ts";
import { postJson, type PostWorld } from "./post-json.ts";

interface Told {
  readonly on: readonly EventName[];
  /** Instead of the sentence that lastgood has for it: `{target}: {message}`. */
  readonly template?: string;
}

export interface SlackOptions extends Told {
  /** The incoming webhook's address: a secret. Read anew each time, so that it can be replaced. */
  readonly url: () => Promise<string>;
}

export function createSlackNotifier({ url, on, template }: SlackOptions, world: PostWorld): Notifier {
  return {
    name: "slack",
    on: new Set(on),
    async notify(notification, signal) {
      const body = JSON.stringify(slackPayload(notification, template));
      await postJson({ name: "slack", url: await url(), body }, world, signal);
    },
  };
}

export interface WebhookOptions extends Told {
  readonly url: string;
  /** Key of `X-Signature`; missing: unsigned. */
  readonly secret?: () => Promise<string>;
}

/** `X-Signature: sha256=<hex>` over the bytes of the body, as Flux' generic-hmac provider signs. */
export function createWebhookNotifier({ url, secret, on, template }: WebhookOptions, world: PostWorld): Notifier {
  const name = `webhook ${new URL(url).host}`;
  return {
    name,
    on: new Set(on),
    async notify(notification, signal) {
      const body = JSON.stringify(fluxEvent(notification, template));
      const key = await secret?.();
      const signature =
        key === undefined ? {} : { "x-signature": `sha256=${createHmac("sha256", key).update(body).digest("hex")}` };
      // Receivers of Flux' events choose their parser by this header.
      const headers = { "gotk-component": "lastgood", ...signature };
      await postJson({ name, url, body, headers }, world, signal);
    },
  };
}

export interface PagerDutyOptions extends Told {
  /** Events API v2; another one for accounts in the EU. */
  readonly url: string;
  readonly routingKey: () => Promise<string>;
}

export function createPagerDutyNotifier(
  { url, routingKey, on, template }: PagerDutyOptions,
  world: PostWorld,
): Notifier {
  return {
    name: "pagerduty",
    on: new Set(on),
    async notify(notification, signal) {
      const event = pagerDutyEvent(notification, await routingKey(), template);
      if (event !== undefined) await postJson({ name: "pagerduty", url, body: JSON.stringify(event) }, world, signal);
    },
  };
}
