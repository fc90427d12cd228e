/** A notification in the words of those who receive it. Pure: sending is adapters/notifier. */
import { isWarning } from "../model/event.ts";
import { groupOf } from "../model/component.ts";
import type { JsonObject } from "../model/json.ts";
import { toIso } from "../model/time.ts";
import { clean, type Notification, renderTemplate, sentenceOf } from "./notification.ts";

/**
 * Slack's incoming webhook (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). `text` is what a phone shows; the block
 * holds the same as plain text, in which nothing is markup: no mention, no link that says another address than it has.
 */
export function slackPayload(notification: Notification, template?: string): JsonObject {
  const { event, url, issueUrl } = notification;
  const said =
    template === undefined ? `${event}: ${sentenceOf(notification)}` : renderTemplate(template, notification);
  const buttons = [...buttonOf("Pull request", url), ...buttonOf("Incident", issueUrl)];
  return {
    // &, < and > are the only characters that Slack reads as more than themselves here.
    text: said.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
    blocks: [
      { type: "section", text: { type: "plain_text", text: said === "" ? event : said, emoji: false } },
      ...(buttons.length === 0 ? [] : [{ type: "actions", elements: buttons }]),
    ],
  };
}

function buttonOf(label: string, url: string | undefined): readonly JsonObject[] {
  if (url === undefined || !isLink(url)) return [];
  return [{ type: "button", text: { type: "plain_text", text: label }, url }];
}

/** Slack takes up to 3,000 characters. */
function isLink(url: string): boolean {
  return url.length <= 3000 && /^https?:\/\/[^\s<>"|]+$/.test(url);
}

/** Flux's Event (fluxcd/pkg `apis/event/v1beta1`): what the generic webhook of everybody who listens to Flux takes. */
export function fluxEvent(notification: Notification, template?: string): JsonObject {
  const { event, target, environment, revision, url, issueUrl, job, atMs, about, key } = notification;
  const message = template === undefined ? clean(notification.message) : renderTemplate(template, notification);
  return {
    involvedObject: {
      apiVersion: about?.apiVersion ?? "lastgood.dev/v1alpha1",
      kind: about?.kind ?? "Target",
      ...(about?.namespace === undefined ? {} : { namespace: about.namespace }),
      name: about?.name ?? clean(target),
      ...(about?.uid === undefined ? {} : { uid: about.uid }),
    },
    severity: isWarning(event) ? "error" : "info",
    timestamp: toIso(atMs),
    message,
    reason: event,
    metadata: {
      target: clean(target),
      key: clean(key),
      ...(environment === undefined ? {} : { environment: clean(environment) }),
      ...(revision === undefined ? {} : { [revisionKey(about?.apiVersion)]: clean(revision) }),
      ...(url === undefined ? {} : { url: clean(url) }),
      ...(issueUrl === undefined ? {} : { issue: clean(issueUrl) }),
      ...(job === undefined ? {} : { job: clean(job) }),
    },
    reportingController: "lastgood",
  };
}

function revisionKey(apiVersion: string | undefined): string {
  const group = apiVersion === undefined ? "" : groupOf(apiVersion);
  return `${group === "" ? "lastgood.dev" : group}/revision`;
}

/** After these nobody has to be woken any more. */
const ENDS: ReadonlySet<string> = new Set(["RevertVerified", "RevertSuperseded"]);

/**
 * PagerDuty's Events API v2: one incident per `incident`, opened by warnings, closed when the target is well again. Undefined for what is
 * no reason to page anybody.
 */
export function pagerDutyEvent(
  notification: Notification,
  routingKey: string,
  template?: string,
): JsonObject | undefined {
  const { event, target, environment, incident, revision, url, issueUrl, job, atMs } = notification;
  const dedup = { routing_key: routingKey, dedup_key: incident.slice(0, 255) };
  if (ENDS.has(event)) return { ...dedup, event_action: "resolve" };
  if (!isWarning(event)) return undefined;
  const summary = template === undefined ? sentenceOf(notification) : renderTemplate(template, notification);
  const links = [...linkOf("Pull request", url), ...linkOf("Incident", issueUrl)];
  return {
    ...dedup,
    event_action: "trigger",
    client: "lastgood",
    ...(links.length === 0 ? {} : { links }),
    payload: {
      summary: summary === "" ? event : summary,
      source: clean(target),
      severity: CRITICAL.has(event) ? "critical" : "warning",
      timestamp: toIso(atMs),
      class: event,
      ...(environment === undefined ? {} : { group: clean(environment) }),
      custom_details: {
        ...(revision === undefined ? {} : { revision: clean(revision) }),
        ...(job === undefined ? {} : { job: clean(job) }),
      },
    },
  };
}

/** lastgood cannot help: only people can. */
const CRITICAL: ReadonlySet<string> = new Set(["RevertStillUnhealthy", "RevertFailed", "RevertConflict"]);

function linkOf(text: string, href: string | undefined): readonly JsonObject[] {
  return href !== undefined && isLink(href) ? [{ href, text }] : [];
}
