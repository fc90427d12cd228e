/** `npm run test:killed [-- WORD …]`: kills the daemon at every named point (those whose names hold a word), and prints how each ended. */
import { availableParallelism } from "node:os";
import { buildProgram } from "../support/build-program.ts";
import { KILL_POINTS } from "./kill-points.ts";
import { playKill } from "./play-kill.ts";

const words = process.argv.slice(2);
const points = KILL_POINTS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
const main = buildProgram();
const startMs = Date.now();
const failed: string[] = [];
const left = [...points];

/** Most of the time is waited away. */
const lanes = Array.from({ length: 3 * availableParallelism() }, async () => {
  for (let point = left.shift(); point !== undefined; point = left.shift()) {
    const beganMs = Date.now();
    const faults = await playKill(main, point).catch((error: unknown) => [String(error)]);
    const how = point.elsewhere === true ? "another machine" : "the same machine";
    say(`${faults.length === 0 ? "ok  " : "FAIL"}  ${point.name}, on ${how}  ${seconds(beganMs)} s`);
    for (const fault of faults) say(`      ${fault}`);
    if (faults.length > 0) failed.push(point.name);
  }
});

await Promise.all(lanes);
say(`${points.length} points, ${failed.length} failed, ${seconds(startMs)} s`);
process.exit(failed.length === 0 ? 0 : 1);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function seconds(sinceMs: number): string {
  return ((Date.now() - sinceMs) / 1000).toFixed(0);
}
