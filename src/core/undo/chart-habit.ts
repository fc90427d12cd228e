/** What a repository does with the version of a chart: may it go back, or does it only ever rise? */
import { isObject, type JsonValue, listAt, property } from "../model/json.ts";
import { type Revision, subjectOf } from "../model/git.ts";
import { saidReverts } from "../model/said-reverts.ts";
import { goesUp } from "../model/version-order.ts";
import type { ChartVersion } from "./types.ts";

/** One change of a chart's version. */
export interface VersionStep {
  readonly revision: Revision;
  readonly from: string;
  readonly to: string;
}

/** A version that was never seen to go back. */
export interface ChartHabit {
  /** How often it rose. */
  readonly rises: number;
  /** Those of them that took something back, newest first. */
  readonly reverts: readonly Revision[];
}

/** What becomes of one chart's version. */
export interface ChartDecision {
  readonly path: string;
  readonly now: string;
  /** What it was before the undone change. */
  readonly good: string;
  /** One above the present one. */
  readonly next: string;
  readonly rule: ChartVersion;
  /** Missing: it went back before, or too little is known. */
  readonly habit?: ChartHabit;
  /** The file that has CI refuse a version that does not rise. */
  readonly checkedBy?: string;
}

/** Fewer changes show no habit. */
const MIN_RISES = 3;

/** Undefined when the version went back even once, or too little is known. `steps`: newest first. */
export function chartHabit(steps: readonly VersionStep[]): ChartHabit | undefined {
  if (steps.some(({ from, to }) => goesUp({ from: to, to: from }))) return undefined;
  const rises = steps.filter(goesUp);
  if (rises.length < MIN_RISES) return undefined;
  return { rises: rises.length, reverts: rises.map(({ revision }) => revision).filter(isRevert) };
}

function isRevert(revision: Revision): boolean {
  return saidReverts(revision) !== undefined || /\brevert/i.test(subjectOf(revision));
}

/**
 * Where the configuration of chart-testing is looked for: `ct.yaml` at the top or in `.ct` (helm/chart-testing,
 * `pkg/config/config.go`), and where workflows keep what they name with `--config`.
 */
const CONFIG = /^(?:(?:\.ct|ci|\.ci|\.github)\/(?:[^/]+\/)?)?(?:ct|ct-lint|chart-testing)\.ya?ml$/;

/** May the file configure chart-testing? */
export function isCheckConfig(path: string): boolean {
  return CONFIG.test(path);
}

/**
 * Does chart-testing, so configured, refuse a change of this chart that does not raise its version? `check-version-increment` is on by
 * default, `chart-dirs` is `charts` by default (helm/chart-testing, `doc/ct_lint.md`); charts may be listed one by one in `charts`.
 */
export function checksIncrement(config: JsonValue, chart: string): boolean {
  if (!isObject(config) || property(config, "check-version-increment") === false) return false;
  const folder = folderOf(chart);
  if (listAt(config, "excluded-charts").includes(folder.slice(folder.lastIndexOf("/") + 1))) return false;
  const [charts, folders] = [namesAt(config, "charts"), namesAt(config, "chart-dirs")];
  if (charts.length > 0) return charts.includes(folder);
  return (folders.length === 0 ? ["charts"] : folders).includes(folderOf(folder));
}

function namesAt(config: JsonValue, key: string): readonly string[] {
  return listAt(config, key).flatMap((name) =>
    typeof name === "string" ? [name.replace(/^\.\/(?=.)/, "").replace(/\/+$/, "")] : [],
  );
}

function folderOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end === -1 ? "." : path.slice(0, end);
}
