import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { templateFault } from "../../../src/core/model/template-word.ts";
import { type Notification, renderTemplate, sentenceOf } from "../../../src/core/notification/notification.ts";
import { fluxEvent, pagerDutyEvent, slackPayload } from "../../../src/core/notification/payloads.ts";

const regression: Notification = {
  event: "RegressionDetected",
  key: "payments/api/0c9e41d27ab3/detected",
  incident: "payments/api/0c9e41d27ab3",
  target: "payments/api",
  environment: "prod",
  message: "failing for 2m since 8d41c07: 2 of 6 pods are ready",
  revision: "8d41c07be1f0a6f2c9d3e4b5a6978c1d2e3f4051",
  url: "https://github.com/acme/gitops/pull/491",
  issueUrl: "https://github.com/acme/gitops/issues/492",
  job: "01J9ZK4T7Q8W9E3R5T6Y7U8I9O",
  atMs: Date.UTC(2026, 7, 22, 13, 50, 30),
  about: {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    namespace: "argocd",
    name: "payments-api",
    uid: "11111111-2222-3333-4444-555555555555",
  },
};

describe("a message to Slack", () => {
  it("says the sentence as plain text, and has buttons that lead to the pull request and the incident", () => {
    expect(slackPayload(regression)).toEqual({
      text: "RegressionDetected: payments/api (prod): failing for 2m since 8d41c07: 2 of 6 pods are ready",
      blocks: [
        {
          type: "section",
          text: {
            type: "plain_text",
            text: "RegressionDetected: payments/api (prod): failing for 2m since 8d41c07: 2 of 6 pods are ready",
            emoji: false,
          },
        },
        {
          type: "actions",
          elements: [
            { type: "button", text: { type: "plain_text", text: "Pull request" }, url: regression.url },
            { type: "button", text: { type: "plain_text", text: "Incident" }, url: regression.issueUrl },
          ],
        },
      ],
    });
  });

  it("calls nobody, hides nothing and links to nothing, whatever the texts hold", () => {
    const message = "<!channel> <@U123> <https://evil.example|fine> & \u202eabc\u001b[31m";
    const { text } = slackPayload({ ...regression, message });
    expect(text).toBe(
      "RegressionDetected: payments/api (prod): &lt;!channel&gt; &lt;@U123&gt; &lt;https://evil.example|fine&gt; &amp; \\u202eabc\\x1b[31m",
    );
    const script = slackPayload({ ...regression, url: "javascript:alert(1)", issueUrl: "https://a b" });
    expect(script["blocks"]).toHaveLength(1);
  });

  it("is never empty", () => {
    const { text: _, ...rest } = slackPayload({ ...regression, issueUrl: "" }, "{issue}");
    expect(JSON.stringify(rest)).toContain('"text":"RegressionDetected"');
  });
});

describe("an event in Flux's shape", () => {
  it("is about the engine's object, with the revision under its group", () => {
    expect(fluxEvent(regression)).toEqual({
      involvedObject: regression.about,
      severity: "error",
      timestamp: "2026-08-22T13:50:30Z",
      message: regression.message,
      reason: "RegressionDetected",
      metadata: {
        target: "payments/api",
        key: regression.key,
        environment: "prod",
        "argoproj.io/revision": regression.revision,
        url: regression.url,
        issue: regression.issueUrl,
        job: regression.job,
      },
      reportingController: "lastgood",
    });
  });

  it("is about the target where no engine has an object of it", () => {
    const { about: _, ...plain } = regression;
    expect(fluxEvent({ ...plain, event: "RevertVerified" })).toMatchObject({
      involvedObject: { apiVersion: "lastgood.dev/v1alpha1", kind: "Target", name: "payments/api" },
      severity: "info",
      metadata: { "lastgood.dev/revision": regression.revision },
    });
  });
});

describe("an event for PagerDuty", () => {
  it("opens one incident for all that belongs together", () => {
    expect(pagerDutyEvent(regression, "key")).toMatchObject({
      routing_key: "key",
      dedup_key: "payments/api/0c9e41d27ab3",
      event_action: "trigger",
      payload: { severity: "warning", source: "payments/api", class: "RegressionDetected", group: "prod" },
      links: [
        { href: regression.url, text: "Pull request" },
        { href: regression.issueUrl, text: "Incident" },
      ],
    });
  });

  it("is critical where only people can help", () => {
    const still = pagerDutyEvent({ ...regression, event: "RevertStillUnhealthy" }, "key");
    expect(still).toMatchObject({ payload: { severity: "critical" } });
  });

  it("resolves the incident when the target is well again", () => {
    expect(pagerDutyEvent({ ...regression, event: "RevertVerified" }, "key")).toEqual({
      routing_key: "key",
      dedup_key: "payments/api/0c9e41d27ab3",
      event_action: "resolve",
    });
  });

  it("is none for what is no reason to wake anybody", () => {
    expect(pagerDutyEvent({ ...regression, event: "CheckpointRecorded" }, "key")).toBeUndefined();
  });
});

describe("a template", () => {
  it("fills its words in once: what is filled in is not looked into again", () => {
    const { environment: _, ...rest } = regression;
    const notification = { ...rest, message: "{revision} and {job}" };
    expect(renderTemplate("[{target}]({environment}) {message} at {revision} {nothing}", notification)).toBe(
      "[payments/api]() {revision} and {job} at 8d41c07 {nothing}",
    );
  });

  it.each([
    ["{target}: {mesage}", "{mesage} is not one of {event}"],
    ["{}", "{} is not one of"],
    ["  ", "is empty"],
  ])("%j is refused", (template, why) => {
    expect(templateFault(template)).toContain(why);
  });

  it("with the known words is taken", () => {
    expect(templateFault("{event} {target} {environment} {message} {revision} {url} {issue} {job}")).toBeUndefined();
  });
});

describe("foreign text in any of them", () => {
  it("is one line, without controls, and cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3000 }), (message) => {
        const said = sentenceOf({ ...regression, message });
        expect(said).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(said.length).toBeLessThanOrEqual(8000);
      }),
    );
  });

  it("holds no secrets", () => {
    const token = `ghp_${"a1B2".repeat(9)}`;
    const notification = { ...regression, message: `pull failed: token ${token}` };
    const all = [slackPayload(notification), fluxEvent(notification), pagerDutyEvent(notification, "key")];
    expect(JSON.stringify(all)).not.toContain(token);
  });
});
