import { describe, expect, it } from "vitest";
import type { Board, Lane } from "../../../src/faces/cli/open-board.ts";
import { createFetches } from "../../../src/faces/daemon/fetch-branches.ts";
import { silentLog } from "../../support/silent-log.ts";

const DAY_MS = 24 * 60 * 60_000;

function lane(name: string, optimize: () => Promise<void>): Lane {
  const world = { optimize, repository: { resolve: async () => undefined } };
  return { name, world, here: { isHere: () => false }, refresh: async () => undefined } as unknown as Lane;
}

function fetches(lanes: readonly Lane[]) {
  const clock = { nowMs: 0 };
  const log = silentLog();
  const opened = createFetches({ lanes } as unknown as Board, () => clock.nowMs, {
    ...log,
    event: () => undefined,
  });
  return { ...opened, clock, log };
}

describe("the clones of the daemon", () => {
  it("are made quick behind the second round, one after the other, and again after a day", async () => {
    const done: string[] = [];
    let release = (): void => undefined;
    const first = lane("ops", async () => {
      done.push("ops begins");
      await new Promise<void>((resolve) => (release = resolve));
      done.push("ops ends");
    });
    const second = lane("apps", async () => void done.push("apps"));
    const kept = fetches([first, second]);
    await kept.look([]);
    expect(done).toEqual([]);
    await kept.look([]);
    await kept.look([]);
    expect(done).toEqual(["ops begins"]);
    release();
    await kept.ended();
    expect(done).toEqual(["ops begins", "ops ends", "apps"]);
    kept.clock.nowMs = DAY_MS;
    await kept.look([]);
    release();
    await Promise.resolve();
    release();
    await kept.ended();
    expect(done).toHaveLength(6);
  });

  it("go on as they are where that fails, and somebody is told", async () => {
    const kept = fetches([lane("ops", () => Promise.reject(new Error("no space left")))]);
    await kept.look([]);
    await kept.look([]);
    await kept.ended();
    expect(kept.log.lines).toEqual([expect.stringContaining("no space left")]);
  });
});
