import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { closest } from "../../../src/core/target/closest.ts";
import { definesWorkload, imageNames, isKindWord, kustomizationsUsing } from "../../../src/core/target/workload.ts";

describe("isKindWord", () => {
  it.each([
    ["deploy", "Deployment"],
    ["Deployments", "Deployment"],
    ["STS", "StatefulSet"],
    ["ingresses", "Ingress"],
    ["canary", "Canary"],
  ])("takes %s for %s", (word, kind) => {
    expect(isKindWord(word, kind)).toBe(true);
  });

  it.each([
    ["dep", "Deployment"],
    ["constructor", "Deployment"],
    ["", "Deployment"],
  ])("does not take %j for %s", (word, kind) => {
    expect(isKindWord(word, kind)).toBe(false);
  });
});

describe("definesWorkload", () => {
  it.each<[string, JsonObject, boolean]>([
    ["a Deployment with a selector", { kind: "Deployment", spec: { selector: {} } }, true],
    ["a patch of a Deployment", { kind: "Deployment", spec: { template: {} } }, false],
    ["a Rollout of another workload", { kind: "Rollout", spec: { workloadRef: {} } }, true],
    ["a patch of a CronJob", { kind: "CronJob", spec: {} }, false],
    ["anything else", { kind: "Canary" }, true],
  ])("judges %s", (_, value, expected) => {
    expect(definesWorkload(value)).toBe(expected);
  });
});

describe("imageNames", () => {
  it("leaves out tags and digests, not ports of registries", () => {
    const containers = ["a/b:1", "host:5000/c", "host:5000/d:2@sha256:00", "e"].map((image) => ({ image }));
    expect(imageNames({ kind: "Deployment", spec: { template: { spec: { containers } } } })).toEqual([
      "a/b",
      "host:5000/c",
      "host:5000/d",
      "e",
    ]);
    const jobTemplate = { spec: { template: { spec: { initContainers: containers.slice(0, 1) } } } };
    expect(imageNames({ kind: "CronJob", spec: { jobTemplate } })).toEqual(["a/b"]);
  });
});

describe("kustomizationsUsing", () => {
  it("finds overlays of overlays, nearest first, and ends on a cycle", () => {
    const all = [
      { path: "c/kustomization.yaml", value: { resources: ["../b"] } },
      { path: "b/kustomization.yaml", value: { resources: ["../a", "../c"] } },
      { path: "a/kustomization.yaml", value: { resources: ["x.yaml"] } },
      { path: "other/kustomization.yaml", value: { resources: ["x.yaml"] } },
    ];
    expect(kustomizationsUsing("a/x.yaml", all).map(({ path }) => path)).toEqual([
      "a/kustomization.yaml",
      "b/kustomization.yaml",
      "c/kustomization.yaml",
    ]);
  });
});

describe("closest", () => {
  it("answers what was probably meant, best first", () => {
    expect(closest("paymets/api", ["payments/api", "payments/app", "search"])).toEqual([
      "payments/api",
      "payments/app",
    ]);
    expect(closest("api", ["payments/api", "x"])).toEqual(["payments/api"]);
    expect(closest("zzzzzz", ["payments/api"])).toEqual([]);
  });
});
