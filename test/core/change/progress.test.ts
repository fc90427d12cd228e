import { describe, expect, it } from "vitest";

import { labelsFor } from "../../../src/core/change/labels.ts";
import { originText, type Progress, progressText } from "../../../src/core/change/progress.ts";
import { deployment, planned } from "../plan/support.ts";

const AT = Date.parse("2026-08-22T13:56:10Z");

describe("progressText", () => {
  it.each<[string, Progress, string]>([
    ["opened", { waitingFor: "" }, "✔ opened → ◎ waiting for a review, checks, or somebody to merge it"],
    ["blocked", { waitingFor: 'check "ci"' }, '✔ opened → ◎ waiting: check "ci"'],
    ["merged", { merged: { commit: "5e2d9a0f", by: "dlee" } }, "✔ opened → ✔ merged as 5e2d9a0 by dlee"],
    [
      "verified",
      {
        merged: { commit: "5e2d9a0f" },
        syncedAtMs: AT,
        currentForMs: 120_000,
        verified: { atMs: AT + 120_000, afterSymptomMs: 720_000 },
      },
      "✔ opened → ✔ merged as 5e2d9a0 → ✔ synced 13:56 UTC → ✔ Current for 2m → ✔ **verified** 13:58 UTC, 12m after the first symptom",
    ],
    [
      "verified, with the figures",
      { merged: {}, verified: { atMs: AT, figures: "5xx #1 0.2 (0.3 at the checkpoint)" } },
      "✔ opened → ✔ merged → ✔ **verified** 13:56 UTC: 5xx #&#8204;1 0.2 (0.3 at the checkpoint)",
    ],
    [
      "not better",
      { merged: {}, stillUnhealthy: "2/6 pods ready" },
      "✔ opened → ✔ merged → ✗ **still unhealthy**: 2/6 pods ready",
    ],
    [
      "closed by lastgood itself",
      { needless: "8d41c07 took its place", waitingFor: "x" },
      "✔ opened → ✔ closed: 8d41c07 took its place. Comes the same back, this is opened again",
    ],
    ["closed", { closed: { by: "mkim" }, waitingFor: "x" }, "✔ opened → ✗ closed by mkim: this is not proposed again"],
  ])("says that it is %s", (_, progress, text) => {
    expect(progressText(progress)).toBe(text);
  });

  it("lets nothing that it quotes act", () => {
    const text = progressText({ waitingFor: "@acme/all Fixes #1 <img src=x>", handsOff: "see https://x.example" });
    expect(text).not.toMatch(/@acme|#1|<img|https:\/\//);
  });
});

describe("originText", () => {
  const plan = planned(
    { "api.yaml": deployment({ image: "acme/api:2" }) },
    { "api.yaml": deployment({ image: "acme/api:1" }) },
  );

  it.each([
    [true, "when **payments/api** failed; #491 proposes to restore"],
    [false, "in **payments/api** when #491 was opened; #491 proposes to restore"],
  ])("states what is known and blames nobody (failed: %s)", (failed, words) => {
    const text = originText(plan, { revert: 491, failed });
    expect(text).toContain(words);
    expect(text).toContain("`lastgood: skip`");
    expect(text).not.toMatch(/broke|blame|fault|culprit/i);
  });
});

describe("labelsFor", () => {
  it("leaves exactly one label of a state, or none", () => {
    expect(labelsFor("verified")).toEqual({
      add: ["lastgood: verified"],
      remove: ["lastgood: awaiting review", "lastgood: still unhealthy", "lastgood: superseded"],
    });
    expect(labelsFor(undefined).add).toEqual([]);
    expect(labelsFor(undefined).remove).toHaveLength(4);
  });
});
