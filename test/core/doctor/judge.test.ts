import { describe, expect, it } from "vitest";

import { judgeClock, judgeZones } from "../../../src/core/doctor/judge-clock.ts";
import { judgeStates } from "../../../src/core/doctor/judge-engine.ts";
import { compareVersions } from "../../../src/core/doctor/judge-git.ts";
import { judgeAutomations, type ImageAutomation } from "../../../src/core/doctor/judge-images.ts";
import { judgeWebhooks, WEBHOOK_EVENTS, type WebhookFacts } from "../../../src/core/doctor/judge-webhooks.ts";
import type { EngineState } from "../../../src/core/engine/engine-state.ts";

describe("versions", () => {
  it.each([
    ["2.38", "2.38.0", 0],
    ["2.39.5", "2.38", 1],
    ["v2.9.1", "2.10", -1],
    ["v1.34.0-rc.1", "1.34", 0],
    ["unknown", "1", -1],
  ])("%s against %s", (one, other, expected) => {
    expect(Math.sign(compareVersions(one, other))).toBe(expected);
  });
});

describe("the clock", () => {
  const at = (aheadMs: number, from = "github.com") => ({ from, aheadMs });

  it("is right within what Date can tell", () => {
    expect(judgeClock([at(-4900), at(4900, "the cluster prod")])).toMatchObject([{ status: "ok" }]);
  });

  it.each([
    [59_000, "warning", "59s behind"],
    [-61_000, "failed", "1m before"],
  ])("that is off by %i ms", (aheadMs, status, words) => {
    expect(judgeClock([at(aheadMs)])).toMatchObject([
      { status, message: `this machine's clock is ${words} github.com` },
    ]);
  });

  it("is not to blame when one server of several disagrees", () => {
    const [finding, ...others] = judgeClock([at(0), at(3_600_000, "the cluster edge"), at(100, "the cluster prod")]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ status: "warning", message: expect.stringContaining("others agree with ours") });
  });

  it("is not judged when nobody has told the time", () => {
    expect(judgeClock([])).toMatchObject([{ status: "skipped" }]);
  });

  it("needs the time zones of freezes", () => {
    const zones = [
      { zone: "Europe/Berlin", known: true },
      { zone: "Mars/Olympus", known: false },
    ];
    expect(judgeZones(zones)).toMatchObject([{ status: "failed", message: expect.stringContaining("Mars/Olympus") }]);
  });
});

describe("image automation", () => {
  const flux = (path: string): ImageAutomation => ({
    kind: "ImageUpdateAutomation",
    namespace: "flux-system",
    name: "all",
    path,
  });
  const targets = [
    { name: "payments/api", paths: ["apps/payments/api"] },
    { name: "search", paths: ["apps/search"] },
  ];

  it.each([
    ["", ["payments/api, search"]],
    ["apps/payments", ["payments/api"]],
    ["apps/payments/api/overlay", ["payments/api"]],
    ["apps/pay", []],
    ["clusters", []],
  ])("that writes below %j is told for the targets there", (path, named) => {
    const findings = judgeAutomations([flux(path)], targets, ["kubectl"]);
    expect(findings.map(({ message }) => message)).toEqual(
      named.map((names) => `ImageUpdateAutomation flux-system/all updates images of ${names}`),
    );
    expect(
      findings.every(({ remedy }) => remedy?.[0] === "flux suspend image update all -n flux-system    stops it"),
    ).toBe(true);
  });
});

describe("webhooks", () => {
  const hook: WebhookFacts = {
    url: "https://lastgood.example/webhooks/github",
    active: true,
    secret: true,
    json: true,
    events: [...WEBHOOK_EVENTS],
    last: { status: 202, at: "2026-08-22T13:40:00Z" },
  };
  const judge = (change: Partial<WebhookFacts>) =>
    judgeWebhooks([{ ...hook, ...change }], "https://lastgood.example/").map(({ name, status }) => `${status} ${name}`);

  it("that arrive are fine, also with every event", () => {
    expect(judge({})).toEqual(["ok Webhooks"]);
    expect(judge({ events: ["*"] })).toEqual(["ok Webhooks"]);
  });

  it.each([
    [{ active: false }, "warning WebhookOff"],
    [{ secret: false }, "failed WebhookUnsigned"],
    [{ json: false }, "failed WebhookUnsigned"],
    [{ events: ["push"] }, "warning WebhookEvents"],
    [{ last: { status: 0, at: "2026-08-22T13:40:00Z" } }, "warning WebhookDelivery"],
    [{ last: { status: 401, at: "2026-08-22T13:40:00Z" } }, "warning WebhookDelivery"],
  ])("with a fault are told: %j", (change, expected) => {
    expect(judge(change)).toContain(expected);
  });
});

describe("what an engine deploys", () => {
  const state = (name: string, blocked: boolean): EngineState => ({
    engine: "prod",
    type: "argocd",
    id: { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name },
    uid: name,
    status: { status: "Current", reason: "", message: "" } as unknown as EngineState["status"],
    sync: "Synced",
    sources: [],
    history: [],
    blockers: blocked
      ? [{ reason: "PruneOff", message: "pruning is off", command: `argocd app set ${name} --auto-prune` }]
      : [],
    dependsOn: [],
    annotations: {},
  });

  it("is one finding per reason, with a command for the first of them", () => {
    const states = Array.from({ length: 8 }, (_, index) => state(`app-${index}`, index < 7));
    const findings = judgeStates("prod", states, []);
    expect(findings).toMatchObject([
      {
        name: "PruneOff",
        status: "warning",
        message: "app-0, app-1, app-2, app-3, app-4 and 2 more: pruning is off",
        meaning: "What the bad change added stays in the cluster.",
      },
    ]);
    expect(findings[0]?.remedy).toHaveLength(5);
  });

  it("is looked at only where a target is watched, when some are", () => {
    const watched = [{ target: "payments/api", object: "application/app-1" }];
    expect(judgeStates("prod", [state("app-0", true), state("app-1", false)], watched)).toMatchObject([
      { name: "Delivery", status: "ok" },
    ]);
  });
});
