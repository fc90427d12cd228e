import { inLanes } from "../../../app/in-lanes.ts";
import { readEngine, readHealth } from "../../../app/look-once.ts";
import {
  createObserver,
  type ObservedTarget,
  type Observer,
  type WatchedTarget,
} from "../../../app/observe-targets.ts";
import type { Status } from "../../../core/kstatus/status.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { shellLine } from "../../../core/model/shell.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { createSystemClock } from "../../system-clock.ts";
import type { Command, CommandContext } from "../context.ts";
import { whyNoTarget } from "../no-targets.ts";
import { type Board, openBoard } from "../open-board.ts";
import { pickTarget } from "../pick-target.ts";
import { standingReader } from "../read-board.ts";
import { statusListDocument } from "../render/status-documents.ts";
import { statusTable, worstFirst } from "../render/status-table.ts";
import { placeWords } from "./asked.ts";
import type { Look, Showing, StatusOptions } from "./status-options.ts";
import { showOne } from "./status-one.ts";

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
    const why = whyNoTarget(board, views);
    context.say([`${why.charAt(0).toUpperCase()}${why.slice(1)}.`]);
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
