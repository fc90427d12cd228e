/** The endpoints that others tell lastgood something by: each a hint, after which the truth is read again. */
import type { Hint } from "../../core/hints/hint.ts";
import type { WebhookReader } from "../../ports/webhook.ts";
import { type Reply, refusal, type Route } from "./http-server.ts";
import type { Metrics } from "./metrics.ts";

export interface WebhookWorld {
  readonly reader: WebhookReader;
  /** Each hint once. Returns at once. */
  readonly onHints: (hints: readonly Hint[]) => void;
  readonly metrics: Pick<Metrics, "webhookRequests">;
}

export function webhookRoutes({ reader, onHints, metrics }: WebhookWorld): readonly Route[] {
  return reader.endpoints.map(({ path, source, maxBytes }): Route => {
    const count = (reply: Reply): Reply => {
      metrics.webhookRequests.inc({ source, code: String(reply.status) });
      return reply;
    };
    return {
      method: "POST",
      path,
      maxBytes,
      admits: (headers) => reader.brings(headers) || (count(refusal(401, "")), false),
      handle: async (asked) => {
        const { status, why, hints } = reader.read(asked);
        if (hints.length > 0) onHints(hints);
        return count(why === undefined ? { status } : refusal(status, why));
      },
    };
  });
}
