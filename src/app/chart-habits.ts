/** Decides what becomes of the version of a chart when nobody said it, from what the repository checks and has done so far. */
import type { CommitId } from "../core/model/git.ts";
import type { JsonValue } from "../core/model/json.ts";
import { stringAt } from "../core/model/json.ts";
import type { Manifest } from "../core/manifest/read-manifest.ts";
import { bumpVersion } from "../core/undo/chart-version.ts";
import {
  type ChartDecision,
  chartHabit,
  checksIncrement,
  isCheckConfig,
  type VersionStep,
} from "../core/undo/chart-habit.ts";
import type { ChartVersion, UndoFile } from "../core/undo/types.ts";
import type { Repository } from "../ports/repository.ts";
import { ManifestReader } from "./read-steps.ts";

export interface ChartHabits {
  /** The file, with what becomes of its version where it is a chart's whose version the undone commit changed. */
  decide(file: UndoFile): Promise<UndoFile>;
  /** What was decided without being asked, by path. */
  decisions(): readonly ChartDecision[];
}

export interface ChartHabitsRequest {
  readonly repository: Repository;
  readonly base: CommitId;
  /** As a person or the config wants it; missing: to be found out. */
  readonly asked?: ChartVersion;
  /** false: history is read only where it decides. */
  readonly explain: boolean;
}

/** Changes of a chart that are looked into. */
const MAX_CHANGES = 50;

/** Its version is written there, of all files of a chart. */
const CHART = /(?:^|\/)Chart\.ya?ml$/;

/** Is it the file that holds a chart's version? */
export function isChart(path: string | undefined): path is string {
  return path !== undefined && CHART.test(path);
}

/**
 * Chart by chart: as asked; else one up where CI refuses anything else and earlier reverts obeyed; else back. Neither the one nor the
 * other decides alone: of the reverts in public chart repositories whose charts had only ever risen, with reverts among them,
 * people took 4 versions back and raised 6; where CI checked, 1 and 5; where both held, none and 2.
 */
export function createChartHabits({ repository, base, asked, explain }: ChartHabitsRequest): ChartHabits {
  const found = new Map<string, ChartDecision>();
  const raised = new Set<string>();
  let configs: Promise<readonly CheckConfig[]> | undefined;

  async function ruleOf(path: string, versions: Pick<ChartDecision, "now" | "good">): Promise<ChartVersion> {
    if (asked !== undefined) return asked;
    configs ??= readConfigs(repository, base);
    const checkedBy = (await configs).find(({ config }) => checksIncrement(config, path))?.path;
    if (checkedBy === undefined && !explain) return "restore";
    const habit = chartHabit(await versionSteps(path, repository, base));
    const rule = checkedBy !== undefined && habit !== undefined && habit.reverts.length > 0 ? "bump" : "restore";
    found.set(path, {
      path,
      ...versions,
      next: bumpVersion(versions.now),
      rule,
      ...(habit === undefined ? {} : { habit }),
      ...(checkedBy === undefined ? {} : { checkedBy }),
    });
    return rule;
  }

  return {
    async decide(file) {
      const path = file.now?.manifest.path;
      const [good, bad, now] = [file.good, file.bad, file.now].map((side) => versionOf(side?.manifest));
      if (!isChart(path) || good === bad) return file;
      if (good === undefined || bad === undefined || now === undefined) return file;
      // Of several commits that are undone together only the first raises it.
      const chartVersion = raised.has(path) ? "keep" : await ruleOf(path, { now, good });
      if (chartVersion === "bump") raised.add(path);
      return { ...file, chartVersion };
    },
    decisions: () => [...found.values()],
  };
}

function versionOf(manifest: Manifest | undefined): string | undefined {
  return stringAt(manifest?.stream?.documents[0]?.value, "version");
}

interface CheckConfig {
  readonly path: string;
  readonly config: JsonValue;
}

async function readConfigs(repository: Repository, base: CommitId): Promise<readonly CheckConfig[]> {
  const folders = ["", ".ct", "ci", ".ci", ".github"];
  const scope = folders.map((path) => ({ kind: "folder", path, recurse: path !== "", files: "manifests" }) as const);
  const files = await repository.files(base, scope);
  const reader = new ManifestReader(repository);
  const configs = files
    .filter(({ path }) => isCheckConfig(path))
    .map(async (file): Promise<CheckConfig> => {
      const { stream } = await reader.read(file);
      return { path: file.path, config: stream?.documents[0]?.value ?? null };
    });
  return Promise.all(configs);
}

/** How the version of a chart changed on the way to the base, newest first. */
async function versionSteps(path: string, repository: Repository, base: CommitId): Promise<readonly VersionStep[]> {
  const reader = new ManifestReader(repository);
  const steps: VersionStep[] = [];
  const query = { from: base, scope: [{ kind: "file" as const, path }], limit: MAX_CHANGES };
  for await (const change of repository.history(query)) {
    const [step] = await reader.steps(change, (changed) => changed === path);
    const [from, to] = [versionOf(step?.before), versionOf(step?.after)];
    if (from !== undefined && to !== undefined && from !== to) steps.push({ revision: change.revision, from, to });
  }
  return steps;
}
