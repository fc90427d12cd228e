import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";

import { buildPlayer, type Player } from "./build-player.ts";
import type { Case, Played } from "./enumerate-faults.ts";
import type { Order } from "./play-cases.ts";

/** A process grows with what it has played, and the larger it is, the longer it takes to start git. */
const CASES_PER_PROCESS = 200;
/** Half of the time a case waits. */
const LANES = availableParallelism() * 2;

/** Plays cases side by side, on all cores, each in a world of its own. */
export interface Players {
  /** Answers in the order of the cases; `onPlayed` hears of each when it has been played. */
  play(cases: readonly Case[], onPlayed?: OnPlayed): Promise<readonly Played[]>;
  close(): Promise<void>;
}

/** `count`: how many have been played so far, this one included. */
type OnPlayed = (played: Played, of: Case, count: number) => void;

export async function openPlayers(): Promise<Players> {
  const player = await buildPlayer();
  return {
    play: async (cases, onPlayed) => playAll(player, cases, onPlayed),
    close: async () => player.remove(),
  };
}

async function playAll(
  player: Player,
  cases: readonly Case[],
  onPlayed: OnPlayed = () => undefined,
): Promise<readonly Played[]> {
  const queue = [...cases.entries()];
  const results = new Map<number, Played>();
  const lane = async (): Promise<void> => {
    while (queue.length > 0) {
      const child = start(player);
      for (let count = 0; count < CASES_PER_PROCESS; count += 1) {
        const next = queue.shift();
        if (next === undefined) break;
        const [index, each] = next;
        const played = await playIn(child, each);
        results.set(index, played);
        onPlayed(played, each, results.size);
      }
      await end(child);
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, cases.length) }, lane));
  return cases.flatMap((_, index) => results.get(index) ?? []);
}

function start({ script, schema }: Player): ChildProcess {
  const { VITEST: _, NODE_OPTIONS: __, ...env } = process.env;
  return fork(script, [schema], { env, execArgv: ["--max-semi-space-size=4", "--max-old-space-size=256"] });
}

async function playIn(child: ChildProcess, { mishaps, ...rest }: Case): Promise<Played> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => {
      child.removeAllListeners("exit");
      resolve(message as Played);
    });
    child.once("exit", (code) => reject(new Error(`the player ended with ${String(code)}`)));
    const order: Order = { ...rest, mishaps: [...mishaps] };
    child.send(order);
  });
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const order: Order = "end";
  child.send(order);
  await ended;
}
