/** A GitOps engine in memory: it takes the tip of the branch after a while, rolls it out, and says how that went. */
import type { Blocker, EngineRelease, EngineState } from "../../src/core/engine/engine-state.ts";
import { engineKey } from "../../src/core/engine/engine-state.ts";
import { type Status, statusOf } from "../../src/core/kstatus/status.ts";
import type { CommitId } from "../../src/core/model/git.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Engine, EngineView } from "../../src/ports/engine.ts";
import type { GitServer } from "./git-model.ts";
import type { Io } from "./io.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

export const REPOSITORY_URL = "https://git.example.com/acme/gitops.git";
export const BRANCH_REF = "refs/heads/main";

/** What becomes of a content once it runs. `late`: it is well for a while first. */
export type Fate =
  | { readonly kind: "well" }
  | { readonly kind: "bad"; readonly lateMs: number }
  | { readonly kind: "flaps" };

/** How an application was at one time: who looks back can tell what could be known. */
export interface Phase {
  readonly atMs: number;
  readonly status: Status;
  readonly revision: CommitId;
  readonly content: string;
  /** What is around it fails, not what was deployed. */
  readonly ill: boolean;
}

export interface App {
  readonly name: string;
  readonly path: string;
  live: CommitId;
  desired: CommitId;
  content: string;
  status: Status;
  sinceMs: number;
  history: readonly EngineRelease[];
  blockers: readonly Blocker[];
  annotations: Readonly<Record<string, string>>;
  /** It is not well, whatever runs: the cause is not in git. */
  ill: boolean;
  /** Of the rollout under way: an older one's end means nothing. */
  rollout: number;
  readonly phases: Phase[];
}

export interface EngineModel {
  readonly apps: ReadonlyMap<string, App>;
  /** Looks at the branch now. */
  look(name: string): void;
  /** Something about the application is different now; everybody is told who listens. */
  changed(app: App): void;
  /** The cause of its trouble comes or goes. */
  setIll(name: string, ill: boolean): void;
  connect(connection: Connection): Engine;
  /** From then on nobody looks at the branch by itself; undefined: again. */
  stop(): void;
  start(): void;
}

/** How one replica hears the engine. */
export interface Connection {
  readonly io: Io;
  /** The watch is silently dead. */
  readonly isDeaf: () => boolean;
  /** The cluster cannot be reached. */
  readonly isDown: () => boolean;
  /** Changes are not told: it has to look. */
  readonly isSilent: boolean;
}

export interface EngineModelOptions {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly git: GitServer;
  readonly apps: readonly { readonly name: string; readonly path: string }[];
  /** What lies in a folder at a commit, as one text. */
  readonly contentAt: (commit: CommitId, path: string) => string;
  readonly fateOf: (app: App, content: string) => Fate;
  /** Of the first content: before the simulation began. */
  readonly deployedAtMs: number;
  readonly provesHealth: boolean;
}

export function createEngineModel(options: EngineModelOptions): EngineModel {
  const { timeline, random, git, contentAt, fateOf } = options;
  const first = git.ref(BRANCH_REF);
  if (first === undefined) throw new Error("there is no branch yet");
  const listeners = new Map<object, (keys: readonly string[]) => void>();
  const apps = new Map(options.apps.map(({ name, path }) => [name, appOf(name, path, first)]));
  let running = true;
  let looks = 0;

  function appOf(name: string, path: string, live: CommitId): App {
    const content = contentAt(live, path);
    const atMs = options.deployedAtMs;
    const history: readonly EngineRelease[] = [
      { revisions: [live], atMs, proves: options.provesHealth ? "health" : "sync" },
    ];
    const phases: Phase[] = [{ atMs, status: "Current", revision: live, content, ill: false }];
    const facts = { history, blockers: [], annotations: {}, ill: false, rollout: 0, phases };
    return { name, path, live, desired: live, content, status: "Current", sinceMs: atMs, ...facts };
  }

  function changed(app: App): void {
    for (const tell of listeners.values()) tell([keyOf(app)]);
  }

  function become(app: App, status: Status): void {
    if (app.status === status) return;
    app.status = status;
    app.sinceMs = timeline.nowMs();
    app.phases.push({ atMs: timeline.nowMs(), status, revision: app.live, content: app.content, ill: app.ill });
    changed(app);
  }

  function look(name: string): void {
    const app = apps.get(name);
    const tip = git.ref(BRANCH_REF);
    if (app === undefined || tip === undefined || tip === app.desired) return;
    app.desired = tip;
    if (app.blockers.length > 0) return changed(app);
    looks += 1;
    const ms = random.between(`sync ${name} ${looks}`, 2000, 25_000);
    timeline.at(timeline.nowMs() + ms, () => {
      if (app.desired === tip) sync(app, tip);
    });
  }

  function sync(app: App, tip: CommitId): void {
    const content = contentAt(tip, app.path);
    const isSame = content === app.content;
    app.live = tip;
    app.content = content;
    app.phases.push({ atMs: timeline.nowMs(), status: app.status, revision: tip, content, ill: app.ill });
    if (isSame) return changed(app);
    app.history = [{ revisions: [tip], atMs: timeline.nowMs(), proves: "sync" as const }, ...app.history].slice(0, 10);
    roll(app);
  }

  /** What runs is being replaced; then it shows how it is. */
  function roll(app: App): void {
    app.rollout += 1;
    const { rollout } = app;
    become(app, "InProgress");
    const ms = random.between(`roll ${app.name} ${rollout}`, 3000, 30_000);
    timeline.at(timeline.nowMs() + ms, () => {
      if (app.rollout === rollout) settle(app, rollout);
    });
  }

  function settle(app: App, rollout: number): void {
    const fate: Fate = app.ill ? { kind: "bad", lateMs: 0 } : fateOf(app, app.content);
    if (fate.kind === "flaps") return flap(app, rollout, 0);
    const isLate = fate.kind === "bad" && fate.lateMs > 0;
    become(app, fate.kind === "well" || isLate ? "Current" : "Failed");
    if (!isLate) return;
    timeline.at(timeline.nowMs() + fate.lateMs, () => {
      if (app.rollout === rollout) become(app, "Failed");
    });
  }

  /** Up and down, never down for long. */
  function flap(app: App, rollout: number, count: number): void {
    if (app.rollout !== rollout || count > 30) return;
    become(app, count % 2 === 0 ? "Failed" : "Current");
    const ms = random.between(`flap ${app.name} ${rollout} ${count}`, 2000, 14_000);
    timeline.at(timeline.nowMs() + ms, () => flap(app, rollout, count + 1));
  }

  for (const { name } of apps.values()) poll(name, 0);

  function poll(name: string, count: number): void {
    const ms = random.between(`poll ${name} ${count}`, 20_000, 60_000);
    timeline.at(timeline.nowMs() + ms, () => {
      if (!running) return;
      look(name);
      poll(name, count + 1);
    });
  }

  const view = (): EngineView => {
    const states = [...apps.values()].map((app) => [keyOf(app), stateOf(app)] as const);
    return { states: new Map(states), heardAtMs: timeline.nowMs(), failure: undefined };
  };

  return {
    apps,
    look,
    changed,
    setIll(name, ill) {
      const app = apps.get(name);
      if (app === undefined || app.ill === ill) return;
      app.ill = ill;
      roll(app);
    },
    stop: () => {
      running = false;
    },
    start: () => {
      if (running) return;
      running = true;
      for (const { name } of apps.values()) poll(name, looks);
    },
    connect: ({ io, isDeaf, isDown, isSilent }) => {
      let heard: EngineView = { states: new Map(), heardAtMs: undefined, failure: undefined };
      const hear = (): EngineView => {
        if (isDown())
          return { ...heard, failure: new LastgoodError("EngineUnreachable", "the cluster cannot be reached") };
        if (!isDeaf()) heard = view();
        return heard;
      };
      return {
        name: "argo",
        type: "argocd",
        read: async () => io.read("engine.read", "EngineUnreachable", hear),
        follow({ signal, onChange }) {
          const self = {};
          if (onChange !== undefined && !isSilent) {
            listeners.set(self, (keys) => {
              if (io.instance.alive && !isDeaf() && !isDown()) onChange(keys);
              if (!io.instance.alive) listeners.delete(self);
            });
          }
          const done = new Promise<void>((resolve) => {
            signal.addEventListener("abort", () => resolve(), { once: true });
          });
          return { view: hear, done };
        },
        explain: async ({ id, status }) => ({ id, status, below: [] }),
        pods: async () => [],
        askToLook: async ({ id }) =>
          io.write("engine.askToLook", "EngineUnreachable", () => {
            timeline.at(timeline.nowMs() + 1000, () => look(id.name));
          }),
      };
    },
  };
}

function keyOf({ name }: App): string {
  return engineKey({ kind: "Application", namespace: "argocd", name });
}

function stateOf({ name, path, live, desired, status, sinceMs, history, blockers, annotations }: App): EngineState {
  return {
    engine: "argo",
    type: "argocd",
    id: { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name },
    uid: `uid-${name}`,
    status: statusOf(status, status, `${name} is ${status}`, { sinceMs, revision: live }),
    sync: live === desired ? "Synced" : "OutOfSync",
    sources: [{ url: REPOSITORY_URL, path, follows: "main", fixed: false, live, desired }],
    history,
    blockers,
    dependsOn: [],
    annotations,
  };
}
