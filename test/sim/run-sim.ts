/**
 * The simulation as a command:
 *   --incidents N --seed S            so many incidents, from worlds of this seed on (default 10,000 from 1)
 *   --world SEED                      one world, told step by step; with --without a,b and --faults r1#5=fail,…: as a failure says
 *   --enumerate [--pairs] [--part I/N] [--canon NAME]  every crash point of the plain incidents
 *   --canon NAME --faults r1#5=fail,… one plain incident, told step by step
 *   --lossy [--worlds N]              so many incidents, each once with every webhook and watch event and once without any (default 120)
 *   --bugs [--worlds N]               every planted mistake, and what caught it, in at most so many worlds each (default 800);
 *                                     --bug NUMBER for one of them
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "../support/bundle.ts";
import { BUGS } from "./bugs.ts";
import { type Caught, catchBug } from "./catch-bug.ts";
import { CANONS, enumerate } from "./enumerate.ts";
import { type Outcome, OUTCOMES } from "./io.ts";
import { type Compared, compareLossy } from "./lossy.ts";
import type { Told } from "./run-worlds.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { shrink, type Shrunk } from "./shrink.ts";
import { runWorld, type Stats } from "./world.ts";

const { values } = parseArgs({
  options: {
    incidents: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    processes: { type: "string", default: "2" },
    world: { type: "string" },
    without: { type: "string", default: "" },
    faults: { type: "string" },
    enumerate: { type: "boolean", default: false },
    canon: { type: "string" },
    pairs: { type: "boolean", default: false },
    part: { type: "string", default: "0/1" },
    lossy: { type: "boolean", default: false },
    bugs: { type: "boolean", default: false },
    bug: { type: "string" },
    worlds: { type: "string" },
    worker: { type: "boolean", default: false },
  },
});

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/**
 * For V8. Most of what a world makes is gone with it: young objects get room, so that few are moved. Each core has a worker already: nothing is
 * collected beside it, and little compiled, since so much code that is all equally warm is soon fast enough.
 */
const TUNED = [
  "--max-semi-space-size=64",
  "--single-threaded-gc",
  "--always-sparkplug",
  "--no-lazy-feedback-allocation",
  "--interrupt-budget=600000",
];

/** Worlds that are looked at for a planted mistake: most are seen in the first few; that nothing is looked at again before a write, in the 736th. */
const RARE = "800";

const NOTHING: Stats = { incidents: 0, steps: 0, mutations: 0, faults: 0, crashes: 0, virtualMs: 0 };

function add(a: Stats, b: Stats): Stats {
  const keys = Object.keys(a) as (keyof Stats)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as Stats;
}

async function runMany(): Promise<number> {
  const wanted = Number(values.incidents);
  const startMs = Date.now();
  const main = await bundle("test/sim/run-worlds.ts");
  let next = Number(values.seed);
  let total = NOTHING;
  const failed: Told[] = [];
  let worlds = 0;
  let cpuMs = 0;
  const worker = async (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child: ChildProcess = fork(main, [], { execArgv: TUNED });
      const give = (): void => void (total.incidents < wanted ? child.send(next++) : child.send(-1));
      child.on("message", (message: Told | { readonly cpuMs: number }) => {
        if ("cpuMs" in message) {
          cpuMs += message.cpuMs;
          return resolve();
        }
        worlds += 1;
        total = add(total, message.stats);
        if (message.violations.length > 0) failed.push(message);
        give();
      });
      child.on("error", reject);
      child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
      give();
    });
  await Promise.all(Array.from({ length: Number(values.processes) }, worker));
  for (const { seed, violations } of failed.sort((a, b) => a.seed - b.seed))
    print(`✗ world ${seed}: ${violations.join("; ")}`);
  const [first] = failed;
  if (first !== undefined) await tell(first.seed);
  const hours = (total.virtualMs / 3_600_000).toFixed(0);
  print(
    `${failed.length === 0 ? "✔" : "✗"} ${total.incidents} incidents in ${worlds} worlds, ${total.steps} I/O steps, ${total.faults} faults, ${total.crashes} crashes, ${total.mutations} writes, ${hours} h of virtual time: ${failed.length} worlds with violations (${((Date.now() - startMs) / 1000).toFixed(0)} s, ${(cpuMs / 1000).toFixed(0)} s of CPU, ${(cpuMs / total.incidents).toFixed(1)} ms for each incident)`,
  );
  return failed.length === 0 ? 0 : 1;
}

/** The shortest way to the same failure. */
async function tell(seed: number): Promise<void> {
  const scenario = scenarioOf(seed);
  const shrunk = await shrink(scenario, await runWorld(scenario));
  for (const line of shrunk.report.trace.filter(isTelling)) print(`  ${line}`);
  print(`replay: npm run sim -- ${replayOf(seed, shrunk)}`);
}

/** What only looks is left out. */
function isTelling(line: string): boolean {
  return !/#\d+ (?:ledger\.fetch|git\.fetch|forge\.(?:find|reverts|labelled|events|people)\w*)$|: (?:idle|wait) /.test(
    line,
  );
}

function replayOf(seed: number, { without, faults }: Shrunk): string {
  const left = without.size === 0 ? "" : ` --without "${[...without].join(",")}"`;
  const wrong = [...faults].map(([id, outcome]) => `${id}=${outcome}`).join(",");
  return `--world ${seed}${left} --faults "${wrong}"`;
}

async function runOne(scenario: Scenario): Promise<number> {
  const without = new Set(values.without.split(",").filter((id) => id !== ""));
  const faults = values.faults === undefined ? {} : { faults: faultsOf(values.faults) };
  const report = await runWorld(scenario, { without, ...faults, traces: true });
  for (const line of report.trace) print(line);
  for (const { target, key, status, outcome, detail } of report.jobs)
    print(`job of ${target} ${key ?? ""}: ${status}, ${outcome ?? ""} (${detail})`);
  return report.violations.length === 0 ? 0 : 1;
}

function canonOf(wanted: string): Scenario {
  const canon = CANONS.find(({ name }) => name === wanted);
  if (canon === undefined) throw new Error(`there is no "${wanted}": ${CANONS.map(({ name }) => name).join(", ")}`);
  return canon.scenario;
}

function faultsOf(text: string): ReadonlyMap<string, Outcome> {
  return new Map(
    text.split(",").flatMap((one) => {
      const [id = "", word = ""] = one.split("=");
      const outcome = OUTCOMES.find((known) => known === word);
      return outcome === undefined ? [] : [[id, outcome] as const];
    }),
  );
}

async function runEnumeration(): Promise<number> {
  const [index = 0, of = 1] = values.part.split("/").map(Number);
  let failures = 0;
  print("incident                       steps  singles    pairs  failures");
  for (const canon of CANONS.filter(({ name }) => name === (values.canon ?? name))) {
    const found = await enumerate(canon, { pairs: values.pairs, share: { index, of } });
    const figures = [found.steps, found.singles, found.pairs, found.failures.length].map((figure) =>
      String(figure).padStart(8),
    );
    print(`${found.canon.padEnd(28)}${figures.join(" ")}`);
    failures += found.failures.length;
    for (const { points, why } of found.failures.slice(0, 5)) {
      print(`  ✗ ${points.map(({ step, outcome }) => `${step} ${outcome}`).join(", ")}: ${why}`);
    }
  }
  return failures === 0 ? 0 : 1;
}

async function runLossy(): Promise<number> {
  const compared: Compared[] = [];
  for (let seed = Number(values.seed); compared.length < Number(values.worlds ?? 120); seed += 1) {
    const one = await compareLossy(seed);
    if (one === undefined) continue;
    compared.push(one);
    if (one.why !== undefined) print(`✗ world ${seed}: ${one.why}`);
  }
  const failed = compared.filter(({ why }) => why !== undefined).length;
  const late = compared.map(({ lateMs }) => lateMs).sort((a, b) => a - b);
  const [half = 0, most = 0] = [late[late.length >> 1], late.at(-1)].map((ms = 0) => Math.round(ms / 1000));
  print(
    `${failed === 0 ? "✔" : "✗"} ${compared.length} incidents without any webhook or watch event: ${failed} come to another end; half of them at most ${half} s later, all at most ${most} s`,
  );
  return failed === 0 ? 0 : 1;
}

/** Each in a process of its own: what was planted stays in it. */
async function runBugs(): Promise<number> {
  const wanted = BUGS.map((_, index) => index + 1).filter((number) => Number(values.bug ?? number) === number);
  const found = new Map<number, Caught | undefined>();
  const left = [...wanted];
  print("    mistake                                                     caught by      worlds  what was seen");
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let number = left.shift(); number !== undefined; number = left.shift()) {
      found.set(number, await inChild(number));
      for (let ready = wanted[next]; ready !== undefined && found.has(ready); ready = wanted[next]) {
        print(lineOf(ready, found.get(ready)));
        next += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: Number(values.processes) }, worker));
  const missed = [...found.values()].filter((caught) => caught === undefined).length;
  print(`${wanted.length - missed} of ${wanted.length} planted mistakes are caught`);
  return missed === 0 ? 0 : 1;
}

function lineOf(number: number, caught: Caught | undefined): string {
  const mistake = `${String(number).padStart(2)} ${(BUGS[number - 1]?.mistake ?? "").padEnd(58)}`;
  if (caught === undefined) return `✗ ${mistake} nothing`;
  return `✔ ${mistake} ${caught.by.padEnd(14)} ${String(caught.worlds).padStart(6)}  ${caught.message}`;
}

async function inChild(number: number): Promise<Caught | undefined> {
  const args = ["--bug", String(number), "--worlds", values.worlds ?? RARE, "--worker"];
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), args);
    let caught: Caught | undefined;
    child.on("message", (message: Caught) => (caught = message));
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve(caught) : reject(new Error(`mistake ${number} cannot be planted`)),
    );
  });
}

async function workOnBug(number: number): Promise<void> {
  const bug = BUGS[number - 1];
  const caught = bug === undefined ? undefined : await catchBug(bug, Number(values.worlds ?? RARE));
  if (caught === undefined) process.exit(0);
  process.send?.(caught, () => process.exit(0));
}

if (values.worker && values.bug !== undefined) await workOnBug(Number(values.bug));
else if (values.world !== undefined) process.exitCode = await runOne(scenarioOf(Number(values.world)));
else if (values.enumerate) process.exitCode = await runEnumeration();
else if (values.canon !== undefined) process.exitCode = await runOne(canonOf(values.canon));
else if (values.lossy) process.exitCode = await runLossy();
else if (values.bugs || values.bug !== undefined) process.exitCode = await runBugs();
else process.exitCode = await runMany();
