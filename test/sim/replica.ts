/** One process of the daemon: lastgood's own code over the models, with a memory of its own that dies with it. */
import type { DaemonLane, TargetPolicy } from "../../src/app/daemon/daemon-lane.ts";
import type { Reconciled } from "../../src/app/daemon/reconcile-target.ts";
import { createPeople } from "../../src/app/notify-people.ts";
import type { WatchedTarget } from "../../src/app/observe-targets.ts";
import { sourceName } from "../../src/core/discovery.ts";
import { engineKey } from "../../src/core/engine/engine-state.ts";
import { EVENTS } from "../../src/core/model/event.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import { commitId, isFullId } from "../../src/core/model/git.ts";
import { readRestrictions } from "../../src/core/model/restriction.ts";
import type { Notification } from "../../src/core/notification/notification.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Log } from "../../src/ports/log.ts";
import type { Remote, Repository } from "../../src/ports/repository.ts";
import { pathOf } from "./content.ts";
import { BRANCH_REF, type EngineModel, REPOSITORY_URL } from "./engine-model.ts";
import { type ForgeModel, SELF } from "./forge-model.ts";
import { createGitClone, type GitClone, type GitServer } from "./git-model.ts";
import { type Io, never } from "./io.ts";
import { createLedgerModel, type LedgerServer, type Relied } from "./ledger-model.ts";
import type { Product } from "./product.ts";
import type { Timeline } from "./timeline.ts";

export interface ReplicaWorld {
  readonly product: Product;
  readonly timeline: Timeline;
  readonly git: GitServer;
  readonly forge: ForgeModel;
  readonly ledger: LedgerServer;
  readonly engine: EngineModel;
  readonly targets: readonly string[];
  readonly policy: TargetPolicy;
  readonly everyMs: number;
  readonly isSilent: boolean;
  readonly isDeaf: (replica: number) => boolean;
  readonly isDown: () => boolean;
  /** How far a replica's clock is before the world's, in ms. */
  readonly skewMs: (replica: number) => number;
  readonly leaseHeld: (replica: number) => boolean;
  readonly newId: () => string;
  readonly notify: (replica: number, notification: Notification) => void;
  readonly warn: (replica: number, message: string) => void;
  readonly onReconciled: (replica: number, target: string, reconciled: Reconciled) => void;
  readonly onEnd: (replica: number, error: unknown) => void;
}

export interface Replica {
  /** As a webhook does. */
  look(targets: readonly string[]): void;
  /** As SIGTERM does. */
  stop(): void;
}

/** It lies beside the clone, and goes with it. */
const relied = new WeakMap<GitClone, Relied>();

function reliedOn(clone: GitClone): Relied {
  const known = relied.get(clone) ?? {};
  relied.set(clone, known);
  return known;
}

/** Begins. `clone`: what an earlier process has left on the disk. */
export function startReplica(io: Io, world: ReplicaWorld, clone: GitClone): Replica {
  const { replica } = io.instance;
  const stop = new AbortController();
  const clock = clockOf(io, world);
  const log = logOf(replica, world);
  const remote = remoteOf(io, world, clone);
  const repository: Repository = {
    ...clone.repository,
    commit: async (request) => io.local("git.commit", async () => clone.repository.commit(request)),
  };
  const ledger = createLedgerModel(world.ledger, reliedOn(clone), { io, clock });
  const engine = world.engine.connect({
    io,
    isDeaf: () => world.isDeaf(replica),
    isDown: world.isDown,
    isSilent: world.isSilent,
  });
  const readContent = world.product.createContentReader(repository);
  const { policy } = world;
  const lane: DaemonLane = {
    name: "acme/gitops",
    branch: "main",
    world: { repository, remote, ledger, clock, log, forge: world.forge.connect(io) },
    readContent,
    delivery: {
      author: { name: "lastgood", email: "lastgood@example.com" },
      style: "git",
      draft: false,
      labels: [],
      reviewers: [],
      assignees: [],
      askSuspects: false,
      commitVia: "push",
    },
    targets: () => world.targets,
  };
  const watched = world.targets.map((name) => watchedOf(name, policy));
  const notifier = {
    name: "people",
    on: new Set(EVENTS),
    notify: async (notification: Notification) => world.notify(replica, notification),
  };
  const people = createPeople({ notifiers: [notifier], clock, log, signal: stop.signal });
  const daemon = world.product.runDaemon(
    {
      engines: [{ engine }],
      observer: world.product.createObserver({
        readContent,
        clock,
        log,
        recorder: { ledger, engines: new Map([["argo", engine]]), by: "lastgood" },
      }),
      signal: stop.signal,
      everyMs: world.everyMs,
      discover: async ([looked]) => {
        const states = [...(looked?.view.states.values() ?? [])];
        const unknown = states.some(
          ({ status: { revision } }) =>
            revision !== undefined && isFullId(revision) && !clone.knows(commitId(revision)),
        );
        if (unknown) await quietly(async () => remote.fetch([]));
        return watched.map((one) => {
          const state = states.find(({ id }) => id.name === one.target.name);
          return state === undefined
            ? one
            : { ...one, restrictions: readRestrictions(state.annotations, clock.nowMs()) };
        });
      },
      laneOf: () => lane,
      lanes: () => [lane],
      policyOf: () => ({ policy, patterns: NO_PATTERNS }),
      notify: people.notify,
      toldOf: people.toldOf,
      leaseHeld: () => world.leaseHeld(replica),
      log,
      onReconciled: (target, reconciled) => world.onReconciled(replica, target, reconciled),
    },
    clock,
  );
  daemon.done.then(
    () => world.onEnd(replica, undefined),
    (error: unknown) => world.onEnd(replica, error),
  );
  return { look: (targets) => daemon.look(targets), stop: () => stop.abort() };
}

/** A clone as a process finds it: with what the server has now. */
export function openClone(git: GitServer): GitClone {
  const clone = createGitClone(git.objects);
  clone.take(fetched(git.refs(), []));
  return clone;
}

function fetched(refs: ReturnType<GitServer["refs"]>, extra: readonly string[]): ReturnType<GitServer["refs"]> {
  return new Map([...refs].filter(([ref]) => ref.startsWith("refs/heads/") || extra.includes(ref)));
}

function clockOf(io: Io, { timeline, skewMs, newId }: ReplicaWorld): Clock {
  const { replica } = io.instance;
  return {
    nowMs: () => timeline.nowMs() + skewMs(replica),
    monotonicMs: () => timeline.nowMs(),
    newId,
    async sleep(ms, signal) {
      try {
        await timeline.sleep(ms, signal);
      } catch (error) {
        if (io.instance.alive) throw error;
      }
      if (!io.instance.alive) await never();
    },
  };
}

function logOf(replica: number, { warn }: ReplicaWorld): Log {
  const nothing = (): void => undefined;
  return {
    doing: nothing,
    waiting: nothing,
    done: nothing,
    progress: nothing,
    warn: (message) => warn(replica, message),
  };
}

function remoteOf(io: Io, { git }: ReplicaWorld, clone: GitClone): Remote {
  return {
    url: REPOSITORY_URL,
    fetch: async (extra) =>
      io.read("git.fetch", "RepositoryTransport", (asOfMs) => clone.take(fetched(git.refsAt(asOfMs), extra))),
    push: async ({ branch, commit, expected }) =>
      io.write("git.push", "RepositoryTransport", () => {
        const ref = `refs/heads/${branch}`;
        const before = git.ref(ref);
        // git push of what is there already: "Everything up-to-date".
        if (before === commit && ref !== BRANCH_REF) return;
        if (before !== undefined && !git.objects.ancestors(commit).has(before)) {
          throw new LastgoodError("RepositoryMoved", `${branch} would be rewritten`);
        }
        if (!git.update({ ref, next: commit, expected, by: SELF })) {
          throw new LastgoodError("RepositoryMoved", `${branch} is not where it was`);
        }
      }),
  };
}

function watchedOf(name: string, policy: TargetPolicy): WatchedTarget {
  const key = engineKey({ kind: "Application", namespace: "argocd", name });
  const object = { engine: "argo", object: key, key };
  return {
    target: plainTarget([pathOf(name)], { name }),
    from: "config",
    objects: [object],
    restrictions: readRestrictions({}, 0),
    notes: [],
    policy: {
      sources: [{ name: sourceName(object) }],
      bad: { ...policy.bad, on: ["Failed"] },
      good: { bakeTimeMs: 60_000, requireAll: true },
      maxStaleMs: 60_000,
    },
    health: [],
    isHere: ({ url }) => url === REPOSITORY_URL,
  };
}

async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
  }
}
