import type { WebhookReader } from "../../ports/webhook.ts";
import { createDeliveries } from "./deliveries.ts";
import { readHint, WEBHOOK_ENDPOINTS, type WebhookSecrets } from "./read-hint.ts";

/** `secrets` is asked at each request: files of secrets are replaced while the daemon runs. */
export function createWebhookReader(secrets: () => WebhookSecrets): WebhookReader {
  const known = createDeliveries();
  return {
    endpoints: WEBHOOK_ENDPOINTS,
    brings: (headers) => PROOFS.some((name) => headers[name] !== undefined),
    read: (request) => {
      const read = readHint({ ...request, secrets: secrets() });
      switch (read.kind) {
        case "refused":
          return { status: read.status, why: read.why, hints: [] };
        case "malformed":
          return { status: 400, why: `the body ${read.why}`, hints: [] };
        case "ignored":
          return { status: 202, hints: [] };
        case "hints": {
          if (read.delivery !== undefined && !known.isFirst(read.delivery)) return { status: 202, hints: [] };
          return { status: 202, hints: read.hints.filter(({ key }) => known.isFirst(`hint ${key}`)) };
        }
      }
    },
  };
}

const PROOFS = ["authorization", "x-hub-signature-256", "x-signature"];
