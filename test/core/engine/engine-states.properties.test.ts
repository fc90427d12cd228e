import { assert, constantFrom, jsonValue, oneof, property, array, nat } from "fast-check";
import { describe, expect, it } from "vitest";
import { engineKey, type EngineState } from "../../../src/core/engine/engine-state.ts";
import { helmReleaseState } from "../../../src/core/engine/flux-helm-release.ts";
import { kustomizationState } from "../../../src/core/engine/flux-kustomization.ts";
import { fluxName, type FluxObject } from "../../../src/core/engine/flux-world.ts";
import { workloadState } from "../../../src/core/engine/workloads.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "../../../src/core/model/json.ts";
import { readEngineFixtures } from "../../support/kubernetes/put-objects.ts";
import { FIXTURE_NOW } from "../../support/live-objects.ts";

/** A copy in which a few values, wherever the numbers lead, are others. */
function spoil(value: JsonValue, [step, ...steps]: readonly number[], put: JsonValue): JsonValue {
  if (step === undefined) return put;
  if (isList(value) && value.length > 0) {
    const at = step % value.length;
    return value.map((item, index) => (index === at ? spoil(item, steps, put) : item));
  }
  if (!isObject(value)) return put;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(keys.length, 1)];
  return key === undefined ? put : { ...value, [key]: spoil(value[key] ?? null, steps, put) };
}

const fluxObjects = readEngineFixtures("flux/cluster");
const plainObjects = readEngineFixtures("workloads/shop");
const odd = oneof(
  jsonValue({ maxDepth: 2 }),
  constantFrom("x".repeat(1500), "main@sha1:", "_", "../..", "https://a:b@c", "\u001b[31m\n", -1, 1e300, "__proto__"),
);

interface Fixture {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Its name stays: the API server lets no object through without one. */
function liveOf(fixture: Fixture, steps: readonly number[], put: unknown): FluxObject {
  const { apiVersion, kind, metadata } = fixture;
  const whole = fixture as unknown as JsonObject;
  const parts = ["metadata", "spec", "status"] as const;
  const part = parts[(steps[0] ?? 0) % parts.length] ?? "status";
  const value = { ...whole, [part]: spoil(whole[part] ?? {}, steps.slice(1), put as JsonValue) };
  return { id: { apiVersion, kind, namespace: metadata.namespace ?? "default", name: metadata.name }, uid: "u", value };
}

function statesOf(objects: readonly FluxObject[]): readonly EngineState[] {
  const byName = new Map(objects.map((one) => [fluxName({ ...one.id, namespace: one.id.namespace ?? "" }), one]));
  const byKey = new Map(objects.map((one) => [engineKey(one.id), one]));
  const world = { find: (name: Parameters<typeof fluxName>[0]) => byName.get(fluxName(name)), knows: () => true };
  const context = { engine: "flux", world, nowMs: FIXTURE_NOW };
  const plain = {
    engine: "plain",
    nowMs: FIXTURE_NOW,
    find: (key: string) => byKey.get(key),
    driverOf: () => undefined,
  };
  return objects.map((object) => {
    if (object.id.kind === "Kustomization") return kustomizationState(object, context);
    return object.id.kind === "HelmRelease" ? helmReleaseState(object, context) : workloadState(object, plain);
  });
}

describe("what engines say of spoilt objects", () => {
  it("is a state, fit to be shown, with commits for commits, and no error", () => {
    const all = [...fluxObjects, ...plainObjects];
    const path = array(nat(12), { minLength: 1, maxLength: 6 });
    assert(
      property(array(path, { minLength: all.length, maxLength: all.length }), odd, (paths, put) => {
        const objects = all.map((fixture, at) => liveOf(fixture, paths[at] ?? [], put));
        for (const { blockers, sources, status, history, lookedAtMs, pollMs } of statesOf(objects)) {
          // oxlint-disable-next-line no-control-regex
          for (const { message } of blockers) expect(message).not.toMatch(/[\u0000-\u001f]/);
          for (const { url } of sources) expect(url).not.toContain("a:b@");
          expect(status.message.length).toBeLessThan(7000);
          for (const { revisions, atMs } of history) {
            expect(Number.isFinite(atMs)).toBe(true);
            expect(revisions.join()).toMatch(/^(?:[0-9a-f]{40,128}|sha256:[0-9a-f]{64})$/);
          }
          for (const ms of [lookedAtMs, pollMs]) expect(ms ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 250 },
    );
  });
});
