/** Leases as the API server keeps them, and lastgood's adapter for one. */
import { describe, expect, it } from "vitest";
import { createKubernetesLease } from "../../src/adapters/lease/kubernetes/kubernetes-lease.ts";
import { giveLease, takeLease } from "../../src/core/lease.ts";
import { listAt, stringAt, valueAt, type JsonObject } from "../../src/core/model/json.ts";
import { createSystemClock } from "../../src/faces/system-clock.ts";
import type { LeaseStore } from "../../src/ports/lease.ts";
import { MERGE, versionOf, type ApiTools } from "./cluster-tools.ts";

const AT = "2026-08-22T13:46:40.123Z";
const LATER = "2026-08-22T13:46:45.000Z";

function lease(name: string, spec: object): JsonObject {
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name }, spec: spec as JsonObject };
}

export function describeLeases(api: () => ApiTools): void {
  function storeOf(name: string): LeaseStore {
    const { connection, namespace } = api();
    return createKubernetesLease(connection, { lease: { name, namespace }, clock: createSystemClock() });
  }

  describe("leases", () => {
    it("take times with six digits, give them back so, and refuse all others: 400, and 422 in a patch", async () => {
      const { send, at } = api();
      const good = await send("POST", at.leases, lease("times", { renewTime: "2026-08-22T13:46:40.123000Z" }));
      expect(good).toMatchObject({ status: 201, body: { spec: { renewTime: "2026-08-22T13:46:40.123000Z" } } });
      for (const renewTime of ["2026-08-22T13:46:40Z", "2026-08-22T13:46:40.123Z", "soon"]) {
        const bad = await send("POST", at.leases, lease("bad-times", { renewTime }));
        expect(bad).toMatchObject({ status: 400, body: { reason: "BadRequest" } });
        const patched = await send("PATCH", `${at.leases}/times`, { spec: { renewTime } }, MERGE);
        expect(patched).toMatchObject({ status: 422, body: { reason: "Invalid" } });
        expect(listAt(patched.body, "details", "causes")).toMatchObject([{ field: "patch" }]);
      }
    });

    it.each([
      [{ leaseDurationSeconds: 0 }, "spec.leaseDurationSeconds"],
      [{ leaseTransitions: -1 }, "spec.leaseTransitions"],
    ])("are refused with %j: Invalid", async (spec, field) => {
      const { send, at } = api();
      const refused = await send("POST", at.leases, lease("figures", spec));
      expect(refused).toMatchObject({ status: 422, body: { reason: "Invalid" } });
      expect(listAt(refused.body, "details", "causes").map((cause) => stringAt(cause, "field"))).toEqual([field]);
    });

    it("may have nobody for a holder", async () => {
      const { send, at } = api();
      const made = await send("POST", at.leases, lease("nobody", { holderIdentity: "", leaseDurationSeconds: 1 }));
      expect(made).toMatchObject({ status: 201, body: { spec: { holderIdentity: "" } } });
    });

    it("are patched only at the version that the patch names: Conflict", async () => {
      const { send, at } = api();
      const { body } = await send("POST", at.leases, lease("patched", { holderIdentity: "a" }));
      const patch = (holderIdentity: string): object => ({
        metadata: { resourceVersion: versionOf(body) },
        spec: { holderIdentity },
      });
      expect(await send("PATCH", `${at.leases}/patched`, patch("b"), MERGE)).toMatchObject({ status: 200 });
      const late = await send("PATCH", `${at.leases}/patched`, patch("c"), MERGE);
      expect(late).toMatchObject({ status: 409, body: { reason: "Conflict" } });
      expect((await send("GET", `${at.leases}/patched`)).body).toMatchObject({ spec: { holderIdentity: "b" } });
    });
  });

  describe("the adapter for a lease", () => {
    it("makes it, reads it, renews it, gives it up, and leaves alone what others keep there", async () => {
      const { send, at } = api();
      const store = storeOf("own");
      expect(await store.read()).toBeUndefined();
      const made = await store.write(takeLease(undefined, "a", AT), undefined);
      const { record } = made;
      expect(record).toMatchObject({ holder: "a", durationMs: 30_000, transitions: 0 });
      expect([record.acquiredAt, record.renewedAt]).toEqual(Array(2).fill("2026-08-22T13:46:40.123000Z"));
      expect(await store.read()).toEqual(made);
      const notes = { metadata: { annotations: { note: "ours" } } };
      const { body } = await send("PATCH", `${at.leases}/own`, notes, MERGE);
      const renewed = await store.write(takeLease(record, "a", LATER), versionOf(body));
      expect(renewed.record).toEqual({ ...record, renewedAt: "2026-08-22T13:46:45.000000Z" });
      const given = await store.write(giveLease(renewed.record, LATER), renewed.version);
      expect(given.record).toMatchObject({ holder: "", durationMs: 1000, transitions: 0 });
      const taken = await store.write(takeLease(given.record, "b", LATER), given.version);
      expect(taken.record).toMatchObject({ holder: "b", transitions: 1 });
      const kept = await send("GET", `${at.leases}/own`);
      expect(valueAt(kept.body, "metadata", "annotations")).toEqual({ note: "ours" });
    });

    it("is told when somebody else was faster: to make it, to write it, to delete it", async () => {
      const { send, at } = api();
      const store = storeOf("raced");
      const first = await store.write(takeLease(undefined, "a", AT), undefined);
      const second = store.write(takeLease(undefined, "b", AT), undefined);
      await expect(second).rejects.toMatchObject({ code: "EngineConflict" });
      await store.write(takeLease(first.record, "a", LATER), first.version);
      const late = store.write(takeLease(first.record, "b", LATER), first.version);
      await expect(late).rejects.toMatchObject({ code: "EngineConflict" });
      const { version } = (await store.read()) ?? { version: "" };
      await send("DELETE", `${at.leases}/raced`);
      const gone = store.write(takeLease(first.record, "a", LATER), version);
      await expect(gone).rejects.toMatchObject({ code: "EngineNotFound" });
      await store.write(takeLease(undefined, "b", LATER), undefined);
      const remade = store.write(takeLease(first.record, "a", LATER), version);
      await expect(remade).rejects.toMatchObject({ code: "EngineConflict" });
    });

    it("takes one that somebody has made by hand, with nothing in it", async () => {
      const { send, at } = api();
      await send("POST", at.leases, lease("bare", {}));
      const store = storeOf("bare");
      const found = await store.read();
      expect(found?.record).toEqual({ holder: "", transitions: 0 });
      expect((await store.write(takeLease(found?.record, "a", AT), found?.version)).record.holder).toBe("a");
    });
  });
}
