import { inLanes } from "../../../app/in-lanes.ts";
import { readEngine, readHealth } from "../../../app/look-once.ts";
import {
  createObserver,
  type ObservedTarget,
  type Observer,
  type WatchedTarget,
} from "../../../app/observe-targets.ts";
import { readStanding, type Standing, standingOfWell } from "../../../app/read-standing.ts";
import { summarizeRevisions } from "../../../app/summarize-revisions.ts";
import type { Status } from "../../../core/kstatus/status.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { type DrillRecord, lastDrill } from "../../../core/drill.ts";
import { NO_PATTERNS } from "../../../core/model/evidence.ts";
import { shellLine } from "../../../core/model/shell.ts";
import type { CheckpointRecord } from "../../../core/record.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { EngineView, Reason } from "../../../ports/engine.ts";
import { createSystemClock } from "../../system-clock.ts";
import { policyOf } from "../../watched-targets.ts";
import type { Command, CommandContext, CommonOptions } from "../context.ts";
import { type Board, openBoard } from "../open-board.ts";
import { pickTarget } from "../pick-target.ts";
import { type ExplainedDecision, explainRecord } from "../render/explained-decision.ts";
import { statusDetail } from "../render/status-detail.ts";
import { statusDocument, statusListDocument } from "../render/status-documents.ts";
import { type StatusRow, statusTable, worstFirst } from "../render/status-table.ts";
import { placeWords } from "./asked.ts";

export interface StatusOptions extends CommonOptions {
  readonly target?: string;
  readonly only?: string;
  readonly watch?: boolean;
}

/** What is known at one moment. */
export interface Look {
  readonly views: ReadonlyMap<string, EngineView>;
  readonly observed: readonly ObservedTarget[];
}

/**
 * `status [TARGET]`: what runs where, how it is, and what could be gone back to. Reads only. Whatever the targets are like it ends with 0, as
 * `kubectl get` does; where an engine cannot be asked it shows what it can, and ends with that failure's code.
 */
export const runStatus: Command<StatusOptions> = async (options, context): Promise<ExitCode> => {
  const only = onlyOf(options.only);
  const board = await openBoard(options, context);
  try {
    const clock = createSystemClock();
    const observer = createObserver({ readContent: board.readContent, clock, log: context.log });
    if (options.watch === true) {
      const { watchStatus } = await import("./watch-status.ts");
      return await watchStatus({ board, observer, only, options }, context);
    }
    const look = await lookOnce(board, observer, { clock, options, context });
    if (options.target === undefined) await showList(look, { board, only, options, context });
    else await showOne(pickTarget(options.target, look.observed), look, { board, options, context });
    return exitOf(look, board);
  } finally {
    await board.close();
  }
};

const STATUSES: readonly Status[] = ["Current", "InProgress", "Failed", "Terminating", "NotFound", "Unknown"];

/** `--only Failed,Unknown`; undefined: all. Throws `UsageArgument`. */
function onlyOf(text: string | undefined): ReadonlySet<Status> | undefined {
  if (text === undefined) return undefined;
  const words = text.split(",").map((word) => word.trim());
  return new Set(
    words.map((word) => {
      const known = STATUSES.find((status) => status.toLowerCase() === word.toLowerCase());
      if (known !== undefined) return known;
      const shown = escapeText(shorten(word, 60));
      throw new LastgoodError("UsageArgument", `--only: "${shown}" is no status`, {
        hint: `Give one of ${STATUSES.join(", ")}; several by commas.`,
      });
    }),
  );
}

interface Looking {
  readonly clock: Clock;
  readonly options: StatusOptions;
  readonly context: CommandContext;
}

async function lookOnce(board: Board, observer: Observer, { clock, options, context }: Looking): Promise<Look> {
  const { signal } = context.surroundings;
  context.log.progress("asking the engines");
  const looked = await Promise.all(
    board.engines.map(async ({ engine, selector }) => ({
      name: engine.name,
      view: await readEngine(engine, clock, signal),
      ...(selector === undefined ? {} : { selector }),
    })),
  );
  const views = new Map(looked.map(({ name, view }) => [name, view]));
  tellFailures(views, board, context);
  const all = board.discover(looked);
  const watched = inNamespace(all, options);
  if (watched.length === 0 && all.length > 0) context.say([elsewhere(all, options)]);
  const readings = await readHealth(watched, { clock, signal, views, readContent: board.readContent });
  return { views, observed: await observer.observe(watched, { views, readings }) };
}

/** `-n`: only what engines have there. */
export function inNamespace(watched: readonly WatchedTarget[], { namespace }: StatusOptions): readonly WatchedTarget[] {
  if (namespace === undefined) return watched;
  return watched.filter(({ objects }) => objects.some(({ key }) => key?.split("/").at(-2) === namespace));
}

/** Many look for where the pods run: `-n` is where the engine keeps its object. */
function elsewhere(all: readonly WatchedTarget[], { namespace = "" }: StatusOptions): string {
  const known = all.flatMap(({ objects }) => objects.flatMap(({ key }) => key?.split("/").at(-2) ?? []));
  const where = [...new Set(known)].toSorted().slice(0, MOST_NAMESPACES).join(", ");
  const count = all.length === 1 ? "1 target is" : `${all.length} targets are`;
  return escapeText(
    `No target in ${namespace}, where engines would keep its Application, Kustomization or HelmRelease: ${count} in ${where || "none that is known"}.`,
  );
}

const MOST_NAMESPACES = 10;

/** An engine that nobody configured need not be there; one that has answered before is. */
function isGuessAside(board: Board, name: string, views: Look["views"]): boolean {
  const isGuess = board.engines.some(({ engine, guessed }) => engine.name === name && guessed === true);
  const isKnown = views.get(name)?.heardAtMs !== undefined;
  return isGuess && !isKnown && [...views.values()].some(({ failure }) => failure === undefined);
}

/** Engines that cannot be asked. */
function failuresOf(views: Look["views"], board: Board): readonly [name: string, failure: LastgoodError][] {
  return [...views].flatMap(([name, { failure }]) =>
    failure === undefined || isGuessAside(board, name, views) ? [] : [[name, failure] as const],
  );
}

/** A line for each engine that cannot be asked; one where engines that were guessed share a cluster that cannot be reached. */
export function failureLines(views: Look["views"], board: Board): readonly string[] {
  const lines = failuresOf(views, board).map(([name, { message }]) => {
    const isGuess = board.engines.some(({ engine, guessed }) => engine.name === name && guessed === true);
    return isGuess ? message : `${name}: ${message}`;
  });
  return [...new Set(lines)];
}

/** What mends it comes once, below: engines of a cluster mostly fail for one reason. */
function tellFailures(views: Look["views"], board: Board, context: CommandContext): void {
  for (const line of failureLines(views, board)) context.log.warn(line);
  const hints = failuresOf(views, board).flatMap(([, { hint }]) => hint?.split("\n") ?? []);
  if (hints.length > 0) context.say([...new Set(hints)].map((hint) => `  ${escapeText(hint)}`));
}

function exitOf({ views }: Look, board: Board): ExitCode {
  return failuresOf(views, board)[0]?.[1].exit ?? EXIT.done;
}

interface Showing {
  readonly board: Board;
  readonly options: StatusOptions;
  readonly context: CommandContext;
}

async function showList(
  { observed, views }: Look,
  { board, only, options, context }: Showing & { readonly only: ReadonlySet<Status> | undefined },
): Promise<void> {
  const wanted = worstFirst(observed).filter(({ present }) => only === undefined || only.has(present.status));
  const { format, style } = context;
  if (format === "name") {
    context.print(wanted.map(({ watched }) => watched.target.name));
    return;
  }
  context.log.progress("reading what was good");
  const read = standingReader(board, context);
  const rows = await inLanes(wanted, LANES, async (one) => ({ observed: one, standing: await read(one, views) }));
  if (format === "json" || format === "yaml") {
    context.document(statusListDocument(rows, board.engines, views));
    return;
  }
  const nowMs = createSystemClock().nowMs();
  context.table(statusTable({ rows, nowMs, style, wide: format === "wide" }));
  const isHeard = failuresOf(views, board).length === 0;
  if (observed.length === 0 && isHeard && options.namespace === undefined) {
    context.say(["No target: nothing is configured, and no engine deploys from this repository."]);
  } else if (observed.length > 0 && context.interactive) context.say([countsOf(observed)]);
  const [worst] = rows;
  if (worst?.observed.present.status === "Failed") {
    context.next(shellLine(["lastgood", "status", worst.observed.watched.target.name, ...placeWords(options)]));
  }
}

/** So many histories are read at once. */
const LANES = 4;

/** `12 targets: 2 Failed, 1 InProgress, 9 Current` */
function countsOf(observed: readonly ObservedTarget[]): string {
  const counts = new Map<Status, number>();
  for (const { present } of worstFirst(observed)) counts.set(present.status, (counts.get(present.status) ?? 0) + 1);
  const words = [...counts].map(([status, count]) => `${count} ${status}`);
  return `${observed.length} ${observed.length === 1 ? "target" : "targets"}: ${words.join(", ")}`;
}

/**
 * Reads where targets stand: of one that is well, or that no engine knows, without its history. Each ledger is read once. What cannot be read of one target costs a
 * warning, and is no reason not to see the others.
 */
export function standingReader(
  board: Board,
  { log }: Pick<CommandContext, "log">,
): (one: ObservedTarget, views: Look["views"]) => Promise<Standing> {
  const ledgers = new Map<object, Promise<readonly CheckpointRecord[]>>();
  return async (observed, views) => {
    const { name } = observed.watched.target;
    const { world } = board.laneOf(name);
    try {
      // What no engine knows has no suspect: its history would be walked for nothing, hundreds of them where a cluster is away.
      const isKnown = observed.states.length > 0;
      if (isKnown && observed.present.status !== "Current") return await fullStanding(observed, views, board);
      const records = ledgers.get(world) ?? readCheckpoints(world.ledger);
      ledgers.set(world, records);
      return standingOfWell({ observed, views }, await records, world.clock.nowMs());
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
      log.warn(`${name}: what was good cannot be read: ${error.message}`);
      return { suspects: [] };
    }
  };
}

async function readCheckpoints(
  ledger: Board["lanes"][number]["world"]["ledger"],
): Promise<readonly CheckpointRecord[]> {
  const { records } = await ledger.read();
  return records.filter((record) => record.type === "checkpoint");
}

async function fullStanding(observed: ObservedTarget, views: Look["views"], board: Board): Promise<Standing> {
  const { name } = observed.watched.target;
  const { world, declared } = board.laneOf(name);
  const patterns = declared.get(name)?.evidence ?? board.config?.policies.get("default")?.good.evidence ?? NO_PATTERNS;
  return readStanding({ observed, views, base: world.base, patterns }, world);
}

async function showOne(observed: ObservedTarget, { views }: Look, { board, options, context }: Showing): Promise<void> {
  const { target } = observed.watched;
  const { world, declared } = board.laneOf(target.name);
  context.log.progress("reading what was good, and why it is as it is");
  const [standing, reasons, drill, decision] = await Promise.all([
    fullStanding(observed, views, board),
    explain(observed, board, context),
    readDrill(target.name, world.ledger, context),
    readDecision(target.name, world.ledger, context),
  ]);
  const more = { reasons, ...(drill === undefined ? {} : { drill }), ...(decision === undefined ? {} : { decision }) };
  const row: StatusRow = { observed, standing };
  const { format, style } = context;
  if (format === "json" || format === "yaml") {
    context.document(statusDocument(row, more));
    return;
  }
  if (format === "name") {
    context.print([target.name]);
    return;
  }
  const summaries = await summarizeRevisions(standing.suspects.slice(0, MOST_SUSPECTS), world.repository);
  const policy = policyOf(observed.watched, { config: board.config, declared: declared.get(target.name) });
  const nowMs = world.clock.nowMs();
  context.print(statusDetail({ ...row, ...more, summaries, policy, config: board.config, nowMs, style }));
  const next = nextOf(row, reasons, clusterNamed(options, board));
  if (next !== undefined) context.next(next);
}

const MOST_SUSPECTS = 6;

/** The newest of the target. A ledger that cannot be read tells of none, and was warned of before. */
async function readDrill(
  target: string,
  ledger: Board["lanes"][number]["world"]["ledger"],
  { log }: CommandContext,
): Promise<DrillRecord | undefined> {
  try {
    return lastDrill((await ledger.read()).records, target);
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`when it was drilled cannot be read: ${error.message}`);
    return undefined;
  }
}

/** The newest on record, in words; undefined where no daemon has decided anything yet. What cannot be read costs a warning. */
export async function readDecision(
  target: string,
  ledger: Pick<Board["lanes"][number]["world"]["ledger"], "decisions">,
  { log }: Pick<CommandContext, "log">,
): Promise<ExplainedDecision | undefined> {
  try {
    const newest = (await ledger.decisions?.(target))?.at(-1);
    return newest === undefined ? undefined : explainRecord(newest, { all: false });
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`what was decided last cannot be read: ${error.message}`);
    return undefined;
  }
}

/**
 * Down to the pods, of what is not well; and of what is, where the configuration judges kinds that the engine may know nothing of. What
 * cannot be explained costs a warning.
 */
async function explain({ states }: ObservedTarget, board: Board, { log }: CommandContext): Promise<readonly Reason[]> {
  const found = await Promise.all(
    states.map(async (state) => {
      const opened = board.engines.find(({ engine }) => engine.name === state.engine);
      if (opened === undefined || (state.status.status === "Current" && opened.judgesKinds === undefined))
        return undefined;
      try {
        return await opened.engine.explain(state);
      } catch (error) {
        if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
        log.warn(`why it is so cannot be read: ${error.message}`);
        return undefined;
      }
    }),
  );
  return found.filter((reason) => reason !== undefined);
}

/** Other commands ask no cluster that nobody has named: the one that was looked at by itself here is named to them. */
function clusterNamed(options: StatusOptions, { engines }: Board): StatusOptions {
  if (options.context !== undefined || options.kubeconfig !== undefined) return options;
  const context = engines.find(({ guessed }) => guessed === true)?.context;
  return context === undefined ? options : { ...options, context };
}

/** What people do now. A target that only a cluster knows is named by its path. */
function nextOf(
  { observed, standing }: StatusRow,
  reasons: readonly Reason[],
  options: StatusOptions,
): string | undefined {
  const { target, from } = observed.watched;
  if (observed.present.status === "Current") return undefined;
  const { pullRequest, lastGood, suspects } = standing;
  if (pullRequest?.state === "open") return `${pullRequest.url}    merging it takes it back`;
  // An engine may call it in progress for long while its pods cannot start.
  if (observed.present.status !== "Failed" && !reasons.some(isFailingBelow)) return undefined;
  const name = from === "cluster" ? `./${target.sources[0]?.path ?? ""}` : (target.name.split("@")[0] ?? target.name);
  const line = (...words: readonly string[]): string => shellLine(["lastgood", ...words, ...placeWords(options)]);
  const [suspect] = suspects;
  if (lastGood === undefined && suspect !== undefined) {
    return `${line("plan", name, "--commit", suspect.revision.id.slice(0, 12))}    undoes what runs; nothing before is proven good`;
  }
  return suspect === undefined ? line("history", name) : line("plan", name);
}

function isFailingBelow({ below }: Reason): boolean {
  return below.some((reason) => reason.status.status === "Failed" || isFailingBelow(reason));
}
