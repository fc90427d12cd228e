import { describe, expect, it } from "vitest";

import { readManifest } from "../../../src/core/manifest/read-manifest.ts";
import {
  isWorkload,
  podTemplatePath,
  supportsWorkloadRef,
  workloadRefOf,
} from "../../../src/core/manifest/workload.ts";
import type { Component } from "../../../src/core/model/component.ts";

function component(type: string, rest = ""): Component {
  const [apiVersion, kind] = type.split(" ");
  const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n${rest}\n`;
  const [found] = readManifest("a.yaml", new TextEncoder().encode(text)).components;
  if (found === undefined) throw new Error("no component");
  return found;
}

const template = "spec: {template: {spec: {containers: [{name: a, image: b}]}}}";

describe("workload", () => {
  it.each([
    ["v1 Pod", "", []],
    ["v1 PodTemplate", "", ["template"]],
    ["v1 ReplicationController", "", ["spec", "template"]],
    ["apps/v1 Deployment", "", ["spec", "template"]],
    ["apps/v1 StatefulSet", "", ["spec", "template"]],
    ["apps/v1 DaemonSet", "", ["spec", "template"]],
    ["apps/v1 ReplicaSet", "", ["spec", "template"]],
    ["batch/v1 Job", "", ["spec", "template"]],
    ["batch/v1 CronJob", "", ["spec", "jobTemplate", "spec", "template"]],
    ["argoproj.io/v1alpha1 Rollout", template, ["spec", "template"]],
    ["example.com/v1 Widget", template, ["spec", "template"]],
  ])("%s has its pod template", (type, rest, path) => {
    expect(podTemplatePath(component(type, rest))).toEqual(path);
    expect(isWorkload(component(type, rest))).toBe(true);
  });

  it("is a HelmRelease, without a pod template", () => {
    const release = component("helm.toolkit.fluxcd.io/v2 HelmRelease");
    expect(isWorkload(release)).toBe(true);
    expect(podTemplatePath(release)).toBeUndefined();
  });

  it.each(["v1 Service", "v1 ConfigMap", "example.com/v1 Deployment", "example.com/v1 Pod"])("is no %s", (type) => {
    expect(isWorkload(component(type))).toBe(false);
  });

  it("is a Rollout with a workloadRef", () => {
    const rollout = component(
      "argoproj.io/v1alpha1 Rollout",
      "spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: api}}",
    );
    expect(workloadRefOf(rollout)).toEqual({ apiVersion: "apps/v1", kind: "Deployment", name: "api" });
    expect(isWorkload(rollout)).toBe(true);
    expect(podTemplatePath(rollout)).toBeUndefined();
  });

  it("has no workloadRef that names nothing, and none on other kinds", () => {
    expect(workloadRefOf(component("argoproj.io/v1alpha1 Rollout", "spec: {workloadRef: {kind: X}}"))).toBeUndefined();
    const spec = "spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: api}}";
    expect(workloadRefOf(component("apps/v1 Deployment", spec))).toBeUndefined();
  });

  it("is followed by Argo Rollouts for three kinds", () => {
    expect(["Deployment", "ReplicaSet", "PodTemplate", "StatefulSet"].map(supportsWorkloadRef)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});
