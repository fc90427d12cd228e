/** From flags to what a revert aims at: `--to`, `--to-revision`, or `--commit` and `--pr`. */
import type { Goal } from "../../../app/find-checkpoint.ts";
import { findPullRequestCommits } from "../../../app/find-pull-request-commits.ts";
import type { ResolutionRule, UndoGoal } from "../../../app/undo-goal.ts";
import type { RevertGoal } from "../../../app/plan-goal.ts";
import type { CommitId } from "../../../core/model/git.ts";
import type { Target } from "../../../core/model/target.ts";
import { CHART_VERSIONS, type ChartVersion } from "../../../config/config.ts";
import { LastgoodError } from "../../../errors.ts";
import type { CommonOptions } from "../context.ts";
import type { OpenedTarget } from "../open-target.ts";

/** Where to, as typed: shared by `plan` and `revert`. */
export interface GoalOptions extends CommonOptions {
  readonly target?: string;
  readonly to?: string;
  readonly toRevision?: string;
  readonly commit?: readonly string[];
  readonly pr?: string;
  readonly mainline?: string;
  readonly resolve?: readonly string[];
  readonly chartVersion?: string;
}

/** Is a change to be undone, rather than a checkpoint gone back to? */
export function isUndo({ commit, pr }: GoalOptions): boolean {
  return commit !== undefined || pr !== undefined;
}

/** A checkpoint's flags. Throws `UsageArgument` for both, or for what is no number. */
export function goalOf({ to, toRevision }: GoalOptions): Goal {
  if (to !== undefined && toRevision !== undefined) {
    throw new LastgoodError("UsageArgument", "--to and --to-revision exclude each other", {
      hint: "Give one of them.",
    });
  }
  if (to !== undefined) return { kind: "revision", text: to };
  if (toRevision === undefined) return { kind: "last-good" };
  if (/^\d{1,6}$/.test(toRevision)) return { kind: "number", number: Number(toRevision) };
  throw new LastgoodError("UsageArgument", `--to-revision ${toRevision} is not a number`, {
    hint: "It is the # of lastgood history; for a commit use --to.",
  });
}

/** The goal, its commits found. Throws `UsageArgument`, `UsageRevision`. */
export async function readGoal(
  options: GoalOptions,
  opened: Pick<OpenedTarget, "world" | "base" | "policy">,
): Promise<RevertGoal> {
  if (!isUndo(options)) {
    requireNoUndoFlags(options);
    return goalOf(options);
  }
  if (options.to !== undefined || options.toRevision !== undefined) {
    throw new LastgoodError("UsageArgument", "--commit and --pr undo a change; --to goes back to a checkpoint", {
      hint: "Give one or the other.",
    });
  }
  const named = await Promise.all((options.commit ?? []).map(async (text) => readCommits(text, opened)));
  const requested = options.pr === undefined ? [] : await readPullRequest(options.pr, opened);
  const commits = await newestFirst([...new Set([...named.flat(), ...requested])], opened);
  const mainline = readMainline(options.mainline);
  const chartVersion = readChartVersion(options.chartVersion) ?? opened.policy?.chartVersion;
  return {
    kind: "undo",
    commits,
    resolutions: (options.resolve ?? []).map(readResolution),
    ...(mainline === undefined ? {} : { mainline }),
    ...(chartVersion === undefined ? {} : { chartVersion }),
  };
}

function requireNoUndoFlags({ mainline, resolve, chartVersion }: GoalOptions): void {
  const flag = mainline !== undefined ? "--mainline" : resolve !== undefined ? "--resolve" : "--chart-version";
  if (mainline === undefined && resolve === undefined && chartVersion === undefined) return;
  throw new LastgoodError("UsageArgument", `${flag} is for undoing a change`, {
    hint: "Name the change with --commit SHA or --pr N.",
  });
}

async function readCommits(
  text: string,
  { world, base }: Pick<OpenedTarget, "world" | "base">,
): Promise<readonly CommitId[]> {
  const [, from, to] = /^([^.].*?)\.\.([^.].*)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) return [await readCommit(text, { world, base })];
  const [until, tip] = [await readCommit(from, { world, base }), await readCommit(to, { world, base })];
  const commits: CommitId[] = [];
  for await (const { revision } of world.repository.history({ from: tip, until })) commits.push(revision.id);
  if (commits.length > 0) return commits;
  throw new LastgoodError("UsageRevision", `the range ${text} holds no commit`, { hint: "Write OLDER..NEWER." });
}

async function readCommit(text: string, { world, base }: Pick<OpenedTarget, "world" | "base">): Promise<CommitId> {
  const id = await world.repository.resolve(text);
  if (id === undefined) {
    throw new LastgoodError("UsageRevision", `commit "${text}" does not exist in this repository`, {
      hint: "Give a commit id of at least 7 digits, a tag, main~3 or OLDER..NEWER.",
    });
  }
  if ((await world.repository.refs.distance(id, base)) !== undefined) return id;
  throw new LastgoodError("UsageRevision", `commit ${text} is not part of the branch: there is nothing of it to undo`, {
    hint: "Name the branch that holds it with --base.",
  });
}

async function readPullRequest(
  text: string,
  { world, base }: Pick<OpenedTarget, "world" | "base">,
): Promise<readonly CommitId[]> {
  const number = /^#?(\d{1,9})$/.exec(text)?.[1];
  if (number === undefined) {
    throw new LastgoodError("UsageArgument", `--pr ${text} is not a number`, { hint: "For example --pr 482." });
  }
  const commits = await findPullRequestCommits(world.repository, { base, number: Number(number) });
  if (commits.length > 0) return commits;
  const merged = await world.forge?.mergeCommitOf(Number(number));
  if (merged !== undefined && (await world.repository.refs.distance(merged, base)) !== undefined) return [merged];
  throw new LastgoodError("UsageRevision", `no commit of this branch says that it came from pull request #${number}`, {
    hint: "Name its commit with --commit.",
  });
}

/** Later commits are undone first: what they stand on is still there then. */
async function newestFirst(
  commits: readonly CommitId[],
  { world, base }: Pick<OpenedTarget, "world" | "base">,
): Promise<readonly CommitId[]> {
  const placed = await Promise.all(
    commits.map(async (id, index) => ({ id, index, behind: (await world.repository.refs.distance(id, base)) ?? 0 })),
  );
  return placed.sort((a, b) => a.behind - b.behind || a.index - b.index).map(({ id }) => id);
}

function readMainline(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new LastgoodError("UsageArgument", `--mainline ${text} is not the number of a parent`, {
    hint: "It counts from 1.",
  });
}

function readChartVersion(text: string | undefined): ChartVersion | undefined {
  if (text === undefined) return undefined;
  const known = CHART_VERSIONS.find((candidate) => candidate === text);
  if (known !== undefined) return known;
  throw new LastgoodError("UsageArgument", `--chart-version ${text} is not one of ${CHART_VERSIONS.join(", ")}`);
}

function readResolution(text: string): ResolutionRule {
  const [, field, resolution] = /^(.+)=(good|keep)$/s.exec(text) ?? [];
  if (field !== undefined && (resolution === "good" || resolution === "keep")) return { field, resolution };
  throw new LastgoodError("UsageArgument", `--resolve ${text} does not say good or keep`, {
    hint: "Write --resolve 'FIELD=good' or 'FIELD=keep', with the field as the conflict shows it, or * for all.",
  });
}

/** The target of an undo without a target: all that the commits touched, named by the folder that holds it. */
export async function changeTarget({ commits }: UndoGoal, { world }: Pick<OpenedTarget, "world">): Promise<Target> {
  const changes = await Promise.all(
    commits.slice(0, 20).map(async (id) => {
      const [parent] = (await world.repository.refs.revision(id)).parents;
      return parent === undefined ? [] : world.repository.refs.diff(parent, id);
    }),
  );
  const paths = changes.flat().map(({ path }) => path.split("/").slice(0, -1));
  const [first = []] = paths;
  const length = first.findIndex((part, i) => paths.some((other) => other[i] !== part));
  const folder = first.slice(0, length === -1 ? first.length : length).join("/");
  return {
    name: folder === "" ? "repository" : folder,
    origin: { kind: "change" },
    sources: [{ path: "", tool: "everything" }],
    notes: [],
  };
}
