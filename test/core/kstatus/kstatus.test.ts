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

  it("takes these, and no other healthy objects, as no evidence", () => {
    const current = names.filter((name) => name.includes("-current-"));
    const unproven = current.filter((name) => computeStatus(readLiveObject(name), FIXTURE_NOW).unproven === true);
    expect(unproven.toSorted()).toEqual([
      "application-current-out-of-sync",
      "application-current-out-of-sync.new-commit",
      "application-current-out-of-sync.rolled-back",
      "application-current-out-of-sync.self-healed",
      "canary-current-succeeded.skip-analysis",
      "configmap-current-no-ready-condition",
      "cronjob-current-last-run-failed",
      "cronjob-current-last-run-failed.never-succeeded",
      "cronjob-current-never-scheduled",
      "cronjob-current-running",
      "cronjob-current-suspended",
      "daemonset-current-no-nodes",
      "daemonset-current-on-delete",
      "deployment-current-scaled-to-zero",
      "helmrelease-current-wait-disabled",
      "helmrepository-current-static",
      "horizontalpodautoscaler-current-scaling-disabled",
      "ingress-current-address-assigned",
      "ingress-current-no-address",
      "job-current-suspended",
      "kustomization-current-applied-only",
      "namespace-current-no-ready-condition",
      "poddisruptionbudget-current-computed",
      "poddisruptionbudget-current-insufficient-pods",
      "poddisruptionbudget-current-sync-failed",
      "replicaset-current-scaled-to-zero",
      "rollout-current-scaled-to-zero",
      "service-current-address-assigned",
      "service-current-no-address",
      "service-current-service-ready",
      "statefulset-current-on-delete",
      "statefulset-current-partition-rolled-out.none",
      "statefulset-current-scaled-to-zero",
      "widget-current-no-ready-condition",
    ]);
  });

  it.each([
    [
      "pod-failed-oom-killed",
      "container api: back-off 2m40s restarting failed container=api (OOMKilled, exit code 137)",
    ],
    [
      "pod-failed-crash-loop-back-off.init",
      "init container migrate: back-off 40s restarting failed container=migrate (Error, exit code 2)",
    ],
    ["pod-failed-create-container-config-error", 'container api: secret "api-env" not found'],
    ["pod-failed-container-failed", "container api ended with Error, exit code 1, cannot bind :8080"],
    ["pod-inprogress-restarted", "container api was restarted after Error, exit code 1"],
    ["pod-inprogress-pod-not-ready", "the pod runs and is not ready: containers with unready status: [api]"],
    ["deployment-inprogress-less-updated", "updated: 1/3"],
    ["deployment-inprogress-not-observed", "generation of the Deployment is 4, observed is 3"],
    ["deployment-unknown-malformed", "status.replicas is no whole number"],
    ["deployment-unknown-malformed.condition-without-type", "a condition has no type"],
    [
      "kustomization-current-applied-only",
      "ReconciliationSucceeded: Applied revision: main@sha1:9b1de37a50c2f4de8a71c3d9e0f62b74815a6c02 (no health check is asked for)",
    ],
  ])("says of %s what people look for", (name, message) => {
    expect(computeStatus(readLiveObject(name), FIXTURE_NOW).message).toBe(message);
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
