import { describe, expect, it } from "vitest";
import { parseFluxRevision } from "../../../src/core/kstatus/flux-revision.ts";
import { computeStatus } from "../../../src/core/kstatus/kstatus.ts";
import { FIXTURE_NOW, readLiveObject } from "../../support/live-objects.ts";

const OLDER = "4f0c6f1c2ad94f8f1d2c8a3bb0b95ad1fd1c9e01";
const SYNCED = "9b1de37a50c2f4de8a71c3d9e0f62b74815a6c02";
const NEWER = "c3a9f0d2b4e1867550fa92cbb1d3e7a8406f5d03";
const DIGEST = `sha256:${"7d".repeat(32)}`;

describe("the revision that a status belongs to", () => {
  it.each([
    // Argo CD: what the cluster equals when it is Synced, else what was synced last.
    ["application-current-healthy", SYNCED],
    ["application-current-healthy.nothing-for-it", NEWER],
    ["application-current-out-of-sync.new-commit", SYNCED],
    ["application-failed-degraded.out-of-sync", SYNCED],
    ["application-failed-sync-failed", SYNCED],
    ["application-current-healthy.hydrated", OLDER],
    ["application-current-healthy.hydrated-elsewhere", undefined],
    ["application-current-healthy.chart", "1.4.2"],
    ["application-current-out-of-sync.self-healed", SYNCED],
    ["application-unknown-never-synced.partial", undefined],
    ["application-unknown-operation-running", undefined],
    // Flux: both ways of writing it; applied where it is good, attempted where it is not.
    ["kustomization-current-reconciliation-succeeded", SYNCED],
    ["kustomization-current-reconciliation-succeeded.old-form", SYNCED],
    ["kustomization-current-reconciliation-succeeded.both-forms", SYNCED],
    ["kustomization-current-reconciliation-succeeded.oci", SYNCED],
    ["kustomization-current-reconciliation-succeeded.oci-without-origin", DIGEST],
    ["kustomization-failed-health-check-failed", SYNCED],
    ["kustomization-inprogress-progressing", SYNCED],
    ["kustomization-unknown-suspended", undefined],
    ["gitrepository-current-succeeded", SYNCED],
    ["gitrepository-current-succeeded.old-form", SYNCED],
    ["ocirepository-current-succeeded", DIGEST],
    ["helmchart-current-chart-package-succeeded", "1.4.2+9b1de37a50c2"],
    ["helmrelease-current-upgrade-succeeded", "1.4.2"],
    ["helmrelease-failed-upgrade-failed", "1.4.2"],
    ["helmrelease-inprogress-progressing", "1.4.3"],
    ["deployment-current-available", undefined],
  ])("of %s is %s", (name, revision) => {
    expect(computeStatus(readLiveObject(name), FIXTURE_NOW).revision).toBe(revision);
  });

  it("is one per source of a multi-source Application", () => {
    for (const name of ["application-current-healthy.multi-source", "application-failed-sync-failed.multi-source"]) {
      const found = computeStatus(readLiveObject(name), FIXTURE_NOW);
      expect(found.revisions).toEqual(["1.4.2", SYNCED]);
      expect(found.revision).toBeUndefined();
    }
  });
});

describe("an in-cluster rollback", () => {
  it.each([
    ["rollout-failed-rollout-aborted", { from: "7c9d5f", to: "5b7aa1" }],
    ["rollout-failed-analysis-failed.blue-green", { from: "7c9d5f", to: "5b7aa1" }],
    ["canary-failed-analysis-failed", { from: "7d5c9f6b8", to: "5978589476" }],
    ["helmrelease-failed-rollback-succeeded", { from: "1.4.2", to: "1.4.1" }],
    ["helmrelease-failed-rollback-succeeded.stalled", { from: "1.4.2", to: "1.4.1" }],
    ["application-current-out-of-sync.rolled-back", { from: SYNCED, to: OLDER }],
  ])("is seen in %s", (name, rolledBack) => {
    expect(computeStatus(readLiveObject(name), FIXTURE_NOW).rolledBack).toEqual(rolledBack);
  });

  it.each([
    "rollout-failed-progress-deadline-exceeded",
    "rollout-failed-rollout-aborted.first",
    "rollout-current-promoted",
    "canary-current-succeeded",
    "helmrelease-failed-upgrade-failed",
    "helmrelease-failed-uninstall-succeeded",
    "helmrelease-inprogress-progressing.after-rollback",
    "application-current-out-of-sync",
    "application-current-healthy",
  ])("is not seen in %s", (name) => {
    expect(computeStatus(readLiveObject(name), FIXTURE_NOW).rolledBack).toBeUndefined();
  });

  it("of an Application is no automated sync, and none that git asks for", () => {
    const object = readLiveObject("application-current-out-of-sync.rolled-back");
    const text = JSON.stringify(object);
    const automated = JSON.parse(text.replaceAll('{"username":"mkim"}', '{"automated":true}'));
    const asked = JSON.parse(
      text.replace(`"status":"OutOfSync","revision":"${SYNCED}"`, `"status":"OutOfSync","revision":"${OLDER}"`),
    );
    expect(computeStatus(automated, FIXTURE_NOW).rolledBack).toBeUndefined();
    expect(computeStatus(asked, FIXTURE_NOW).rolledBack).toBeUndefined();
    expect(computeStatus(object, FIXTURE_NOW).rolledBack).toBeDefined();
  });
});

describe("parseFluxRevision", () => {
  it.each([
    [`main@sha1:${SYNCED}`, "main", SYNCED],
    [`feature/x@sha1:${SYNCED}`, "feature/x", SYNCED],
    [`refs/heads/main@sha1:${SYNCED}`, "refs/heads/main", SYNCED],
    [`odd@name@sha1:${SYNCED}`, "odd@name", SYNCED],
    [`sha1:${SYNCED}`, undefined, SYNCED],
    [`main/${SYNCED}`, "main", SYNCED],
    [`feature/x/${SYNCED}`, "feature/x", SYNCED],
    [`HEAD/${SYNCED}`, "HEAD", SYNCED],
    [SYNCED, undefined, SYNCED],
    [`latest@${DIGEST}`, "latest", DIGEST.slice(7)],
  ])("reads %s", (text, pointer, hash) => {
    expect(parseFluxRevision(text)).toEqual(pointer === undefined ? { hash } : { pointer, hash });
  });

  it.each([
    "",
    "1.4.2",
    "main",
    "main@sha1:",
    "main@sha1:abc",
    `main@md5:${SYNCED}`,
    `main@sha1:${SYNCED.toUpperCase()}`,
    `main ${SYNCED}x`,
  ])("reads nothing in %j", (text) => {
    expect(parseFluxRevision(text)).toBeUndefined();
  });
});
