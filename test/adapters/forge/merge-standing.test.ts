import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { GitHub } from "../../../src/standins/github/start-github.ts";
import { CI, type MergeWorld, openPull, startMergeServer } from "../../support/merge-world.ts";

let github: GitHub;

beforeAll(async () => {
  github = await startMergeServer();
});

afterAll(async () => github.close());

const look = async ({ forge, head }: MergeWorld) => forge.mergeStanding?.(1, head);

/** How often this pull request was read. */
function reads({ name }: MergeWorld): number {
  const path = `/repos/${name}/pulls/1`;
  return github.control.requests().filter((each) => each.method === "GET" && each.path === path).length;
}

describe("mergeStanding", () => {
  it("names the checks that it waits for, and asks for no merge", async () => {
    const world = await openPull(github);
    world.rules(CI);
    expect(await look(world)).toEqual({ ordered: false, waitingFor: "1 check has not reported: ci" });
    expect(world.merges()).toBe(0);
  });

  it("says nothing where nothing is in the way", async () => {
    expect(await look(await openPull(github))).toEqual({ ordered: false });
  });

  it("says what only a change of the rules helps against", async () => {
    const world = await openPull(github);
    world.rules({ type: "update" });
    expect(await look(world)).toMatchObject({ ordered: false, refused: expect.stringMatching(/let only those/) });
  });

  it("tells our order from a person's, and forgets it when it is taken back", async () => {
    const world = await openPull(github, { allowAutoMerge: true });
    world.rules(CI);
    expect(await look(world)).toMatchObject({ ordered: false });
    expect(await world.merge(true)).toMatchObject({ kind: "armed" });
    expect(await look(world)).toMatchObject({ ordered: true, waitingFor: expect.stringContaining("ci") });
    await world.forge.cancelMerge?.(1);
    expect(await look(world)).toMatchObject({ ordered: false });
  });

  it("sees it in the merge queue", async () => {
    const world = await openPull(github);
    world.rules({ type: "merge_queue", method: "squash" }, CI);
    await world.check("success");
    expect(await world.merge(true)).toMatchObject({ kind: "queued" });
    expect(await look(world)).toEqual({ ordered: true, waitingFor: expect.stringContaining("merge queue of main") });
  });

  it("asks GitHub once a minute, and again for another head", async () => {
    const world = await openPull(github);
    world.rules(CI);
    await look(world);
    const before = reads(world);
    expect(await look(world)).toMatchObject({ waitingFor: expect.any(String) });
    expect(reads(world)).toBe(before);
    const other = await world.forge.mergeStanding?.(1, "1".repeat(40) as MergeWorld["head"]);
    expect(other).toMatchObject({ refused: expect.stringContaining("somebody pushed to it") });
    expect(reads(world)).toBe(before + 1);
  });
});
