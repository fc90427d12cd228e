import { appendFile } from "node:fs/promises";
import { checkChange } from "../../../app/check-change.ts";
import type { WaysBack } from "../../../app/plan-way-back.ts";
import { readQuarantine } from "../../../app/quarantine-artifacts.ts";
import { type CommitId, shortId } from "../../../core/model/git.ts";
import type { Target } from "../../../core/model/target.ts";
import { artifactText } from "../../../core/quarantine/artifact.ts";
import type { Finding } from "../../../core/quarantine/introduced.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import { escapeText } from "../../../core/model/escape.ts";
import type { Command, CommandContext, CommonOptions } from "../context.ts";
import { type OpenedLedger, openLedger } from "../open-ledger.ts";
import { annotations, stepSummary, withoutCommands } from "../render/check-annotations.ts";
import { checkDocument, checkText, presentText } from "../render/check-report.ts";
import { wayBackSummary, wayBackText } from "../render/way-back.ts";
import { type ChangeRange, rangeOfCi } from "./ci-range.ts";

export interface CheckOptions extends CommonOptions {
  readonly head?: string;
  readonly target?: readonly string[];
  readonly annotate?: boolean;
}

/** `check`: does this change bring a quarantined artifact back? Exits 5 when it does. And what is its own way back: that only informs. */
export const runCheck: Command<CheckOptions> = async (options, context): Promise<ExitCode> => {
  const told = await rangeOfCi(context.surroundings);
  const head = options.head ?? told.head ?? "HEAD";
  const opened = await openLedger(head, options, context);
  try {
    const { world } = opened;
    const range = await findRange({ base: options.base, head, told }, opened);
    const { entries, damaged } = await readQuarantine(world);
    if (damaged > 0)
      context.log.warn(`${damaged} ledger ${damaged === 1 ? "line is" : "lines are"} damaged and left out`);
    for (const name of options.target ?? []) await requireTarget(name, range, opened);
    const result = await checkChange(
      {
        ...range,
        entries,
        findTarget: async (name, commit) => findTarget(name, commit, opened),
        ...(options.target === undefined || options.target.length === 0 ? {} : { targets: options.target }),
      },
      world.repository,
    ).catch((error: unknown) => {
      throw withDepth(error);
    });
    const back = await findWaysBack({ ...range, from: result.from, names: options.target ?? [] }, opened).catch(
      (error: unknown) => withoutWays(error, context),
    );
    const isDocument = context.format === "json" || context.format === "yaml";
    if (isDocument) context.document(checkDocument(result, range, back));
    else if (context.format === "name") context.print(result.introduced.map(nameOf));
    else {
      const found = result.introduced.length === 0 ? [] : checkText(result, context.style);
      const lines = [...found, ...wayBackText(back, context.style)];
      if (lines.length > 0) context.print(lines.map(withoutCommands));
    }
    if (options.annotate === true) {
      const lines = annotations(result);
      if (isDocument || context.format === "name") context.say(lines);
      else if (lines.length > 0) context.print(lines);
      await appendSummary(`${stepSummary(result)}${wayBackSummary(back)}`, context);
    }
    context.say(presentText(result));
    if (result.introduced.length > 0) return EXIT.guard;
    const held = entries.length === 1 ? "1 artifact is" : `${entries.length} artifacts are`;
    const files = result.files === 1 ? "1 changed file" : `${result.files} changed files`;
    context.log.done(`nothing quarantined comes back: ${files} since ${shortId(result.from)}, ${held} in quarantine`);
    return EXIT.done;
  } finally {
    await opened.world.close();
  }
};

interface Change {
  readonly base: CommitId;
  readonly from: CommitId;
  readonly head: CommitId;
  /** `--target`; empty: all that there are. */
  readonly names: readonly string[];
}

/** The way back of the change, as every target that it touches has it. */
async function findWaysBack({ base, from, head, names }: Change, opened: OpenedLedger): Promise<WaysBack> {
  const { planWayBack } = await import("../../../app/plan-way-back.ts");
  const named = async (commit: CommitId): Promise<readonly Target[]> => {
    const found = await Promise.all(names.map((name) => findTarget(name, commit, opened)));
    return found.filter((target) => target !== undefined);
  };
  const targetsAt = names.length === 0 ? opened.targetsAt : named;
  const branch = opened.world.base === base ? opened.world.branch : shortId(base);
  return planWayBack({ from, head, branch, targetsAt, others: names.length === 0 }, opened.world.repository);
}

/** The way back informs: that it cannot be told fails no change. */
function withoutWays(error: unknown, { log }: CommandContext): WaysBack {
  if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
  log.warn(`the way back of this change cannot be planned: ${error.message} (${error.code})`);
  return { ways: [], unplanned: 0 };
}

/** What is brought in, by its name: of a value, its place and field too. */
function nameOf({ entry: { artifact }, text }: Finding): string {
  return escapeText(artifact.kind === "value" ? artifactText(artifact) : text);
}

const WHOLE_HISTORY =
  "In GitHub Actions: actions/checkout with fetch-depth: 0. Elsewhere: git fetch --unshallow origin.";

interface Wanted {
  readonly base: string | undefined;
  readonly head: string;
  readonly told: ChangeRange;
}

/** What is compared. Throws `UsageRevision`, with what a shallow clone lacks. */
async function findRange(
  { base, head, told }: Wanted,
  opened: OpenedLedger,
): Promise<{ readonly base: CommitId; readonly head: CommitId }> {
  const { repository } = opened.world;
  const to = await repository.resolve(head);
  if (to === undefined) throw unknown(told.head === head ? "the head of the pull request" : `--head ${head}`);
  for (const candidate of base === undefined ? [...told.bases, ...DEPLOYED] : [base]) {
    const from = await repository.resolve(candidate);
    if (from !== undefined) return { base: from, head: to };
  }
  const [wanted = "origin/HEAD"] = base === undefined ? told.bases : [base];
  throw unknown(base === undefined ? wanted.replace("refs/remotes/", "") : `--base ${base}`);
}

const DEPLOYED = ["refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master"];

function unknown(what: string): LastgoodError {
  return new LastgoodError("UsageRevision", `${what} is not in this clone: there is nothing to compare with`, {
    hint: `${WHOLE_HISTORY}\nOr name the revisions with --base and --head.`,
  });
}

function withDepth(error: unknown): unknown {
  if (!(error instanceof LastgoodError) || error.code !== "RepositoryShallow") return error;
  return new LastgoodError(error.code, "this clone is shallow: where the change began is not in it", {
    hint: WHOLE_HISTORY,
    cause: error,
  });
}

/** A change may remove a target: then its base knows it. Throws `UsageTarget` in the words of the head. */
async function requireTarget(
  name: string,
  { base, head }: { readonly base: CommitId; readonly head: CommitId },
  opened: OpenedLedger,
): Promise<void> {
  if ((await findTarget(name, base, opened)) === undefined) await opened.target(name, head);
}

/** Undefined when nothing in the repository has the name there. */
async function findTarget(name: string, commit: CommitId, opened: OpenedLedger): Promise<Target | undefined> {
  try {
    return await opened.target(name, commit);
  } catch (error) {
    if (error instanceof LastgoodError && error.code.startsWith("Usage")) return undefined;
    throw error;
  }
}

/** The page of the job, where GitHub Actions has one. It is a favour: that it cannot be written fails nothing. */
async function appendSummary(text: string, { surroundings: { env }, log }: CommandContext): Promise<void> {
  const path = env["GITHUB_STEP_SUMMARY"];
  if (path === undefined || path === "") return;
  try {
    await appendFile(path, text);
  } catch {
    log.warn("the job summary cannot be written");
  }
}
