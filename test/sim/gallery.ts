/** Small worlds, each with one incident and one thing that comes in its way: what sees a planted mistake at once, where chance needs many. */
import type { Mode } from "../../src/core/model/mode.ts";
import type { Canon } from "./enumerate.ts";
import { randomOf } from "./random.ts";
import {
  type ActKind,
  ACTS,
  type IncidentKind,
  INCIDENTS,
  type Reaction,
  REACTIONS,
  type Scenario,
  type Sequel,
  SEQUELS,
} from "./scenario.ts";

const MINUTE = 60_000;
/** A bad deployment of this seed fails after some 110 s, is known to be bad after 150 s, and reverted and live some 25 s later. */
const SEED = 7;
const ACT_MS = [100_000, 145_000, 158_000];

interface Small {
  readonly mode: Mode;
  readonly kind?: IncidentKind;
  readonly act?: { readonly kind: ActKind; readonly atMs: number };
  readonly reaction?: Reaction;
  readonly sequel?: Sequel;
  readonly more?: Partial<Scenario>;
}

function small({ mode, kind = "image", act, reaction = "nothing", sequel = "nothing", more = {} }: Small): Scenario {
  return {
    seed: SEED,
    random: randomOf(SEED),
    replicas: 1,
    targets: 2,
    mode,
    // A person has a minute to say no.
    rules: { strict: true, checkMs: mode === "merge" ? MINUTE : 0, autoMerge: false, review: false, alters: false },
    hasLease: false,
    isSilent: false,
    faultRate: 0,
    isUnproven: false,
    incidents: [{ id: "incident1", kind, target: 0, atMs: MINUTE }],
    acts: act === undefined ? [] : [{ id: "act1", target: 0, forMs: 3 * MINUTE, ...act }],
    reaction,
    sequel,
    calmMs: 8 * MINUTE,
    ...more,
  };
}

const keysOf = <K extends string>(of: { readonly [key in K]: unknown }): readonly K[] => Object.keys(of) as K[];
const named = (name: string, of: Small): Canon => ({ name: `${of.mode}, ${name}`, scenario: small(of) });

export const GALLERY: readonly Canon[] = [
  ...keysOf(INCIDENTS).flatMap((kind) => (["merge", "push"] as const).map((mode) => named(kind, { mode, kind }))),
  ...keysOf(REACTIONS).flatMap((reaction) =>
    (["propose", "merge"] as const).map((mode) => named(reaction, { mode, reaction })),
  ),
  ...keysOf(SEQUELS).map((sequel) => named(sequel, { mode: "push", sequel })),
  ...keysOf(SEQUELS).map((sequel) => named(sequel, { mode: "merge", sequel })),
  ...keysOf(ACTS).flatMap((kind) =>
    ACT_MS.flatMap((atMs) =>
      (["merge", "push"] as const).map((mode) =>
        named(`${kind} after ${atMs / 1000} s`, { mode, act: { kind, atMs } }),
      ),
    ),
  ),
  named("both", { mode: "propose", kind: "both" }),
  named("it never arrives", {
    mode: "push",
    more: {
      acts: [{ id: "act1", kind: "sync blocked", target: 0, atMs: 145_000, forMs: 15 * MINUTE }],
      calmMs: 18 * MINUTE,
    },
  }),
  named("nothing is proven", { mode: "merge", more: { isUnproven: true } }),
  named("the forge alters what it merges", {
    mode: "merge",
    more: { rules: { strict: false, checkMs: 0, autoMerge: false, review: false, alters: true } },
  }),
  named("two replicas and a lease", { mode: "push", more: { replicas: 2, hasLease: true } }),
  named("again and again", {
    mode: "push",
    more: {
      incidents: [1, 2, 3, 4, 5].map((count) => ({
        id: `incident${count}`,
        kind: "image" as const,
        target: 0,
        atMs: (count * 6 - 5) * MINUTE,
      })),
      calmMs: 32 * MINUTE,
    },
  }),
];
