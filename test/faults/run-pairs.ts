/**
 * `npm run test:faults`: every mishap of a revert alone, and in pairs, on all cores. `-- --pairs N`: of the pairs of each way only N,
 * evenly spread. Ends with 1 when an invariant does not hold.
 */
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { type Case, pairs, type Played, singles } from "./enumerate-faults.ts";
import type { Way } from "./fault-world.ts";
import { reportFaults, sentenceOf } from "./report-faults.ts";

const WAYS: readonly Way[] = [
  { mode: "propose", via: "push" },
  { mode: "merge", via: "api" },
];

/** A process grows with what it has played, and the larger it is, the longer it takes to start git. */
const CASES_PER_PROCESS = 150;

const { values } = parseArgs({ options: { pairs: { type: "string" } } });
const limit = values.pairs === undefined ? Infinity : Number(values.pairs);

let broken = 0;
for (const way of WAYS) {
  const name = `${way.mode}, commit by ${way.via}`;
  const base = { ...way, warm: true };
  const [plain] = await playAll([{ ...base, mishaps: new Map() }], name);
  if (plain === undefined) throw new Error("the case without any mishap was not played");
  const alone = singles(base, plain.requests);
  const played = await playAll(alone, `${name}: one mishap`);
  show(`${name}: one mishap`, played);
  const traces = new Map(alone.map((each, index) => [each, played[index]?.requests ?? []]));
  const all = pairs(traces);
  const some = spread(all, limit);
  const title = `${name}: two mishaps${some.length < all.length ? ` (${some.length} of ${all.length})` : ""}`;
  show(title, await playAll(some, title));
}
process.exitCode = broken === 0 ? 0 : 1;

/** At most `count`, from the first to the last. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)] as T);
}

function show(title: string, played: readonly Played[]): void {
  reportFaults(title, played);
  for (const each of played.filter(({ violations }) => violations.length > 0)) {
    broken += 1;
    process.stdout.write(`${sentenceOf(each)}\n`);
  }
}

/** Plays cases side by side; answers in their order. */
async function playAll(cases: readonly Case[], title: string): Promise<readonly Played[]> {
  const queue = [...cases.entries()];
  const results = new Map<number, Played>();
  const lane = async (): Promise<void> => {
    while (queue.length > 0) {
      const player = fork(fileURLToPath(new URL("play-cases.ts", import.meta.url)));
      for (let count = 0; count < CASES_PER_PROCESS; count += 1) {
        const next = queue.shift();
        if (next === undefined) break;
        results.set(next[0], await playIn(player, next[1]));
        if (results.size % 100 === 0) process.stderr.write(`${title}: ${results.size} of ${cases.length}\n`);
      }
      player.send("end");
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  return cases.flatMap((_, index) => results.get(index) ?? []);
}

async function playIn(player: ChildProcess, { mishaps, ...rest }: Case): Promise<Played> {
  return new Promise((resolve, reject) => {
    player.once("message", (message) => {
      player.removeAllListeners("exit");
      resolve(message as Played);
    });
    player.once("exit", (code) => reject(new Error(`the player ended with ${String(code)}`)));
    player.send({ ...rest, mishaps: [...mishaps] });
  });
}
