import { describe, expect, it } from "vitest";
import type { FieldChange } from "../../../src/core/model/field.ts";
import type { JsonObject, JsonValue } from "../../../src/core/model/json.ts";
import { fieldChanges } from "../../../src/core/patch/fields.ts";

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" };

function pod(spec: JsonObject): JsonObject {
  return { ...DEPLOYMENT, spec: { template: { spec } } };
}

function api(fields: JsonObject): JsonObject {
  return pod({ containers: [{ name: "proxy" }, { name: "api", ...fields }] });
}

function shown(
  before: JsonValue,
  after: JsonValue,
  context: Parameters<typeof fieldChanges>[2] = DEPLOYMENT,
): readonly (readonly unknown[])[] {
  return fieldChanges(before, after, context).map(({ op, display, from, to }) => [op, display, from, to]);
}

describe("fieldChanges", () => {
  it("tells what people see, where it is, and what it is", () => {
    const before = api({
      image: "acme/api:1.8.0",
      env: [
        { name: "LOG", value: "debug" },
        { name: "CACHE_URL", value: "cache-v2" },
        { name: "X", value: "on" },
      ],
    });
    const after = api({
      image: "acme/api:1.7.4",
      env: [
        { name: "LOG", value: "debug" },
        { name: "CACHE_URL", value: "cache" },
      ],
    });
    const container = "/spec/template/spec/containers/1";
    const way = [
      { key: "spec" },
      { key: "template" },
      { key: "spec" },
      { key: "containers" },
      { id: "api", match: { name: "api" } },
    ];
    expect(fieldChanges(before, after, DEPLOYMENT)).toEqual<FieldChange[]>([
      {
        op: "replace",
        path: [...way, { key: "image" }],
        display: "containers[api].image",
        facet: "image",
        pointer: `${container}/image`,
        from: "acme/api:1.8.0",
        to: "acme/api:1.7.4",
      },
      {
        op: "replace",
        path: [...way, { key: "env" }, { id: "CACHE_URL", match: { name: "CACHE_URL" } }, { key: "value" }],
        display: "containers[api].env[CACHE_URL]",
        facet: "env",
        pointer: `${container}/env/1/value`,
        from: "cache-v2",
        to: "cache",
      },
      {
        op: "remove",
        path: [...way, { key: "env" }, { id: "X", match: { name: "X" } }],
        display: "containers[api].env[X]",
        facet: "env",
        pointer: `${container}/env/2`,
        from: { name: "X", value: "on" },
      },
    ]);
  });

  it.each<[string, JsonObject, JsonObject, readonly (readonly unknown[])[]]>([
    [
      "an added tree at its root",
      api({}),
      api({ resources: { limits: { memory: "1Gi" } } }),
      [["add", "containers[api].resources", undefined, { limits: { memory: "1Gi" } }]],
    ],
    [
      "a field inside a tree that both have",
      api({ resources: { limits: { cpu: "1" } } }),
      api({ resources: { limits: { cpu: "1", memory: "1Gi" } } }),
      [["add", "containers[api].resources.limits.memory", undefined, "1Gi"]],
    ],
    [
      "ports by number and protocol",
      api({ ports: [{ containerPort: 8080, name: "a" }] }),
      api({
        ports: [
          { containerPort: 8080, name: "b" },
          { containerPort: 53, protocol: "UDP" },
        ],
      }),
      [
        ["replace", "containers[api].ports[8080/TCP].name", "a", "b"],
        ["add", "containers[api].ports[53/UDP]", undefined, { containerPort: 53, protocol: "UDP" }],
      ],
    ],
    [
      "arguments by themselves",
      api({ args: ["--a", "--level info", "8080"] }),
      api({ args: ["--a", "--b"] }),
      [
        ["remove", 'containers[api].args["--level info"]', "--level info", undefined],
        ["remove", 'containers[api].args["8080"]', "8080", undefined],
        ["add", "containers[api].args[--b]", undefined, "--b"],
      ],
    ],
    [
      "unnamed items by index",
      pod({ volumes: [], list: [{ a: 1 }, { a: 2 }] }),
      pod({ volumes: [], list: [{ a: 1 }, { a: 3 }] }),
      [["replace", "list[1].a", 2, 3]],
    ],
    [
      "another number of unnamed items as one",
      api({ envFrom: [] }),
      api({ envFrom: [{ a: {} }] }),
      [["replace", "containers[api].envFrom", [], [{ a: {} }]]],
    ],
    [
      "a variable that goes from value to valueFrom as one",
      api({ env: [{ name: "A", value: "1" }] }),
      api({ env: [{ name: "A", valueFrom: {} }] }),
      [["replace", "containers[api].env[A]", { name: "A", value: "1" }, { name: "A", valueFrom: {} }]],
    ],
    [
      "another order as one move",
      pod({ containers: [{ name: "a" }, { name: "b" }, { name: "c" }] }),
      pod({ containers: [{ name: "c" }, { name: "a" }] }),
      [
        ["move", "containers", ["a", "c"], ["c", "a"]],
        ["remove", "containers[b]", { name: "b" }, undefined],
      ],
    ],
    [
      "the fields of the workload itself",
      { spec: { replicas: 1 } },
      { spec: { replicas: 2 } },
      [["replace", "replicas", 1, 2]],
    ],
    [
      "the metadata of the pods",
      { spec: { template: { metadata: { annotations: {} } } } },
      { spec: { template: { metadata: { annotations: { "a/b": "1" } } } } },
      [["add", 'template.metadata.annotations["a/b"]', undefined, "1"]],
    ],
    [
      "the metadata of the object",
      { metadata: { labels: { "app.kubernetes.io/name": "a" } } },
      { metadata: { labels: { "app.kubernetes.io/name": "b" } } },
      [["replace", 'metadata.labels["app.kubernetes.io/name"]', "a", "b"]],
    ],
    ["null for a value", { spec: { a: 1 } }, { spec: { a: null } }, [["replace", "a", 1, null]]],
  ])("shows %s", (_, before, after, expected) => {
    expect(shown(before, after)).toEqual(expected);
  });

  it.each<[string, Parameters<typeof fieldChanges>[2], JsonObject, string]>([
    [
      "a CronJob",
      { apiVersion: "batch/v1", kind: "CronJob" },
      { spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: "a", image: "1" }] } } } } } },
      "containers[a].image",
    ],
    ["a CronJob's schedule", { apiVersion: "batch/v1", kind: "CronJob" }, { spec: { schedule: "1" } }, "schedule"],
    [
      "a Job's own deadline",
      { apiVersion: "batch/v1", kind: "Job" },
      { spec: { activeDeadlineSeconds: "1" } },
      "activeDeadlineSeconds",
    ],
    [
      "the deadline of a Job's pods",
      { apiVersion: "batch/v1", kind: "Job" },
      { spec: { template: { spec: { activeDeadlineSeconds: "1" } } } },
      "template.spec.activeDeadlineSeconds",
    ],
    [
      "a Rollout",
      { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" },
      { spec: { template: { spec: { containers: [{ name: "a", image: "1" }] } } } },
      "containers[a].image",
    ],
    [
      "a HelmRelease",
      { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" },
      { spec: { values: { image: { tag: "1" } } } },
      "values.image.tag",
    ],
    [
      "a Service",
      { apiVersion: "v1", kind: "Service" },
      { spec: { ports: [{ port: 80, name: "1" }] } },
      "spec.ports[80/TCP].name",
    ],
    [
      "an Ingress",
      { apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
      { spec: { rules: [{ host: "a.b", x: "1" }] } },
      "spec.rules[a.b].x",
    ],
    ["a ConfigMap", { apiVersion: "v1", kind: "ConfigMap" }, { data: { KEY: "1" } }, "data.KEY"],
    ["a ConfigMap's file", { apiVersion: "v1", kind: "ConfigMap" }, { data: { "app.yaml": "1" } }, 'data["app.yaml"]'],
    [
      "a kustomization",
      { file: "kustomization" },
      { images: [{ name: "ghcr.io/acme/api", newTag: "1" }] },
      "images[ghcr.io/acme/api].newTag",
    ],
    ["values", { file: "values" }, { image: { tag: "1" } }, "image.tag"],
  ])("shows the path in %s", (_, context, before, display) => {
    const after = JSON.parse(JSON.stringify(before).replace('"1"', '"2"')) as JsonValue;
    expect(shown(before, after, context)).toEqual([["replace", display, "1", "2"]]);
  });

  it("shows hostile keys in one line, without control or invisible characters", () => {
    const [change] = fieldChanges({}, { data: 1, "a\n\u001b[31m\u202e\u{e0001}": 2 }, {}).slice(1);
    expect(change?.display).toBe('["a\\n\\u001b[31m\\u202e\\udb40\\udc01"]');
  });
});
