/** Runs checks beside each other: each has its own time, and none that fails or hangs stops another. */
import { failed, failedBy, type Finding } from "../../core/doctor/finding.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { within } from "../within.ts";

/** A part of the report: all about one thing. */
export interface Section {
  /** `Git`, `GitHub`, `Cluster prod-argo`. */
  readonly title: string;
  readonly checks: readonly Check[];
}

export interface Check {
  /** PascalCase: the name of the finding when it cannot be made. */
  readonly name: string;
  /** What is done, for the progress line: `asking GitHub who we are`. */
  readonly doing: string;
  /** Default 20 s. */
  readonly timeoutMs?: number;
  /** What comes of it when it cannot be made. */
  readonly meaning?: string;
  /** The signal ends it when its time is over. What it throws becomes a finding. */
  readonly run: (signal: AbortSignal) => Promise<readonly Finding[]>;
}

export interface SectionReport {
  readonly title: string;
  readonly findings: readonly Finding[];
}

export interface Runner {
  readonly clock: Clock;
  readonly log: Pick<Log, "progress">;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 20_000;

/** One report per section, in their order, each as soon as it and those before it are done. Throws only what `signal` is aborted with. */
export async function* runChecks(sections: readonly Section[], runner: Runner): AsyncGenerator<SectionReport> {
  const left = new Set<string>();
  const show = (): void => {
    const [first] = left;
    if (first !== undefined) runner.log.progress(left.size > 1 ? `${first}, and ${left.size - 1} more` : first);
  };
  const running = sections.map(({ title, checks }) => ({
    title,
    findings: Promise.all(
      checks.map(async (check) => {
        left.add(check.doing);
        show();
        const findings = await runOne(check, runner);
        left.delete(check.doing);
        show();
        return findings;
      }),
    ),
  }));
  for (const { findings } of running) findings.catch(() => undefined);
  for (const { title, findings } of running) yield { title, findings: (await findings).flat() };
}

async function runOne(check: Check, { clock, signal }: Runner): Promise<readonly Finding[]> {
  const { name, timeoutMs = TIMEOUT_MS, meaning } = check;
  const late = (): readonly Finding[] => {
    const advice = meaning === undefined ? {} : { meaning };
    return [failed(name, `no answer within ${Math.round(timeoutMs / 1000)} s (${check.doing})`, advice)];
  };
  try {
    return await within(timeoutMs, async (until) => runSafely(check, until), { clock, signal, late });
  } finally {
    signal.throwIfAborted();
  }
}

async function runSafely({ name, meaning, run }: Check, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    return await run(signal);
  } catch (error) {
    return [failedBy(name, error, meaning)];
  }
}
