import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peakKiB } from "./peak.ts";

/** One run of a program. */
export interface Run {
  readonly exit: number;
  readonly wallMs: number;
  /** Peak resident memory of the Node process, in MiB; undefined for other programs. */
  readonly peakMiB: number | undefined;
  /** User and system time of all its threads; measured with the memory. */
  readonly cpuMs: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** One line of a report: what it costs, as a ratio to a floor of the same run. */
export interface Row {
  readonly what: string;
  readonly ms: number;
  readonly floor: string;
  readonly ratio: number;
  readonly peakMiB?: number;
  /** How it ended, and other ratios. */
  readonly note?: string;
}

const folder = mkdtempSync(join(tmpdir(), "lastgood-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/**
 * Lets a Node child say at its end how much memory it ever held, and how long it computed. Required, not imported: what Node loads for a first
 * import would be in the floor as well.
 */
const REPORT = join(folder, "report.cjs");
writeFileSync(
  REPORT,
  `${peakKiB.toString()}
process.on("exit",()=>{const r=process.resourceUsage();require("node:fs").writeFileSync(process.env.BENCH_FILE,[peakKiB(),r.userCPUTime+r.systemCPUTime].join(" "))})`,
);

/** A child sees no CA bundle: reading it costs Node more than the whole of a short command. */
function childEnv(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  return { ...env, XDG_CACHE_HOME: folder, ...more };
}

/** Runs `node ARGS` to its end. `memory`: also measure its peak, which costs a few milliseconds. */
export async function runNode(
  args: readonly string[],
  memory = false,
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const file = join(folder, "peak");
  const lead = memory ? ["--require", REPORT] : [];
  const run = await runProgram(process.execPath, [...lead, ...args], { ...env, BENCH_FILE: file });
  if (!memory) return run;
  const [maxRss, cpuMicros] = readFileSync(file, "utf8").split(" ").map(Number);
  return { ...run, peakMiB: (maxRss ?? Number.NaN) / 1024, cpuMs: (cpuMicros ?? Number.NaN) / 1000 };
}

/** Runs a program to its end. */
export function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(program, args, { env: childEnv(env), stdio: ["ignore", "pipe", "pipe"] });
    const chunks: { stdout: string; stderr: string } = { stdout: "", stderr: "" };
    child.stdout.on("data", (data: Buffer) => (chunks.stdout += data.toString("utf8")));
    child.stderr.on("data", (data: Buffer) => (chunks.stderr += data.toString("utf8")));
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ exit: code ?? -1, wallMs: performance.now() - start, peakMiB: undefined, cpuMs: undefined, ...chunks }),
    );
  });
}

/** The middle of a list of numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
