import { describe, expect, it } from "vitest";

import type { CommitId } from "../../src/core/model/git.ts";
import type { Forge } from "../../src/ports/forge.ts";

/** A forge with a repository behind it, its clock, and a person (`mkim`). */
export interface RevertsWorld {
  readonly forge: Forge;
  /** Makes a branch with a commit that `main` lacks. */
  readonly addBranch: (name: string) => Promise<CommitId>;
  /** The person opens a pull request from it. */
  readonly openTheirs: (branch: string) => Promise<void>;
  readonly close: (number: number) => Promise<void>;
  /** The forge's clock moves on. */
  readonly advance: (ms: number) => void;
  /** What time it is at the forge, epoch ms. */
  readonly nowMs: () => number;
}

const HOUR = 3_600_000;
const KEY = "0c9e41d27ab3";

/** What every forge tells of past reverts. */
export function revertsContract(name: string, makeWorld: () => Promise<RevertsWorld>): void {
  const read = async (world: RevertsWorld, sinceMs: number) => {
    if (world.forge.reverts === undefined) throw new Error("it tells of no reverts");
    return world.forge.reverts(sinceMs);
  };
  const open = async ({ forge, addBranch }: RevertsWorld, branch: string) => {
    const head = await addBranch(branch);
    const texts = { title: `Revert ${branch}`, body: "why", draft: false, labels: ["lastgood"], reviewers: [] };
    return { ...(await forge.openPullRequest({ ...texts, branch, base: "main" })).pullRequest, head };
  };

  describe(`${name}, as a record of reverts`, () => {
    it("tells of an open one, and what time it is there", async () => {
      const world = await makeWorld();
      const startMs = world.nowMs();
      const pull = await open(world, `lastgood/api/${KEY}`);
      const { clockMs, reverts } = await read(world, startMs - HOUR);
      expect(reverts).toEqual([
        {
          number: pull.number,
          url: pull.url,
          state: "open",
          branch: `lastgood/api/${KEY}`,
          base: "main",
          body: "why",
          author: "lastgood[bot]",
          labels: ["lastgood"],
          createdAtMs: expect.any(Number),
        },
      ]);
      expect(Math.abs(clockMs - world.nowMs())).toBeLessThan(60_000);
      expect(Math.abs((reverts[0]?.createdAtMs ?? 0) - startMs)).toBeLessThan(60_000);
    });

    it("tells of what was merged and closed, when, and who merged", async () => {
      const world = await makeWorld();
      const startMs = world.nowMs();
      const merged = await open(world, `lastgood/api/${KEY}`);
      const closed = await open(world, `lastgood/web/${KEY}`);
      world.advance(HOUR);
      const order = { number: merged.number, expectedHead: merged.head, title: "Revert", message: "why" };
      const result = await world.forge.mergePullRequest(order);
      await world.close(closed.number);
      const { reverts } = await read(world, startMs + HOUR / 2);
      const endedAtMs = expect.toSatisfy((ms: number) => ms >= startMs + HOUR);
      expect(reverts).toMatchObject([
        { number: closed.number, state: "closed", endedAtMs },
        { number: merged.number, state: "merged", endedAtMs, mergedBy: "lastgood[bot]" },
      ]);
      expect(reverts.map(({ mergeCommit }) => mergeCommit)).toEqual([
        undefined,
        result.kind === "merged" ? result.commit : "",
      ]);
      expect(reverts[0]).not.toHaveProperty("mergedBy");
    });

    it("leaves out what was opened and ended before, and what was only touched since", async () => {
      const world = await makeWorld();
      const old = await open(world, `lastgood/api/${KEY}`);
      world.advance(HOUR);
      await world.forge.updatePullRequest(old.number, { title: "Revert", body: "because" });
      const sinceMs = world.nowMs() - HOUR / 2;
      expect((await read(world, sinceMs)).reverts).toEqual([]);
      expect((await read(world, sinceMs - HOUR)).reverts).toHaveLength(1);
    });

    it("leaves out branches of others", async () => {
      const world = await makeWorld();
      const startMs = world.nowMs();
      await world.addBranch("feature/lastgood/api");
      await world.openTheirs("feature/lastgood/api");
      expect((await read(world, startMs - HOUR)).reverts).toEqual([]);
    });
  });
}
