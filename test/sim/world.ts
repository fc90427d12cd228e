/** One simulated world, from its seed to its end: models, people, bots and replicas on one timeline, watched at every step. */
import type { TargetPolicy } from "../../src/app/daemon/daemon-lane.ts";
import { foldJobs, isEnded, type Job } from "../../src/core/job/job.ts";
import type { CommitId, FileWrite } from "../../src/core/model/git.ts";
import { toIso } from "../../src/core/model/time.ts";
import type { CheckpointRecord } from "../../src/core/record.ts";
import { contentIdOf } from "../../src/core/content.ts";
import { sha256 } from "../../src/app/hash.ts";
import { HOLD_LABEL } from "../../src/core/change/labels.ts";
import { fateOf, filesOf, isBad, pathOf, type TargetFiles } from "./content.ts";
import { BRANCH_REF, createEngineModel } from "./engine-model.ts";
import { createForgeModel, type ForgeDeed, SELF } from "./forge-model.ts";
import { createGitServer, createObjects, type GitClone, type RefEvent, writeFiles } from "./git-model.ts";
import { type Watcher, watchInvariants, type Violation } from "./invariants.ts";
import {
  chosenFaults,
  createIo,
  type FaultPlan,
  type Instance,
  type Issued,
  type IoStep,
  type Outcome,
  randomFaults,
} from "./io.ts";
import { createLedgerServer } from "./ledger-model.ts";
import type { World } from "./models.ts";
import { PRODUCT, type Product } from "./product.ts";
import { openClone, type Replica, startReplica } from "./replica.ts";
import type { Act, Incident, Scenario } from "./scenario.ts";
import { REACTIONS, SEQUELS } from "./scenario.ts";
import { createTimeline, START_MS } from "./timeline.ts";

export interface RunOptions {
  readonly product?: Product;
  /** Names of incidents, acts, reactions and sequels that are left out. */
  readonly without?: ReadonlySet<string>;
  /** These faults and no others. Missing: as the seed says. */
  readonly faults?: ReadonlyMap<string, Outcome>;
  /** Keeps what happened, for people. */
  readonly traces?: boolean;
}

export interface Report {
  readonly violations: readonly Violation[];
  /** What happened by chance, by name: what may be left out. */
  readonly happened: readonly string[];
  readonly faults: ReadonlyMap<string, Outcome>;
  readonly steps: readonly IoStep[];
  readonly trace: readonly string[];
  readonly jobs: readonly Job[];
  /** Names of all events that people were told of. */
  readonly told: ReadonlySet<string>;
  readonly stats: Stats;
  /** What the branch holds in the end. */
  readonly main: string;
}

export interface Stats {
  /** Times that something went wrong: what a scenario begins with, what comes on top of it, and what comes back. */
  readonly incidents: number;
  readonly steps: number;
  readonly mutations: number;
  readonly faults: number;
  readonly crashes: number;
  readonly virtualMs: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Of the simulated configuration: everything is quick, so that a day is not needed. */
export function policyOf({ mode }: Pick<Scenario, "mode">): TargetPolicy {
  return {
    name: "default",
    mode,
    bad: { forMs: 30_000, samples: 2 },
    limits: {
      suspectAgeMs: 30 * MINUTE,
      checkpointAgeMs: 14 * DAY,
      commits: 20,
      cooldownMs: 4 * MINUTE,
      perTarget: 3,
      perRepository: 6,
      total: 6,
    },
    never: { authors: [], paths: [] },
    verify: { forMs: 30_000, timeoutMs: 4 * MINUTE },
    strategy: "all",
    components: { only: [], except: [] },
    freeze: [],
    quarantine: { forMs: 7 * DAY },
  };
}

/** Runs a world to its end. */
export async function runWorld(scenario: Scenario, options: RunOptions = {}): Promise<Report> {
  const run = createRun(scenario, options);
  run.begin();
  const calm = START_MS + scenario.calmMs;
  await run.timeline.pass(calm);
  run.endDisturbance();
  const isIdle = (): boolean => run.activeJobs().length === 0;
  await run.timeline.pass(calm + (scenario.acts.length + scenario.faultRate > 0 ? 3 : 2) * MINUTE);
  await run.timeline.pass(calm + 14 * MINUTE, isIdle);
  // Whatever still waits, waits for people, or for a day.
  if (!isIdle()) await run.skip(DAY + 60 * MINUTE, 2 * MINUTE, isIdle);
  await run.timeline.pass(run.timeline.nowMs() + (scenario.restMs ?? 0));
  run.end();
  return run.report();
}

type Run = ReturnType<typeof createRun>;

export type { Run };

/** A world that has not begun. */
export function createRun(
  scenario: Scenario,
  { product = PRODUCT, without = new Set(), faults: chosen, traces = false }: RunOptions,
) {
  const { random } = scenario;
  const timeline = createTimeline(START_MS);
  const now = (): number => timeline.nowMs();
  const trace: string[] = [];
  const steps: IoStep[] = [];
  const happened: string[] = [];
  const faulted = new Map<string, Outcome>();
  const stats = { incidents: 0, mutations: 0, crashes: 0 };
  const rotten = new Set<string>();
  const events = new Set<string>();
  let issued: Issued | undefined;
  let isOver = false;
  let ids = 0;

  const say = (who: string, what: string): void => {
    if (traces) trace.push(`${toIso(now()).slice(11, 19)} ${who.padEnd(7)} ${what}`);
  };

  const refHooks: ((event: RefEvent) => void)[] = [];

  // The repository, as it was before anything happened.
  const objects = createObjects();
  const git = createGitServer(objects, {
    nowMs: now,
    issuing: () => issued,
    onEvent: (event) => refHooks.forEach((hook) => hook(event)),
  });
  const targets = Array.from({ length: scenario.targets }, (_, index) => `a${index}`);
  const texts = new Map<string, string>();
  const contentIds = new Map<string, string>();
  const policy = policyOf(scenario);

  function contentAt(commit: CommitId, path: string): string {
    const key = `${commit} ${path}`;
    let text = texts.get(key);
    if (text === undefined) {
      const own = objects.commit(commit)?.entries.filter((entry) => entry.path.startsWith(`${path}/`)) ?? [];
      text = own.map((entry) => `${entry.path}\n${objects.text(entry.id)}`).join("");
      texts.set(key, text);
    }
    return text;
  }

  function contentId(commit: CommitId, path: string): string {
    const key = `${commit} ${path}`;
    let id = contentIds.get(key);
    if (id === undefined) {
      const own = objects.commit(commit)?.entries.filter((entry) => entry.path.startsWith(`${path}/`)) ?? [];
      contentIds.set(key, (id = contentIdOf(own, sha256)));
    }
    return id;
  }

  const mina = { name: "Mina Kim", email: "mina@example.com" };
  const readme = writesOf({ "README.md": "gitops\n" });
  const versions = new Map(targets.map((name) => [name, 1]));
  const initial = Object.assign({}, ...targets.map((name) => filesOf(name, { image: "v0", mode: "safe" }))) as Record<
    string,
    string
  >;
  const root = objects.make({
    parents: [],
    files: writeFiles(new Map(), [...readme, ...writesOf(initial)], objects),
    message: "Start\n",
    author: mina,
    atMs: START_MS - 9 * DAY,
  });
  git.update({ ref: BRANCH_REF, next: root, expected: undefined, by: "mina" });
  for (const name of targets) commitTo(name, { image: "v1", mode: "safe" }, `Deploy ${name} v1`, START_MS - 2 * DAY);

  const engine = createEngineModel({
    timeline,
    random,
    git,
    apps: targets.map((name) => ({ name, path: pathOf(name) })),
    contentAt,
    fateOf: (_, content) => (rotten.has(content) ? { kind: "bad", lateMs: 0 } : fateOf(content)),
    deployedAtMs: START_MS - 2 * DAY,
    provesHealth: false,
  });
  const forge = createForgeModel({
    git,
    rules: scenario.rules,
    nowMs: now,
    at: (atMs, act) => void timeline.at(atMs, act),
    issuing: () => issued,
    onDeed,
  });
  forge.people.permit("mina", "write");
  forge.people.permit("stranger", "read");
  const ledger = createLedgerServer(now);
  if (!scenario.isUnproven) seedLedger();

  // The world's own troubles.
  const deafUntil: number[] = [];
  const skews: number[] = [];
  let downUntilMs = 0;
  let forgeDownUntilMs = 0;
  let lease: { holder: number; untilMs: number } = { holder: 0, untilMs: 0 };
  const instances = new Map<
    number,
    { readonly instance: Instance; readonly replica: Replica; readonly clone: GitClone }
  >();
  const counters: number[] = [];

  const faults: FaultPlan =
    chosen === undefined ? randomFaults(random, scenario.faultRate, () => isOver) : chosenFaults(chosen);
  const world: World = {
    scenario,
    timeline,
    git,
    forge,
    ledger,
    engine,
    targets,
    policy,
    contentAt,
    contentId,
    replayDecision: product.replayDecision,
    isRotten: (content) => rotten.has(content),
    leaseHeld: (replica) => !scenario.hasLease || (lease.holder === replica && lease.untilMs > now()),
  };
  const watcher: Watcher = watchInvariants(world, (violation) =>
    say("!!", `${violation.invariant}: ${violation.message}`),
  );

  refHooks.push(onRef);

  function seedLedger(): void {
    const lines = targets.map((name): CheckpointRecord => {
      const revision = git.ref(BRANCH_REF) ?? root;
      const facts = {
        target: name,
        revision,
        verdict: "good",
        evidence: "observed",
        by: "lastgood",
        reason: "healthy for 10m",
      } as const;
      return {
        v: 1,
        type: "checkpoint",
        id: newId(),
        at: toIso(START_MS - DAY),
        ...facts,
        content: contentId(revision, pathOf(name)),
      };
    });
    ledger.seed(lines);
  }

  function newId(): string {
    ids += 1;
    return `${ulidTime(now())}${ids
      .toString(32)
      .toUpperCase()
      .padStart(16, "0")
      .replace(/[ILOU]/g, (letter) => ({ I: "W", L: "X", O: "Y", U: "Z" })[letter] ?? letter)}`;
  }

  function commitTo(name: string, files: TargetFiles, message: string, atMs = now()): CommitId {
    const path = pathOf(name);
    const wanted = filesOf(name, files);
    const there =
      objects.commit(git.ref(BRANCH_REF) ?? root)?.entries.filter((entry) => entry.path.startsWith(`${path}/`)) ?? [];
    const gone = there
      .filter((entry) => wanted[entry.path] === undefined)
      .map((entry): FileWrite => ({ path: entry.path, remove: true }));
    return commitFiles([...writesOf(wanted), ...gone], message, { atMs });
  }

  function commitFiles(
    writes: readonly FileWrite[],
    message: string,
    { atMs = now(), by = "mina" }: { readonly atMs?: number; readonly by?: string } = {},
  ): CommitId {
    const parent = git.ref(BRANCH_REF) ?? root;
    const before = objects.commit(parent);
    if (before === undefined) throw new Error("the branch points at nothing");
    const author = by === "mina" ? mina : { name: by, email: `${by}@example.com` };
    const commit = objects.make({
      parents: [parent],
      files: writeFiles(before.files, writes, objects),
      message: `${message}\n`,
      author,
      atMs,
    });
    git.update({ ref: BRANCH_REF, next: commit, expected: parent, by });
    return commit;
  }

  /** The text of the target's file now, changed. */
  function editFile(name: string, file: string, change: (text: string) => string): FileWrite | undefined {
    const path = `${pathOf(name)}/${file}`;
    const state = objects.commit(git.ref(BRANCH_REF) ?? root)?.files.get(path);
    return state === undefined
      ? undefined
      : { path, mode: state.mode, bytes: Buffer.from(change(objects.text(state.id))) };
  }

  function nextVersion(name: string): number {
    const next = (versions.get(name) ?? 0) + 1;
    versions.set(name, next);
    return next;
  }

  // Who does what.
  function happens(id: string, what: string, act: () => void): void {
    if (without.has(id)) return;
    happened.push(id);
    say("world", `${id}: ${what}`);
    act();
  }

  function later(id: string, ms: number, what: string, act: () => void): void {
    timeline.at(now() + ms, () => {
      if (!isOver) happens(id, what, act);
    });
  }

  /** Somebody whose answer the scenario names gives it whenever they are asked, also late. */
  function answers(id: string, ms: number, what: string, act: () => void): void {
    if (scenario.reaction === undefined) return later(id, ms, what, act);
    timeline.at(now() + ms, () => happens(id, what, act));
  }

  function begin(): void {
    for (const incident of scenario.incidents) {
      timeline.at(START_MS + incident.atMs, () =>
        happens(incident.id, `${incident.kind} on a${incident.target}`, () => strike(incident)),
      );
    }
    for (const act of scenario.acts) {
      timeline.at(START_MS + act.atMs, () =>
        happens(act.id, `${act.kind} (a${act.target}, ${Math.round(act.forMs / 1000)} s)`, () => perform(act)),
      );
    }
    for (let replica = 1; replica <= scenario.replicas; replica += 1) {
      timeline.at(START_MS + random.between(`start ${replica}`, 0, 20_000), () => launch(replica));
    }
  }

  function strike({ id, kind, target }: Incident): void {
    stats.incidents += 1;
    const name = targets[target] ?? "a0";
    const version = nextVersion(name);
    const bad: TargetFiles = { image: `v${version}-bad`, mode: "safe" };
    switch (kind) {
      case "image":
        return void commitTo(name, bad, `Deploy ${name} v${version}`);
      case "config":
        return void commitTo(name, { image: `v${version - 1}`, mode: "broken" }, `Configure ${name}`);
      case "both":
        return void commitTo(
          name,
          { image: `v${version}-bad`, mode: "fast", extra: `x${version}` },
          `Deploy ${name} v${version} with more`,
        );
      case "late":
        return void commitTo(
          name,
          { image: `v${version}-late${random.between(`${id} late`, 10, 150)}`, mode: "safe" },
          `Deploy ${name} v${version}`,
        );
      case "flap":
        return void commitTo(name, { image: `v${version}-flaps`, mode: "safe" }, `Deploy ${name} v${version}`);
      case "harmless":
        commitFiles(writesOf({ "README.md": `gitops ${version}\n` }), "Write more");
        return void commitTo(name, { image: `v${version}`, mode: "safe" }, `Deploy ${name} v${version}`);
      case "environment":
        engine.setIll(name, true);
        return later(`${id} end`, random.between(`${id} ends`, MINUTE, 6 * MINUTE), `${name} is well again`, () =>
          engine.setIll(name, false),
        );
      case "storm":
        for (const each of targets) engine.setIll(each, true);
        return later(`${id} end`, random.between(`${id} ends`, MINUTE, 6 * MINUTE), "all are well again", () => {
          for (const each of targets) engine.setIll(each, false);
        });
      case "rots":
        rotten.add(contentAt(git.ref(BRANCH_REF) ?? root, pathOf(name)));
        return void commitTo(name, bad, `Deploy ${name} v${version}`);
      case "twice":
        commitTo(name, bad, `Deploy ${name} v${version}`);
        return later(`${id} more`, random.between(`${id} gap`, 5000, 2 * MINUTE), "another bad one on top", () => {
          stats.incidents += 1;
          const next = nextVersion(name);
          commitTo(name, { image: `v${next}-bad`, mode: "safe" }, `Deploy ${name} v${next}`);
        });
      case "pair": {
        commitTo(name, bad, `Deploy ${name} v${version}`);
        const other = targets[(target + 1) % targets.length] ?? name;
        const next = nextVersion(other);
        return later(`${id} other`, random.between(`${id} gap`, 0, 30_000), `${other}, too`, () => {
          stats.incidents += 1;
          commitTo(other, { image: `v${next}-bad`, mode: "safe" }, `Deploy ${other} v${next}`);
        });
      }
    }
  }

  function fix(name: string): void {
    const version = nextVersion(name);
    commitTo(name, { image: `v${version}`, mode: "safe" }, `Fix ${name}: v${version}`);
  }

  function touchOtherFile(name: string): void {
    const write = editFile(name, "config.yaml", (text) =>
      text.replace(/level: .*/, `level: debug${nextVersion(name)}`),
    );
    if (write !== undefined) commitFiles([write], `Tell more of ${name}`);
  }

  function perform(act: Act): void {
    const name = targets[act.target] ?? "a0";
    const app = engine.apps.get(name);
    const over = (what: string, end: () => void): void => later(`${act.id} end`, act.forMs, what, end);
    switch (act.kind) {
      case "newer fix":
        return fix(name);
      case "other file":
        return touchOtherFile(name);
      case "other target": {
        const other = targets[(act.target + 1) % targets.length] ?? name;
        return touchOtherFile(other);
      }
      case "same bad again":
        return landAgain(name);
      case "kill switch":
      case "kill switch by a stranger": {
        const by = act.kind === "kill switch" ? "mina" : "stranger";
        const release = forge.people.disable(by);
        if (by === "mina") watcher.killSwitch(now(), undefined);
        return over("the kill switch is released", () => {
          release();
          if (by === "mina") watcher.killSwitch(undefined, now());
        });
      }
      case "mode lowered":
      case "mode raised": {
        if (app === undefined) return;
        app.annotations = { ...app.annotations, mode: act.kind === "mode lowered" ? "observe" : "push" };
        engine.changed(app);
        watcher.annotated(name, app.annotations);
        return over("the annotation is gone", () => {
          const { mode: _, ...rest } = app.annotations;
          app.annotations = rest;
          engine.changed(app);
          watcher.annotated(name, rest);
        });
      }
      case "suspended": {
        if (app === undefined) return;
        app.annotations = { ...app.annotations, suspend: "true" };
        engine.changed(app);
        watcher.annotated(name, app.annotations);
        return over("not suspended any more", () => {
          const { suspend: _, ...rest } = app.annotations;
          app.annotations = rest;
          engine.changed(app);
          watcher.annotated(name, rest);
        });
      }
      case "ledger deleted":
        return ledger.spoil(() => new Map());
      case "ledger rewound":
        return ledger.spoil(() => ledger.at(now() - act.forMs));
      case "ledger damaged":
        return ledger.spoil(
          (tree) => new Map([...tree].map(([path, text]) => [path, `${text.slice(0, -Math.min(text.length, 40))}\n`])),
        );
      case "engine down":
        downUntilMs = now() + act.forMs;
        return;
      case "engine deaf":
        deafUntil[1 + (act.target % scenario.replicas)] = now() + act.forMs;
        return;
      case "forge down":
        forgeDownUntilMs = now() + act.forMs;
        return;
      case "sync blocked": {
        if (app === undefined) return;
        app.blockers = [{ reason: "AutoSyncOff", message: "automatic sync is off" }];
        engine.changed(app);
        return over("it syncs again", () => {
          app.blockers = [];
          engine.changed(app);
          const tip = git.ref(BRANCH_REF);
          if (tip !== undefined && app.live !== tip) {
            app.desired = app.live;
            engine.look(name);
          }
        });
      }
      case "kill":
        return kill(1 + (act.target % scenario.replicas));
      case "stop":
        return stop(1 + (act.target % scenario.replicas));
      case "clock jumps":
        skews[1 + (act.target % scenario.replicas)] = random.pick(
          `${act.id} skew`,
          [-3_600_000, -5000, 5000, 3_600_000],
        );
        return over("the clock is right again", () => {
          skews[1 + (act.target % scenario.replicas)] = 0;
        });
      case "lease stolen":
        lease = { holder: 1 + (act.target % scenario.replicas), untilMs: now() + 20_000 };
    }
  }

  /** The newest bad content that was there before, once more. */
  function landAgain(name: string): void {
    const tip = git.ref(BRANCH_REF);
    if (tip === undefined) return;
    const path = pathOf(name);
    for (let id: CommitId | undefined = tip; id !== undefined; id = objects.commit(id)?.revision.parents[0]) {
      if (!isBad(contentAt(id, path)) || contentAt(id, path) === contentAt(tip, path)) continue;
      const then = objects.commit(id)?.entries.filter((entry) => entry.path.startsWith(`${path}/`)) ?? [];
      const there = objects.commit(tip)?.entries.filter((entry) => entry.path.startsWith(`${path}/`)) ?? [];
      const back = then.map(({ path: file, mode, id: blob }): FileWrite => ({ path: file, mode, blob }));
      const gone = there
        .filter((entry) => !then.some((one) => one.path === entry.path))
        .map((entry): FileWrite => ({ path: entry.path, remove: true }));
      stats.incidents += 1;
      commitFiles([...back, ...gone], `Deploy ${name} again`, { by: "imagebot" });
      return;
    }
  }

  // Processes.
  function launch(replica: number): void {
    if (isOver && instances.get(replica)?.instance.alive === true) return;
    const instance: Instance = { replica, alive: true };
    const io = createIo(
      instance,
      {
        timeline,
        random,
        faults,
        crash,
        outage: (name) => name.startsWith("forge.") && forgeDownUntilMs > now(),
        note: (step, outcome) => {
          steps.push(step);
          watcher.onStep(step);
          if (outcome !== "ok") faulted.set(step.id, outcome);
          if (traces)
            say(
              `r${replica}`,
              `${step.id.slice(step.id.indexOf("#"))} ${step.name}${outcome === "ok" ? "" : ` → ${outcome}`}`,
            );
        },
        within: (call, act) => {
          const before = issued;
          issued = call;
          try {
            return act();
          } finally {
            issued = before;
          }
        },
      },
      counters,
    );
    const kept = instances.get(replica)?.clone;
    const clone =
      kept !== undefined && random.chance(`clone kept ${replica} ${stats.crashes}`, 0.5) ? kept : openClone(git);
    say(`r${replica}`, "starts");
    const started = startReplica(
      io,
      {
        product,
        timeline,
        git,
        forge,
        ledger,
        engine,
        targets,
        policy,
        everyMs: scenario.everyMs ?? 30_000,
        isSilent: scenario.isSilent,
        isDeaf: (each) => (deafUntil[each] ?? 0) > now(),
        isDown: () => downUntilMs > now(),
        skewMs: (each) => skews[each] ?? 0,
        leaseHeld: world.leaseHeld,
        newId,
        notify: (each, notification) => {
          say(`r${each}`, `tells ${notification.event}: ${notification.message}`);
          events.add(notification.event);
          watcher.told(each, notification);
        },
        warn: (each, message) => {
          say(`r${each}`, `warns: ${message}`);
          if (/: Internal: /.test(message)) watcher.bug(message);
        },
        onReconciled: (each, target, { step, decision, failure }) => {
          if (decision !== undefined) watcher.decided(target, decision.kind === "hold" ? decision.reason : undefined);
          if (!traces) return;
          const why = decision?.kind === "hold" ? `${decision.reason}: ${decision.message}` : (decision?.message ?? "");
          say(
            `r${each}`,
            `${target}: ${step === undefined ? "" : stepText(step)}${failure === undefined ? "" : `failed, ${failure.message}`} (${why})`,
          );
        },
        onEnd: (each, error) => {
          if (error !== undefined)
            watcher.bug(
              `the daemon of r${each} ended: ${error instanceof Error ? (error.stack ?? error.message) : "?"}`,
            );
          else if (instance.alive) revive(each, instance, 5000);
        },
      },
      clone,
    );
    instances.set(replica, { instance, replica: started, clone });
    if (scenario.hasLease) renewLease(replica, instance);
  }

  function renewLease(replica: number, instance: Instance): void {
    if (!instance.alive) return;
    if (lease.untilMs <= now() || lease.holder === replica) lease = { holder: replica, untilMs: now() + 20_000 };
    timeline.at(now() + 6000, () => renewLease(replica, instance));
  }

  function crash(instance: Instance): void {
    if (!instance.alive) return;
    release(instance);
    stats.crashes += 1;
    watcher.crashed();
    say(`r${instance.replica}`, "dies");
    revive(instance.replica, instance, random.between(`revive ${instance.replica} ${stats.crashes}`, 2000, 40_000));
  }

  /** Whoever is dead waits for ever; what it has listened to lets go of it. */
  function release(instance: Instance): void {
    instance.alive = false;
    const running = instances.get(instance.replica);
    if (running?.instance === instance) running.replica.stop();
  }

  function revive(replica: number, instance: Instance, ms: number): void {
    release(instance);
    timeline.at(now() + ms, () => launch(replica));
  }

  function kill(replica: number): void {
    const running = instances.get(replica);
    if (running !== undefined) crash(running.instance);
  }

  function stop(replica: number): void {
    const running = instances.get(replica);
    if (running?.instance.alive === true) running.replica.stop();
  }

  function deliverWebhook(): void {
    if (scenario.hasWebhooks !== true || scenario.isSilent) return;
    for (const { instance, replica } of instances.values()) {
      timeline.at(now() + 300, () => {
        if (instance.alive) replica.look(targets);
      });
    }
  }

  // What people see, and do about it.
  function onRef(event: RefEvent): void {
    forge.onRef(event);
    watcher.onRef(event);
    deliverWebhook();
    if (event.ref === BRANCH_REF) say("git", `main is ${event.after?.slice(0, 7) ?? "gone"}, by ${event.by}`);
  }

  function onDeed(deed: ForgeDeed): void {
    if (deed.by === SELF) stats.mutations += 1;
    say("forge", `#${deed.number} ${deed.what} by ${deed.by}${deed.text === undefined ? "" : ` ${deed.text}`}`);
    watcher.onDeed(deed);
    deliverWebhook();
    if (deed.what === "open") react(deed.number);
    if (deed.what === "merge") sequel(deed.number);
  }

  function react(number: number): void {
    const id = `person on #${number}`;
    const reaction = scenario.reaction ?? random.weighted(`${id} does`, REACTIONS);
    const wanted =
      reaction === "nothing" && scenario.mode === "propose" && random.chance(`${id} merges`, 0.6) ? "merge" : reaction;
    if (scenario.rules.review)
      later(`${id} approves`, random.between(`${id} approves`, 5000, 60_000), "approves", () =>
        forge.people.approve(number),
      );
    if (wanted === "nothing") return;
    const ms = random.between(`${id} at`, wanted === "merge" ? 15_000 : 500, wanted === "merge" ? 120_000 : 60_000);
    answers(id, ms, wanted, () => {
      const pull = forge.pulls().find((one) => one.number === number);
      if (pull?.state !== "open") return;
      const name = targets.find((each) => pull.branch.startsWith(`lastgood/${each}/`)) ?? "a0";
      const veto = (): void => watcher.vetoed(number, pull.branch, now(), wanted);
      switch (wanted) {
        case "merge":
          return void forge.people.merge(number, "mina");
        case "close":
          forge.people.close(number, "mina");
          return veto();
        case "hold":
          forge.people.label(number, HOLD_LABEL, "mina");
          return veto();
        case "hold by a stranger":
          return forge.people.label(number, HOLD_LABEL, "stranger");
        case "draft":
          forge.people.draft(number, "mina");
          return veto();
        case "edit":
          forge.people.edit(number, "mina", { body: `I look after this.\n\n${pull.body}` });
          return veto();
        case "push": {
          const path = `${pathOf(name)}/config.yaml`;
          const before = objects.commit(pull.head);
          if (before === undefined) return;
          const files = writeFiles(
            before.files,
            writesOf({ [path]: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mine\n" }),
            objects,
          );
          const next = objects.make({ parents: [pull.head], files, message: "Better so\n", author: mina, atMs: now() });
          git.update({ ref: `refs/heads/${pull.branch}`, next, expected: pull.head, by: "mina" });
          return veto();
        }
        case "delete branch":
          git.update({
            ref: `refs/heads/${pull.branch}`,
            next: undefined,
            expected: git.ref(`refs/heads/${pull.branch}`),
            by: "mina",
          });
          return veto();
        case "newer fix":
          return fix(name);
        case "other file":
          return touchOtherFile(name);
      }
    });
  }

  function sequel(number: number): void {
    const id = `after #${number}`;
    const what = scenario.sequel ?? random.weighted(`${id} comes`, SEQUELS);
    const pull = forge.pulls().find((one) => one.number === number);
    const name = targets.find((each) => pull?.branch.startsWith(`lastgood/${each}/`) === true) ?? "a0";
    if (what === "nothing" || what === "well for hours") return;
    later(id, random.between(`${id} at`, 5000, 4 * MINUTE), what, () => {
      if (what === "something else breaks") {
        stats.incidents += 1;
        const version = nextVersion(name);
        commitTo(name, { image: `v${version}-bad`, mode: "safe" }, `Deploy ${name} v${version}`);
      } else landAgain(name);
    });
  }

  let folded: { readonly of: unknown; readonly jobs: readonly Job[] } | undefined;
  function jobsOf(): readonly Job[] {
    const records = ledger.records();
    if (folded?.of !== records) folded = { of: records, jobs: foldJobs(records) };
    return folded.jobs;
  }
  const activeJobs = (): readonly Job[] => jobsOf().filter((job) => !isEnded(job));

  return {
    timeline,
    world,
    begin,
    activeJobs,
    strike,
    launch,
    steps,
    endDisturbance(): void {
      isOver = true;
      downUntilMs = 0;
      forgeDownUntilMs = 0;
      deafUntil.length = 0;
      skews.length = 0;
      watcher.calm();
      for (const app of engine.apps.values()) {
        if (app.blockers.length === 0) continue;
        app.blockers = [];
        app.desired = app.live;
        engine.changed(app);
      }
    },
    /** Nobody runs for so long; then for a while all do. */
    async skip(ms: number, forMs: number, holds: () => boolean): Promise<void> {
      engine.stop();
      for (const { instance } of instances.values()) release(instance);
      say("world", "a day goes by");
      await timeline.pass(now() + ms);
      engine.start();
      for (let replica = 1; replica <= scenario.replicas; replica += 1) launch(replica);
      await timeline.pass(now() + forMs, holds);
    },
    end(): void {
      watcher.end();
    },
    report(): Report {
      for (const { instance } of instances.values()) release(instance);
      return {
        violations: watcher.violations,
        happened,
        faults: faulted,
        steps,
        trace,
        jobs: jobsOf(),
        told: events,
        main: targets.map((name) => contentAt(git.ref(BRANCH_REF) ?? root, pathOf(name))).join("\n"),
        stats: { ...stats, steps: steps.length, faults: faulted.size, virtualMs: now() - START_MS },
      };
    },
  };
}

function stepText(step: {
  readonly kind: string;
  readonly why?: string;
  readonly transition?: { readonly detail: string };
}): string {
  return `${step.kind} ${step.why ?? step.transition?.detail ?? ""}`;
}

function writesOf(files: Readonly<Record<string, string>>): readonly FileWrite[] {
  return Object.entries(files).map(([path, text]) => ({ path, mode: "100644", bytes: Buffer.from(text) }));
}

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The time of a ULID: 48 bits of epoch ms in ten digits. */
function ulidTime(ms: number): string {
  let left = ms;
  let text = "";
  for (let index = 0; index < 10; index += 1) {
    text = (DIGITS[left % 32] ?? "0") + text;
    left = Math.floor(left / 32);
  }
  return text;
}
