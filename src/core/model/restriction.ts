/**
 * What an engine's object, or a manifest, asks of lastgood by its `lastgood.dev/…` annotations. Whoever may write them is not whoever may configure
 * lastgood: they only ever make it do less, and what cannot be understood makes it do nothing.
 */
import { FACETS } from "./field.ts";
import { fromIso } from "./time.ts";

/** How far lastgood may go unattended, in rising order. */
const MODES = ["observe", "propose", "merge", "push"] as const;

export interface Restrictions {
  /** No further than this. */
  readonly mode?: (typeof MODES)[number];
  /** Hands off, until a time (epoch ms) or until it is taken away. `reason` is untrusted. */
  readonly suspended?: { readonly untilMs?: number; readonly reason?: string };
  /** At least so long. */
  readonly bakeTimeMs?: number;
  /** Name of a policy of the configuration; counts only as far as it is stricter. */
  readonly policy?: string;
  /** Selectors, `:image`. Empty: no restriction. */
  readonly only: readonly string[];
  readonly except: readonly string[];
  /** JSON pointers into objects that are left as they are, with all that is below them. */
  readonly ignorePaths?: readonly string[];
  /** Who is asked besides: logins, and teams as `team:acme/payments`. */
  readonly reviewers?: readonly string[];
  /** What could not be understood, for people. */
  readonly notes: readonly string[];
}

export const NO_RESTRICTIONS: Restrictions = { only: [], except: [], notes: [] };

/** Reads annotations by their names without the prefix. `nowMs`: a time that is over suspends nothing. */
export function readRestrictions(annotations: { readonly [name: string]: string }, nowMs: number): Restrictions {
  const said = (name: string): string | undefined =>
    Object.hasOwn(annotations, name) ? annotations[name]?.trim() : undefined;
  const notes: string[] = [];
  const note = (name: string): void => {
    notes.push(`annotation lastgood.dev/${name} is not understood: lastgood only observes`);
  };
  const suspended = readSuspension(said("suspend"), said("suspend-reason"), nowMs);
  const bakeTimeMs = readDuration(said("bake-time"));
  if (bakeTimeMs === "odd") note("bake-time");
  const mode = readMode(said("mode"));
  if (mode === "odd") note("mode");
  const components = readComponents(said("components"));
  if (components === "odd") note("components");
  const ignorePaths = readPointers(said("ignore-paths"));
  if (ignorePaths === "odd") note("ignore-paths");
  const reviewers = readReviewers(said("reviewers"));
  if (reviewers === "odd") note("reviewers");
  const policy = said("policy");
  const limit = notes.length > 0 || mode === "odd" ? "observe" : mode;
  return {
    ...(limit === undefined ? {} : { mode: limit }),
    ...(suspended === undefined ? {} : { suspended }),
    ...(typeof bakeTimeMs === "number" ? { bakeTimeMs } : {}),
    ...(policy === undefined || policy === "" ? {} : { policy }),
    ...(typeof components === "object" ? components : { only: [], except: [] }),
    ...(typeof ignorePaths === "object" ? { ignorePaths } : {}),
    ...(typeof reviewers === "object" ? { reviewers } : {}),
    notes,
  };
}

/** Whatever it says, but `false` and a time that is over, is meant to stop lastgood. */
function readSuspension(
  text: string | undefined,
  reason: string | undefined,
  nowMs: number,
): Restrictions["suspended"] {
  if (text === undefined || text === "" || text.toLowerCase() === "false") return undefined;
  const untilMs = fromIso(text);
  if (untilMs !== undefined && untilMs <= nowMs) return undefined;
  return {
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(reason === undefined || reason === "" ? {} : { reason }),
  };
}

function readMode(text: string | undefined): Restrictions["mode"] | "odd" {
  if (text === undefined) return undefined;
  return MODES.find((mode) => mode === text.toLowerCase()) ?? "odd";
}

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

/** `10m`, `1h30m`. */
function readDuration(text: string | undefined): number | "odd" | undefined {
  if (text === undefined) return undefined;
  const [whole, days = 0, hours = 0, minutes = 0, seconds = 0] =
    /^(?=\d)(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/.exec(text) ?? [];
  if (whole === undefined) return "odd";
  return (
    Number(days) * UNIT_MS.d + Number(hours) * UNIT_MS.h + Number(minutes) * UNIT_MS.m + Number(seconds) * UNIT_MS.s
  );
}

/** `image,env`, or `all,-replicas`. */
function readComponents(text: string | undefined): Pick<Restrictions, "only" | "except"> | "odd" | undefined {
  if (text === undefined) return undefined;
  const words = text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  const isFacet = (word: string): boolean => FACETS.some((facet) => facet === word);
  const except = words.filter((word) => word.startsWith("-")).map((word) => word.slice(1));
  const only = words.filter((word) => !word.startsWith("-") && word !== "all");
  if (words.length === 0 || ![...only, ...except].every(isFacet)) return "odd";
  return { only: only.map((word) => `:${word}`), except: except.map((word) => `:${word}`) };
}

const MOST_POINTERS = 100;
/** RFC 6901; "" is the whole object. */
const POINTER = /^(?:\/(?:[^~]|~[01])*)?$/u;

/** `/spec/replicas; /spec/template/spec/containers/0/env`. */
function readPointers(text: string | undefined): readonly string[] | "odd" | undefined {
  if (text === undefined) return undefined;
  const pointers = [...new Set(text.split(";").map((word) => word.trim()))].filter((word) => word !== "");
  const isSound = pointers.length > 0 && pointers.length <= MOST_POINTERS;
  return isSound && pointers.every((word) => word.length <= 512 && POINTER.test(word)) ? pointers : "odd";
}

const MOST_REVIEWERS = 10;
/** A login, or `org/team`, as GitHub has them. */
const REVIEWER = /^@?[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\/[A-Za-z0-9._-]{1,100})?$/;

/** `@acme/payments, @mkim`. */
function readReviewers(text: string | undefined): readonly string[] | "odd" | undefined {
  if (text === undefined) return undefined;
  const words = [...new Set(text.split(/[\s,;]+/))].filter((word) => word !== "");
  if (words.length === 0 || words.length > MOST_REVIEWERS || !words.every((word) => REVIEWER.test(word))) return "odd";
  return words.map((word) => word.replace(/^@/, "")).map((name) => (name.includes("/") ? `team:${name}` : name));
}

/** Of several that restrict the same, each counts; where two cannot both hold, nothing is done unattended. */
export function strictest(all: readonly Restrictions[]): Restrictions {
  const [first, ...rest] = all;
  return first === undefined ? NO_RESTRICTIONS : rest.reduce(stricter, first);
}

function stricter(one: Restrictions, other: Restrictions): Restrictions {
  const conflicts = [
    ...(one.policy !== undefined && other.policy !== undefined && one.policy !== other.policy ? ["policy"] : []),
    ...(one.only.length > 0 && other.only.length > 0 && !one.only.some((word) => other.only.includes(word))
      ? ["components"]
      : []),
  ];
  const modes = [one.mode, other.mode, conflicts.length > 0 ? ("observe" as const) : undefined];
  const mode = MODES.find((known) => modes.includes(known));
  const suspended = longer(one.suspended, other.suspended);
  const bakeTimeMs = Math.max(one.bakeTimeMs ?? 0, other.bakeTimeMs ?? 0);
  const policy = one.policy ?? other.policy;
  const ignorePaths = united(one.ignorePaths, other.ignorePaths);
  const reviewers = united(one.reviewers, other.reviewers);
  const notes = conflicts.map(
    (name) => `annotations lastgood.dev/${name} contradict each other: lastgood only observes`,
  );
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(suspended === undefined ? {} : { suspended }),
    ...(bakeTimeMs === 0 ? {} : { bakeTimeMs }),
    ...(policy === undefined ? {} : { policy }),
    only: both(one.only, other.only),
    except: united(one.except, other.except),
    ...(ignorePaths.length === 0 ? {} : { ignorePaths }),
    ...(reviewers.length === 0 ? {} : { reviewers: reviewers.slice(0, MOST_REVIEWERS) }),
    notes: united(united(one.notes, other.notes), notes),
  };
}

/** Empty: no restriction. What two allow in common; where that is nothing, what the first one does. */
function both(one: readonly string[], other: readonly string[]): readonly string[] {
  if (one.length === 0 || other.length === 0) return one.length === 0 ? other : one;
  const common = one.filter((word) => other.includes(word));
  return common.length === 0 ? one : common;
}

function united(one: readonly string[] = [], other: readonly string[] = []): readonly string[] {
  return [...new Set([...one, ...other])];
}

/** The one that ends later; without an end it ends last. */
function longer(one: Restrictions["suspended"], other: Restrictions["suspended"]): Restrictions["suspended"] {
  if (one === undefined || other === undefined) return one ?? other;
  return (other.untilMs ?? Infinity) > (one.untilMs ?? Infinity) ? other : one;
}
