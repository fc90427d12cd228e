import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { JsonObject, JsonValue } from "../../../src/core/model/json.ts";
import { isObject, listAt, stringAt, valueAt } from "../../../src/core/model/json.ts";
import { listLiveObjects, readLiveObject } from "../../support/live-objects.ts";
import { findSchemaFaults } from "../../support/openapi-schema.ts";

/** A folder of CustomResourceDefinitions as their projects publish them: Argo CD's application, Flux' kustomization and helmrelease. */
const FOLDER = process.env["LASTGOOD_TEST_CRDS"];

/** `group/version/Kind` → schema. */
function readSchemas(folder: string): ReadonlyMap<string, JsonObject> {
  const definitions = readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => parse(readFileSync(join(folder, file), "utf8")) as JsonValue);
  return new Map(definitions.flatMap(schemasOf));
}

function schemasOf(definition: JsonValue): readonly (readonly [string, JsonObject])[] {
  const [group, kind] = [stringAt(definition, "spec", "group"), stringAt(definition, "spec", "names", "kind")];
  return listAt(definition, "spec", "versions").flatMap((version) => {
    const schema = valueAt(version, "schema", "openAPIV3Schema");
    return isObject(schema) ? [[`${group}/${stringAt(version, "name")}/${kind}`, schema] as const] : [];
  });
}

describe("findSchemaFaults", () => {
  const schema = {
    type: "object",
    required: ["spec"],
    properties: {
      spec: {
        type: "object",
        properties: { size: { type: "integer", minimum: 1 }, mode: { type: "string", enum: ["a", "b"] } },
      },
      at: { type: "string", format: "date-time" },
      list: { type: "array", items: { type: "string", pattern: "^x" } },
    },
  };

  it.each([
    [{ spec: { size: 2, mode: "a" }, at: "2026-03-01T12:00:00Z", list: ["x1"] }, []],
    [{}, [".spec: is required"]],
    [{ spec: { size: "2" } }, [".spec.size: is no integer"]],
    [{ spec: { size: 0 } }, [".spec.size: is too small"]],
    [{ spec: { mode: "c" } }, [".spec.mode: is not in the enum"]],
    [{ spec: { sise: 1 } }, [".spec.sise: is not in the schema"]],
    [{ spec: {}, at: "noon" }, [".at: is no date-time"]],
    [{ spec: {}, list: ["x", "y"] }, [".list[1]: does not match ^x"]],
  ])("of %j", (value, faults) => {
    expect(findSchemaFaults(schema, value)).toEqual(faults);
  });
});

describe.skipIf(FOLDER === undefined)("the fixtures of engines (skipped without LASTGOOD_TEST_CRDS=<folder>)", () => {
  const schemas = FOLDER === undefined ? new Map<string, JsonObject>() : readSchemas(FOLDER);
  const schemaOf = (object: JsonObject): JsonObject | undefined =>
    schemas.get(`${stringAt(object, "apiVersion")}/${stringAt(object, "kind")}`);
  const names = listLiveObjects().filter((name) => schemaOf(readLiveObject(name)) !== undefined);

  it("are known to the definitions in the folder", () => {
    for (const kind of ["application", "kustomization", "helmrelease"]) {
      expect(names.filter((name) => name.startsWith(`${kind}-`)).length).toBeGreaterThan(15);
    }
  });

  it.each(names.filter((name) => !name.includes("-malformed")))("%s is what its definition allows", (name) => {
    const object = readLiveObject(name);
    const faults = findSchemaFaults(schemaOf(object) ?? {}, object).filter((fault) => !fault.startsWith(".metadata."));
    expect(faults).toEqual([]);
  });

  it.each(names.filter((name) => name.includes("-malformed")))("%s is not", (name) => {
    const object = readLiveObject(name);
    expect(findSchemaFaults(schemaOf(object) ?? {}, object)).not.toEqual([]);
  });
});
