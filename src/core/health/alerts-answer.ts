/**
 * What Alertmanager's API v2 answers (`GET /api/v2/alerts`; alertmanager `api/v2/openapi.yaml`) and what it says of the target. It knows
 * only what fires: an alert that Prometheus calls pending is not there yet, one that is resolved not any more.
 */
import { isList, isObject, type JsonValue, listAt, property, stringAt } from "../model/json.ts";
import { fromIso, toIso } from "../model/time.ts";
import { type HealthReading, readingOf } from "./reading.ts";

export interface Alert {
  readonly name: string;
  /** For people. */
  readonly summary?: string;
  /** When it began to fire, epoch ms; missing when it does not say. */
  readonly sinceMs?: number;
  /**
   * `unprocessed`: it has come, and whether it is silenced is not known yet. `suppressed`: a person silenced it, or another alert explains it.
   * Anything else that the server may say is `unprocessed`, too.
   */
  readonly state: "active" | "suppressed" | "unprocessed";
}

export type AlertsAnswer =
  | { readonly kind: "alerts"; readonly alerts: readonly Alert[] }
  | { readonly kind: "none"; readonly message: string };

/** The alerts in an answer that have all of these labels; those that the server sends besides are left out. */
export function readAlerts(
  { status, body }: { readonly status: number; readonly body: string },
  matchLabels: Readonly<Record<string, string>>,
): AlertsAnswer {
  if (status !== 200) return none(`answers HTTP ${status}`);
  const answer = parse(body);
  if (!isList(answer) || !answer.every((alert) => isObject(property(alert, "labels")))) {
    return none("answers with what are no alerts");
  }
  const wanted = Object.entries(matchLabels);
  const matching = answer.filter((alert) => wanted.every(([label, text]) => stringAt(alert, "labels", label) === text));
  return { kind: "alerts", alerts: matching.map(toAlert) };
}

function toAlert(alert: JsonValue): Alert {
  const summary = stringAt(alert, "annotations", "summary") ?? stringAt(alert, "annotations", "description");
  const sinceMs = fromIso(stringAt(alert, "startsAt") ?? "");
  return {
    name: stringAt(alert, "labels", "alertname") ?? "an alert",
    ...(summary === undefined ? {} : { summary }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    state: stateOf(alert),
  };
}

function stateOf(alert: JsonValue): Alert["state"] {
  const by = ["silencedBy", "inhibitedBy", "mutedBy"].flatMap((key) => listAt(property(alert, "status"), key));
  const state = stringAt(alert, "status", "state");
  if (state === "suppressed" || by.length > 0) return "suppressed";
  return state === "active" ? "active" : "unprocessed";
}

/**
 * `Failed` while one is active, with the time of the youngest: what began before the revision is not that revision's. Nobody says anything
 * while they are only silenced, inhibited or not processed yet, nor when nothing fires, not even `watchdog`, which always does
 * (undefined: there is none, and silence is well).
 */
export function judgeAlerts(
  answer: AlertsAnswer,
  watchdog?: { readonly name: string; readonly answer: AlertsAnswer },
): HealthReading {
  if (answer.kind === "none") return readingOf("Unknown", answer.message);
  const { alerts } = answer;
  const of = (state: Alert["state"]): readonly Alert[] =>
    alerts.filter((alert) => alert.state === state).toSorted(younger);
  const [active, unprocessed, suppressed] = [of("active"), of("unprocessed"), of("suppressed")];
  const [first] = active;
  if (first !== undefined) {
    const { sinceMs } = first;
    return readingOf("Failed", describe(first, "fires", active.length), sinceMs === undefined ? {} : { sinceMs });
  }
  const [pending] = unprocessed;
  if (pending !== undefined)
    return readingOf("Unknown", describe(pending, "has come and is not processed", unprocessed.length));
  const [silent] = suppressed;
  if (silent !== undefined)
    return readingOf("Unknown", describe(silent, "is silenced or inhibited", suppressed.length));
  if (watchdog === undefined) return readingOf("Current", "no alert fires");
  if (watchdog.answer.kind === "none") return readingOf("Unknown", watchdog.answer.message);
  if (watchdog.answer.alerts.some(({ state }) => state !== "unprocessed"))
    return readingOf("Current", "no alert fires");
  return readingOf("Unknown", `${watchdog.name}, which always fires, does not: no alerts come`);
}

/** Those without a time last. */
function younger(a: Alert, b: Alert): number {
  return (b.sinceMs ?? -Infinity) - (a.sinceMs ?? -Infinity) || 0;
}

function describe({ name, summary, sinceMs }: Alert, does: string, count: number): string {
  const since = sinceMs === undefined ? "" : ` since ${toIso(sinceMs)}`;
  const more = count === 1 ? "" : `, and ${count - 1} more`;
  return `${name} ${does}${since}${more}${summary === undefined ? "" : `: ${summary}`}`;
}

function none(message: string): AlertsAnswer {
  return { kind: "none", message };
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined; // no JSON, or nested deeper than the stack
  }
}
