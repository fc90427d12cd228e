/**
 * `npm run test:faults`: every mishap of a revert alone, and in pairs, on all cores. `-- --pairs N`: of the pairs of each way only N,
 * evenly spread. `-- --way merge`: only that one. `-- --only 'merge 14=late 19=fail'`: only that case, with its requests. Ends with 1
 * when an invariant does not hold.
 */
import { parseArgs } from "node:util";

import { type Case, pairs, type Played, singles } from "./enumerate-faults.ts";
import { openPlayers } from "./play-all.ts";
import {
  caseOf,
  commandOf,
  reportFaults,
  sentenceOf,
  showRequests,
  type Total,
  totalOf,
  totalsText,
} from "./report-faults.ts";
import { WAYS } from "./ways.ts";

const { values } = parseArgs({
  options: { pairs: { type: "string" }, way: { type: "string" }, only: { type: "string" } },
});
const limit = values.pairs === undefined ? Infinity : Number(values.pairs);
const players = await openPlayers();
try {
  process.exitCode = (await (values.only === undefined ? playEverything() : playOne(values.only))) ? 0 : 1;
} finally {
  await players.close();
}

async function playOne(text: string): Promise<boolean> {
  const [played] = await players.play([caseOf(text)]);
  if (played === undefined) throw new Error("the case was not played");
  process.stdout.write(`${showRequests(played)}\n${sentenceOf(played)}\n`);
  return played.violations.length === 0;
}

async function playEverything(): Promise<boolean> {
  const totals: Total[] = [];
  for (const way of WAYS.filter(({ mode }) => values.way === undefined || mode === values.way))
    totals.push(...(await playWay({ ...way, warm: true })));
  process.stdout.write(`\n${totalsText(totals)}\n`);
  return totals.every(({ broken }) => broken === 0);
}

async function playWay(base: Omit<Case, "mishaps">): Promise<readonly Total[]> {
  const name = `${base.mode}, commit by ${base.via}`;
  const [plain] = await players.play([{ ...base, mishaps: new Map() }]);
  if (plain === undefined || plain.violations.length > 0) throw new Error(`nothing went wrong, and ${name} failed`);
  const alone = singles(base, plain.requests);
  const one = await playShown(`${name}: one mishap`, alone);
  const traces = new Map(alone.map((each, index) => [each, one.played[index]?.requests ?? []]));
  const all = pairs({ plain: plain.requests, traces });
  const some = spread(all, limit);
  const part = some.length < all.length ? ` (${some.length} of ${all.length})` : "";
  const two = await playShown(`${name}: two mishaps${part}`, some);
  return [one.total, two.total];
}

/** At most `count`, from the first to the last. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)] as T);
}

async function playShown(
  title: string,
  cases: readonly Case[],
): Promise<{ readonly total: Total; readonly played: readonly Played[] }> {
  const startMs = performance.now();
  const played = await players.play(cases, (each, order, count) => {
    if (count % 200 === 0) process.stderr.write(`${title}: ${count} of ${cases.length}\n`);
    if (each.violations.length > 0) process.stderr.write(`${sentenceOf(each)}\n    ${commandOf(order)}\n`);
  });
  reportFaults(title, played);
  return { played, total: totalOf(title, { played, cases, seconds: (performance.now() - startMs) / 1000 }) };
}
