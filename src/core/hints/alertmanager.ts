/** Alertmanager's webhook, version 4 (prometheus.io/docs/alerting/latest/configuration/#webhook_config); Grafana sends a superset of it. */
import { isList, isObject, type JsonValue, property, stringAt } from "../model/json.ts";
import { type Hint, hintsOf, ignored, malformed, nameAt, parsePayload, type ReadPayload, textOf } from "./hint.ts";

const MOST_LABELS = 64;
const LABEL_LENGTH = 1024;

/** One hint per alert: `firing` is bad, `resolved` good. What is wrong with one alert costs nothing but itself. */
export function readAlertmanager(body: string): ReadPayload {
  const payload = parsePayload(body);
  if (payload === undefined) return malformed("is no JSON object");
  const version = property(payload, "version");
  // Grafana says "1".
  if (version !== "4" && version !== "1") return malformed("is not of Alertmanager's version 4");
  const alerts = property(payload, "alerts");
  if (!isList(alerts)) return malformed("has no alerts");
  const hints = alerts.flatMap(hintOf);
  if (hints.length === 0) return ignored("no alert in it fires or is resolved");
  const truncated = property(payload, "truncatedAlerts");
  return hintsOf(hints, typeof truncated === "number" && truncated > 0);
}

function hintOf(alert: JsonValue): readonly Hint[] {
  const status = stringAt(alert, "status");
  const labels = labelsOf(property(alert, "labels"));
  if ((status !== "firing" && status !== "resolved") || labels === undefined) return [];
  const name = labels["alertname"] ?? "an alert";
  const summary = stringAt(alert, "annotations", "summary") ?? stringAt(alert, "annotations", "description");
  const began = nameAt(alert, "startsAt") ?? "";
  return [
    {
      about: { kind: "labels", labels },
      says: status === "firing" ? "bad" : "good",
      key: `alertmanager ${nameAt(alert, "fingerprint") ?? JSON.stringify(sorted(labels))} ${began} ${status}`,
      message: textOf(
        `${name} ${status === "firing" ? "fires" : "is resolved"}${summary === undefined ? "" : `: ${summary}`}`,
      ),
    },
  ];
}

/** Undefined when they are no labels. The record has no prototype: any name is a label's, and none is anything else. */
function labelsOf(value: JsonValue | undefined): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  const sound = entries.every(
    ([name, text]) =>
      /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/.test(name) && typeof text === "string" && text.length <= LABEL_LENGTH,
  );
  if (!sound || entries.length === 0 || entries.length > MOST_LABELS) return undefined;
  return Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(entries));
}

function sorted(labels: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Has an alert with these labels all that `wanted` asks for? Nothing asked for matches nothing. */
export function labelsMatch(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  const entries = Object.entries(wanted);
  return entries.length > 0 && entries.every(([name, text]) => Object.hasOwn(labels, name) && labels[name] === text);
}
