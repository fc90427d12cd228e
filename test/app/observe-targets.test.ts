import { describe, expect, it } from "vitest";
import { createContentReader } from "../../src/app/content-reader.ts";
import {
  createObserver,
  newObserverMemory,
  type ObservedTarget,
  type Observer,
  type WatchedTarget,
} from "../../src/app/observe-targets.ts";
import { readEngine } from "../../src/app/look-once.ts";
import { readingOf } from "../../src/core/health/reading.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { HealthSource } from "../../src/ports/health.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { gitdir, type GitDir } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { manualClock, type ManualClock } from "../support/manual-clock.ts";
import { appState, memoryEngine, type MemoryEngine } from "../support/memory-engine.ts";
import { memoryLedger } from "../support/memory-ledger.ts";
import { silentLog } from "../support/silent-log.ts";
import { watchedApi } from "../support/watched-api.ts";

const MINUTE = 60_000;
const v = (version: number): Readonly<Record<string, string>> => ({
  "apps/api/deployment.yaml": deployment(`api:${version}`),
});

interface World {
  readonly repo: GitDir;
  readonly clock: ManualClock;
  readonly engine: MemoryEngine;
  readonly observer: Observer;
  readonly ledger: ReturnType<typeof memoryLedger>;
  readonly log: ReturnType<typeof silentLog>;
  /** Looks, and records what came of it. */
  readonly round: (...watched: readonly WatchedTarget[]) => Promise<ObservedTarget>;
  /** Rounds every 20 s for so long. */
  readonly rounds: (ms: number, watched?: WatchedTarget) => Promise<ObservedTarget>;
}

function world(): World {
  const repo = gitdir([{ files: v(1) }, { files: v(2) }, { files: { "README.md": "x\n" } }]);
  const clock = manualClock();
  const engine = memoryEngine({ clock });
  const ledger = memoryLedger();
  const log = silentLog();
  const recorder = { ledger, engines: new Map([["argo", engine]]), by: "lastgood" };
  const observer = createObserver({ readContent: createContentReader(openGitDir(repo)), clock, log, recorder });
  const round: World["round"] = async (...watched) => {
    const list = watched.length === 0 ? [watchedApi()] : watched;
    const views = new Map([["argo", await readEngine(engine, clock, new AbortController().signal)]]);
    const observed = await observer.observe(list, { views, readings: [] });
    await observer.record(observed);
    return first(observed);
  };
  return {
    repo,
    clock,
    engine,
    observer,
    ledger,
    log,
    round,
    async rounds(ms, watched = watchedApi()) {
      let last = await round(watched);
      for (let passed = 0; passed < ms; passed += 20_000) {
        clock.advance(20_000);
        last = await round(watched);
      }
      return last;
    },
  };
}

function first(observed: readonly ObservedTarget[]): ObservedTarget {
  const [one] = observed;
  if (one === undefined) throw new Error("nothing was observed");
  return one;
}

const POD = {
  id: { apiVersion: "v1", kind: "Pod", namespace: "payments", name: "api-1" },
  uid: "1",
  resourceVersion: "1",
  value: {
    spec: { containers: [{ name: "api", image: "ghcr.io/acme/api:2" }] },
    status: {
      phase: "Running",
      containerStatuses: [{ name: "api", imageID: `ghcr.io/acme/api@sha256:${"a".repeat(64)}` }],
    },
  },
} as const;

describe("observing targets", () => {
  it("calls a target good after the bake time and records that once, with its content and its images", async () => {
    const { repo, engine, rounds, ledger } = world();
    engine.set(appState({ revision: repo.commits[1] }));
    engine.live = [POD];
    const { verdict } = await rounds(12 * MINUTE);
    expect(verdict).toMatchObject({ verdict: "good", revision: repo.commits[1] });
    const { records } = await ledger.read();
    expect(records).toMatchObject([
      {
        target: "api",
        revision: repo.commits[1],
        verdict: "good",
        evidence: "observed",
        healthyForSeconds: 600,
        images: [`ghcr.io/acme/api:2@sha256:${"a".repeat(64)}`],
        content: verdict.content,
      },
    ]);
  });

  it("goes on measuring over commits that leave the target alone", async () => {
    const { repo, engine, rounds } = world();
    engine.set(appState({ revision: repo.commits[1] }));
    await rounds(6 * MINUTE);
    engine.set(appState({ revision: repo.commits[2] }));
    const { verdict } = await rounds(6 * MINUTE);
    expect(verdict).toMatchObject({ verdict: "good", revision: repo.commits[1], latest: repo.commits[2] });
  });

  it("begins anew with a commit that changes the target", async () => {
    const { repo, engine, rounds } = world();
    engine.set(appState({ revision: repo.commits[0] }));
    await rounds(6 * MINUTE);
    engine.set(appState({ revision: repo.commits[1] }));
    const { verdict } = await rounds(6 * MINUTE);
    expect(verdict).toMatchObject({ verdict: "undecided", reason: "Baking", revision: repo.commits[1] });
  });

  it("calls it bad after the dwell, and records that", async () => {
    const { repo, engine, rounds, ledger } = world();
    engine.set(appState({ revision: repo.commits[1], word: "Failed", message: "0/2 ready" }));
    const { verdict, present } = await rounds(3 * MINUTE);
    expect(verdict.verdict).toBe("bad");
    expect(present).toMatchObject({ status: "Failed", says: { message: "0/2 ready" } });
    expect((await ledger.read()).records).toMatchObject([{ verdict: "bad", revision: repo.commits[1] }]);
  });

  it("goes on with what an observer before it has seen, also of who is heard a little later; not of what is another target by now", async () => {
    const { repo, engine, clock, log } = world();
    engine.set(appState({ revision: repo.commits[1] }), appState({ name: "web", revision: repo.commits[1] }));
    const memory = newObserverMemory();
    const readContent = createContentReader(openGitDir(repo));
    const view = async () => readEngine(engine, clock, new AbortController().signal);
    const observer = (): Observer => createObserver({ readContent, clock, log, memory });
    const web = watchedApi({ name: "web" });
    const first = observer();
    for (let minute = 0; minute < 6; minute += 1) {
      clock.advance(MINUTE);
      await first.observe([watchedApi(), web], { views: new Map([["argo", await view()]]), readings: [] });
    }
    const second = observer();
    const unheard = { states: new Map(), heardAtMs: undefined, failure: undefined };
    await second.observe([watchedApi()], { views: new Map([["argo", unheard]]), readings: [] });
    const moved = { ...web, target: plainTarget(["apps/api"], { name: "web" }) };
    let observed: readonly ObservedTarget[] = [];
    for (let minute = 0; minute < 5; minute += 1) {
      clock.advance(MINUTE);
      observed = await second.observe([watchedApi(), moved], {
        views: new Map([["argo", await view()]]),
        readings: [],
      });
    }
    expect(observed.map(({ verdict }) => [verdict.target, verdict.verdict])).toEqual([
      ["api", "good"],
      ["web", "undecided"],
    ]);
  });

  it("judges nothing by an engine that is not heard, and says why", async () => {
    const { repo, engine, rounds, round, clock } = world();
    engine.set(appState({ revision: repo.commits[1] }));
    await rounds(MINUTE);
    engine.fail(new LastgoodError("EngineUnreachable", "no route to the cluster"));
    clock.advance(2 * MINUTE);
    const { present, verdict, failures } = await round();
    expect(present).toMatchObject({ status: "Unknown", says: { message: "no route to the cluster" } });
    expect(verdict).toMatchObject({ verdict: "undecided", reason: "Stale" });
    expect(failures.map(({ code }) => code)).toEqual(["EngineUnreachable"]);
  });

  it("says NotFound only where the engine was heard", async () => {
    const { engine, round } = world();
    engine.set();
    expect((await round()).present.status).toBe("NotFound");
    engine.fail(new LastgoodError("EngineAuth", "who are you?"));
    expect((await round()).present.status).toBe("Unknown");
  });

  it("takes the revision of the target's own source of several", async () => {
    const { repo, engine, round } = world();
    const [, two = ""] = repo.commits;
    const url = "https://git.example.com/acme/gitops.git";
    const sources = [
      { url: "https://charts.example", chart: "redis", fixed: true },
      { url, path: "apps/api", fixed: false },
    ];
    engine.set(appState({ sources, revisions: ["19.0.1", two] }));
    const several = { ...watchedApi(), isHere: (source: { readonly url: string }) => source.url === url };
    expect((await round(several)).revision).toBe(two);
  });

  it("waits for an inventory that cannot be read, and does without it at last", async () => {
    const { repo, engine, rounds, ledger, log } = world();
    engine.set(appState({ revision: repo.commits[1] }));
    engine.live = new LastgoodError("EngineForbidden", "pods are forbidden");
    await rounds(10 * MINUTE);
    expect((await ledger.read()).records).toEqual([]);
    await rounds(MINUTE);
    expect((await ledger.read()).records).toMatchObject([{ verdict: "good" }]);
    expect(log.lines).toEqual(["warn: api: its checkpoint is recorded without images: pods are forbidden"]);
  });

  it("tries again to record what the ledger did not take", async () => {
    const { repo, engine, rounds, ledger, log } = world();
    const append = ledger.append.bind(ledger);
    let refused = 0;
    Object.assign(ledger, {
      append: async (records: Parameters<typeof append>[0]) => {
        refused += 1;
        if (refused === 1) throw new LastgoodError("LedgerWrite", "the disk is full");
        return append(records);
      },
    });
    engine.set(appState({ revision: repo.commits[1] }));
    await rounds(12 * MINUTE);
    expect((await ledger.read()).records).toHaveLength(1);
    expect(log.lines).toEqual(["warn: checkpoints are not recorded, and tried again: the disk is full"]);
  });

  it("hears the other sources of a target too: all of them have to be well", async () => {
    const { repo, engine, observer, clock } = world();
    const probe: HealthSource = {
      name: "http https://shop.example/",
      intervalMs: 10_000,
      read: async () => readingOf("Failed", ""),
    };
    const watched = watchedApi({ health: [probe] });
    engine.set(appState({ revision: repo.commits[1] }));
    const views = new Map([["argo", await readEngine(engine, clock, new AbortController().signal)]]);
    const readings = [
      { target: "api", source: probe.name, askedAtMs: clock.nowMs(), reading: readingOf("Failed", "HTTP 503") },
    ];
    const { present } = first(await observer.observe([watched], { views, readings }));
    expect(present).toMatchObject({ status: "Failed", says: { source: probe.name, message: "HTTP 503" } });
    const silent = first(await observer.observe([watched], { views, readings: [] }));
    expect(silent.present.status).toBe("Failed");
  });

  it("keeps with the checkpoint what metrics usually said in the bake time, without what is not well", async () => {
    const { repo, engine, observer, clock, ledger } = world();
    const errors: HealthSource = { name: "errors", intervalMs: 20_000, read: async () => readingOf("Current", "") };
    const watched = watchedApi({ health: [errors] });
    engine.set(appState({ revision: repo.commits[1] }));
    let last: ObservedTarget | undefined;
    for (let round = 0; round < 36; round += 1) {
      const views = new Map([["argo", await readEngine(engine, clock, new AbortController().signal)]]);
      const value = round % 6 === 5 ? 0.9 : 0.2;
      const reading = readingOf("Current", "", { value, better: "lower", limit: 1 });
      const said = [{ target: "api", source: "errors", askedAtMs: clock.nowMs(), reading }];
      const observed = await observer.observe([watched], { views, readings: said });
      await observer.record(observed);
      last = first(observed);
      clock.advance(20_000);
    }
    const usual = [{ source: "errors", value: 0.2, better: "lower", limit: 1 }];
    expect(last).toMatchObject({ figures: [{ source: "errors", value: 0.9 }], usual });
    expect((await ledger.read()).records).toMatchObject([{ verdict: "good", figures: usual }]);
  });

  it("knows since when the content runs: from the engine's record, over commits that leave it alone", async () => {
    const { repo, engine, round, clock } = world();
    const [one = "", two = "", three = ""] = repo.commits;
    const release = (revision: string, atMs: number) => ({ revisions: [revision], atMs, proves: "sync" }) as const;
    const history = [release(three, 3000), release(two, 2000), release(one, 1000)];
    engine.set(appState({ revision: three, history }));
    expect((await round()).liveSinceMs).toBe(2000);
    engine.set(appState({ revision: one, history: [release(one, 4000), ...history] }));
    expect((await round()).liveSinceMs).toBe(4000);
    clock.advance(1000);
    engine.set(appState({ revision: two }));
    expect((await round()).liveSinceMs).toBe(clock.nowMs());
  });

  it("does not take its own beginning for a deploy", async () => {
    const { repo, engine, round } = world();
    engine.set(appState({ revision: repo.commits[1] }));
    expect(await round()).not.toHaveProperty("liveSinceMs");
  });

  it("takes a storm for what it is: many targets that fail at once", async () => {
    const { repo, engine, clock, observer } = world();
    const names = ["a", "b", "c", "d"];
    const watched = names.map((name) => watchedApi({ name }));
    const look = async (): Promise<readonly ObservedTarget[]> => {
      const views = new Map([["argo", await readEngine(engine, clock, new AbortController().signal)]]);
      return observer.observe(watched, { views, readings: [] });
    };
    engine.set(...names.map((name, i) => appState({ name, revision: String(i).repeat(40), word: "Failed" })));
    let observed: readonly ObservedTarget[] = [];
    for (let i = 0; i < 12; i += 1) {
      observed = await look();
      clock.advance(20_000);
    }
    expect(observed.map(({ verdict }) => verdict.reason)).toEqual(names.map(() => "ManyTargets"));
    expect(repo.commits).toHaveLength(3);
  });
});

describe("reading an engine once", () => {
  it("waits for it no longer than it was given", async () => {
    const { engine, clock } = world();
    engine.hold = new Promise(() => undefined);
    const read = readEngine(engine, clock, new AbortController().signal, 5000);
    clock.advance(5000);
    expect((await read).failure?.message).toBe("argo has not answered within 5s");
  });
});
