import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../../src/core/model/json.ts";
import { LastgoodError } from "../../../src/errors.ts";
import { compileHealth } from "../../../src/core/kstatus/custom-compile.ts";
import { computeCustomStatus } from "../../../src/core/kstatus/custom.ts";

const BY_PHASE = compileHealth({
  inProgress: "status.phase == 'Scaling'",
  failed: "status.phase in ['Broken', 'Lost']",
  current: "status.phase == 'Ready' && status.ready >= spec.size",
});

function cluster(status: JsonValue, more: Readonly<Record<string, JsonValue>> = {}): JsonObject {
  return {
    apiVersion: "db.example.com/v1",
    kind: "Cluster",
    metadata: { name: "main", generation: 2 },
    spec: { size: 3 },
    status,
    ...more,
  };
}

function faultOf(run: () => unknown): LastgoodError {
  try {
    run();
  } catch (error) {
    if (error instanceof LastgoodError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The code of what `compileHealth` throws; "" when it takes the text. */
function codeOf(current: string): string {
  try {
    compileHealth({ current });
    return "";
  } catch (error) {
    return error instanceof LastgoodError ? error.code : `bug: ${String(error)}`;
  }
}

describe("computeCustomStatus", () => {
  it.each([
    ["Current", "CurrentExpression", { phase: "Ready", ready: 3 }],
    ["InProgress", "NoExpressionTrue", { phase: "Ready", ready: 2 }],
    ["InProgress", "InProgressExpression", { phase: "Scaling", ready: 3 }],
    ["Failed", "FailedExpression", { phase: "Broken" }],
    ["Unknown", "NoSuchKey", { phase: "Ready" }],
    ["Unknown", "NoSuchKey", {}],
    ["Unknown", "ExpressionFailed", { phase: "Ready", ready: "3" }],
    ["Unknown", "NoSuchKey", null],
  ])("is %s (%s) for %j", (status, reason, value) => {
    expect(computeCustomStatus(BY_PHASE, cluster(value))).toMatchObject({ status, reason });
  });

  it("compares whole numbers beyond 2^53 exactly", () => {
    expect(computeCustomStatus(BY_PHASE, cluster({ phase: "Ready", ready: 2n ** 60n })).status).toBe("Current");
  });

  it("asks what every object has first", () => {
    const good = { phase: "Ready", ready: 3 };
    const deleted = cluster(good, { metadata: { deletionTimestamp: "2026-03-01T12:00:00Z" } });
    expect(computeCustomStatus(BY_PHASE, deleted).status).toBe("Terminating");
    expect(computeCustomStatus(BY_PHASE, cluster({ ...good, observedGeneration: 1 })).reason).toBe("NotObserved");
    const stalled = cluster({ ...good, conditions: [{ type: "Stalled", status: "True", reason: "NoSpace" }] });
    expect(computeCustomStatus(BY_PHASE, stalled)).toMatchObject({ status: "Failed", reason: "NoSpace" });
    expect(computeCustomStatus(BY_PHASE, undefined).status).toBe("NotFound");
    expect(computeCustomStatus(BY_PHASE, [])).toMatchObject({ status: "Unknown", reason: "Malformed" });
  });

  it("knows integers, doubles and lists of conditions", () => {
    const health = compileHealth({
      current:
        "status.conditions.exists(c, c.type == 'Up' && c.status == 'True') && status.load < 1.5 && status.count == 3",
    });
    const up = [{ type: "Up", status: "True" }];
    expect(computeCustomStatus(health, cluster({ conditions: up, load: 0.5, count: 3 })).status).toBe("Current");
    expect(computeCustomStatus(health, cluster({ conditions: up, load: 2, count: 3 })).status).toBe("InProgress");
  });

  it("reaches fields of any name by `object`", () => {
    const health = compileHealth({
      current: "object['mode'] == 'on' && metadata.labels['example.com/tier'] == 'gold'",
    });
    const labelled = cluster({}, { mode: "on", metadata: { labels: { "example.com/tier": "gold" } } });
    expect(computeCustomStatus(health, labelled).status).toBe("Current");
  });

  it("is Unknown, never Current, for inherited keys and answers that are no boolean", () => {
    expect(computeCustomStatus(compileHealth({ current: "status.constructor != 1" }), cluster({})).reason).toBe(
      "NoSuchKey",
    );
    expect(computeCustomStatus(compileHealth({ current: "status.phase" }), cluster({ phase: "True" })).reason).toBe(
      "NotBoolean",
    );
    const hidden = JSON.parse('{"__proto__": {"ok": true}}') as JsonValue;
    expect(computeCustomStatus(compileHealth({ current: "status.ok" }), cluster(hidden)).reason).toBe("NoSuchKey");
  });

  it("is Unknown when an earlier expression has no answer, whatever the later ones say", () => {
    const health = compileHealth({ failed: "status.error == 'yes'", current: "true" });
    expect(computeCustomStatus(health, cluster({}))).toMatchObject({ status: "Unknown", reason: "NoSuchKey" });
  });

  it("refuses objects that would take too long", () => {
    const twice = compileHealth({ current: "status.list.all(a, status.list.all(b, a == b))" });
    const list = (length: number): JsonObject => cluster({ list: Array.from({ length }, () => 1) });
    expect(computeCustomStatus(twice, list(100)).status).toBe("Current");
    expect(computeCustomStatus(twice, list(3000)).reason).toBe("TooCostly");
    expect(computeCustomStatus(compileHealth({ current: "true" }), list(60_000)).reason).toBe("TooLarge");
    const deep = Array.from({ length: 500 }).reduce<JsonValue>((inner) => [inner], 1);
    expect(computeCustomStatus(compileHealth({ current: "true" }), cluster({ deep })).reason).toBe("TooLarge");
  });

  it("does not look at managedFields", () => {
    const managedFields = Array.from({ length: 60_000 }, () => ({ manager: "x" }));
    const object = cluster({ phase: "Ready", ready: 3 }, { metadata: { name: "main", managedFields } });
    expect(computeCustomStatus(BY_PHASE, object).status).toBe("Current");
  });

  it("answers for any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 3 }), (status, spec) => {
        const found = computeCustomStatus(BY_PHASE, cluster(status as JsonValue, { spec: spec as JsonValue }));
        expect(found.status).not.toBe("NotFound");
      }),
      { numRuns: 1000 },
    );
  });
});

describe("compileHealth", () => {
  it.each([
    ["status.phase ==", "current: Unexpected token: EOF", 16],
    ["statsu.phase == 'Ready'", "current: Unknown variable: statsu", 1],
    ["'a' + 1", "current: no such overload: string + int", 1],
    ["1 + 1", "current: it gives int, not true or false", 1],
    ["  ", "current: the expression is empty", 1],
    ["status.a.matches('(a+)+$')", "current: matches() is not available", 1],
    ["status.a.split('') == []", "current: split() is not available", 1],
    ["cel.bind(a, 1, a == 1)", "current: bind() is not available", 1],
    ["status.a.all(x, x.all(y, y.all(z, z == 1)))", "current: more than 2 loops stand in each other", 1],
  ])("refuses %j", (current, message, column) => {
    const fault = faultOf(() => compileHealth({ current }));
    expect(fault.code).toBe("ConfigInvalid");
    expect(fault.message).toContain(message);
    expect(fault.message).toContain(`(line 1, column ${column} of the expression)`);
    expect(fault.message).not.toContain("\n");
  });

  it.each([
    ["nesting", `${"(".repeat(60)}true${")".repeat(60)}`, "Exceeded maxDepth (24) (line 1, column 25 "],
    ["operators", `${"!".repeat(4000)}true`, "Exceeded maxAstNodes (300) "],
    ["terms", `${"status.a == 1 && ".repeat(120)}true`, "Exceeded maxAstNodes (300) "],
    ["text", `status.a == '${"x".repeat(5000)}'`, "the expression is longer than 4096 characters "],
  ])("refuses too much %s", (_, current, message) => {
    const fault = faultOf(() => compileHealth({ current }));
    expect(fault.code).toBe("ConfigInvalid");
    expect(fault.message).toContain(message);
  });

  it("tells where in the file the fault stands", () => {
    const place = { file: "lastgood.yaml", line: 12, column: 20 };
    const oneLine = faultOf(() => compileHealth({ current: "true", failed: "a.b" }, { failed: place }));
    expect(oneLine.message).toContain("failed: Unknown variable: a");
    expect(oneLine.place).toEqual(place);
    const later = faultOf(() => compileHealth({ current: "status.a == 1 &&\n  nope" }, { current: place }));
    expect(later.message).toContain("line 2, column 3 ");
    expect(later.place).toEqual({ file: "lastgood.yaml", line: 13 });
  });

  it("takes chains of loops that stand behind each other", () => {
    const current = "status.conditions.filter(c, c.type == 'Ready').map(c, c.status).all(s, s == 'True')";
    expect(compileHealth({ current }).current.loops).toBe(1);
  });

  it("refuses any other text with ConfigInvalid, and nothing else", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[a-z.()[\]'"&|!?:= 0-9\n]*$/)),
        (current) => {
          expect(["", "ConfigInvalid"]).toContain(codeOf(current));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
