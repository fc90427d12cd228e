import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FaultAction } from "../../support/kubernetes/kube-faults.ts";
import { LEASES, type Replicas, replicaWorld } from "../../support/replicas.ts";

const SECOND = 1000;
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

const ANY = /\/leases(?:\/lastgood)?$/;
const FORBIDDEN: FaultAction = {
  kind: "answer",
  status: 403,
  body: { kind: "Status", status: "Failure", reason: "Forbidden", code: 403, message: "leases is forbidden" },
};
const CONFLICT: FaultAction = {
  kind: "answer",
  status: 409,
  body: { kind: "Status", status: "Failure", reason: "Conflict", code: 409, message: "it has been modified" },
};

/** From now on, until it is cleared. */
function always(world: Replicas, does: FaultAction, method?: string): void {
  world.kube.server.faults.add({ path: ANY, times: 1e6, does, ...(method === undefined ? {} : { method }) });
}

describe("holdLease", () => {
  it("takes a lease that nobody has made, as client-go writes it", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    expect([a.held(), a.told]).toEqual([true, ["leading"]]);
    expect(await world.spec()).toEqual({
      holderIdentity: "a",
      acquireTime: "2026-08-22T13:46:40.000000Z",
      renewTime: "2026-08-22T13:46:40.000000Z",
      leaseDurationSeconds: 30,
      leaseTransitions: 0,
    });
  });

  it("renews it every five seconds, with one request each", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    const before = world.kube.server.seen.length;
    await world.pass(20 * SECOND);
    expect(world.kube.server.seen.slice(before).map(({ method }) => method)).toEqual(Array(4).fill("PATCH"));
    expect(await world.spec()).toMatchObject({
      acquireTime: "2026-08-22T13:46:40.000000Z",
      renewTime: "2026-08-22T13:47:00.000000Z",
    });
    expect(a.told).toEqual(["leading"]);
  });

  it("stands by for as long as another one renews it", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    const b = await world.start("b");
    await world.pass(300 * SECOND);
    expect([a.held(), b.held(), b.told]).toEqual([true, false, ["standing by for a"]]);
    await b.settled;
  });

  it("takes over thirty seconds after it has last seen a renewal, and no sooner", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    const b = await world.start("b");
    a.stop();
    await world.pass(29 * SECOND);
    expect(b.told).toEqual(["standing by for a"]);
    await world.pass(SECOND);
    expect([b.held(), b.told]).toEqual([true, ["standing by for a", "leading"]]);
    expect(await world.spec()).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
  });

  it("does not hold it any more when it goes on after having been stopped", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    const b = await world.start("b");
    a.stop();
    await world.pass(16 * SECOND);
    expect(a.held()).toBe(false);
    await world.pass(44 * SECOND);
    a.goOn();
    expect(a.held()).toBe(false);
    await world.pass(10 * SECOND);
    expect([a.told, b.held()]).toEqual([["leading", "standing by for b"], true]);
  });

  it("begins nothing without a renewal of the last fifteen seconds, steps down after twenty, and leads again when it can", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    always(world, { kind: "drop" });
    await world.pass(14 * SECOND);
    expect(a.held()).toBe(true);
    await world.pass(SECOND);
    expect([a.held(), a.told]).toEqual([false, ["leading"]]);
    await world.pass(5 * SECOND);
    expect(a.told).toEqual(["leading", "standing by"]);
    expect(a.log.lines).toHaveLength(1);
    world.kube.server.faults.clear();
    await world.pass(5 * SECOND);
    expect([a.held(), a.told.at(-1)]).toEqual([true, "leading"]);
  });

  it("waits for no answer longer than five seconds", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    a.hang(2);
    // Sent after five seconds, given up after ten; the next one is sent after fifteen.
    await world.pass(15 * SECOND);
    expect([a.held(), a.told]).toEqual([false, ["leading"]]);
    expect(a.log.lines).toEqual([
      "warn: the lease lastgood-system/lastgood in test cannot be kept: no answer within 5s",
    ]);
    await world.pass(11 * SECOND);
    expect([a.held(), a.told]).toEqual([true, ["leading", "standing by", "leading"]]);
  });

  it("does not take for its own time what it only reads: a renewal whose answer was lost counts when another one has come through", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    const b = await world.start("b");
    always(world, { kind: "drop-after" }, "PATCH");
    await world.pass(16 * SECOND);
    expect([a.held(), b.held()]).toEqual([false, false]);
    expect(await world.spec()).toMatchObject({ holderIdentity: "a", renewTime: "2026-08-22T13:46:55.000000Z" });
    world.kube.server.faults.clear();
    await world.pass(5 * SECOND);
    expect([a.held(), b.told]).toEqual([true, ["standing by for a"]]);
  });

  it.each([-YEAR, -HOUR, HOUR, YEAR])("does not mind clocks that jump by %d ms", async (ms) => {
    const world = await replicaWorld();
    const a = await world.start("a");
    const b = await world.start("b");
    b.jump(ms);
    await world.pass(60 * SECOND);
    a.jump(ms);
    await world.pass(60 * SECOND);
    expect([a.told, b.told]).toEqual([["leading"], ["standing by for a"]]);
    a.stop();
    b.jump(-2 * ms);
    await world.pass(35 * SECOND);
    expect(b.held()).toBe(true);
  });

  it("steps down when it was deleted, and begins anew; others wait until its holder must know", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    const b = await world.start("b");
    await world.remove();
    await world.pass(5 * SECOND);
    expect([a.told, b.told]).toEqual([["leading", "standing by", "leading"], ["standing by for a"]]);
    a.stop();
    await world.remove();
    await world.pass(5 * SECOND);
    expect(await world.spec()).toBe(undefined);
    await world.pass(5 * SECOND);
    expect(await world.spec()).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 30 });
    await world.pass(29 * SECOND);
    expect(b.held()).toBe(false);
    await world.pass(SECOND);
    expect([b.held(), await world.spec()]).toMatchObject([true, { holderIdentity: "b", leaseTransitions: 1 }]);
  });

  it("does not take what was held and deleted while it was stopped, before its last holder must know", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    const b = await world.start("b");
    a.stop();
    await world.pass(30 * SECOND);
    expect(b.held()).toBe(true);
    await world.remove();
    a.goOn();
    await world.pass(4 * SECOND);
    expect([a.held(), b.held()]).toEqual([false, true]);
    b.stop();
    await world.pass(35 * SECOND);
    expect(a.held()).toBe(false);
    await world.pass(10 * SECOND);
    expect([a.held(), b.held()]).toEqual([true, false]);
  });

  it("does not take what it missed long ago: it may have been made, held and deleted again since", async () => {
    const world = await replicaWorld();
    const [a, b, c] = [await world.start("a"), await world.start("b"), await world.start("c")];
    a.stop();
    await world.remove();
    await world.pass(6 * SECOND);
    b.stop();
    await world.pass(44 * SECOND);
    expect([b.held(), c.held()]).toEqual([false, true]);
    await world.remove();
    b.goOn();
    await world.pass(4 * SECOND);
    expect([b.held(), c.held()]).toEqual([false, true]);
  });

  it("steps down when somebody has written another holder into it, and leaves it to that one for as long as it may live", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    await world.edit({ spec: { holderIdentity: "some\u001b[31mbody", leaseDurationSeconds: 3600 } });
    await world.pass(5 * SECOND);
    expect([a.held(), a.told]).toEqual([false, ["leading", String.raw`standing by for some\x1b[31mbody`]]);
    await world.pass(580 * SECOND);
    expect(a.held()).toBe(false);
    await world.pass(30 * SECOND);
    expect(a.held()).toBe(true);
  });

  it("is not kept from it, nor drawn to it, by what else is written there", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    const b = await world.start("b");
    await world.edit({ metadata: { annotations: { note: "mine" } }, spec: { leaseDurationSeconds: 1 } });
    await world.pass(60 * SECOND);
    expect([a.told, b.told]).toEqual([["leading"], ["standing by for a"]]);
    expect(await world.spec()).toMatchObject({ leaseDurationSeconds: 30 });
  });

  it("stands by while it may not, says so once, and leads as soon as it may", async () => {
    const world = await replicaWorld();
    always(world, FORBIDDEN);
    const a = await world.start("a");
    await a.settled;
    await world.pass(60 * SECOND);
    expect([a.held(), a.told]).toEqual([false, ["standing by"]]);
    expect(a.log.lines).toEqual([
      "warn: the lease lastgood-system/lastgood in test cannot be kept: cannot read Lease lastgood-system/lastgood: leases is forbidden",
    ]);
    world.kube.server.faults.clear();
    await world.pass(5 * SECOND);
    expect(a.held()).toBe(true);
  });

  it.each([
    ["forbidden", FORBIDDEN],
    ["a conflict", CONFLICT],
  ])("steps down when every renewal is %s", async (_, does) => {
    const world = await replicaWorld();
    const a = await world.start("a");
    always(world, does, "PATCH");
    await world.pass(20 * SECOND);
    expect([a.held(), a.told]).toEqual([false, ["leading", "standing by"]]);
    world.kube.server.faults.clear();
    await world.pass(5 * SECOND);
    expect([a.held(), a.told.at(-1)]).toEqual([true, "leading"]);
  });

  it("signs in anew when its token has been renewed", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    world.kube.server.token = "second-token";
    await world.kube.signIn("second-token");
    await world.pass(30 * SECOND);
    expect([a.held(), a.log.lines]).toEqual([true, []]);
  });

  it("gives it up when it ends: the next one takes it at its next look", async () => {
    const world = await replicaWorld();
    const a = await world.start("a");
    const b = await world.start("b");
    const released = a.release();
    expect(a.held()).toBe(true);
    await released;
    expect([a.held(), a.told]).toEqual([false, ["leading", "standing by"]]);
    expect(await world.spec()).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
    await world.pass(5 * SECOND);
    expect([b.held(), await world.spec()]).toMatchObject([true, { holderIdentity: "b", leaseTransitions: 1 }]);
  });

  it("gives up nothing that is another one's", async () => {
    const world = await replicaWorld();
    await world.start("a");
    const b = await world.start("b");
    await b.release();
    expect(await world.spec()).toMatchObject({ holderIdentity: "a" });
  });

  it("makes a Lease in no namespace that there is not", async () => {
    const world = await replicaWorld();
    const body = { kind: "Status", reason: "NotFound", code: 404, message: 'namespaces "lastgood-system" not found' };
    world.kube.server.faults.add({
      method: "POST",
      path: new RegExp(LEASES),
      does: { kind: "answer", status: 404, body },
    });
    const a = await world.start("a");
    expect(a.log.lines).toEqual([
      'warn: the lease lastgood-system/lastgood in test cannot be kept: cannot create Lease lastgood-system/lastgood: namespaces "lastgood-system" not found',
    ]);
  });

  it("is never held by two, whatever happens to replicas and their requests", async () => {
    const happening = fc.oneof(
      fc.record({
        kind: fc.constantFrom("stop", "go on", "jump"),
        who: fc.nat(2),
        ms: fc.integer({ min: -YEAR, max: YEAR }),
      }),
      fc.record({ kind: fc.constantFrom("drop", "drop-after", "cut", "conflict"), times: fc.nat(12) }),
      fc.constant({ kind: "delete" as const }),
      fc.constant({ kind: "annotate" as const }),
    );
    const story = fc.array(fc.tuple(happening, fc.integer({ min: 1, max: 25 })), { minLength: 3, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(story, async (happenings) => {
        const world = await replicaWorld();
        const all = [await world.start("a"), await world.start("b"), await world.start("c")];
        for (const [what, seconds] of happenings) {
          const who = "who" in what ? all[what.who] : undefined;
          if (what.kind === "stop") who?.stop();
          else if (what.kind === "go on") who?.goOn();
          else if (what.kind === "jump" && "ms" in what) who?.jump(what.ms);
          else if (what.kind === "delete" && (await world.spec()) !== undefined) await world.remove();
          else if (what.kind === "annotate" && (await world.spec()) !== undefined)
            await world.edit({ metadata: { annotations: { seconds: String(seconds) } } });
          else if ("times" in what) {
            const does = what.kind === "conflict" ? CONFLICT : { kind: what.kind as "drop" };
            world.kube.server.faults.add({ path: ANY, times: what.times + 1, does });
          }
          await world.pass(seconds * SECOND);
        }
        // Afterwards somebody leads.
        for (const replica of all) replica.goOn();
        world.kube.server.faults.clear();
        await world.pass(45 * SECOND);
        expect(all.filter((replica) => replica.held())).toHaveLength(1);
        await Promise.all(all.map(async (replica) => replica.release()));
      }),
      { numRuns: 6 },
    );
  });
});
