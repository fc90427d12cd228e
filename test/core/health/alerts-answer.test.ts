import { describe, expect, it } from "vitest";
import { type AlertsAnswer, judgeAlerts, readAlerts } from "../../../src/core/health/alerts-answer.ts";

const WANTED = { service: "api", env: "prod" };

function alert(state: string, more: object = {}): object {
  return {
    labels: { alertname: "HighErrorRate", service: "api", env: "prod", severity: "page" },
    annotations: { summary: "errors at 40 %" },
    startsAt: "2026-08-22T13:46:40.123456789Z",
    endsAt: "2026-08-22T13:50:40Z",
    fingerprint: "c0ffee",
    status: { state, silencedBy: [], inhibitedBy: [], mutedBy: [] },
    ...more,
  };
}

function read(...alerts: readonly unknown[]): AlertsAnswer {
  return readAlerts({ status: 200, body: JSON.stringify(alerts) }, WANTED);
}

function judged(...alerts: readonly unknown[]): string {
  const { status, message } = judgeAlerts(read(...alerts));
  return `${status}: ${message}`;
}

describe("the alerts of a target", () => {
  it("are failing while one is active, since the youngest began", () => {
    const old = alert("active", { startsAt: "2026-08-20T00:00:00Z", labels: { alertname: "Old", ...WANTED } });
    expect(judgeAlerts(read(old, alert("active"), alert("suppressed")))).toEqual({
      status: "Failed",
      message: "HighErrorRate fires since 2026-08-22T13:46:40Z, and 1 more: errors at 40 %",
      sinceMs: Date.parse("2026-08-22T13:46:40.123Z"),
    });
  });

  it.each([
    ["none there is", [], "Current: no alert fires"],
    ["a silenced one", [alert("suppressed")], "Unknown: HighErrorRate is silenced or inhibited since"],
    [
      "one that is silenced, whatever its state says",
      [alert("active", { status: { state: "active", silencedBy: ["x"], inhibitedBy: [] } })],
      "Unknown: HighErrorRate is silenced or inhibited",
    ],
    ["one that is not processed", [alert("unprocessed")], "Unknown: HighErrorRate has come and is not processed"],
    ["one of a state nobody knows", [alert("haunted")], "Unknown: HighErrorRate has come and is not processed"],
    ["one without a state", [alert("", { status: 5 })], "Unknown: HighErrorRate has come and is not processed"],
    ["one of another service", [alert("active", { labels: { service: "web", env: "prod" } })], "Current"],
    ["one that lacks a label", [alert("active", { labels: { service: "api" } })], "Current"],
    ["a label that is no text", [alert("active", { labels: { service: "api", env: ["prod"] } })], "Current"],
  ])("with %s are %s", (_, alerts, expected) => {
    expect(judged(...alerts)).toContain(expected);
  });

  it("take a time that is none for no time", () => {
    expect(judgeAlerts(read(alert("active", { startsAt: "yesterday" })))).not.toHaveProperty("sinceMs");
  });

  it.each([
    ["no JSON", 200, "<html>"],
    ["an object", 200, '{"status":"success"}'],
    ["items that are no alerts", 200, "[1]"],
    ["an alert without labels", 200, '[{"status":{"state":"active"}}]'],
    ["nesting without end", 200, "[".repeat(200_000)],
    ["nothing", 200, ""],
    ["401", 401, "[]"],
    ["503", 503, "[]"],
    ["a redirect", 302, "[]"],
  ])("are unknown when the answer is %s", (_, status, body) => {
    expect(judgeAlerts(readAlerts({ status, body }, WANTED)).status).toBe("Unknown");
  });

  it("say nothing by their silence while the one that always fires does not", () => {
    const watchdog = (...alerts: readonly object[]): string => {
      const body = JSON.stringify(alerts);
      const answer = readAlerts({ status: 200, body }, { alertname: "Watchdog" });
      const { status, message } = judgeAlerts(read(), { name: "Watchdog", answer });
      return `${status}: ${message}`;
    };
    const fires = { labels: { alertname: "Watchdog" }, status: { state: "active" } };
    expect(watchdog(fires)).toBe("Current: no alert fires");
    expect(watchdog()).toBe("Unknown: Watchdog, which always fires, does not: no alerts come");
    expect(watchdog({ ...fires, status: { state: "unprocessed" } })).toContain("Unknown");
    expect(judgeAlerts(read(), { name: "W", answer: { kind: "none", message: "away" } })).toEqual({
      status: "Unknown",
      message: "away",
    });
  });

  it("are shown without what hides in their texts, and without secrets", () => {
    const annotations = { summary: `\u001b[2Jred\u202e ghp_${"a".repeat(36)}` };
    expect(judged(alert("active", { annotations }))).toMatch(/: red\\u202e \*\*\*$/);
  });

  it("are ten thousand as well as one", () => {
    const many = Array.from({ length: 10_000 }, () => alert("active"));
    expect(judged(...many)).toContain("and 9999 more");
  });

  it("take labels that are called as what every object has for labels", () => {
    expect(readAlerts({ status: 200, body: '[{"labels":{}}]' }, { constructor: "x" })).toEqual({
      kind: "alerts",
      alerts: [],
    });
  });
});
