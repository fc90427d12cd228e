import { describe, expect, it } from "vitest";
import { computeWith, faultsOfKind } from "../../../src/core/kstatus/custom-table.ts";
import { computeStatus } from "../../../src/core/kstatus/kstatus.ts";

const CLUSTER = {
  apiVersion: "db.example/v1",
  kind: "Cluster",
  current: "status.ready == 3",
  failed: "status.ready == 0",
};

function object(apiVersion: string, kind: string, ready: number) {
  return { apiVersion, kind, metadata: { name: "main" }, status: { ready } };
}

describe("computeWith", () => {
  const compute = computeWith([CLUSTER]);

  it("judges the objects of its kinds by their expressions, in any version", () => {
    expect(compute(object("db.example/v1", "Cluster", 3), 0)).toMatchObject({
      status: "Current",
      reason: "CurrentExpression",
    });
    expect(compute(object("db.example/v1beta1", "Cluster", 0), 0)).toMatchObject({ status: "Failed" });
    expect(compute(object("db.example/v1", "Cluster", 1), 0)).toMatchObject({ status: "InProgress" });
  });

  it.each([
    ["another kind", object("db.example/v1", "Backup", 3)],
    ["another group", object("other.example/v1", "Cluster", 3)],
    ["no object", "Cluster"],
    ["none", undefined],
    ["one without a kind", { apiVersion: "db.example/v1" }],
  ])("leaves %s to the rules of its own", (_, other) => {
    expect(compute(other, 7)).toEqual(computeStatus(other, 7));
  });

  it("never replaces a rule of its own", () => {
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: {}, spec: {}, status: {} };
    const kind = { apiVersion: "apps/v1", kind: "Deployment", current: "true" };
    expect(computeWith([kind])(deployment, 0)).toEqual(computeStatus(deployment, 0));
    expect(faultsOfKind(kind)).toMatchObject([{ key: "kind" }]);
  });

  it("is not for Secrets: those are never read", () => {
    const fault = { key: "kind", message: "is not for lastgood, which never reads Secrets" };
    expect(faultsOfKind({ apiVersion: "v1", kind: "Secret", current: "true" })).toMatchObject([fault]);
  });

  it("throws what faultsOfKind tells of", () => {
    const broken = { ...CLUSTER, current: "status.ready ==", inProgress: "nope" };
    expect(faultsOfKind(broken).map(({ key, line, column }) => `${key} ${line}:${column}`)).toEqual([
      "inProgress 1:1",
      "current 1:16",
    ]);
    expect(() => computeWith([broken])).toThrow(
      "inProgress: Unknown variable: nope (line 1, column 1 of the expression)",
    );
  });
});
