/** Do events of the forge reach the daemon? */
import { failed, ok, skipped, warning, type Finding } from "./finding.ts";

export interface WebhookFacts {
  readonly url: string;
  readonly active: boolean;
  /** It is signed with a secret. */
  readonly secret: boolean;
  readonly json: boolean;
  readonly events: readonly string[];
  /** The newest delivery: its HTTP status, 0 when there was no answer. */
  readonly last?: { readonly status: number; readonly at: string };
}

/** What the daemon listens to. */
export const WEBHOOK_EVENTS = [
  "push",
  "pull_request",
  "pull_request_review",
  "check_suite",
  "issue_comment",
  "issues",
  "deployment_status",
] as const;

/** `hooks` undefined: this token may not read them. `publicUrl`: where the daemon is reached. */
export function judgeWebhooks(
  hooks: readonly WebhookFacts[] | undefined,
  publicUrl: string | undefined,
): readonly Finding[] {
  if (publicUrl === undefined)
    return [skipped("Webhooks", "server.publicUrl is not set: the daemon asks instead of being told")];
  if (hooks === undefined) {
    return [
      skipped("Webhooks", "this token may not read webhooks", {
        remedy: ["Settings, Webhooks: Recent Deliveries shows whether they arrive"],
      }),
    ];
  }
  const wanted = `${publicUrl.replace(/\/+$/, "")}/webhooks/github`;
  const slower = "lastgood sees pushes, merges and comments only when it asks the next time: minutes later.";
  const ours = hooks.find(({ url }) => url.replace(/\/+$/, "") === wanted);
  if (ours === undefined) {
    return [
      warning("Webhooks", `no webhook points at ${wanted}`, {
        meaning: slower,
        remedy: [
          `Settings, Webhooks, Add webhook: ${wanted}, application/json, with the secret of forge.webhookSecretFile`,
        ],
      }),
    ];
  }
  return [...faultsOf(ours, slower), ...deliveryOf(ours)];
}

function faultsOf({ active, secret, json, events }: WebhookFacts, slower: string): readonly Finding[] {
  const findings: Finding[] = [];
  const settings = "Settings, Webhooks, Edit";
  if (!active)
    findings.push(
      warning("WebhookOff", "the webhook is switched off", { meaning: slower, remedy: [`${settings}: Active`] }),
    );
  if (!secret || !json) {
    const what = secret ? "does not send application/json" : "has no secret";
    findings.push(
      failed("WebhookUnsigned", `the webhook ${what}`, {
        meaning: `Every delivery is refused. ${slower}`,
        remedy: [`${settings}: Content type application/json, Secret as in forge.webhookSecretFile`],
      }),
    );
  }
  const missing = events.includes("*") ? [] : WEBHOOK_EVENTS.filter((event) => !events.includes(event));
  if (missing.length > 0) {
    findings.push(
      warning("WebhookEvents", `the webhook does not send ${missing.join(", ")}`, {
        meaning: "What these tell is seen only when lastgood asks the next time.",
        remedy: [`${settings}: Let me select individual events`],
      }),
    );
  }
  return findings;
}

function deliveryOf({ last, url }: WebhookFacts): readonly Finding[] {
  if (last === undefined) return [ok("Webhooks", `a webhook points at ${url}; nothing was delivered lately`)];
  if (last.status >= 200 && last.status < 300) return [ok("Webhooks", `webhooks arrive: the last one at ${last.at}`)];
  const what = last.status === 0 ? "was not answered" : `was answered with HTTP ${last.status}`;
  return [
    warning("WebhookDelivery", `the last delivery to ${url} ${what} (${last.at})`, {
      meaning: "Events are lost; GitHub does not repeat them by itself.",
      remedy: [
        "Settings, Webhooks, Recent Deliveries: Redeliver, once the daemon answers",
        last.status === 401
          ? "401: forge.webhookSecretFile is not the webhook's secret"
          : `curl -i ${url}    from outside: 405 is a daemon that listens`,
      ],
    }),
  ];
}
