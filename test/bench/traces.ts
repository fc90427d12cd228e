/**
 * `npm run bench:traces`: replays every health trace of `fixtures/traces` in three phases of the poll and prints what was signalled.
 * Ends with 1 when a verdict came that a trace does not expect, or one that it does came late.
 */
import {
  faultsOf,
  type HealthTrace,
  readTraces,
  replayTrace,
  type Replayed,
  timesOf,
} from "../support/health-trace.ts";

const rows = readTraces().map((trace) => {
  const runs = [0, 7000, 13_000].map((phaseMs) => replayTrace(trace, phaseMs % trace.pollMs));
  return { trace, runs, faults: runs.flatMap((run) => faultsOf(trace, run)) };
});
const width = Math.max(...rows.map(({ trace }) => trace.file.length));

for (const { trace, runs, faults } of rows) {
  const cells = [
    trace.file.padEnd(width),
    trace.kind.padEnd(11),
    faults.length === 0 ? "ok  " : "FAIL",
    resultOf(trace, runs),
  ];
  process.stdout.write(`${cells.join("  ").trimEnd()}\n`);
  for (const fault of faults) process.stdout.write(`${" ".repeat(width)}  ${fault}\n`);
}

const expected = rows.flatMap(({ trace }) =>
  trace.targets.flatMap(({ expect }) => expect.map(({ verdict }) => verdict)),
);
const wrong = (verdict: string): number =>
  rows.flatMap(({ faults }) => faults).filter((fault) => fault.startsWith(`false ${verdict}`)).length;
const late = rows.flatMap(({ faults }) => faults).filter((fault) => !fault.startsWith("false")).length;
process.stdout.write(
  `\n${rows.length} traces × 3 phases: ${wrong("bad")} false reverts, ${wrong("good")} false checkpoints, ` +
    `${expected.filter((verdict) => verdict === "bad").length} incidents and ${expected.filter((verdict) => verdict === "good").length} checkpoints, ` +
    `${late} missed or late\n`,
);
if (rows.some(({ faults }) => faults.length > 0)) process.exitCode = 1;

/** `bad 120..133 s of 150`, of all targets and phases; why nothing was said, where nothing is expected. */
function resultOf(trace: HealthTrace, runs: readonly Replayed[]): string {
  const cells = (["bad", "good"] as const).flatMap((verdict) => {
    const times = trace.targets.flatMap(({ name, expect }) =>
      expect
        .filter((expected) => expected.verdict === verdict)
        .flatMap(({ revision, sinceMs }) =>
          runs
            .flatMap(({ signalled }) => signalled)
            .filter((came) => came.target === name && came.verdict === verdict && came.revision === revision)
            .map(({ atMs }) => (atMs - sinceMs) / 1000),
        ),
    );
    if (times.length === 0) return [];
    const count = times.length / runs.length;
    const { dwell, poll } = timesOf(trace, verdict);
    const most = (dwell + poll) / 1000;
    return [
      `${verdict}${count === 1 ? "" : ` ×${count}`} after ${Math.min(...times)}..${Math.max(...times)} s of ${most}`,
    ];
  });
  const reasons = new Set(runs.flatMap((run) => [...run.reasons]));
  reasons.delete("Baking");
  const silent = reasons.size === 0 ? "" : `undecided: ${[...reasons].sort().join(", ")}`;
  return [...cells, silent].filter((cell) => cell !== "").join("; ");
}
