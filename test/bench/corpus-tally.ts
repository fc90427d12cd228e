/** What the corpus run counts. */
export interface Tally {
  /** YAML files of HEAD; those that are read apart, and those whose identity edit is not byte-exact. */
  files: number;
  read: number;
  notIdentical: number;
  commits: number;
  pairs: number;
  plans: number;
  nothingToDo: number;
  restored: number;
  removed: number;
  edited: Record<string, number>;
  /** Edits of half of the changed fields, without a plan. */
  fieldEdits: Record<string, number>;
  refused: Record<string, number>;
  /** Of the edits of half of the fields. */
  fieldsRefused: Record<string, number>;
  patches: number;
  badPatches: number;
  /** Patches with whole numbers beyond 2^53, which fast-json-patch cannot hold. */
  bigPatches: number;
  exceptions: number;
  /** Objects that are not what was planned. */
  wrong: number;
  /** Lines that changed though no change of the plan lies on them. */
  outside: number;
  /** Edits by `hunks` or `nodes` whose lines were looked at, and those where aliases hide what stands on a line. */
  measured: number;
  unmeasured: number;
  /** Results on which the same plan finds something to do again. */
  notDone: number;
  /** The first failures, for whoever looks into them. */
  samples: string[];
  seconds: number;
  peakRssMb: number;
}

export function newTally(): Tally {
  return {
    files: 0,
    read: 0,
    notIdentical: 0,
    commits: 0,
    pairs: 0,
    plans: 0,
    nothingToDo: 0,
    restored: 0,
    removed: 0,
    edited: {},
    fieldEdits: {},
    refused: {},
    fieldsRefused: {},
    patches: 0,
    badPatches: 0,
    bigPatches: 0,
    exceptions: 0,
    wrong: 0,
    outside: 0,
    measured: 0,
    unmeasured: 0,
    notDone: 0,
    samples: [],
    seconds: 0,
    peakRssMb: 0,
  };
}

/** Of each kind: `outside: …`, `refused: …`. */
const MAX_SAMPLES = 20;

export function addSample(tally: Tally, text: string): void {
  const kind = text.slice(0, text.indexOf(":") + 1);
  if (tally.samples.filter((sample) => sample.startsWith(kind)).length < MAX_SAMPLES) tally.samples.push(text);
}

export function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** A table for people. */
export function printTally(tally: Tally): string {
  const rows = Object.entries(tally).flatMap(([key, value]): readonly (readonly [string, string])[] => {
    if (Array.isArray(value)) return [];
    if (typeof value !== "object") return [[key, String(value)]];
    return Object.entries(value as Record<string, number>).map(([kind, n]) => [`${key} ${kind}`, String(n)] as const);
  });
  const width = Math.max(...rows.map(([key]) => key.length));
  const lines = rows.map(([key, value]) => `${key.padEnd(width)}  ${value.padStart(9)}`);
  return `${[...lines, ...tally.samples].join("\n")}\n`;
}
