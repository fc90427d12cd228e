/** Finds the reverts that people made, from the commits of a history, newest first. */
import { pullRequestOf, type Revision, subjectOf } from "../model/git.ts";
import { changeTitleOf, MAX_NAMED, saidReverts } from "../model/said-reverts.ts";
import { goesUp } from "../model/version-order.ts";
import type { PinChange } from "./pins.ts";
import { movesDigestOnly } from "./pins.ts";
import type { ReplayCase, ReplayCommit, RevertKind } from "./types.ts";

/** Pins that a commit moves, by path. */
export type PinsByPath = readonly { readonly path: string; readonly pins: readonly PinChange[] }[];

export interface Miner {
  /** The next older commit. */
  take(revision: Revision, pins: PinsByPath): void;
  /** What was found, newest first. */
  end(): readonly ReplayCase[];
}

/** A silent revert comes soon; later it is an ordinary change. */
const SILENT_WINDOW_MS = 30 * 24 * 3_600_000;

/** Bumps in a row that a silent revert takes back. */
const MAX_CHAIN = 5;

/** Nobody reverts silently by these names: they follow a registry, up or down. */
const AUTOMATION = /\[bot\]|renovate|dependabot|fluxcdbot|argocd-image-updater|^bot-|-bot$/i;

/** A revert that waits for its bad commits. */
interface Wanted {
  readonly human: Revision;
  readonly kind: RevertKind;
  readonly found: Revision[];
  /** Ids that it names and that were not met yet, possibly abbreviated. */
  readonly ids: Set<string>;
  /** By its title or number, should the id be in no history (rebased, squashed). */
  named?: Revision;
}

export function createMiner(): Miner {
  const wanted: Wanted[] = [];
  const byId = new Map<string, Wanted[]>();
  const byTitle = new Map<string, Wanted[]>();
  const byNumber = new Map<number, Wanted[]>();
  const chains = new Map<string, Chain[]>();

  const meetNamed = (waiting: Wanted, bad: Revision): void => {
    waiting.named ??= bad;
  };
  const expect = (human: Revision): boolean => {
    const says = saidReverts(human);
    if (says === undefined) return false;
    const waiting: Wanted = {
      human,
      kind: says.ids.length > 0 ? "marked" : "named",
      found: [],
      ids: new Set(says.ids),
    };
    wanted.push(waiting);
    for (const id of says.ids) push(byId, id.slice(0, 7), waiting);
    if (says.ids.length <= 1) {
      for (const title of says.titles) push(byTitle, title, waiting);
      if (says.number !== undefined) push(byNumber, says.number, waiting);
    }
    return true;
  };

  return {
    take(revision, pins) {
      for (const waiting of byId.get(revision.id.slice(0, 7)) ?? []) {
        const named = [...waiting.ids].find((id) => revision.id.startsWith(id));
        if (named !== undefined && waiting.ids.delete(named)) waiting.found.push(revision);
      }
      const title = changeTitleOf(revision);
      for (const waiting of byTitle.get(title) ?? []) meetNamed(waiting, revision);
      byTitle.delete(title);
      const number = pullRequestOf(revision);
      if (number !== undefined) for (const waiting of byNumber.get(number) ?? []) meetNamed(waiting, revision);
      if (revision.parents.length !== 1) {
        expect(revision);
        return;
      }
      followChains(chains, revision, pins);
      if (!expect(revision)) startChains({ chains, wanted }, revision, pins);
    },
    end: () =>
      wanted.flatMap(({ human, kind, found, named }): readonly ReplayCase[] => {
        const [base] = human.parents;
        const bad = found.length === 0 && named !== undefined ? [named] : found;
        return base === undefined || bad.length === 0
          ? []
          : [{ kind, human: commitOf(human), base, bad: bad.map(commitOf) }];
      }),
  };
}

/** One value that a commit sets back, followed through older commits until the one that had set it first. */
interface Chain {
  readonly waiting: Wanted;
  /** What it was set back to. */
  readonly goal: string;
  /** What it is right after the commits that are still to come. */
  value: string;
  readonly passed: Revision[];
}

function followChains(chains: Map<string, Chain[]>, revision: Revision, pins: PinsByPath): void {
  for (const { path, pins: own } of pins) {
    for (const pin of own) {
      const key = `${path}\0${pin.key}`;
      const open = (chains.get(key) ?? []).filter((chain) => follow(chain, pin, revision));
      if (open.length === 0) chains.delete(key);
      else chains.set(key, open);
    }
  }
}

/** Is the chain still open? */
function follow(chain: Chain, { from, to }: PinChange, revision: Revision): boolean {
  const { waiting, passed, goal } = chain;
  if (waiting.human.committedAtMs - revision.committedAtMs > SILENT_WINDOW_MS) return false;
  if (to !== chain.value) return true;
  passed.push(revision);
  if (from === goal) {
    const known = new Set(waiting.found.map(({ id }) => id));
    waiting.found.push(...passed.filter(({ id }) => !known.has(id)));
    waiting.found.sort((a, b) => b.committedAtMs - a.committedAtMs);
    return false;
  }
  chain.value = from;
  return passed.length < MAX_CHAIN;
}

function startChains(
  { chains, wanted }: { readonly chains: Map<string, Chain[]>; readonly wanted: Wanted[] },
  revision: Revision,
  pins: PinsByPath,
): void {
  const back = pins.flatMap(({ path, pins: own }) => own.map((pin) => ({ path, pin })));
  const isBump = back.some(({ pin }) => goesUp(pin)) || back.every(({ pin }) => movesDigestOnly(pin));
  if (back.length > MAX_NAMED || isBump || AUTOMATION.test(revision.author)) return;
  const waiting: Wanted = { human: revision, kind: "silent", found: [], ids: new Set() };
  wanted.push(waiting);
  for (const { path, pin } of back) {
    push(chains, `${path}\0${pin.key}`, { waiting, goal: pin.to, value: pin.from, passed: [] });
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

function commitOf(revision: Revision): ReplayCommit {
  const { id, author, committedAtMs } = revision;
  return { id, subject: subjectOf(revision), author, atMs: committedAtMs };
}
