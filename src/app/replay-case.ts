/** Does one person's revert again, with lastgood and with git, and compares. */
import { LastgoodError } from "../errors.ts";
import { undoLines } from "../core/edit/merge-lines.ts";
import { escapeText, shorten } from "../core/model/escape.ts";
import type { FileChange, FileState } from "../core/model/git.ts";
import { redactText } from "../core/redact.ts";
import { classOf, type Difference, differences, readsSame } from "../core/replay/score.ts";
import type { ReplayCase, ReplayDiff, ReplayResult, SkippedCase, ToolOutcome, Verdict } from "../core/replay/types.ts";
import { unifiedDiff } from "../core/text-diff.ts";
import type { GitRevert, GitRevertOutcome, LandedChange } from "../ports/git-revert.ts";
import type { Repository } from "../ports/repository.ts";
import { undoCommits, type UndoOutcome } from "./undo-commits.ts";
import { VersionReader } from "./undo-versions.ts";

export interface ReplayWorld {
  readonly repository: Repository;
  readonly gitRevert: GitRevert;
}

/** Shown of a difference at most: lines of a diff, characters of a line, files. */
const MAX_DIFF = { lines: 120, columns: 200, files: 6 } as const;

/** Never throws for what a repository holds: a tool that fails has refused. */
export async function replayCase(one: ReplayCase, world: ReplayWorld): Promise<ReplayResult | SkippedCase> {
  const { repository } = world;
  const changes = await landedChanges(one, repository);
  if (changes === undefined) return { ...one, skipped: "the bad commit is the first of the repository" };
  const [human, ours, gits] = await Promise.all([
    repository.refs.diff(one.base, one.human.id),
    runLastgood(one, repository),
    runGit(one, changes, world.gitRevert),
  ]);
  const bad = await badChanges(ours, changes, repository);
  const paths = new Set(bad.map(({ path }) => path));
  const written = [...(ours instanceof LastgoodError ? [] : ours.files), ...changesOf(gits)].map(({ path }) => path);
  const touched = new Set([...paths, ...written]);
  const done = human.filter(({ path }) => touched.has(path));
  if (done.length === 0) return { ...one, skipped: "the person's commit touches no file of the bad change" };
  const facts = { one, human, paths: touched, bad, world };
  const lastgood = await judgeLastgood(ours, facts);
  const git = await judgeGit(gits, facts);
  return {
    ...one,
    class: classOf({
      verdict: git.verdict,
      adjacent: git.verdict === "conflict" && (await isAdjacent(git.paths, facts)),
      partial: git.differences.every(({ path }) => !done.some((change) => change.path === path)),
    }),
    lastgood: outcomeOf(lastgood),
    git: outcomeOf(git),
    otherFiles: human.length - done.length,
    diffs: await diffsOf(lastgood, { ours, world }),
  };
}

async function landedChanges(
  { bad }: ReplayCase,
  repository: Repository,
): Promise<readonly LandedChange[] | undefined> {
  const revisions = await Promise.all(bad.map(async ({ id }) => repository.refs.revision(id)));
  const changes = revisions.flatMap(({ id, parents: [good] }) => (good === undefined ? [] : [{ good, bad: id }]));
  return changes.length === revisions.length ? changes : undefined;
}

/** What the bad commits did; the undo has found out already, unless it stopped on the way. */
async function badChanges(
  ours: UndoOutcome | LastgoodError,
  changes: readonly LandedChange[],
  repository: Repository,
): Promise<readonly FileChange[]> {
  if (!(ours instanceof LastgoodError) && ours.steps.length === changes.length) {
    return ours.steps.flatMap((step) => step.changes);
  }
  return (await Promise.all(changes.map(({ good, bad }) => repository.refs.diff(good, bad)))).flat();
}

async function runLastgood(one: ReplayCase, repository: Repository): Promise<UndoOutcome | LastgoodError> {
  try {
    const commits = one.bad.map(({ id }) => id);
    return await undoCommits({ repository, base: one.base, commits, describe: false });
  } catch (error) {
    return asRefusal(error);
  }
}

async function runGit(
  one: ReplayCase,
  changes: readonly LandedChange[],
  gitRevert: GitRevert,
): Promise<GitRevertOutcome | LastgoodError> {
  try {
    return await gitRevert.revert(one.base, changes);
  } catch (error) {
    return asRefusal(error);
  }
}

/** A failure of lastgood's own is shown as a refusal, too: a benchmark must not hide it, nor end at it. */
function asRefusal(error: unknown): LastgoodError {
  if (error instanceof LastgoodError) return error;
  const what = error instanceof Error ? (error.stack?.split("\n").slice(0, 2).join(" ") ?? error.message) : "unknown";
  return new LastgoodError("Internal", shorten(escapeText(what), 300));
}

function changesOf(outcome: GitRevertOutcome | LastgoodError): readonly FileChange[] {
  return outcome instanceof LastgoodError || outcome.kind === "conflict" ? [] : outcome.changes;
}

interface Facts {
  readonly one: ReplayCase;
  readonly human: readonly FileChange[];
  readonly paths: ReadonlySet<string>;
  readonly bad: readonly FileChange[];
  readonly world: ReplayWorld;
}

interface Judged extends ToolOutcome {
  readonly differences: readonly Difference[];
}

async function judgeLastgood(ours: UndoOutcome | LastgoodError, facts: Facts): Promise<Judged> {
  if (ours instanceof LastgoodError) return refused(ours);
  if (ours.conflicts.length > 0) {
    const notes = ours.conflicts.map(({ path, component, display }) => [path, component, display].join(" "));
    return { verdict: "conflict", paths: [...new Set(ours.conflicts.map(({ path }) => path))], notes, differences: [] };
  }
  return judge(ours.files, facts, ours.bytes);
}

async function judgeGit(gits: GitRevertOutcome | LastgoodError, facts: Facts): Promise<Judged> {
  if (gits instanceof LastgoodError) return refused(gits);
  if (gits.kind === "conflict") return { verdict: "conflict", paths: gits.paths, notes: [], differences: [] };
  const reader = new VersionReader(facts.world.gitRevert);
  return judge(gits.changes, facts, async (id) => reader.bytes(id));
}

function refused(error: LastgoodError): Judged {
  return { verdict: "refused", paths: [], notes: [`${error.code}: ${error.message}`], differences: [] };
}

type ReadBytes = UndoOutcome["bytes"];

async function judge(tool: readonly FileChange[], facts: Facts, bytes: ReadBytes): Promise<Judged> {
  const { paths, human, world } = facts;
  const found = differences({ paths, human, tool });
  const made = new VersionReader({
    blobs: async (ids) => Promise.all(ids.map(async (id) => (await bytes(id)) ?? EMPTY)),
  });
  const theirs = new VersionReader(world.repository);
  const real: Difference[] = [];
  for (const difference of found) if (!(await sameObjects(difference, made, theirs))) real.push(difference);
  const verdict: Verdict = found.length === 0 ? "equal" : real.length === 0 ? "object-equal" : "different";
  const shown = real.length === 0 ? found : real;
  return { verdict, paths: shown.map(({ path }) => path), notes: [], differences: shown };
}

const EMPTY = new Uint8Array();

async function sameObjects(
  { path, tool, human }: Difference,
  made: VersionReader,
  theirs: VersionReader,
): Promise<boolean> {
  if (tool === undefined || human === undefined || tool.mode !== human.mode || !tool.mode.startsWith("100"))
    return false;
  const [a, b] = await Promise.all([made.manifest({ path, ...tool }), theirs.manifest({ path, ...human })]);
  return readsSame(a, b);
}

function outcomeOf({ verdict, paths, notes }: Judged): ToolOutcome {
  return { verdict, paths, notes };
}

/** Does git conflict only as lines next to each other changed? Not when a file is gone, or several commits go. */
async function isAdjacent(paths: readonly string[], { one, bad, world }: Facts): Promise<boolean> {
  if (one.bad.length !== 1) return false;
  const scope = paths.map((path) => ({ kind: "file" as const, path }));
  const now = new Map((await world.repository.files(one.base, scope)).map((file) => [file.path, file]));
  const reader = new VersionReader(world.repository);
  for (const path of paths) {
    const change = bad.find((file) => file.path === path);
    const [before, after, head] = [change?.before, change?.after, now.get(path)];
    if (before === undefined || after === undefined || head === undefined) return false;
    const texts = await Promise.all(
      [before, after, head].map(async (state) => (await reader.manifest({ path, ...state })).text),
    );
    const [good, changed, present] = texts;
    if (good === undefined || changed === undefined || present === undefined) return false;
    if (undoLines({ good, bad: changed, now: present }) === undefined) return false;
  }
  return true;
}

/** What the person did against what lastgood does, for people. Values that look secret are masked. */
async function diffsOf(
  judged: Judged,
  { ours, world }: { readonly ours: UndoOutcome | LastgoodError; readonly world: ReplayWorld },
): Promise<readonly ReplayDiff[]> {
  if (ours instanceof LastgoodError) return [];
  const theirs = new VersionReader(world.repository);
  const text = async (state: FileState | undefined, read: ReadBytes): Promise<string> =>
    state === undefined ? "" : new TextDecoder().decode((await read(state.id)) ?? EMPTY);
  return Promise.all(
    judged.differences.slice(0, MAX_DIFF.files).map(async ({ path, tool, human }) => {
      const [mine, person] = [await text(tool, ours.bytes), await text(human, async (id) => theirs.bytes(id))];
      if (isSecret(person) || isSecret(mine)) return { path, text: "not shown: it holds secrets" };
      const lines = unifiedDiff(redactText(person), redactText(mine));
      const shown = lines.slice(0, MAX_DIFF.lines).map((line) => shorten(line, MAX_DIFF.columns));
      const rest = lines.length - shown.length;
      return { path, text: [...shown, ...(rest > 0 ? [`… ${rest} more lines`] : [])].join("\n") };
    }),
  );
}

/** Secrets and encrypted files, whatever their names are. */
function isSecret(text: string): boolean {
  return /^[ \t]*(?:- )?["']?kind["']?[ \t]*:[ \t]*["']?(?:Secret|SealedSecret)\b|^sops:/m.test(text);
}
