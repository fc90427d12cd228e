import { describe, expect, it } from "vitest";
import { createContentReader } from "../../src/app/content-reader.ts";
import { createObserver, type ObservedTarget, type WatchedTarget } from "../../src/app/observe-targets.ts";
import { watchTargets } from "../../src/app/watch-targets.ts";
import { readingOf } from "../../src/core/health/reading.ts";
import type { HealthSource } from "../../src/ports/health.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { gitdir } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { manualClock, until } from "../support/manual-clock.ts";
import { appState, memoryEngine } from "../support/memory-engine.ts";
import { silentLog } from "../support/silent-log.ts";
import { watchedApi } from "../support/watched-api.ts";

const REPO = { "apps/api/deployment.yaml": deployment("api:1") };

function begin(health: readonly HealthSource[] = []) {
  const repo = gitdir([{ files: REPO }]);
  const clock = manualClock();
  const engine = memoryEngine({ clock });
  const stop = new AbortController();
  const rounds: (readonly ObservedTarget[])[] = [];
  let list: readonly WatchedTarget[] = [watchedApi({ health })];
  const observer = createObserver({ readContent: createContentReader(openGitDir(repo)), clock, log: silentLog() });
  engine.set(appState({ revision: repo.head }));
  const done = watchTargets(
    {
      engines: [{ engine }],
      discover: async () => list,
      observer,
      onRound: (observed) => void rounds.push(observed),
      signal: stop.signal,
    },
    clock,
  );
  const last = (): ObservedTarget | undefined => rounds.at(-1)?.[0];
  return { clock, engine, stop, rounds, done, last, repo, setList: (next: typeof list) => void (list = next) };
}

describe("watching targets", () => {
  it("looks at once, again when the engine says that something changed, and at every tick", async () => {
    const { clock, engine, stop, rounds, done, last, repo } = begin();
    await until(() => rounds.length === 1);
    expect(last()?.present.status).toBe("Current");
    engine.set(appState({ revision: repo.head, word: "Failed" }));
    await clock.passUntil(() => last()?.present.status === "Failed", 300);
    const count = rounds.length;
    await clock.passUntil(() => rounds.length > count);
    stop.abort();
    await done;
  });

  it("comes to a verdict by looking alone", async () => {
    const { clock, stop, done, last } = begin();
    await clock.passUntil(() => last()?.verdict.verdict === "good");
    stop.abort();
    await done;
  });

  it("never lets a source that hangs, or breaks, delay the others", async () => {
    const hanging: HealthSource = { name: "hanging", intervalMs: 10_000, read: () => new Promise(() => undefined) };
    const broken: HealthSource = {
      name: "broken",
      intervalMs: 10_000,
      read: async () => Promise.reject(new Error("a bug")),
    };
    const well: HealthSource = { name: "well", intervalMs: 10_000, read: async () => readingOf("Current", "HTTP 200") };
    const { clock, stop, done, last } = begin([hanging, broken, well]);
    const says = (name: string): string | undefined => last()?.says.find(({ source }) => source === name)?.message;
    await clock.passUntil(() => says("well") === "HTTP 200", 5000);
    expect(says("hanging")).toBe("it has not answered yet");
    expect(says("broken")).toBe("cannot be asked: a bug");
    await clock.passUntil(() => says("hanging") === "no answer within 15s");
    stop.abort();
    await done;
  });

  it("stops asking for targets that are not watched any more", async () => {
    let asked = 0;
    const probe: HealthSource = {
      name: "probe",
      intervalMs: 10_000,
      read: async () => {
        asked += 1;
        return readingOf("Current", "");
      },
    };
    const { clock, stop, rounds, done, setList } = begin([probe]);
    await clock.passUntil(() => asked === 2);
    setList([]);
    await clock.passUntil(() => rounds.at(-1)?.length === 0);
    const [before, count] = [asked, rounds.length];
    await clock.passUntil(() => rounds.length > count + 5);
    expect(asked).toBe(before);
    stop.abort();
    await done;
  });

  it("tells sources since when the revision runs", async () => {
    const told: (number | undefined)[] = [];
    const probe: HealthSource = {
      name: "probe",
      intervalMs: 10_000,
      read: async ({ liveSinceMs }) => {
        told.push(liveSinceMs);
        return readingOf("Current", "");
      },
    };
    const { clock, engine, stop, done, repo } = begin([probe]);
    engine.set(appState({ revision: repo.head, history: [{ revisions: [repo.head], atMs: 1000, proves: "sync" }] }));
    await clock.passUntil(() => told.length === 3);
    expect(told.slice(1)).toEqual([1000, 1000]);
    stop.abort();
    await done;
  });

  it("ends with the signal, whatever it waits for", async () => {
    const { stop, rounds, done } = begin();
    await until(() => rounds.length === 1);
    stop.abort();
    await expect(done).resolves.toBeUndefined();
  });
});
