import { describe, expect, it } from "vitest";
import { heldEngine, heldWorld } from "../../../src/app/daemon/held-world.ts";
import type { DeliveryWorld } from "../../../src/app/delivery.ts";

/** What reads; everything else that a part of the world can do is a write. */
const READS = [
  "repository.read",
  "repository.refs.revision",
  "remote.fetch",
  "ledger.read",
  "forge.findPullRequest",
  "forge.mergeStanding",
  "forge.reverts",
  "forge.commits.wanted",
  "forge.talk.people",
  "forge.talk.permissionOf",
  "forge.records.checks",
  "forge.issues.find",
  "forge.scratch.branches",
];
const WRITES = [
  "repository.refs.update",
  "remote.push",
  "ledger.append",
  "forge.openPullRequest",
  "forge.updatePullRequest",
  "forge.mergePullRequest",
  "forge.updateBranch",
  "forge.cancelMerge",
  "forge.commits.commit",
  "forge.talk.comment",
  "forge.talk.label",
  "forge.records.recordDeployment",
  "forge.issues.open",
  "forge.scratch.close",
  "forge.scratch.deleteBranch",
];

type Part = Record<string, unknown>;
type Call = (...args: readonly unknown[]) => Promise<unknown>;

/** A world in which every call answers by its name and what it was given. */
function worldOf(paths: readonly string[]): Part {
  const world: Part = {};
  for (const path of paths) {
    const names = path.split(".");
    const parent = names.slice(0, -1).reduce<Part>((part, name) => (part[name] ??= {}) as Part, world);
    parent[names.at(-1) ?? ""] = async (...args: readonly unknown[]) => [path, ...args];
  }
  return world;
}

function callOf(world: unknown, path: string): Call {
  return path.split(".").reduce<unknown>((part, name) => (part as Part)[name], world) as Call;
}

describe("heldWorld", () => {
  const bare = worldOf([...READS, ...WRITES]) as unknown as DeliveryWorld;

  it.each(WRITES)("lets %s through while the lease is held, and not a moment longer", async (path) => {
    let held = true;
    const call = callOf(
      heldWorld(bare, () => held),
      path,
    );
    const answered = await call("a", "b", "c");
    expect(answered === undefined ? [path] : answered).toEqual(expect.arrayContaining([path]));
    held = false;
    await expect(call("a", "b", "c")).rejects.toThrow("another replica holds the lease");
  });

  it.each(READS)("lets %s through without the lease", async (path) => {
    expect(
      await callOf(
        heldWorld(bare, () => false),
        path,
      )("a"),
    ).toEqual([path, "a"]);
  });

  it("leaves out what there is not", () => {
    const { forge, remote } = heldWorld({ ...bare, forge: {} } as DeliveryWorld, () => true);
    expect([
      Object.keys(forge ?? {}).filter((name) => name in { talk: 1, issues: 1, scratch: 1, cancelMerge: 1 }),
    ]).toEqual([[]]);
    expect(remote).toBeDefined();
  });
});

describe("heldEngine", () => {
  it("asks the engine to look only while the lease is held", async () => {
    const asked: unknown[] = [];
    const engine = { name: "prod", askToLook: async (_: unknown, token: string) => void asked.push(token) };
    let held = true;
    const own = heldEngine(engine, () => held);
    await own.askToLook({}, "one");
    held = false;
    await expect(own.askToLook({}, "two")).rejects.toThrow("another replica holds the lease");
    expect([own.name, asked]).toEqual(["prod", ["one"]]);
  });
});
