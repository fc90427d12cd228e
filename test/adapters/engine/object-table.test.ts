import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KindsState } from "../../../src/adapters/engine/follow-kinds.ts";
import { createMemoStates, type MemoStates } from "../../../src/adapters/engine/memo-states.ts";
import { createObjectTable, type ObjectTable } from "../../../src/adapters/engine/object-table.ts";
import { createKindTable, type KindTable } from "../../../src/adapters/cluster/kubernetes/kind-table.ts";
import { engineKey, type EngineState } from "../../../src/core/engine/engine-state.ts";
import { statusOf } from "../../../src/core/kstatus/status.ts";
import { stringAt } from "../../../src/core/model/json.ts";
import type { LiveObject } from "../../../src/ports/cluster.ts";

const KINDS = ["Application", "AppProject"];

/** An object that is computed from another one: `uses` is the name of an AppProject. */
function objectOf(
  kind: string,
  name: string,
  { uid, version, uses }: { uid: string; version: string; uses: string },
): LiveObject {
  const id = { apiVersion: "argoproj.io/v1alpha1", kind, namespace: "argocd", name };
  return { id, uid, resourceVersion: version, value: { metadata: { name }, uses, version } };
}

function stateOf({ id, uid, value }: LiveObject, used: LiveObject | undefined): EngineState {
  const said = `${stringAt(value, "version")} with ${used === undefined ? "none" : stringAt(used.value, "version")}`;
  return {
    engine: "x",
    type: "argocd",
    id,
    uid,
    status: statusOf("Current", "Current", said),
    sync: "Synced",
    sources: [],
    history: [],
    blockers: [],
    dependsOn: [],
    annotations: {},
  };
}

interface World {
  readonly table: ObjectTable;
  readonly memo: MemoStates;
  computed: number;
}

function createWorld(): World {
  const world = {
    table: createObjectTable({
      isWanted: ({ id, value }) => id.kind === "Application" && stringAt(value, "uses") !== "",
    }),
    computed: 0,
    memo: createMemoStates((object, look) => {
      world.computed += 1;
      const name = stringAt(object.value, "uses") ?? "";
      return stateOf(object, look(engineKey({ kind: "AppProject", namespace: "argocd", name })));
    }),
  };
  return world;
}

function kindsOf(tables: readonly KindTable[]): KindsState {
  const objects = new Map(KINDS.map((kind, at) => [kind, tables[at]?.objects ?? new Map<string, LiveObject>()]));
  return { objects, missing: new Map(), isWhole: true, heardAtMs: 0, failure: undefined };
}

function update(
  { table, memo }: World,
  kinds: KindsState,
  changes?: Parameters<ObjectTable["take"]>[1],
): readonly string[] {
  const touched = table.take(kinds, changes);
  return memo.update({ objects: table.objects, wanted: table.wanted, touched });
}

const name = fc.constantFrom("a", "b", "c");
const step = fc.record({
  kind: fc.integer({ min: 0, max: 1 }),
  name,
  uid: fc.constantFrom("1", "2"),
  uses: fc.constantFrom("a", "b", ""),
  gone: fc.boolean(),
});

describe("an object table with its states", () => {
  it("has, change by change, what it would have from all objects at once", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const tables = KINDS.map(() => createKindTable());
        const world = createWorld();
        update(world, kindsOf(tables));
        for (const [at, { kind, name: called, uid, uses, gone }] of steps.entries()) {
          const object = objectOf(KINDS[kind] ?? "", called, {
            uid: `${kind}${called}${uid}`,
            version: String(at),
            uses,
          });
          const changes = (gone ? tables[kind]?.remove(object.uid) : tables[kind]?.put(object)) ?? [];
          const before = world.memo.states();
          const changed = update(world, kindsOf(tables), changes);
          const fresh = createWorld();
          update(fresh, kindsOf(tables));
          const after = world.memo.states();
          expect(after).toEqual(fresh.memo.states());
          const others = [...new Set([...before.keys(), ...after.keys()])].filter(
            (key) => before.get(key) !== after.get(key),
          );
          expect(changed.toSorted()).toEqual(others.toSorted());
        }
      }),
      { numRuns: 200 },
    );
  });

  it("computes anew what looked at the object that has changed, and nothing else", () => {
    const tables = KINDS.map(() => createKindTable());
    const world = createWorld();
    for (const called of ["a", "b", "c"]) {
      const uses = called === "c" ? "q" : "p";
      tables[0]?.put(objectOf("Application", called, { uid: called, version: "1", uses }));
    }
    update(world, kindsOf(tables));
    expect(world.computed).toBe(3);
    const project = objectOf("AppProject", "p", { uid: "p", version: "2", uses: "" });
    const changed = update(world, kindsOf(tables), tables[1]?.put(project));
    expect([changed.toSorted(), world.computed]).toEqual([["application/argocd/a", "application/argocd/b"], 5]);
  });

  it("takes everything anew when the objects of a kind come from another place", () => {
    const tables = KINDS.map(() => createKindTable());
    const world = createWorld();
    tables[0]?.put(objectOf("Application", "a", { uid: "1", version: "1", uses: "p" }));
    update(world, kindsOf(tables));
    const others = KINDS.map(() => createKindTable());
    others[0]?.put(objectOf("Application", "b", { uid: "2", version: "1", uses: "p" }));
    expect(update(world, kindsOf(others), []).toSorted()).toEqual(["application/argocd/a", "application/argocd/b"]);
    expect([...world.memo.states().keys()]).toEqual(["application/argocd/b"]);
  });

  it("gives out maps that do not change any more", () => {
    const tables = KINDS.map(() => createKindTable());
    const world = createWorld();
    update(world, kindsOf(tables));
    const before = world.memo.states();
    update(world, kindsOf(tables), tables[0]?.put(objectOf("Application", "a", { uid: "1", version: "1", uses: "p" })));
    expect([before.size, world.memo.states().size]).toEqual([0, 1]);
  });
});
