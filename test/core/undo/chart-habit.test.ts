import { describe, expect, it } from "vitest";
import { commitId, type Revision } from "../../../src/core/model/git.ts";
import { chartHabit, checksIncrement, isCheckConfig, type VersionStep } from "../../../src/core/undo/chart-habit.ts";

function step(from: string, to: string, message = "Bump"): VersionStep {
  const revision: Revision = {
    id: commitId("a".repeat(40)),
    parents: [],
    author: "Dana",
    authorEmail: "dana@example.com",
    message,
    authoredAtMs: 0,
    committedAtMs: 0,
  };
  return { revision, from, to };
}

const RISES = [step("0.1.2", "0.1.3"), step("0.1.1", "0.1.2"), step("0.1.0", "0.1.1")];

describe("the habit of a chart's version", () => {
  it("is to rise when it rose three times and never went back", () => {
    expect(chartHabit(RISES)).toEqual({ rises: 3, reverts: [] });
  });

  it.each([
    'Revert "More memory"',
    "revert: more memory",
    "Merge pull request #3 from acme/revert-2-memory",
    "Merge pull request #3 from acme/revert-memory",
    "Undo\n\nThis reverts commit 1234567.",
  ])("counts %j among the reverts that raised it", (message) => {
    const revert = step("0.1.3", "0.1.4", message);
    expect(chartHabit([revert, ...RISES])).toEqual({ rises: 4, reverts: [revert.revision] });
  });

  it("is unknown when it went back once", () => {
    expect(chartHabit([step("0.1.4", "0.1.3"), step("0.1.3", "0.1.4"), ...RISES])).toBeUndefined();
    expect(chartHabit([...RISES, step("0.10.0", "0.9.0")])).toBeUndefined();
  });

  it("is unknown when it rose twice only; what has no order counts for nothing", () => {
    expect(chartHabit(RISES.slice(1))).toBeUndefined();
    expect(chartHabit([step("latest", "main"), ...RISES.slice(1)])).toBeUndefined();
    expect(chartHabit([step("latest", "main"), ...RISES])?.rises).toBe(3);
  });
});

describe("the configuration of chart-testing", () => {
  it.each([
    "ct.yaml",
    "ct.yml",
    ".ct/ct.yaml",
    ".github/ct.yaml",
    ".github/linters/ct.yaml",
    ".github/configs/ct-lint.yaml",
    "ci/chart-testing.yaml",
  ])("may stand in %s", (path) => {
    expect(isCheckConfig(path)).toBe(true);
  });

  it.each(["charts/api/ct.yaml", "ci/a/b/ct.yaml", ".github/workflows/lint.yaml", "act.yaml", "ct.json"])(
    "does not stand in %s",
    (path) => {
      expect(isCheckConfig(path)).toBe(false);
    },
  );

  const CHART = "charts/api/Chart.yaml";

  it.each([
    [{}, CHART, true],
    [{ "check-version-increment": true }, CHART, true],
    [{ "check-version-increment": false }, CHART, false],
    [{ "excluded-charts": ["api"] }, CHART, false],
    [{ "excluded-charts": ["web"] }, CHART, true],
    [{}, "apps/api/Chart.yaml", false],
    [{ "chart-dirs": ["apps/"] }, "apps/api/Chart.yaml", true],
    [{ "chart-dirs": ["./apps"] }, "apps/api/Chart.yaml", true],
    [{ "chart-dirs": ["apps"] }, CHART, false],
    [{ "chart-dirs": ["apps"] }, "apps/group/api/Chart.yaml", false],
    [{ "chart-dirs": ["."] }, "api/Chart.yaml", true],
    [{ charts: ["charts/api"] }, CHART, true],
    [{ charts: ["charts/web"] }, CHART, false],
    [null, CHART, false],
    ["chart-dirs", CHART, false],
  ])("%j has CI check %s: %s", (config, chart, checked) => {
    expect(checksIncrement(config, chart)).toBe(checked);
  });
});
