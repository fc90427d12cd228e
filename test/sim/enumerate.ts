/** Crash points: a few plain incidents, ended at every single I/O step and at every pair of them. Each time it comes to the same end. */
import type { Mode } from "../../src/core/model/mode.ts";
import { type IoStep, type Outcome, POSSIBLE } from "./io.ts";
import type { Product } from "./product.ts";
import { randomOf } from "./random.ts";
import type { Reaction, Scenario } from "./scenario.ts";
import { type Report, runWorld } from "./world.ts";

export interface Canon {
  readonly name: string;
  readonly scenario: Scenario;
}

interface Story {
  readonly mode: Mode;
  readonly reaction?: Reaction;
  readonly checkMs?: number;
  readonly autoMerge?: boolean;
  readonly strict?: boolean;
}

const STORIES: Readonly<Record<string, Story>> = {
  "merged by lastgood": { mode: "merge" },
  "merged once a check is over": { mode: "merge", checkMs: 20_000 },
  pushed: { mode: "push" },
  "merged by a person": { mode: "propose", reaction: "merge" },
  "closed by a person": { mode: "propose", reaction: "close" },
  "a newer fix comes first": { mode: "propose", reaction: "newer fix" },
};

const MINUTE = 60_000;
/** Whoever comes after a killed process waits so long for it to tell what it has done, and tells it then. Seen with single crashes only. */
const REST_MS = 5 * MINUTE;

/** The plain incidents. */
export const CANONS: readonly Canon[] = Object.entries(STORIES).map(([name, story]) => ({
  name,
  scenario: scenarioFor(story),
}));

function scenarioFor({ mode, reaction = "nothing", checkMs = 0, autoMerge = false, strict = true }: Story): Scenario {
  return {
    seed: 7,
    random: randomOf(7),
    replicas: 1,
    targets: 1,
    mode,
    rules: { strict, checkMs, autoMerge, review: false, alters: false },
    hasLease: false,
    isSilent: false,
    faultRate: 0,
    isUnproven: false,
    incidents: [{ id: "incident1", kind: "image", target: 0, atMs: MINUTE }],
    acts: [],
    reaction,
    sequel: "nothing",
    calmMs: (reaction === "nothing" ? 2 : 5) * MINUTE,
    restMs: REST_MS,
  };
}

/** Told by who comes after as where the job stands by then: that it is proposed, or more. */
const OVERTAKEN = "RegressionDetected";

/** What a run came to, as far as it has to be the same after every crash. */
export function endOf({ jobs, main }: Report): string {
  const ends = new Set(jobs.map(({ target, key, outcome }) => `${target} ${key ?? ""} ${outcome ?? "goes on"}`));
  return [...[...ends].sort(), main].join("\n");
}

export interface Point {
  readonly step: string;
  readonly outcome: Outcome;
}

/** One run that did not come to the same end, or broke an invariant. */
export interface Failure {
  readonly canon: string;
  readonly points: readonly Point[];
  readonly why: string;
}

export interface Enumerated {
  readonly canon: string;
  readonly steps: number;
  readonly singles: number;
  readonly pairs: number;
  readonly failures: readonly Failure[];
}

export interface EnumerateOptions {
  readonly product?: Product;
  readonly pairs: boolean;
  /** Only every n-th of the pairs, from this one on. */
  readonly share?: { readonly of: number; readonly index: number };
  /** Ends at the first failure. */
  readonly first?: boolean;
}

/** All of one incident. */
export async function enumerate(
  { name, scenario }: Canon,
  { product, pairs, share, first = false }: EnumerateOptions,
): Promise<Enumerated> {
  const run = async (points: readonly Point[]): Promise<Report> =>
    runWorld(points.length > 1 ? { ...scenario, restMs: 0 } : scenario, {
      ...(product === undefined ? {} : { product }),
      faults: new Map(points.map(({ step, outcome }) => [step, outcome])),
    });
  const plain = await run([]);
  const wanted = endOf(plain);
  const failures: Failure[] = [];
  const check = async (points: readonly Point[]): Promise<void> => {
    const report = await run(points);
    const why = report.violations.map(({ invariant, message }) => `${invariant}: ${message}`);
    const untold = [...plain.told].filter((event) => !report.told.has(event) && event !== OVERTAKEN);
    if (untold.length > 0 && points.length === 1) why.push(`nobody was told ${untold.join(", ")}`);
    if (endOf(report) !== wanted) why.push(`it ends otherwise: ${endOf(report).replaceAll("\n", "; ")}`);
    if (why.length > 0) failures.push({ canon: name, points, why: why.join("; ") });
  };
  if (plain.violations.length > 0)
    failures.push({ canon: name, points: [], why: plain.violations.map(({ message }) => message).join("; ") });

  const isMine = (index: number): boolean => share === undefined || index % share.of === share.index;
  const all = singlesOf(plain.steps).filter((_, index) => isMine(index));
  for (const point of all) {
    await check([point]);
    if (first && failures.length > 0) break;
  }
  let count = 0;
  if (pairs) {
    for (const two of pairsOf(plain.steps).filter((_, index) => isMine(index))) {
      count += 1;
      await check(two);
      if (first && failures.length > 0) break;
    }
  }
  return { canon: name, steps: plain.steps.length, singles: all.length, pairs: count, failures };
}

/** From when it matters: what was asked before anything was wrong is the same in all. */
function fromIncident(steps: readonly IoStep[]): readonly IoStep[] {
  const first = steps.findIndex(({ name }) => name === "git.fetch");
  return first === -1 ? steps : steps.slice(first);
}

function singlesOf(steps: readonly IoStep[]): readonly Point[] {
  return fromIncident(steps).flatMap(({ id, kind }) => POSSIBLE[kind].map((outcome) => ({ step: id, outcome })));
}

function crashesOf(steps: readonly IoStep[]): readonly Point[] {
  return fromIncident(steps).flatMap(({ id, kind }) =>
    kind === "read"
      ? [{ step: id, outcome: "crash before" as const }]
      : [
          { step: id, outcome: "crash before" as const },
          { step: id, outcome: "crash after" as const },
        ],
  );
}

function pairsOf(steps: readonly IoStep[]): readonly (readonly [Point, Point])[] {
  const points = crashesOf(steps);
  return points.flatMap((one, index) =>
    points.slice(index + 1).flatMap((two) => (two.step === one.step ? [] : [[one, two] as const])),
  );
}
