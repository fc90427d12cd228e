import { describe, expect, it } from "vitest";

import { runRevert } from "../../src/app/run-revert.ts";
import { deployment } from "../support/manifests.ts";
import { delivered, type RevertWorld, serveOne, wish } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";

const HISTORY = [
  { files: { [API]: deployment("api:1.7") }, tag: "release-1" },
  { files: { [API]: deployment("api:1.8") }, message: "Bump api to 1.8 (#2)" },
];

/** From the merge on, what is fetched from is behind what the forge has made: so many fetches bring nothing. */
function lagging(world: RevertWorld, fetches: number): RevertWorld {
  const { remote } = world;
  let left = 0;
  world.before("mergePullRequest", () => {
    left = fetches;
  });
  return { ...world, remote: { ...remote, fetch: async (refs) => ((left -= 1) < 0 ? remote.fetch(refs) : undefined) } };
}

describe("requirePlanned", () => {
  it("waits for a merge that cannot be fetched at once", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const { landed } = delivered(await runRevert(wish({ mode: "merge" }), lagging(world, 2)));
    expect(landed).toBe(origin.head);
    expect(world.clock.sleeps).toEqual([1000, 2000]);
  });

  it("says that it was merged when it cannot be fetched for long", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const merging = runRevert(wish({ mode: "merge" }), lagging(world, Infinity));
    await expect(merging).rejects.toMatchObject({
      code: "RepositoryTransport",
      message: expect.stringMatching(/^[0-9a-f]{7,12} was merged, but cannot be fetched yet$/),
    });
    expect(origin.text(API)).toBe(deployment("api:1.7"));
  });
});
