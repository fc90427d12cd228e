/** Live Applications of Argo CD for tests of its engine: one that is well, and what is different about it. */
import { isObject, type JsonObject, type JsonValue } from "../../src/core/model/json.ts";
import { readEngineFixtures } from "./kubernetes/put-objects.ts";

/** When the fixtures in fixtures/engines/argocd are looked at. */
export const ARGO_NOW: number = Date.parse("2026-08-22T13:46:40Z");

/** The commits of the fixtures: what runs, and what ran before. */
export const NOW_LIVE = "2222222222222222222222222222222222222222";
export const BEFORE = "1111111111111111111111111111111111111111";
export const NEXT = "3333333333333333333333333333333333333333";

/** `fixtures/engines/argocd/<name>.yaml`, with changes merged in as RFC 7396 does. */
export function argoFixture(name: string, changes: JsonObject = {}): JsonObject {
  const [manifest] = readEngineFixtures(`argocd/${name}`);
  return merge(manifest as unknown as JsonObject, changes) as JsonObject;
}

function merge(value: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const base = isObject(value) ? value : {};
  const kept = Object.entries(base).filter(([key]) => !Object.hasOwn(patch, key));
  const changed = Object.entries(patch)
    .filter(([, item]) => item !== null)
    .map(([key, item]) => [key, merge(base[key], item)] as const);
  return Object.fromEntries([...kept, ...changed]);
}
