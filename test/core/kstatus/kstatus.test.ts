import { describe, expect, it } from "vitest";
import { computeStatus, KNOWN_KINDS } from "../../../src/core/kstatus/kstatus.ts";
import { stringAt } from "../../../src/core/model/json.ts";
import { FIXTURE_NOW, listLiveObjects, readLiveObject } from "../../support/live-objects.ts";

const names = listLiveObjects();

/** `pod-failed-oom-killed.init` → kind, status and reason, in lower case without dashes. */
function expectationOf(name: string): readonly string[] {
  const [what = ""] = name.split(".");
  const [kind = "", status = "", ...reason] = what.split("-");
  return [kind, status, reason.join("")];
}

describe("computeStatus", () => {
  it.each(names)("gives %s what its name says", (name) => {
    const object = readLiveObject(name);
    const { status, reason, message } = computeStatus(object, FIXTURE_NOW);
    const found = [stringAt(object, "kind") ?? "", status, reason].map((word) => word.toLowerCase());
    expect(found).toEqual(expectationOf(name));
    expect(reason).toMatch(/^[A-Z][A-Za-z0-9]*$/);
    expect(message).not.toBe("");
  });

  it("is shown by at least 120 objects, every kind among them", () => {
    expect(names.length).toBeGreaterThan(120);
    const kinds = new Set(names.map((name) => expectationOf(name)[0]));
    const untested = KNOWN_KINDS.map((kind) => kind.split("/")[1]?.toLowerCase()).filter((kind) => !kinds.has(kind));
    expect(untested).toEqual([]);
  });

  it("calls what the API server does not have NotFound", () => {
    expect(computeStatus(undefined, FIXTURE_NOW).status).toBe("NotFound");
  });

  it.each([
    null,
    3,
    "Deployment",
    [],
    {},
    { kind: "Pod" },
    { apiVersion: 1, kind: "Pod" },
    { apiVersion: "v1", kind: "Pod" },
  ])("calls %j Unknown", (value) => {
    expect(computeStatus(value, FIXTURE_NOW)).toMatchObject({ status: "Unknown", reason: "Malformed" });
  });

  it.each(
    names.filter((name) =>
      /-current-(?:scaled-to-zero|suspended|no-|applied-only|out-of-sync|wait-disabled|never-|last-run-failed|scaling-disabled)/.test(
        name,
      ),
    ),
  )("marks %s as no evidence", (name) => {
    expect(computeStatus(readLiveObject(name), FIXTURE_NOW).unproven).toBe(true);
  });

  it.each([
    "deployment-current-available",
    "job-current-complete",
    "pod-current-pod-ready",
    "application-current-healthy",
    "kustomization-current-reconciliation-succeeded",
    "helmrelease-current-upgrade-succeeded",
    "rollout-current-promoted",
    "canary-current-succeeded",
  ])("takes %s as evidence, and tells since when", (name) => {
    const found = computeStatus(readLiveObject(name), FIXTURE_NOW);
    expect(found.unproven).toBeUndefined();
    expect(found.sinceMs).toBeGreaterThan(Date.parse("2026-03-01T11:00:00Z"));
  });

  it("writes out what a terminal would obey", () => {
    expect(computeStatus(readLiveObject("widget-inprogress-in-progress"), FIXTURE_NOW).message).not.toContain("\u001b");
  });
});
