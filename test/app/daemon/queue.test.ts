import { describe, expect, it } from "vitest";
import { createQueue } from "../../../src/app/daemon/queue.ts";
import { manualClock, until } from "../../support/manual-clock.ts";

function begin(work: (key: string) => Promise<number>, lanes = 2) {
  const clock = manualClock();
  const stop = new AbortController();
  const bugs: string[] = [];
  const queue = createQueue({ clock, lanes, work, onBug: (key) => void bugs.push(key) });
  const done = queue.run(stop.signal);
  return { clock, stop, queue, done, bugs };
}

describe("the queue of targets", () => {
  it("works on what is due, and again when its time has come", async () => {
    const seen: string[] = [];
    const { clock, queue, stop, done } = begin(async (key) => {
      seen.push(key);
      return 30_000;
    });
    queue.due("a", clock.nowMs());
    queue.due("b", clock.nowMs());
    await until(() => seen.length === 2);
    const startMs = clock.nowMs();
    await clock.passUntil(() => seen.length === 4);
    expect(seen).toEqual(["a", "b", "a", "b"]);
    expect(clock.nowMs() - startMs).toBe(30_000);
    stop.abort();
    await done;
  });

  it("does not let one that hangs delay the others", async () => {
    const seen: string[] = [];
    const { clock, queue, stop } = begin(async (key) => {
      seen.push(key);
      return key === "hangs" ? new Promise(() => undefined) : 1000;
    });
    for (const key of ["hangs", "a", "b"]) queue.due(key, clock.nowMs());
    await clock.passUntil(() => seen.filter((key) => key === "b").length === 5);
    expect(seen.filter((key) => key === "a").length).toBeGreaterThanOrEqual(4);
    expect(seen.filter((key) => key === "hangs")).toHaveLength(1);
    stop.abort();
  });

  it("never works on one twice at the same time, and once more when it was named meanwhile", async () => {
    let running = 0;
    let most = 0;
    let release = (): void => undefined;
    let count = 0;
    const { clock, queue, stop, done } = begin(async () => {
      count += 1;
      running += 1;
      most = Math.max(most, running);
      if (count === 1) await new Promise<void>((resolve) => (release = resolve));
      running -= 1;
      return 600_000;
    });
    queue.due("a", clock.nowMs());
    await until(() => count === 1);
    queue.due("a", clock.nowMs());
    queue.due("a", clock.nowMs());
    release();
    await until(() => count === 2);
    expect([count, most]).toEqual([2, 1]);
    stop.abort();
    await done;
  });

  it("tells a bug, and goes on with it and the others later", async () => {
    let count = 0;
    const { clock, queue, stop, done, bugs } = begin(async (key) => {
      count += 1;
      if (key === "broken") throw new Error("a bug");
      return 1000;
    });
    queue.due("broken", clock.nowMs());
    queue.due("a", clock.nowMs());
    await clock.passUntil(() => bugs.length === 2);
    expect(bugs).toEqual(["broken", "broken"]);
    expect(count).toBeGreaterThan(10);
    stop.abort();
    await done;
  });

  it("forgets who is gone", async () => {
    const seen: string[] = [];
    const { clock, queue, stop, done } = begin(async (key) => {
      seen.push(key);
      return 1000;
    });
    queue.due("a", clock.nowMs());
    queue.due("b", clock.nowMs());
    await until(() => seen.length === 2);
    queue.forget("a");
    await clock.passUntil(() => seen.length === 5);
    expect(seen).toEqual(["a", "b", "b", "b", "b"]);
    stop.abort();
    await done;
  });

  it("ends what was begun before it ends itself", async () => {
    let release = (): void => undefined;
    let ended = false;
    const { clock, queue, stop, done } = begin(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      ended = true;
      return 1000;
    });
    queue.due("a", clock.nowMs());
    await until(() => !ended && clock.sleeping.length > 0);
    stop.abort();
    release();
    await done;
    expect(ended).toBe(true);
  });
});
