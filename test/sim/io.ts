/** Every call into the world is one I/O step of a replica, with one of eight outcomes (safety.md §3), chosen by the seed or by hand. */
import { type ErrorCode, LastgoodError } from "../../src/errors.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

export const OUTCOMES = [
  "ok",
  /** Nothing was done, and an error says so. */
  "fail",
  /** It was done, and an error says that it was not. */
  "applied",
  "crash before",
  "crash after",
  /** An error comes after the time-out, the effect later still. */
  "slow",
  /** It is done twice. */
  "twice",
  /** The answer is that of some seconds ago. */
  "stale",
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** `local`: on the replica's own disk: it cannot fail halfway without the replica. */
export type IoKind = "read" | "write" | "local";

export interface IoStep {
  /** `r1#17`: the 17th step of the first replica. */
  readonly id: string;
  readonly replica: number;
  readonly name: string;
  readonly kind: IoKind;
}

/** What is possible where. */
export const POSSIBLE: { readonly [kind in IoKind]: readonly Outcome[] } = {
  read: ["fail", "crash before", "slow", "stale"],
  write: ["fail", "applied", "crash before", "crash after", "slow", "twice"],
  local: ["crash before", "crash after"],
};

/** Which steps go wrong, and how. */
export type FaultPlan = (step: IoStep) => Outcome;

export interface Instance {
  readonly replica: number;
  /** False: the process is dead, and whatever it waited for never comes. */
  alive: boolean;
}

/** A call under way. */
export interface Issued {
  readonly step: IoStep;
  readonly atMs: number;
}

export interface IoWorld {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly faults: FaultPlan;
  readonly crash: (instance: Instance) => void;
  readonly note: (step: IoStep, outcome: Outcome) => void;
  /** Whoever looks from within `run` sees which call does it, and when that was sent. */
  readonly within: <T>(issued: Issued, run: () => T) => T;
  /** Undefined: the server is up. */
  readonly outage: (name: string) => boolean;
}

/** The I/O of one process. */
export interface Io {
  readonly instance: Instance;
  read<T>(name: string, code: ErrorCode, run: (asOfMs: number) => T): Promise<T>;
  write<T>(name: string, code: ErrorCode, run: () => T): Promise<T>;
  local<T>(name: string, run: () => Promise<T>): Promise<T>;
}

const TIMEOUT_MS = 10_000;

export function createIo(instance: Instance, world: IoWorld, counters: number[]): Io {
  const { timeline, random, crash } = world;

  async function begin(name: string, kind: IoKind): Promise<Issued & { readonly outcome: Outcome }> {
    if (!instance.alive) return never();
    const atMs = timeline.nowMs();
    const index = (counters[instance.replica] ?? 0) + 1;
    counters[instance.replica] = index;
    const step: IoStep = { id: `r${instance.replica}#${index}`, replica: instance.replica, name, kind };
    const outcome = world.faults(step);
    world.note(step, outcome);
    const ms = kind === "local" ? 5 : random.between(`latency ${step.id}`, 20, kind === "read" ? 250 : 700);
    await timeline.sleep(ms);
    if (!instance.alive) return never();
    if (outcome === "crash before") {
      crash(instance);
      return never();
    }
    return { step, outcome, atMs };
  }

  async function slow(name: string, code: ErrorCode, late?: () => void): Promise<never> {
    if (late !== undefined)
      timeline.at(timeline.nowMs() + TIMEOUT_MS + random.between(`late ${name} ${timeline.nowMs()}`, 0, 20_000), late);
    await timeline.sleep(TIMEOUT_MS);
    if (!instance.alive) return never();
    throw new LastgoodError(code, `${name}: no answer in time`);
  }

  return {
    instance,
    async read(name, code, run) {
      const { outcome, step } = await begin(name, "read");
      if (world.outage(name) || outcome === "fail") throw new LastgoodError(code, `${name}: cannot be reached`);
      if (outcome === "slow") return slow(name, code);
      const lagMs = outcome === "stale" ? random.between(`lag ${step.id}`, 3000, 30_000) : 0;
      return run(timeline.nowMs() - lagMs);
    },
    async write(name, code, run) {
      const { outcome, ...issued } = await begin(name, "write");
      if (world.outage(name) || outcome === "fail") throw new LastgoodError(code, `${name}: cannot be reached`);
      if (outcome === "slow") return slow(name, code, () => quietly(() => world.within(issued, run)));
      const result = world.within(issued, run);
      if (outcome === "twice") quietly(() => world.within(issued, run));
      if (outcome === "crash after") {
        crash(instance);
        return never();
      }
      if (outcome === "applied") throw new LastgoodError(code, `${name}: the connection was lost`);
      return result;
    },
    async local(name, run) {
      const { outcome } = await begin(name, "local");
      const result = await run();
      if (outcome !== "crash after") return result;
      crash(instance);
      return never();
    },
  };
}

/** Of a dead process. */
export function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}

/** Nobody hears what became of it. */
function quietly(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
  }
}

/** Faults by chance: each step by itself, so that leaving one out changes no other. */
export function randomFaults(random: Random, rate: number, isOver: () => boolean): FaultPlan {
  return ({ id, kind }) => {
    if (isOver() || !random.chance(`fault ${id}`, rate)) return "ok";
    return random.pick(`outcome ${id}`, POSSIBLE[kind]);
  };
}

/** Exactly these. */
export function chosenFaults(chosen: ReadonlyMap<string, Outcome>): FaultPlan {
  return ({ id }) => chosen.get(id) ?? "ok";
}
