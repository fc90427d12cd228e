import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { JsonObject } from "../../src/core/model/json.ts";

const FOLDER = fileURLToPath(new URL("../../fixtures/objects", import.meta.url));

/** The moment at which the fixtures are looked at. */
export const FIXTURE_NOW: number = Date.parse("2026-03-01T12:00:00Z");

/** The names of the live objects in fixtures/objects, without `.yaml`: `<kind>-<status>-<reason>[.<case>]`. */
export function listLiveObjects(): readonly string[] {
  return readdirSync(FOLDER).map((file) => basename(file, ".yaml"));
}

/** One of them, as the API server would answer it. */
export function readLiveObject(name: string): JsonObject {
  return parse(readFileSync(`${FOLDER}/${name}.yaml`, "utf8")) as JsonObject;
}
