import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringAt } from "../../../src/core/model/json.ts";
import type { LiveChange } from "../../../src/ports/cluster.ts";
import { ENGINE_CRDS } from "../../support/kubernetes/engine-crds.ts";
import type { Fault } from "../../support/kubernetes/kube-faults.ts";
import { kindsOfCrd } from "../../support/kubernetes/kube-kinds.ts";
import { kubeWorld, type KubeWorld } from "../../support/kubernetes/kube-world.ts";
import { until } from "../../support/manual-clock.ts";

const APPLICATIONS = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };
const RESYNC_MS = 300_000;

/** One thing that happens in the cluster, or to the connection. */
type Step =
  | { readonly do: "apply" | "remove"; readonly name: string }
  | { readonly do: "fault"; readonly fault: Fault }
  | { readonly do: "watch"; readonly how: "end" | "destroy" | "deafen" | "bookmark" }
  | { readonly do: "garble"; readonly line: string }
  | { readonly do: "expire" }
  | { readonly do: "pass"; readonly ms: number };

const name = fc.constantFrom("a", "b", "c", "d");
const does = fc.constantFrom<Fault["does"]>(
  { kind: "drop" },
  { kind: "cut" },
  { kind: "answer", status: 500 },
  { kind: "answer", status: 503, headers: { "retry-after": "20" } },
  { kind: "answer", status: 410 },
  { kind: "answer", status: 429 },
  { kind: "answer", status: 200, body: "<html>" },
  { kind: "answer", status: 200, body: { metadata: { resourceVersion: "3" } } },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("apply" as const, "remove" as const), name }) },
  {
    weight: 2,
    arbitrary: does.map((one) => ({ do: "fault" as const, fault: { path: /applications(\?|$)/, does: one } })),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom("end" as const, "destroy" as const, "deafen" as const, "bookmark" as const)
      .map((how) => ({ do: "watch" as const, how })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("{", '{"type":"ADDED"}', "null").map((line) => ({ do: "garble" as const, line })),
  },
  { weight: 1, arbitrary: fc.constant({ do: "expire" as const }) },
  { weight: 2, arbitrary: fc.integer({ min: 100, max: 20_000 }).map((ms) => ({ do: "pass" as const, ms })) },
);

async function perform({ server, clock, apply, remove }: KubeWorld, one: Step): Promise<void> {
  const manifest = (of: string): Parameters<typeof apply>[0] => ({
    ...APPLICATIONS,
    metadata: { name: of, namespace: "argocd" },
    spec: { version: server.store.version() },
  });
  switch (one.do) {
    case "apply":
      return apply(manifest(one.name));
    case "remove":
      return remove(manifest(one.name)).catch(() => undefined);
    case "fault":
      return server.faults.add(one.fault);
    case "watch":
      return server.watches[0]?.[one.how]();
    case "garble":
      return server.watches[0]?.write(one.line);
    case "expire":
      return server.expire();
    case "pass":
      clock.advance(one.ms);
      return new Promise((resolve) => setImmediate(resolve));
  }
}

/** What must hold of everything that is told: found before changed before gone, and gone only what the cluster has deleted. */
function check(changes: readonly LiveChange[], there: Map<string, string>, isDeleted: (uid: string) => boolean): void {
  for (const change of changes) {
    const { uid, resourceVersion } = change.kind === "gone" ? change.before : change.object;
    const was = there.get(uid);
    const isTrue =
      change.kind === "gone"
        ? was !== undefined && isDeleted(uid)
        : (was !== undefined) === (change.kind === "changed") && was !== resourceVersion;
    if (!isTrue) throw new Error(`told ${change.kind} of ${uid} at ${resourceVersion}, which was ${was}`);
    if (change.kind === "gone") there.delete(uid);
    else there.set(uid, resourceVersion);
  }
}

/** Lets time pass when nothing else goes on: the follower waits for its time, or listens. */
async function passQuietly({ server, clock }: KubeWorld, ms: number): Promise<void> {
  await until(() => server.watches.length > 0 || clock.sleeping.some((sleep) => sleep <= 61_000));
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(ms);
}

function byUid(pairs: Iterable<readonly [string, string]>): readonly (readonly [string, string])[] {
  return [...pairs].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** uid and version of all that the cluster has. */
function versionsIn({ server }: KubeWorld): readonly (readonly [string, string])[] {
  const kind = kindsOfCrd(ENGINE_CRDS[0])[0];
  if (kind === undefined) throw new Error("no kind");
  const objects = server.store.all(kind, undefined);
  return byUid(
    objects.map(({ metadata }) => [stringAt(metadata, "uid") ?? "", stringAt(metadata, "resourceVersion") ?? ""]),
  );
}

describe("whatever happens to the connection", () => {
  it("the state is right within one resync, nothing is told twice, and nothing is gone that was not deleted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const world = await kubeWorld({ pageSize: 2, resyncMs: RESYNC_MS });
        const { server, clock, cluster } = world;
        const deleted = new Set<string>();
        server.store.subscribe(({ type, object }) => {
          if (type === "DELETED") deleted.add(stringAt(object, "metadata", "uid") ?? "");
        });
        const told = new Map<string, string>();
        const controller = new AbortController();
        const followed = cluster.follow(APPLICATIONS, {
          signal: controller.signal,
          onChange: (changes) => check(changes, told, (uid) => deleted.has(uid)),
        });
        for (const one of steps) await perform(world, one);
        server.faults.clear();
        // The wait for it: a resync, and before it what was under way: 60 s of backoff, 70 s for an answer that never comes.
        const endMs = clock.nowMs() + RESYNC_MS + 130_000;
        const isRight = (): boolean => isDeepStrictEqual(byUid(told), versionsIn(world));
        while (!isRight() && clock.nowMs() < endMs) await passQuietly(world, 5000);
        controller.abort();
        await followed.done;
        await server.close();
        expect(byUid(told)).toEqual(versionsIn(world));
        const objects = [...followed.state().objects.values()];
        expect(byUid(objects.map(({ uid, resourceVersion }) => [uid, resourceVersion]))).toEqual(byUid(told));
      }),
      { numRuns: 40 },
    );
  });
});
