/**
 * What an engine's object asks of lastgood by its `lastgood.dev/…` annotations. Whoever may write them is not whoever may configure
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
  const policy = said("policy");
  const limit = notes.length > 0 || mode === "odd" ? "observe" : mode;
  return {
    ...(limit === undefined ? {} : { mode: limit }),
    ...(suspended === undefined ? {} : { suspended }),
    ...(typeof bakeTimeMs === "number" ? { bakeTimeMs } : {}),
    ...(policy === undefined || policy === "" ? {} : { policy }),
    ...(typeof components === "object" ? components : { only: [], except: [] }),
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
