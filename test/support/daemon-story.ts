/**
 * A story of the daemon: `acme/gitops` on the look-alike GitHub, Argo CD's Applications on the look-alike Kubernetes, real git, and time that
 * passes when the story says so.
 */
import { onTestFinished } from "vitest";
import { createArgoEngine } from "../../src/adapters/engine/argocd/argo-engine.ts";
import { createGitHubForge } from "../../src/adapters/forge/github/github-forge.ts";
import { openKubernetesLease } from "../../src/adapters/lease/kubernetes/kubernetes-lease.ts";
import { openMirror } from "../../src/adapters/repository/git/mirror.ts";
import { createContentReader } from "../../src/app/content-reader.ts";
import type { Confirmed } from "../../src/app/daemon/confirm-landed.ts";
import type { DaemonLane, TargetPolicy } from "../../src/app/daemon/daemon-lane.ts";
import { holdLease } from "../../src/app/daemon/hold-lease.ts";
import { type Daemon, runDaemon } from "../../src/app/daemon/run-daemon.ts";
import type { Reconciled } from "../../src/app/daemon/reconcile-target.ts";
import { readRepositoryTargets, discoverTargets } from "../../src/app/discover-targets.ts";
import { createPeople } from "../../src/app/notify-people.ts";
import { createObserver, type WatchedTarget } from "../../src/app/observe-targets.ts";
import { sourceName } from "../../src/core/discovery.ts";
import { foldJobs, type Job } from "../../src/core/job/job.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import { toIso } from "../../src/core/model/time.ts";
import type { Notification } from "../../src/core/notification/notification.ts";
import { commitId } from "../../src/core/model/git.ts";
import type { LedgerRecord } from "../../src/core/record.ts";
import { parseLines } from "../../src/core/record.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Engine, EngineView } from "../../src/ports/engine.ts";
import type { HealthSource } from "../../src/ports/health.ts";
import type { Ledger } from "../../src/ports/ledger.ts";
import type { Notifier } from "../../src/ports/notifier.ts";
import { temporaryFolder } from "./gitdir.ts";
import { AT, TOKENS } from "./github-world.ts";
import { kubeWorld, type KubeWorld } from "./kubernetes/kube-world.ts";
import { liveApplication } from "./live-application.ts";
import type { ManualClock } from "./manual-clock.ts";
import { deployment } from "./manifests.ts";
import { memoryLedger, type MemoryLedgerStore } from "./memory-ledger.ts";
import { type SilentLog, silentLog } from "./silent-log.ts";
import { begin as beginStory, type Story } from "./story.ts";
import { type StoryLedger, storyLedger, type StoryLedgerPlace } from "./story-ledger.ts";

export const MANIFEST = "apps/api/deployment.yaml";
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

/** The daemon's own defaults, in mode `propose`. */
export const POLICY: TargetPolicy = {
  name: "default",
  mode: "propose",
  bad: { forMs: 2 * MINUTE, samples: 3 },
  limits: {
    suspectAgeMs: 24 * HOUR,
    checkpointAgeMs: 14 * 24 * HOUR,
    commits: 20,
    cooldownMs: 6 * HOUR,
    perTarget: 1,
    perRepository: 3,
    total: 10,
  },
  never: { authors: [], paths: [] },
  strategy: "all",
  components: { only: [], except: [] },
  freeze: [],
  quarantine: { forMs: 7 * 24 * HOUR },
  verify: { forMs: 2 * MINUTE, timeoutMs: 15 * MINUTE },
};

export interface DaemonStory extends Omit<Story, "person"> {
  readonly kube: KubeWorld;
  readonly clock: ManualClock;
  readonly log: SilentLog;
  readonly told: readonly Notification[];
  /** What the daemon did, in order, without waits. */
  readonly steps: readonly string[];
  /** What it has confirmed, component by component. */
  readonly confirmed: readonly Confirmed[];
  /** What everybody reads from now on. */
  policy: TargetPolicy;
  /** Who is asked how `api` is besides the engine, from now on. */
  health: readonly HealthSource[];
  /** What the engine has, from now on. */
  runs(
    revision: string,
    health: "Healthy" | "Degraded" | "Progressing",
    facts?: { readonly target?: string; readonly suspend?: boolean; readonly workloads?: readonly string[] },
  ): Promise<void>;
  /** Starts the daemon; another one before it is killed, with all it knew. */
  start(): Promise<void>;
  /** Starts one more that shares a Lease with its like. It dies right after that step. */
  startReplica(name: string, diesAfter?: string): Promise<StoryReplica>;
  /** Lets time pass until it holds. */
  until(holds: () => boolean): Promise<void>;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
  jobs(): readonly Job[];
  records(): readonly LedgerRecord[];
  /** Where it lies in git. */
  readonly ledger: () => StoryLedger;
  /** Nothing can be written beside the ledger, from now on. */
  readonly diskIsFull: (full: boolean) => void;
  /** `revision` was seen healthy an hour ago, for as long as it takes. */
  wasGood(revision: string, target?: string): void;
  /** Somebody else puts it on record. */
  adds(record: LedgerRecord): void;
  /** As if it had never been. */
  loseLedger(): void;
  /** A person merges it on the page; answers the commit. */
  merge(number: number): Promise<string>;
  close(number: number): Promise<void>;
}

export interface StoryReplica {
  /** As `DaemonStory.steps`, of this one. */
  readonly steps: readonly string[];
  readonly held: () => boolean;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Nothing of what it asks about the Lease is answered any more, and it does not know. */
  cut(): void;
}

interface Launch {
  /** Tells replicas apart. */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly leaseHeld?: () => boolean;
  readonly onStep: (step: string) => void;
}

export interface DaemonStoryFacts {
  /** What `main` holds at first; default: a good version of `api`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Each is made from `apps/NAME`, by the Application of that name; default: `api`. */
  readonly targets?: readonly string[];
  /** Where the ledger lies in git; default: in memory, which is faster. */
  readonly ledger?: StoryLedgerPlace;
  /** Who is told; default: nobody, but what was to be told is in `told`. */
  readonly notifiers?: readonly Notifier[];
}

/** `main` holds what is good; the daemon is not started yet. */
export async function beginDaemonStory({
  files = { [MANIFEST]: deployment("api:1.7.4") },
  targets = ["api"],
  ledger: place,
  notifiers = [],
}: DaemonStoryFacts = {}): Promise<DaemonStory> {
  const kube = await kubeWorld();
  const { clock } = kube;
  const story = await beginStory([{ files, message: "fix(api): bump image to 1.7.4 (#470)" }]);
  story.github.control.setClock(() => clock.nowMs());
  const log = silentLog();
  const store: MemoryLedgerStore = { text: "" };
  const kept = place === undefined ? undefined : await storyLedger(story.github, place);
  const planted: LedgerRecord[] = [];
  const recordsNow = (): readonly LedgerRecord[] => kept?.records() ?? parseLines(store.text).records;
  const told: Notification[] = [];
  const steps: string[] = [];
  const confirmed: Confirmed[] = [];
  const busy = createBusy();
  let live: Daemon | undefined;
  let stop = new AbortController();
  const polled = new Map<string, PolledEngine>();
  const fetches: (() => Promise<void>)[] = [];

  const facts: { policy: TargetPolicy; health: readonly HealthSource[]; full: boolean } = {
    policy: POLICY,
    health: [],
    full: false,
  };
  let polledAtMs = 0;

  function add(record: LedgerRecord): void {
    if (kept === undefined) store.text += `${JSON.stringify(record)}\n`;
    else planted.push(record);
  }

  async function start(): Promise<void> {
    stop.abort();
    await live?.done;
    stop = new AbortController();
    live = await launch({ name: "", signal: stop.signal, onStep: (step) => void steps.push(step) });
  }

  async function startReplica(name: string, diesAfter?: string): Promise<StoryReplica> {
    const own: string[] = [];
    const end = new AbortController();
    let isCut = false;
    const lease = { name: "lastgood", namespace: "lastgood-system" };
    const store = busy.watch(await openKubernetesLease({ kubeconfig: kube.kubeconfig, env: {}, clock, lease }));
    const never = new Promise<never>(() => undefined);
    const holding = holdLease(
      {
        store: {
          ...store,
          read: async (signal) => (isCut ? never : store.read(signal)),
          write: async (...args) => (isCut ? never : store.write(...args)),
        },
        self: name,
        log,
        random: () => 0,
        onChange: () => undefined,
      },
      clock,
    );
    await busy.rest();
    const { held } = holding;
    const onStep = (step: string): void => {
      own.push(step);
      if (step !== diesAfter) return;
      isCut = true;
      end.abort();
    };
    const running = await launch({ name, signal: end.signal, leaseHeld: held, onStep });
    const stopReplica = async (): Promise<void> => {
      end.abort();
      await running.done;
      if (!isCut) await holding.release();
    };
    onTestFinished(stopReplica);
    return { steps: own, held, stop: stopReplica, cut: () => void (isCut = true) };
  }

  async function launch({ name: called, signal, leaseHeld, onStep }: Launch): Promise<Daemon> {
    const still = calm(clock, async () => story.github.control.settle());
    const mirror = await openMirror({
      cacheDir: temporaryFolder("mirrors"),
      url: story.url,
      env: { PATH: process.env["PATH"] },
      allowLocal: true,
      token: async () => TOKENS.app,
    });
    onTestFinished(() => mirror.close());
    await mirror.remote.fetch([]);
    fetches.push(async () => mirror.remote.fetch([]));
    const forge = await createGitHubForge({
      baseUrl: story.github.apiUrl,
      ...AT,
      token: async () => TOKENS.app,
      clock: still,
      log,
      paced: false,
    });
    const { repository } = mirror;
    const readContent = busy.run(createContentReader(repository));
    const own = kept?.open(still, called) ?? memoryLedger(store);
    await own.append(planted.splice(0));
    const ledger: Ledger = {
      ...own,
      append: async (records, unless) => (facts.full ? Promise.reject(noSpace()) : own.append(records, unless)),
    };
    const lane: DaemonLane = {
      name: "gitops",
      branch: "main",
      readContent,
      targets: () => targets,
      delivery: {
        author: { name: "lastgood", email: "lastgood@example.com" },
        style: "git",
        draft: false,
        labels: [],
        reviewers: [],
        assignees: [],
        askSuspects: true,
      },
      world: {
        repository: busy.watch(repository),
        remote: busy.watch(mirror.remote),
        forge: busy.watch(forge),
        ledger: busy.watch(ledger),
        clock: still,
        log,
      },
    };
    const engine = polledEngine(createArgoEngine({ cluster: kube.cluster, clock, log, name: "prod" }));
    polled.set(called, engine);
    await engine.poll();
    const base = await repository.resolve("refs/heads/main");
    const here = await readRepositoryTargets({
      repository,
      commit: commitId(base ?? ""),
      repositoryUrls: [story.url],
      configured: targets.map((name) => ({
        target: plainTarget([`apps/${name}`], { name, environment: "prod" }),
        objects: [{ engine: "prod", object: name }],
      })),
    });
    const observer = createObserver({
      readContent,
      clock,
      log,
      recorder: {
        ledger: busy.watch(ledger),
        engines: new Map(),
        by: "lastgood",
        ...(leaseHeld === undefined ? {} : { may: leaseHeld }),
      },
    });
    const people = createPeople({ notifiers, clock, log, signal });
    return runDaemon(
      {
        engines: [
          {
            engine: {
              ...engine,
              explain: busy.run(async (state) => engine.explain(state)),
              images: busy.run(async (...asked) => engine.images?.(...asked)),
            },
          },
        ],
        observer,
        signal,
        ...(leaseHeld === undefined ? {} : { leaseHeld }),
        everyMs: 30_000,
        log,
        lanes: () => [lane],
        laneOf: () => lane,
        policyOf: () => ({ policy: facts.policy, patterns: NO_PATTERNS }),
        discover: async (looked) => discoverTargets(here, looked, clock.nowMs()).map(watched),
        notify: (news) => {
          told.push(news);
          people.notify(news);
        },
        ...(notifiers.length === 0 ? {} : { toldOf: people.toldOf }),
        onReconciled: (_, reconciled) => {
          stepOf(reconciled).forEach(onStep);
          if (reconciled.confirmed !== undefined) confirmed.push(reconciled.confirmed);
        },
      },
      clock,
    );
  }

  function watched(found: Omit<WatchedTarget, "policy" | "health" | "isHere">): WatchedTarget {
    return {
      ...found,
      health: facts.health,
      isHere: ({ url }) => url === story.url,
      policy: {
        sources: [...found.objects.map((object) => ({ name: sourceName(object) })), ...facts.health],
        bad: { ...facts.policy.bad, on: ["Failed"] },
        good: { bakeTimeMs: 10 * MINUTE, requireAll: true },
        maxStaleMs: MINUTE,
      },
    };
  }

  async function pollAll(): Promise<void> {
    for (const engine of polled.values()) await engine.poll();
  }

  async function step(): Promise<void> {
    await busy.rest();
    if (clock.nowMs() - polledAtMs >= 25_000) {
      polledAtMs = clock.nowMs();
      await pollAll();
    }
    clock.next();
    await busy.rest();
  }

  onTestFinished(async () => {
    stop.abort();
    await live?.done;
  });

  return {
    ...story,
    kube,
    clock,
    log,
    told,
    steps,
    confirmed,
    get policy() {
      return facts.policy;
    },
    set policy(next) {
      facts.policy = next;
    },
    get health() {
      return facts.health;
    },
    set health(next) {
      facts.health = next.map((source) => busy.watch(source));
    },
    async runs(revision, health, { target = "api", suspend = false, workloads = [] } = {}) {
      const since = toIso(clock.nowMs());
      const annotations = suspend ? { "lastgood.dev/suspend": "true" } : {};
      const now = { name: target, url: story.url, revision, health, since, seen: since, annotations, workloads };
      await kube.apply(liveApplication(now));
      // A revision that is not known here is fetched at once.
      for (const fetch of fetches) await fetch();
      await pollAll();
    },
    start,
    startReplica,
    async until(holds) {
      const endMs = clock.nowMs() + 2 * HOUR;
      while (!holds()) {
        if (clock.nowMs() > endMs)
          throw new Error(
            `it does not come true within two hours: ${holds.toString()}\n${log.lines.slice(-20).join("\n")}`,
          );
        await step();
      }
    },
    async pass(ms) {
      const endMs = clock.nowMs() + ms;
      while (clock.nowMs() < endMs) await step();
    },
    jobs: () => foldJobs(recordsNow()),
    records: recordsNow,
    ledger() {
      if (kept === undefined) throw new Error("the ledger of this story lies in memory");
      return kept;
    },
    diskIsFull: (full) => {
      facts.full = full;
    },
    wasGood(revision, target = "api") {
      const at = toIso(clock.nowMs() - HOUR);
      const record: LedgerRecord = {
        v: 1,
        type: "checkpoint",
        id: clock.newId(),
        target,
        revision: commitId(revision),
        verdict: "good",
        evidence: "observed",
        at,
        by: "lastgood",
        reason: "healthy for 10m",
      };
      add(record);
    },
    adds: add,
    loseLedger: () => {
      store.text = "";
      kept?.git("update-ref", "-d", kept.ref);
    },
    async merge(number) {
      await story.github.control.settle();
      const { data } = await story.github.octokit("mina").pulls.merge({ ...AT, pull_number: number });
      return data.sha;
    },
    async close(number) {
      await story.github.octokit("mina").pulls.update({ ...AT, pull_number: number, state: "closed" });
    },
  };
}

function stepOf({ step, failure }: Reconciled): readonly string[] {
  if (failure !== undefined) return [`${failure.code}: ${failure.message}`];
  return step === undefined || step.kind === "wait" || step.kind === "idle" ? [] : [step.kind];
}

/** As the ledger's own repository says it. */
function noSpace(): LastgoodError {
  return new LastgoodError("LedgerWrite", "the ledger's repository cannot be written", {
    cause: Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }),
  });
}

/** Waits of a request are over at once; what is only waited for as long as somebody else takes, is not. */
function calm(clock: Clock, settle: () => Promise<unknown>): Clock {
  return {
    ...clock,
    sleep: async (ms, signal) => (signal === undefined ? void (await settle()) : clock.sleep(ms, signal)),
  };
}

interface PolledEngine extends Engine {
  poll(): Promise<void>;
}

/** Lists instead of watches: they come when the story says so. */
function polledEngine(engine: Engine): PolledEngine {
  let view: EngineView = { states: new Map(), heardAtMs: undefined, failure: undefined };
  let tell: (keys: readonly string[]) => void = () => undefined;
  return {
    ...engine,
    follow: ({ signal, onChange = () => undefined }) => {
      tell = onChange;
      const done = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      return { view: () => view, done };
    },
    async poll() {
      const before = JSON.stringify([...view.states]);
      view = await engine.read();
      if (JSON.stringify([...view.states]) !== before) tell([...view.states.keys()]);
    },
  };
}

interface Busy {
  watch<T extends object>(port: T): T;
  run<A extends readonly unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R>;
  /** Resolves once nothing has been asked for during a few turns of the event loop. */
  rest(): Promise<void>;
}

/** Knows whether anything is asked of the world just now. */
function createBusy(): Busy {
  let count = 0;
  let calls = 0;
  function run<A extends readonly unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      count += 1;
      calls += 1;
      try {
        return await call(...args);
      } finally {
        count -= 1;
      }
    };
  }
  function walk(
    call: (...args: readonly unknown[]) => AsyncIterable<unknown>,
  ): (...args: readonly unknown[]) => AsyncIterable<unknown> {
    return async function* (...args) {
      count += 1;
      try {
        yield* call(...args);
      } finally {
        count -= 1;
      }
    };
  }
  function watch<T extends object>(port: T): T {
    const entries = Object.entries(port).map(([name, value]: readonly [string, unknown]) => {
      if (typeof value === "function" && name === "history")
        return [name, walk(value.bind(port) as (...args: readonly unknown[]) => AsyncIterable<unknown>)];
      if (typeof value === "function")
        return [name, run(value.bind(port) as (...args: readonly unknown[]) => Promise<unknown>)];
      return [name, typeof value === "object" && value !== null ? watch(value) : value];
    });
    return { ...port, ...Object.fromEntries(entries) } as T;
  }
  return {
    run,
    watch,
    async rest() {
      for (let quiet = 0, seen = calls; quiet < 4;) {
        await new Promise((resolve) => setImmediate(resolve));
        quiet = count === 0 && seen === calls ? quiet + 1 : 0;
        seen = calls;
      }
    },
  };
}
