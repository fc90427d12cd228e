/** What happens in one simulated world: everything is drawn from its seed, and has a name, so that it can be left out. */
import type { Mode } from "../../src/core/model/mode.ts";
import type { ForgeRules } from "./forge-model.ts";
import { type Random, randomOf } from "./random.ts";

/** What goes wrong, and what only looks so. */
export const INCIDENTS = {
  /** An image that does not work. */
  image: 30,
  /** A setting that does not work. */
  config: 12,
  /** Both, and a file more. */
  both: 8,
  /** Well at first. */
  late: 5,
  /** Never bad for long. */
  flap: 4,
  /** The cause is not in git, and nothing was deployed. */
  environment: 5,
  /** Many at once, nothing deployed. */
  storm: 3,
  /** A change of something else, and nothing is wrong. */
  harmless: 4,
  /** What it would go back to does not work any more. */
  rots: 6,
  /** Two bad changes, one after the other. */
  twice: 6,
  /** Two targets are broken by two changes. */
  pair: 4,
} as const;

export type IncidentKind = keyof typeof INCIDENTS;

export interface Incident {
  readonly id: string;
  readonly kind: IncidentKind;
  readonly target: number;
  readonly atMs: number;
}

/** Something that somebody, or something, does. `target` where it is about one. */
export interface Act {
  readonly id: string;
  readonly kind: ActKind;
  readonly atMs: number;
  readonly target: number;
  readonly forMs: number;
}

export const ACTS = {
  "newer fix": 6,
  "other file": 6,
  "other target": 6,
  "same bad again": 3,
  "kill switch": 4,
  "kill switch by a stranger": 2,
  "mode lowered": 3,
  "mode raised": 1,
  suspended: 3,
  "ledger deleted": 2,
  "ledger rewound": 2,
  "ledger damaged": 2,
  "engine down": 3,
  "engine deaf": 4,
  "forge down": 3,
  "sync blocked": 3,
  kill: 8,
  stop: 3,
  "clock jumps": 3,
  "lease stolen": 2,
} as const;

export type ActKind = keyof typeof ACTS;

/** What a person does about a pull request of lastgood's. */
export const REACTIONS = {
  nothing: 50,
  merge: 10,
  close: 6,
  hold: 5,
  "hold by a stranger": 3,
  draft: 3,
  edit: 4,
  push: 5,
  "delete branch": 3,
  "newer fix": 6,
  "other file": 5,
} as const;

export type Reaction = keyof typeof REACTIONS;

/** What comes after a revert has landed. */
export const SEQUELS = {
  nothing: 60,
  "bot re-adds it": 14,
  "person lands it again": 10,
  "something else breaks": 6,
  "well for hours": 10,
} as const;

export type Sequel = keyof typeof SEQUELS;

export interface Scenario {
  readonly seed: number;
  readonly random: Random;
  readonly replicas: number;
  readonly targets: number;
  readonly mode: Mode;
  readonly rules: ForgeRules;
  readonly hasLease: boolean;
  /** No change is told: everything has to be looked for (L3). */
  readonly isSilent: boolean;
  /** The forge tells of every push and of whatever people do, too. */
  readonly hasWebhooks?: true;
  /** How often everything is looked at; missing: every 30 s, so that a day is not needed. */
  readonly everyMs?: number;
  /** Of each I/O step. */
  readonly faultRate: number;
  /** Nothing but a sync is on record of the first content. */
  readonly isUnproven: boolean;
  readonly incidents: readonly Incident[];
  readonly acts: readonly Act[];
  /** What a person does about each pull request, and what comes after a merge; missing: as chance has it. */
  readonly reaction?: Reaction;
  readonly sequel?: Sequel;
  /** It goes on for so long once everything has come to its end. */
  readonly restMs?: number;
  /** When the disturbances are over: from then on things are to come to an end (L1). */
  readonly calmMs: number;
}

const MINUTE = 60_000;
/** Something goes wrong so often. */
const EVERY_MS = 3 * MINUTE;

/** The scenario of a seed. */
export function scenarioOf(seed: number): Scenario {
  const random = randomOf(seed);
  const targets = random.between("targets", 1, 4);
  const mode = random.weighted("mode", { observe: 6, propose: 26, merge: 48, push: 20 });
  const replicas = random.weighted("replicas", { "1": 50, "2": 35, "3": 15 });
  const calm = random.chance("calm", 0.15);
  const count = random.between("incidents", 4, 7);
  const incidents = Array.from({ length: count }, (_, index): Incident => {
    const id = `incident${index + 1}`;
    const target = random.between(`${id} target`, 0, targets - 1);
    return {
      id,
      kind: random.weighted(`${id} kind`, INCIDENTS),
      target,
      atMs: MINUTE + index * EVERY_MS + random.between(`${id} at`, 0, 2 * MINUTE),
    };
  });
  const lastMs = MINUTE + count * EVERY_MS + 3 * MINUTE;
  const acts = calm
    ? []
    : Array.from({ length: random.between("acts", 0, 8) }, (_, index): Act => {
        const id = `act${index + 1}`;
        const kind = random.weighted(`${id} kind`, ACTS);
        const atMs = random.between(`${id} at`, 0, lastMs);
        return {
          id,
          kind,
          atMs,
          target: random.between(`${id} target`, 0, targets - 1),
          forMs: random.between(`${id} for`, 10_000, 4 * MINUTE),
        };
      });
  return {
    seed,
    random,
    replicas: Number(replicas),
    targets,
    mode,
    rules: {
      strict: random.chance("strict", 0.5),
      checkMs: random.chance("checks", 0.4) ? random.between("check", 5000, 60_000) : 0,
      autoMerge: random.chance("auto merge", 0.4),
      review: random.chance("review", 0.1),
      alters: random.chance("alters", 0.05),
    },
    hasLease: random.chance("lease", 0.4),
    isSilent: random.chance("silent", 0.25),
    faultRate: calm ? 0 : random.pick("faults", [0, 0.01, 0.03, 0.08]),
    isUnproven: random.chance("unproven", 0.06),
    incidents,
    acts,
    calmMs: lastMs,
  };
}
