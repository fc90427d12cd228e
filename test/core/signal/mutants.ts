/** Mistakes that somebody might make in station *signal*, each as one change of its source. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SignalRules } from "../../support/health-trace.ts";

export interface Mutant {
  readonly mistake: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The trace that tells; others may, too. */
  readonly caughtBy: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    mistake: "no data is bad",
    file: "policy.ts",
    from: `    case "Unknown":\n      return "neither";`,
    to: `    case "Unknown":\n      return "bad";`,
    caughtBy: "hpa-without-metrics",
  },
  {
    mistake: "no data is good",
    file: "policy.ts",
    from: `    case "Unknown":\n      return "neither";`,
    to: `    case "Unknown":\n      return "good";`,
    caughtBy: "hpa-without-metrics",
  },
  {
    mistake: "what nothing proves is good",
    file: "policy.ts",
    from: `observation.unproven === true ? "neither" : "good"`,
    to: `"good"`,
    caughtBy: "unproven",
  },
  {
    mistake: "a cluster that went back by itself is well",
    file: "policy.ts",
    from: `if (observation.rolledBack === true) return "bad";`,
    to: "",
    caughtBy: "rolled-back-and-well",
  },
  {
    mistake: "whatever is on its way is bad",
    file: "policy.ts",
    from: `return bad.on.includes(observation.status) ? "bad" : "neither";`,
    to: `return "bad";`,
    caughtBy: "clock-set-forward-while-baking",
  },
  {
    mistake: "every source is asked as often as any other",
    file: "policy.ts",
    from: `sources.find(({ name }) => name === source)?.maxStaleMs ?? maxStaleMs`,
    to: "maxStaleMs",
    caughtBy: "clock-set-forward-with-a-slow-source",
  },
  {
    mistake: "a silence does not end a streak",
    file: "streak.ts",
    from: "if (streak === undefined || atMs - streak.untilMs > maxStaleMs) return",
    to: "if (streak === undefined) return",
    caughtBy: "clock-set-forward-while-baking",
  },
  {
    mistake: "what was not seen since counts as seen",
    file: "streak.ts",
    from: "return streak === undefined || atMs - streak.untilMs > maxStaleMs ? undefined : streak;",
    to: "return streak;",
    caughtBy: "failed-long-ago-then-unknown",
  },
  {
    mistake: "a streak begins when it is first suspected, not when the grace ends",
    file: "streak.ts",
    from: "Math.max(streak.sinceMs, fromMs)",
    to: "streak.sinceMs",
    caughtBy: "alert-from-before-the-deploy",
  },
  {
    mistake: "an old word is still a word",
    file: "weigh.ts",
    from: `if (Math.abs(nowMs - last.atMs) > (source.maxStaleMs ?? policy.maxStaleMs)) return { opinion: "stale" };`,
    to: "",
    caughtBy: "probe-falls-silent",
  },
  {
    mistake: "a source's own dwell is forgotten",
    file: "weigh.ts",
    from: "Math.max(policy.bad.forMs, source.forMs ?? 0)",
    to: "policy.bad.forMs",
    caughtBy: "probe-with-its-own-dwell",
  },
  {
    mistake: "a source's own dwell shortens",
    file: "weigh.ts",
    from: "Math.max(policy.bad.forMs, source.forMs ?? 0)",
    to: "source.forMs ?? 0",
    caughtBy: "crashes-at-once",
  },
  {
    mistake: "samples are not counted",
    file: "weigh.ts",
    from: "const missing = bad ? Math.max(policy.bad.samples, source.samples ?? 0) - streak.samples : 0;",
    to: "const missing = 0;",
    caughtBy: "probe-with-its-own-threshold",
  },
  {
    mistake: "good needs no bake time",
    file: "weigh.ts",
    from: ": policy.good.bakeTimeMs;\n  const leftMs",
    to: ": 0;\n  const leftMs",
    caughtBy: "clock-set-forward-while-baking",
  },
  {
    mistake: "one source that is well is always enough",
    file: "weigh.ts",
    from: `return (requireAll ? every("good") : some("good")) ? "good" : "undecided";`,
    to: `return some("good") ? "good" : "undecided";`,
    caughtBy: "healthy-all-sources",
  },
  {
    mistake: "one bad source is always enough",
    file: "weigh.ts",
    from: `if (requireAll ? some("bad") : every("bad")) return "bad";`,
    to: `if (some("bad")) return "bad";`,
    caughtBy: "requires-one-source-disagree",
  },
  {
    mistake: "a sample of any revision is of the live one",
    file: "observe.ts",
    from: "if (seen.revision !== undefined) return seen.revision === live.latest || seen.revision === live.revision;",
    to: "",
    caughtBy: "old-revision-reported",
  },
  {
    mistake: "a commit that changes nothing of the target begins anew",
    file: "observe.ts",
    from: "if (fact.content !== undefined && live.content !== undefined) return fact.content === live.content;",
    to: "",
    caughtBy: "monorepo-of-others",
  },
  {
    mistake: "what failed before is the new revision's",
    file: "observe.ts",
    from: "isCarried(state, fact.atMs, staleMsOf(policy, name)) ? [[name, CARRIED]] : [],",
    to: "[],",
    caughtBy: "alert-from-before-the-deploy",
  },
  {
    mistake: "what a range query still remembers is the new revision's",
    file: "observe.ts",
    from: `if (leaning === "bad" && before.carried === true && reachesBack(seen, live)) return signal;`,
    to: "",
    caughtBy: "old-errors-in-a-long-window",
  },
  {
    mistake: "an alert from before is the new revision's",
    file: "observe.ts",
    from: `said === "bad" && isOlder(seen, live, { before, policy }) ? "neither" : said`,
    to: "said",
    caughtBy: "alert-missed-before-the-deploy",
  },
  {
    mistake: "the streak outlives its revision",
    file: "observe.ts",
    from: "sources: Object.fromEntries(\n",
    to: "sources: true ? signal.sources : Object.fromEntries(\n",
    caughtBy: "alert-fires-after-deploy",
  },
  {
    mistake: "a clock that is set back changes nothing",
    file: "observe.ts",
    from: "if (newestMs - fact.atMs <= maxStaleMs) return signal;",
    to: "return signal;",
    caughtBy: "clock-steps",
  },
  {
    mistake: "a target whose engine is silent is judged by the others",
    file: "observe.ts",
    from: "return seen.atMs - live.confirmedAtMs <= maxStaleMs;",
    to: "return true;",
    caughtBy: "engine-away-probe-fails",
  },
  {
    mistake: "everything red is everybody's deploy",
    file: "verdict.ts",
    from: "if (storm !== undefined && storm.endMs === undefined &&",
    to: "if (false && storm !== undefined && storm.endMs === undefined &&",
    caughtBy: "all-red-recover-one-by-one",
  },
  {
    mistake: "one commit that breaks many is a storm",
    file: "storm.ts",
    from: "new Set(reds.map(({ cause }) => cause)).size",
    to: "reds.length",
    caughtBy: "one-commit-breaks-three",
  },
  {
    mistake: "what begins to fail in a storm is its own",
    file: "storm.ts",
    from: "if (starts && atMs - open.startMs <= breaker.capturesMs) join(open, red);",
    to: "",
    caughtBy: "all-red-recover-one-by-one",
  },
  {
    mistake: "failures at any time are one storm",
    file: "storm.ts",
    from: "failing.filter(({ startMs }) => atMs - startMs <= breaker.withinMs)",
    to: "failing",
    caughtBy: "three-incidents-far-apart",
  },
  {
    mistake: "what still fails when a storm is over is at once its own",
    file: "verdict.ts",
    from: "storm?.endMs === undefined ? undefined : storm.endMs + (breaker?.withinMs ?? 0)",
    to: "undefined",
    caughtBy: "all-red-recover-one-by-one",
  },
];

const SRC = new URL("../../../src/core/", import.meta.url);

/** Station *signal* with one mistake in it. Throws when the source does not hold what is to be changed, exactly once. */
export async function plant({ mistake, file, from, to }: Mutant): Promise<SignalRules> {
  const folder = mkdtempSync(join(tmpdir(), "signal-"));
  for (const name of readdirSync(new URL("signal/", SRC))) {
    const text = readFileSync(new URL(`signal/${name}`, SRC), "utf8");
    const parts = name === file ? text.split(from) : [];
    if (name === file && parts.length !== 2) throw new Error(`${mistake}: ${file} holds it ${parts.length - 1} times`);
    const changed = name === file ? parts.join(to) : text;
    writeFileSync(join(folder, name), changed.replaceAll('from "../', `from "${SRC.pathname}`));
  }
  const load = async (name: string): Promise<SignalRules> =>
    (await import(/* @vite-ignore */ pathToFileURL(join(folder, name)).href)) as SignalRules;
  const [{ observeAll }, { judgeAll }] = await Promise.all([load("observe.ts"), load("verdict.ts")]);
  return { observeAll, judgeAll };
}
