import type { Outcome, SeenRequest } from "../support/faulty-proxy.ts";
import { API, BAD, FIX, GOOD, NOTE, PERSON_ACTS, PUSHED, WORK } from "./fault-world.ts";
import type { Attempt, FaultHost, PersonAct, RepositoryState, Way } from "./fault-world.ts";

const FAULTS = ["fail", "stale", "applied", "late", "twice"] as const;

/** What goes wrong at one request: of the network, or by somebody who is faster. */
export type Mishap = (typeof FAULTS)[number] | PersonAct;

export function isMishap(text: string): text is Mishap {
  return [...FAULTS, ...PERSON_ACTS].some((mishap) => mishap === text);
}

export interface Case extends Way {
  /** The repository has been cloned before. */
  readonly warm: boolean;
  /** By the ordinal of the request in the first attempt. */
  readonly mishaps: ReadonlyMap<number, Mishap>;
}

export interface Played {
  readonly mishaps: readonly { readonly at: SeenRequest | undefined; readonly mishap: Mishap }[];
  readonly ends: readonly string[];
  /** Invariants that do not hold; empty when all is well. */
  readonly violations: readonly string[];
  /** Requests of the first attempt. */
  readonly requests: readonly SeenRequest[];
}

const WRITE_MISHAPS = ["fail", "applied", "late", "twice"] as const;
/** The same command is given again until it has come to an end. */
const MAX_ATTEMPTS = 5;

/**
 * The faults of the network that mean something for a request. A read whose answer is lost is a read that failed; one that is asked
 * twice is asked once; and one that is answered as before, by the same words, was answered well.
 */
export function faultsOf({ writes, ages }: SeenRequest): readonly Mishap[] {
  if (writes) return WRITE_MISHAPS;
  return ages ? ["fail", "stale"] : ["fail"];
}

/** Plays one case on a repository of its own, and looks at what came out. */
export async function playCase(host: FaultHost, { mishaps, warm, ...way }: Case): Promise<Played> {
  const { proxy } = host;
  const repository = await host.newRepository();
  if (warm) await repository.warm();
  const acted = new Set<PersonAct>();
  const act = async (who: PersonAct): Promise<void> => {
    if (await repository.people[who]()) acted.add(who);
  };
  proxy.arm(new Map([...mishaps].map(([at, mishap]) => [at, outcomeOf(mishap, act)])));
  const attempts: Attempt[] = [await repository.attempt(way)];
  const requests = proxy.seen();
  // Somebody who saw the fix would not give the command again: it would take the fix back, and say so.
  while (!acted.has("fixes") && attempts.at(-1)?.final === false && attempts.length < MAX_ATTEMPTS) {
    proxy.arm(new Map());
    attempts.push(await repository.attempt(way));
  }
  await proxy.settle();
  if (!acted.has("fixes")) {
    proxy.arm(new Map());
    attempts.push(await repository.attempt(way));
  }
  const state = await repository.state();
  await repository.remove();
  return {
    mishaps: [...mishaps].map(([at, mishap]) => ({ at: requests[at], mishap })),
    ends: attempts.map(({ end }) => end),
    violations: violationsOf({ mode: way.mode, state, acted, attempts }),
    requests,
  };
}

function outcomeOf(mishap: Mishap, act: (who: PersonAct) => Promise<void>): Outcome {
  if (isPerson(mishap)) return { kind: "meanwhile", act: async () => act(mishap) };
  return mishap === "late" ? { kind: "late", after: 2 } : { kind: mishap };
}

interface Outcomes {
  readonly mode: Way["mode"];
  readonly state: RepositoryState;
  readonly acted: ReadonlySet<PersonAct>;
  readonly attempts: readonly Attempt[];
}

function violationsOf(outcomes: Outcomes): readonly string[] {
  const { attempts } = outcomes;
  const crashed = attempts.flatMap(({ unexpected }) => (unexpected === undefined ? [] : [`crashed: ${unexpected}`]));
  return [...crashed, ...doubles(outcomes), ...losses(outcomes), ...ends(outcomes)];
}

/** At most one of each. */
function doubles({ state, acted }: Outcomes): readonly string[] {
  const { branches, pulls } = state;
  // Whoever writes into the target's files makes another suspect of it: that has a name, and a pull request, of its own.
  const suspects = acted.has("notes") ? 2 : 1;
  const own = branches.filter((branch) => branch.startsWith("lastgood/"));
  const merges = pulls.filter(({ merged }) => merged);
  const kinds = pulls.flatMap(({ number, comments }) => comments.map((text) => `#${number} ${kindOf(text)}`));
  const repeated = kinds.filter((kind, index) => kinds.indexOf(kind) !== index);
  return [
    ...(own.length > suspects ? [`${own.length} branches: ${own.join(", ")}`] : []),
    ...(pulls.length > suspects ? [`${pulls.length} pull requests`] : []),
    ...(merges.length > 1 ? [`${merges.length} merges`] : []),
    ...repeated.map((kind) => `two comments of one kind: ${kind}`),
  ];
}

function kindOf(comment: string): string {
  return /<!--lastgood:comment ([\w:/.-]+)/.exec(comment)?.[1] ?? comment;
}

/** What a person did is still there, and was not overruled. */
function losses({ state, acted }: Outcomes): readonly string[] {
  const { api, other, otherOnBranch, pulls } = state;
  const [pull] = pulls;
  const lost: string[] = [];
  if (acted.has("fixes") && !acted.has("notes") && api !== FIX) lost.push(`the fix in ${API} is lost`);
  if (acted.has("notes") && !acted.has("fixes") && !api.includes(NOTE)) lost.push(`the note in ${API} is lost`);
  if (acted.has("works elsewhere") && other !== WORK) lost.push("the other team's work is lost");
  if (acted.has("pushes to the branch")) {
    const landed = other === PUSHED;
    if (landed && !acted.has("merges")) lost.push("somebody's commit on the branch was merged with the revert");
    if (!landed && otherOnBranch !== undefined && otherOnBranch !== PUSHED)
      lost.push("somebody's commit on the branch is gone");
  }
  if (acted.has("closes") && !acted.has("merges") && pull?.state === "open")
    lost.push("what somebody closed is open again");
  return lost;
}

/** Once the faults are over, the command comes to its end, and says what is so. */
function ends({ mode, state, acted, attempts }: Outcomes): readonly string[] {
  if (acted.has("fixes")) return [];
  const last = attempts.at(-1);
  if (last?.final !== true) return [`no end: ${attempts.map(({ end }) => end).join(", ")}`];
  if (acted.size > 0) return [];
  const [pull] = state.pulls;
  if (mode === "propose") {
    const shown = pull?.state === "open" && pull.labels.includes("lastgood") && state.api === BAD;
    return shown ? [] : [`ended with "${last.end}", and no pull request with its labels is open`];
  }
  return state.api === GOOD && pull?.merged === true ? [] : [`ended with "${last.end}", and ${API} is not restored`];
}

/** Every single mishap, of the network and of people. */
export function singles(base: Omit<Case, "mishaps">, requests: readonly SeenRequest[]): readonly Case[] {
  return requests.flatMap((request, at) =>
    [...faultsOf(request), ...PERSON_ACTS].map((mishap): Case => ({ ...base, mishaps: new Map([[at, mishap]]) })),
  );
}

/** The requests of the run without a mishap, and of those with one. */
export interface Traces {
  readonly plain: readonly SeenRequest[];
  readonly traces: ReadonlyMap<Case, readonly SeenRequest[]>;
}

/**
 * Was a read that failed asked again, and answered, with nothing else becoming different? Then the run goes on as the plain one: a
 * second mishap later on is that mishap alone.
 */
function isRepeated(
  [at, mishap]: readonly [number, Mishap],
  requests: readonly SeenRequest[],
  plain: readonly SeenRequest[],
): boolean {
  if (mishap !== "fail" || requests[at]?.writes !== false || requests[at]?.asked !== plain[at]?.asked) return false;
  const after = requests.slice(at + 1);
  return after.length === plain.length - at && after.every(({ asked }, index) => asked === plain[at + index]?.asked);
}

/** Did a read not show what somebody had just done? Then it might as well have been done after it, before the next request. */
function isUnseen(request: SeenRequest | undefined, before: SeenRequest | undefined): boolean {
  if (request?.writes !== false || request.answered === undefined) return false;
  return request.asked === before?.asked && request.answered === before.answered;
}

/**
 * Every pair of faults of the network, the second at a request of the run with the first (`traces`: the requests of each single
 * case); and every fault of a write beside every act of a person shortly before a write.
 */
export function pairs({ plain, traces }: Traces): readonly Case[] {
  const found: Case[] = [];
  for (const [single, whole] of traces) {
    const [first] = single.mishaps;
    if (first === undefined) continue;
    const [at, mishap] = first;
    const requests = isRepeated(first, whole, plain) ? whole.slice(0, at + 2) : whole;
    const person = isPerson(mishap);
    if (person && !requests.slice(at, at + 2).some(({ writes }) => writes)) continue;
    const unseen = isUnseen(whole[at], plain[at]);
    for (const [then, request] of requests.entries()) {
      const isLater = then > at;
      const faults = !person && isLater ? faultsOf(request) : [];
      const isNews = !unseen || then <= at + 1;
      const beside = person && then !== at && request.writes && isNews ? WRITE_MISHAPS : [];
      for (const second of [...faults, ...beside]) found.push({ ...single, mishaps: new Map([first, [then, second]]) });
    }
  }
  return found;
}

function isPerson(mishap: Mishap): mishap is PersonAct {
  return PERSON_ACTS.some((act) => act === mishap);
}
