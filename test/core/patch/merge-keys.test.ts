import { describe, expect, it } from "vitest";
import { alignLists } from "../../../src/core/patch/align.ts";
import type { DiffContext } from "../../../src/core/patch/diff-context.ts";
import { mergeKeysAt, podSpecPath } from "../../../src/core/patch/merge-keys.ts";

const NONE: DiffContext = {};
const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" };
const SERVICE = { apiVersion: "v1", kind: "Service" };

describe("mergeKeysAt", () => {
  it.each<[DiffContext, string, readonly (readonly string[])[]]>([
    [DEPLOYMENT, "spec.template.spec.containers", [["name"]]],
    [DEPLOYMENT, "spec.template.spec.initContainers.ports", [["containerPort", "protocol"], ["name"]]],
    [DEPLOYMENT, "spec.template.spec.containers.volumeMounts", [["mountPath"], ["name"]]],
    [DEPLOYMENT, "spec.template.spec.topologySpreadConstraints", [["topologyKey", "whenUnsatisfiable"], ["name"]]],
    [DEPLOYMENT, "spec.template.spec.hostAliases", [["ip"], ["name"]]],
    [SERVICE, "spec.ports", [["port", "protocol"], ["name"]]],
    [NONE, "anything.ports", [["containerPort", "protocol"], ["port", "protocol"], ["name"]]],
    [NONE, "extra.volumeDevices", [["devicePath"], ["name"]]],
    [NONE, "images", [["name"]]],
    [NONE, "constructor", [["name"]]],
    [{ kind: "constructor" }, "toString", [["name"]]],
  ])("knows for %o the keys of %s", (context, path, keys) => {
    expect(mergeKeysAt(path.split("."), context)).toEqual(keys);
  });
});

describe("podSpecPath", () => {
  it("knows the kinds by their group", () => {
    expect(podSpecPath({ apiVersion: "batch/v1", kind: "CronJob" })).toEqual([
      "spec",
      "jobTemplate",
      "spec",
      "template",
      "spec",
    ]);
    expect(podSpecPath({ apiVersion: "serving.knative.dev/v1", kind: "Service" })).toEqual([
      "spec",
      "template",
      "spec",
    ]);
    expect(podSpecPath(SERVICE)).toBeUndefined();
  });
});

describe("alignLists", () => {
  const at = { names: ["ports"], context: DEPLOYMENT };

  it("goes on to the name where the keys are not unique", () => {
    const before = [
      { containerPort: 1, name: "a" },
      { containerPort: 1, name: "b" },
    ];
    expect(alignLists(before, before, at)).toMatchObject({ kind: "keyed", keys: ["name"], steady: true });
    expect(alignLists([{ containerPort: 1, name: "a" }], before, at)).toMatchObject({
      kind: "keyed",
      keys: ["name"],
      steady: false,
    });
  });

  it.each([
    ["a repeated scalar", ["a", "a"]],
    ["scalars beside objects", ["a", { name: "a" }]],
    ["an item without a name", [{ name: "a" }, { x: 1 }]],
    ["a name that is no scalar", [{ name: { x: 1 } }]],
    ["a name that is null", [{ name: null }]],
    ["a repeated name", [{ name: "a" }, { name: "a" }]],
    ["lists", [[1]]],
  ])("aligns nothing with %s", (_, list) => {
    expect(alignLists(list, list, { names: ["list"], context: NONE })).toEqual({ kind: "none", steady: true });
  });

  it("keeps the text 1 and the number 1 apart", () => {
    expect(alignLists(["1", 1], [1], { names: ["list"], context: NONE })).toMatchObject({
      kind: "keyed",
      keys: undefined,
    });
  });
});
