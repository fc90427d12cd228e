import { describe, expect, it } from "vitest";

import { runChecks, type Check, type SectionReport } from "../../../src/app/doctor/run-checks.ts";
import { ok } from "../../../src/core/doctor/finding.ts";
import { LastgoodError } from "../../../src/errors.ts";
import { manualClock, until, type ManualClock } from "../../support/manual-clock.ts";

function check(name: string, run: Check["run"], timeoutMs = 20_000): Check {
  return { name, doing: `doing ${name}`, timeoutMs, run };
}

const fine = check("Fine", async () => [ok("Fine", "all is well")]);

interface Running {
  readonly reports: Promise<readonly SectionReport[]>;
  readonly clock: ManualClock;
  readonly controller: AbortController;
  readonly progress: string[];
}

function start(...checks: readonly Check[]): Running {
  const [clock, controller, progress] = [manualClock(), new AbortController(), [] as string[]];
  const log = { progress: (stage: string): void => void progress.push(stage) };
  const sections = checks.map((each) => ({ title: each.name, checks: [each] }));
  const collect = async (): Promise<readonly SectionReport[]> => {
    const reports: SectionReport[] = [];
    for await (const report of runChecks(sections, { clock, log, signal: controller.signal })) reports.push(report);
    return reports;
  };
  return { reports: collect(), clock, controller, progress };
}

describe("checks", () => {
  it("are reported in their order, whichever is done first", async () => {
    let release: (() => void) | undefined;
    const slow = check("Slow", async () => {
      await new Promise<void>((resolve) => (release = resolve));
      return [ok("Slow", "at last")];
    });
    const { reports, progress } = start(slow, fine);
    await until(() => release !== undefined && progress.at(-1) === "doing Slow");
    release?.();
    expect((await reports).map(({ title }) => title)).toEqual(["Slow", "Fine"]);
  });

  it("that hang are given up after their own time, and told to end", async () => {
    let given: AbortSignal | undefined;
    const hanging = check(
      "Hanging",
      async (signal) => {
        given = signal;
        return new Promise(() => undefined);
      },
      5000,
    );
    const { reports, clock } = start(hanging, fine);
    await until(() => given !== undefined);
    clock.advance(5000);
    const [late, other] = await reports;
    expect(late?.findings).toEqual([
      { name: "Hanging", status: "failed", message: "no answer within 5 s (doing Hanging)" },
    ]);
    expect(other?.findings[0]?.status).toBe("ok");
    expect(given?.aborted).toBe(true);
  });

  it("that fail become findings with code, hint and place, and stop no other", async () => {
    const place = { file: "lastgood.yaml", line: 3 };
    const failing = check("Failing", async () => {
      throw new LastgoodError("ForgeAuth", "no token", { hint: "Set GH_TOKEN.\n\nOr log in.", place });
    });
    const broken = check("Broken", async () => {
      throw new TypeError("x is not a function");
    });
    const [one, two, three] = await start(failing, broken, fine).reports;
    expect(one?.findings).toEqual([
      {
        name: "Failing",
        status: "failed",
        message: "no token",
        code: "ForgeAuth",
        remedy: ["Set GH_TOKEN.", "Or log in."],
        place,
      },
    ]);
    expect(two?.findings[0]).toMatchObject({
      status: "failed",
      code: "Internal",
      message: "lastgood has a bug: x is not a function",
    });
    expect(three?.findings[0]?.status).toBe("ok");
  });

  it("end when the command is interrupted", async () => {
    const { reports, controller } = start(check("Hanging", async () => new Promise(() => undefined)));
    controller.abort(new Error("interrupted"));
    await expect(reports).rejects.toThrow("interrupted");
  });
});
